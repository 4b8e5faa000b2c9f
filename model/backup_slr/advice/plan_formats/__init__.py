"""A plan as a shell script, a program, a runbook, and a checklist."""
