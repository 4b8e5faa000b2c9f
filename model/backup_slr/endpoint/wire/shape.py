"""What is used of a shape in botocore's models, which have no types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Shape(Protocol):
    """A type of the API; a structure has members, a list has a member, a map has a key and a value."""

    name: str
    type_name: str
    serialization: Mapping[str, Any]
    metadata: Mapping[str, Any]
    members: Mapping[str, Shape]
    required_members: Sequence[str]
    member: Shape
    key: Shape
    value: Shape
