"""Tables such as tags, which AWS shows as tables or as lists of keys and values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, cast

Table: TypeAlias = "Mapping[str, Any] | Iterable[Mapping[str, str]]"


def merged(old: Table | None, added: Table | None, removed: Iterable[str] | None, *, listed: bool) -> Any:
    """A table after entries were added and keys removed; `listed` says in which form it is shown.

    >>> merged({"a": "1", "b": "2"}, [{"Key": "a", "Value": "3"}], ["b"], listed=True)
    [{'Key': 'a', 'Value': '3'}]
    """
    tags = _table(old) | _table(added)
    for key in removed or ():
        tags.pop(key, None)
    return [{"Key": key, "Value": value} for key, value in tags.items()] if listed else tags


def _table(tags: Table | None) -> dict[str, Any]:
    if isinstance(tags, Mapping):
        return dict(cast("Mapping[str, Any]", tags))
    return {tag["Key"]: tag.get("Value", "") for tag in tags or ()}
