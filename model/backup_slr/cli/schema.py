"""``backup-slr schema``: print the JSON Schemas of files."""

from __future__ import annotations

from importlib.resources import files

from backup_slr.cli.command_options import SchemaOptions
from backup_slr.cli.parameters import UsageError
from backup_slr.cli.render import write, write_lines
from backup_slr.errors import unknown

FOLDER = "schemas"


def schema(options: SchemaOptions) -> int:
    """Print one schema, or the names of all schemas."""
    folder = files("backup_slr") / FOLDER
    found = folder.iterdir() if folder.is_dir() else ()
    known = {file.name.removesuffix(".json"): file for file in found if file.name.endswith(".json")}
    if options.name is None:
        write_lines(sorted(known), options.output.output)
    elif options.name in known:
        write((known[options.name].read_text(encoding="utf-8"),), options.output.output)
    else:
        raise UsageError(unknown("schema", options.name, sorted(known), show=30))
    return 0
