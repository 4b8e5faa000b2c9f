"""Wheels of installed distributions, made of their files, so that a static site needs no package index."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from hashlib import sha256
from importlib import metadata
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from backup_slr.errors import BadInput
from backup_slr.scenario.examples import examples

OWN = "backup-slr"
LEFT_OUT = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "RECORD.jws", "RECORD.p7s")
"""Files that describe an installation, not the distribution."""
EPOCH = (2000, 1, 1, 0, 0, 0)


def wheel(name: str) -> tuple[str, bytes]:
    """The name and the content of a wheel of an installed distribution of Python files; the same files give the same.

    Raises
    ------
    BadInput
        When it is not installed.

    Examples
    --------
    >>> file, content = wheel("graphviz")
    >>> file.startswith("graphviz-"), ZipFile(io.BytesIO(content)).testzip()
    (True, None)
    """
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        raise BadInput(f"the library {name} is not installed") from None
    stem = f"{name.replace('-', '_')}-{found.version}"
    files = dict(sorted(_files(found, name, f"{stem}.dist-info")))
    record = f"{stem}.dist-info/RECORD"
    lines = [f"{path},{_hash(content)},{len(content)}" for path, content in files.items()]
    files[record] = "".join(f"{line}\n" for line in (*lines, f"{record},,")).encode()
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for path, content in files.items():
            entry = ZipInfo(path, EPOCH)
            entry.compress_type = ZIP_DEFLATED
            archive.writestr(entry, content)
    return f"{stem}-py3-none-any.whl", packed.getvalue()


def _files(found: metadata.Distribution, name: str, described: str) -> Iterator[tuple[str, bytes]]:
    """The files of a distribution by their paths in a wheel; those of this program also from a checkout."""
    for file in found.files or ():
        parts = PurePosixPath(file).parts
        inner = parts[0].endswith(".dist-info")
        content = Path(str(found.locate_file(file)))
        if not content.is_file() or parts[0] == ".." or "__pycache__" in parts or parts[-1] in LEFT_OUT:
            continue
        if inner or name != OWN:
            yield "/".join((described, *parts[1:])) if inner else "/".join(parts), content.read_bytes()
    if name == OWN:
        package = Path(__file__).parents[1]
        yield from _below(package, package.name)
        if not (package / "examples").is_dir():
            yield from _below(examples(), f"{package.name}/examples")


def _below(folder: Path, under: str) -> Iterator[tuple[str, bytes]]:
    for file in folder.rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".pyc":
            yield f"{under}/{file.relative_to(folder).as_posix()}", file.read_bytes()


def _hash(content: bytes) -> str:
    return f"sha256={base64.urlsafe_b64encode(sha256(content).digest()).decode().rstrip('=')}"
