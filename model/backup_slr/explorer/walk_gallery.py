"""Walks to begin with: the scenarios and accounts of a folder, or those in a file of the static site."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.errors import BadInput, unknown
from backup_slr.explorer.walk_content import content_of_file
from backup_slr.lifecycle import BACKUP
from backup_slr.lifecycle.pictures import FINDING

Document = dict[str, Any]
GROUPS: Mapping[str, str] = {
    "finding": "A finding",
    "scenarios": "Scenarios",
    "broken": "Counterexamples: a rule is left out",
    "accounts": "Accounts",
    "inventories": "Inventories",
}


@dataclass(frozen=True)
class MenuEntry:
    """A walk of a gallery: its id, its group, its title, and what reads its content."""

    id: str
    group: str
    title: str
    content: Callable[[], Document] = field(repr=False)


class WalkGallery:
    """Walks by their ids.

    Parameters
    ----------
    entries
        The walks, in the order of the menu.

    Examples
    --------
    >>> gallery = example_walks(BACKUP)
    >>> gallery.menu()["groups"][0]["title"]
    'A finding'
    >>> len(gallery.content("a-forgotten-opt-in-region.toml")["steps"]) > 1
    True
    """

    def __init__(self, entries: Iterator[MenuEntry] | tuple[MenuEntry, ...] = ()) -> None:
        self.entries = tuple(entries)

    @classmethod
    def of_folder(cls, folder: Path, lifecycle: Lifecycle, finding: str = "") -> WalkGallery:
        """The gallery of a folder of examples.

        Parameters
        ----------
        folder
            The folder; that of the installed package is `scenario.examples.examples`.
        lifecycle
            The role that its files are about.
        finding
            The file that comes first, in a group of its own.

        Raises
        ------
        BadInput
            When a file cannot be read.
        """
        from backup_slr.scenario.examples import titles

        found: list[MenuEntry] = []
        for name, title in titles(folder):
            parent = Path(name).parent.name
            group = "finding" if name == finding else parent or "scenarios"
            if group in GROUPS:
                found.append(MenuEntry(name, group, title or name, _reader(folder / name, lifecycle)))
        return cls(tuple(found))

    @classmethod
    def of_json(cls, text: str) -> WalkGallery:
        """The gallery that `to_json` wrote."""
        return cls(
            tuple(MenuEntry(one["id"], one["group"], one["title"], _known(one["content"])) for one in json.loads(text))
        )

    def to_json(self) -> str:
        """All walks with their contents."""
        entries = [
            {"id": one.id, "group": one.group, "title": one.title, "content": one.content()} for one in self.entries
        ]
        return json.dumps(entries, ensure_ascii=False, separators=(",", ":"))

    def menu(self) -> Document:
        """The groups with their entries; groups without any are left out."""
        groups = [
            {
                "id": group,
                "title": title,
                "entries": [{"id": one.id, "title": one.title} for one in self.entries if one.group == group],
            }
            for group, title in GROUPS.items()
        ]
        return {"groups": [group for group in groups if group["entries"]]}

    def content(self, id: str) -> Document:
        """The walk of an entry.

        Raises
        ------
        BadInput
            When there is no such entry, or its file cannot be read.
        """
        for one in self.entries:
            if one.id == id:
                return {"title": one.title, **one.content()}
        raise BadInput(unknown("entry of the menu", id, [one.id for one in self.entries]))


def example_walks(lifecycle: Lifecycle) -> WalkGallery:
    """The examples of the installed package; they are about one role, so there are none for another."""
    from backup_slr.scenario.examples import examples

    return WalkGallery.of_folder(examples(), lifecycle, FINDING) if lifecycle.name == BACKUP.name else WalkGallery()


def _reader(file: Path, lifecycle: Lifecycle) -> Callable[[], Document]:
    return lambda: content_of_file(file, lifecycle)


def _known(content: Document) -> Callable[[], Document]:
    return lambda: content
