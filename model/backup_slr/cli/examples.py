"""``backup-slr examples`` and ``schema``: the files that come with the program."""

from __future__ import annotations

from backup_slr.cli.command_options import ExamplesOptions, SchemaOptions
from backup_slr.cli.parameters import UsageError
from backup_slr.cli.render import write, write_lines
from backup_slr.errors import unknown
from backup_slr.scenario.examples import copy_examples, titles
from backup_slr.scenario.examples import examples as folder_of_examples
from backup_slr.schemas import NAMES, recorded


def examples(options: ExamplesOptions) -> int:
    """List the examples with their titles, or copy them."""
    if options.folder is None:
        found = [(f"simulations/{name}", title) for name, title in titles(folder_of_examples())]
        width = max(len(name) for name, _ in found)
        write_lines([f"{name:<{width}}  {title}".rstrip() for name, title in found], options.output.output)
    else:
        write_lines([f"copied {copy_examples(options.folder)} files to {options.folder}"], options.output.output)
    return 0


def schema(options: SchemaOptions) -> int:
    """Print one schema, or the names of all schemas."""
    if options.name is None:
        write_lines(sorted(NAMES), options.output.output)
    elif options.name in NAMES:
        write((recorded(options.name),), options.output.output)
    else:
        raise UsageError(unknown("schema", options.name, sorted(NAMES), show=30))
    return 0
