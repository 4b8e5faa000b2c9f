"""``python -m backup_slr`` is the program ``backup-slr``."""

from backup_slr.cli.main import main

main()
