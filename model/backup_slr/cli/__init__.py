"""The program `backup-slr`."""
