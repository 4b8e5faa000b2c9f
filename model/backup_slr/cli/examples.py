"""``backup-slr examples``: list the example scenarios, runbooks and accounts, or copy them into a folder."""

from __future__ import annotations

from backup_slr.cli.command_options import ExamplesOptions
from backup_slr.cli.render import write_lines
from backup_slr.scenario.examples import copy_examples, titles
from backup_slr.scenario.examples import examples as folder_of_examples


def examples(options: ExamplesOptions) -> int:
    """List the examples with their titles, or copy them."""
    if options.folder is None:
        found = [(f"simulations/{name}", title) for name, title in titles(folder_of_examples())]
        width = max(len(name) for name, _ in found)
        write_lines([f"{name:<{width}}  {title}".rstrip() for name, title in found], options.output.output)
    else:
        write_lines([f"copied {copy_examples(options.folder)} files to {options.folder}"], options.output.output)
    return 0
