"""Lists of names that other options take, with a title for each: ``--list``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from backup_slr.api.answers import Answer
from backup_slr.cli.choices import DIAGRAMS, FORMATS, FORMS
from backup_slr.engine.check.results import EVERY_OUTCOME
from backup_slr.engine.core.model import Model
from backup_slr.errors import BadInput
from backup_slr.scenario.examples import examples, titles
from backup_slr.scenario.toml_source import is_folder


def actions_listed(model: Model) -> Answer:
    """List the actions of a model, with the API operations for them."""
    return _listed(
        (rule.action, f"{rule.says} ({', '.join(rule.operations) or 'no API operation'})", "") for rule in model.rules
    )


def pictures_listed() -> Answer:
    """List the views of `diagram` and its formats."""
    views = ((name, does, "picture") for name, does in DIAGRAMS.items())
    return _listed((*views, *((name, does, "format") for name, does in FORMATS.items())))


def formats_listed() -> Answer:
    """List the formats of `export`."""
    return _listed((name, does, "") for name, does in FORMS.items())


def properties_listed(model: Model) -> Answer:
    """List the properties of a model: ids, sentences and kinds."""
    return _listed((p.id, p.sentence, p.kind) for p in (*model.properties, EVERY_OUTCOME))


def scenarios_listed(folders: Sequence[str]) -> Answer:
    """List the scenarios of folders, with their titles.

    Parameters
    ----------
    folders
        Folders; the examples if there are none.

    Raises
    ------
    BadInput
        When one is not a folder.
    """
    found: list[tuple[str, str, str]] = []
    for folder in map(Path, folders) if folders else [examples()]:
        if not is_folder(folder):
            raise BadInput("not a folder of scenarios", str(folder))
        shown = folder if folders else Path("simulations")
        for name, title in titles(folder):
            if Path(name).parent.name in ("", "broken"):
                found.append((str(shown / name), title, ""))
    return _listed(found)


def _listed(items: Iterable[tuple[str, str, str]]) -> Answer:
    """List names with titles, and kinds if they have any."""
    found = list(items)
    width, kinds = (max((len(item[i]) for item in found), default=0) for i in (0, 2))

    def lines() -> Iterable[str]:
        for name, title, kind in found:
            yield f"{name:<{width}}  {f'{kind:<{kinds}}  ' if kinds else ''}{title}".rstrip()

    return Answer(
        lines,
        lambda: {
            "schema_version": 1,
            "items": [{"name": name, "kind": kind, "title": title} for name, title, kind in found],
        },
    )
