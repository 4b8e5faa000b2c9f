"""The example scenarios, runbooks and accounts: part of the wheel, or the folder ``simulations`` of a checkout."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from backup_slr.errors import BadInput
from backup_slr.scenario.toml_source import TomlSource, read


def examples() -> Path:
    """The folder with the examples."""
    package = Path(__file__).parents[1]
    shipped = package / "examples"
    return shipped if shipped.is_dir() else package.parents[1] / "simulations"


def example(path: Path) -> Path:
    """Return a path if it exists, else the example of the same name if there is one."""
    if path.parts[:1] == ("simulations",) and not os.path.exists(path):
        return examples().joinpath(*path.parts[1:])
    return path


def titles(folder: Path) -> Iterator[tuple[str, str]]:
    """The path of each TOML file and inventory below a folder, relative to it, with its title.

    Raises `BadInput` when a file cannot be read, or is not valid TOML.
    """
    for file in sorted(folder.rglob("*.toml"), key=lambda file: (len(file.parts), file)):
        title = TomlSource(read(file), str(file)).document().get("title", "")
        yield file.relative_to(folder).as_posix(), str(title)
    for file in sorted((folder / "inventories").glob("*.json")):
        yield file.relative_to(folder).as_posix(), "an inventory, as 'collect' writes it"


def copy_examples(target: str) -> int:
    """Copy all examples into a new folder; return the number of files.

    Raises `BadInput` when the folder exists already or cannot be written.
    """
    try:
        shutil.copytree(examples(), target)
    except FileExistsError:
        raise BadInput("exists already; name a new folder", target) from None
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror}", target) from None
    return sum(file.is_file() for file in Path(target).rglob("*"))
