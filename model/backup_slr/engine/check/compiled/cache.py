"""Generated modules that are kept in the user's cache directory, where numba keeps its machine code too."""

from __future__ import annotations

import os
import sys
from hashlib import sha256
from importlib.abc import InspectLoader
from importlib.util import module_from_spec, spec_from_file_location, spec_from_loader
from pathlib import Path
from tempfile import gettempdir
from types import ModuleType


def cache_directory() -> Path | None:
    """Where generated modules are kept: below XDG_CACHE_HOME, ~/.cache, or the directory for temporary files.

    None if nothing can be written to any of them, or it is somebody else's: what is kept there is run later.
    """
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    for base in (Path(home), _temporary()):
        folder = base / "backup-slr" if base else None
        if folder is None:
            continue
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.access(folder, os.W_OK) and (not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid()):
                return folder
        except OSError:
            continue
    return None


def _temporary() -> Path | None:
    try:
        return Path(gettempdir())
    except FileNotFoundError:  # there is none that can be written
        return None


class _Text(InspectLoader):
    """Loads a module from its text alone."""

    def __init__(self, text: str) -> None:
        self.text = text

    def get_source(self, fullname: str) -> str:
        return self.text


def loaded(text: str) -> ModuleType:
    """The module with this source. It is kept for the next time, if there is a place to keep it."""
    name = f"backup_slr_native_{sha256(text.encode()).hexdigest()[:16]}"
    folder = cache_directory()
    if folder is None:
        spec = spec_from_loader(name, _Text(text.replace("cache=True", "cache=False")))
    else:
        file = folder / f"{name}.py"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            part = file.with_suffix(f".{os.getpid()}")
            part.write_text(text, encoding="utf-8")
            part.replace(file)
        spec = spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
