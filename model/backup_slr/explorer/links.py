"""Links: a walk with its rules as one text for the hash of an address.

A link is the JSON of a content (see `walk_content`), compressed. `LinkWriter` compresses each step once, however often
a walk is linked while it grows.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from backup_slr.api.role_model import RoleModel
from backup_slr.errors import BadInput

MOST_BYTES = 1 << 20
FORMAT = "1"


def version_of(role: RoleModel) -> str:
    """A short text that is the same for the same rules under the same assumptions."""
    rules = repr((role.model.rules, role.model.state, role.model.assumed))
    return sha256(rules.encode()).hexdigest()[:12]


def _json(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":"), sort_keys=True).encode()


class LinkWriter:
    """Writes links of a walk, to which steps are added.

    Parameters
    ----------
    version
        That of the rules.
    content
        The content of the walk without its steps.

    Examples
    --------
    >>> writer = LinkWriter("abc", {"rules": {}})
    >>> writer.add({"action": "list_resources"})
    >>> decoded(writer.link())
    ('abc', {'rules': {}, 'steps': [{'action': 'list_resources'}]})
    """

    def __init__(self, version: str, content: Mapping[str, Any]) -> None:
        self._version, self._packer, self.count = version, zlib.compressobj(9), 0
        head = _json(content)[:-1] + (b"," if content else b"")
        self._packed = bytearray(self._packer.compress(head + b'"steps":['))

    def add(self, step: object) -> None:
        """Add a step."""
        self._packed += self._packer.compress((b"," if self.count else b"") + _json(step))
        self.count += 1

    def link(self) -> str:
        """The link of the steps so far."""
        last = self._packer.copy()
        body = bytes(self._packed) + last.compress(b"]}") + last.flush()
        return f"{FORMAT}.{self._version}.{base64.urlsafe_b64encode(body).decode().rstrip('=')}"


def decoded(link: str) -> tuple[str, dict[str, Any]]:
    """The version of the rules in a link, and its content.

    Raises
    ------
    BadInput
        When the text is not such a link.
    """
    form, _, rest = link.strip().lstrip("#").partition(".")
    version, _, body = rest.partition(".")
    if form != FORMAT or not version or not body:
        raise BadInput("not a link of the explorer: copy the whole text, which begins with '1.'")
    try:
        packed = base64.b64decode(body + "=" * (-len(body) % 4), b"-_", validate=True)
        unpacker = zlib.decompressobj()
        content: Any = json.loads(unpacker.decompress(packed, MOST_BYTES))
    except (binascii.Error, zlib.error, ValueError, RecursionError):
        raise BadInput("the link is damaged: it was perhaps cut off") from None
    if not isinstance(content, dict):
        raise BadInput("the link is damaged: it has no walk")
    return version, content  # pyright: ignore[reportUnknownVariableType]
