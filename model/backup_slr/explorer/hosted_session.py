"""A session for a host that sends and gets text: the worker of the static site, and other programs."""

from __future__ import annotations

import json
from collections.abc import Callable

from backup_slr.errors import MissingTool
from backup_slr.explorer.request_reading import request_in
from backup_slr.explorer.session import ExplorerSession
from backup_slr.explorer.walk_gallery import WalkGallery

LACKS = (
    "the Pyodide of this site has no {}; make the site with the full distribution of Pyodide, "
    "or run 'backup-slr explore' on your computer"
)


def answering(gallery: str, draw: Callable[[str], str] | None = None, link: str = "") -> Callable[[str], str]:
    """A session, as a function from the JSON of a request to the JSON of its answer.

    Parameters
    ----------
    gallery
        The walks of the menu, as `WalkGallery.to_json` wrote them.
    draw
        Makes SVG of DOT, and raises anything if it cannot; nothing, or None instead, if the host has no renderer.
    link
        The walk to begin with; a new account by default.

    Examples
    --------
    >>> answer = answering("[]")
    >>> answer('{"do": "menu"}')
    '{"groups": []}'
    >>> answer("[]")
    '{"error": "a request is a JSON object"}'
    """

    def drawn(dot: str) -> str:
        try:
            drawing = "" if draw is None else str(draw(dot))
        except Exception as error:  # whatever the host raises
            raise MissingTool(str(error)) from None
        if not drawing:
            raise MissingTool("no renderer: this site has no Graphviz")
        return drawing

    session = ExplorerSession(gallery=WalkGallery.of_json(gallery), draw=drawn)
    if link:
        session.answer({"do": "open", "link": link})

    def answer(text: str) -> str:
        request = request_in(text)
        said = {"error": "a request is a JSON object"} if request is None else session.answer(request)
        if said.get("needs"):  # the host tries to load it, and shows this when it cannot
            said["error"] = f"not possible here: {LACKS.format(said['needs'])}"
        return json.dumps(said)

    return answer
