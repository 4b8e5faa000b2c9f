"""One session of the explorer: it answers the requests that the docstring of this package lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backup_slr.api import load
from backup_slr.api.account import Account
from backup_slr.api.role_model import RoleModel
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.errors import BadInput, MissingTool, unknown
from backup_slr.explorer.account_view import compared, view_of, words_of
from backup_slr.explorer.branches import Branches
from backup_slr.explorer.explored_walk import ExploredWalk, document_of, first_difference, replayed
from backup_slr.explorer.links import decoded, version_of
from backup_slr.explorer.request_reading import (
    MOST_STEPS,
    chosen_inputs,
    rules_of,
    step_of,
    steps_of,
    table_of,
    text_of,
    whole_of,
)
from backup_slr.explorer.rule_switches import switches
from backup_slr.explorer.walk_content import (
    content_of,
    content_of_file,
    rules_in,
    small_enough,
    title_of,
    values_of,
)
from backup_slr.explorer.walk_gallery import WalkGallery, example_walks
from backup_slr.explorer.walk_questions import asked, way_document
from backup_slr.lifecycle import BACKUP
from backup_slr.report.names import plural

if TYPE_CHECKING:
    from backup_slr.explorer.walk_pictures import WalkPictures

Document = dict[str, Any]


class ExplorerSession:
    """A session.

    Parameters
    ----------
    lifecycle
        The role; AWSServiceRoleForBackup unless another one is given.
    account
        The account of the first walk: a file; None for a new account.
    gallery
        The walks of the menu; the examples of the installed package by default.
    draw
        Makes SVG of DOT; by default the renderer that is installed.

    Examples
    --------
    >>> session = ExplorerSession()
    >>> session.answer({"do": "step", "action": "create_backup_vault", "place": "us-east-1/Default"})["at"]
    1
    >>> session.answer({"do": "stop"})["error"][:20]
    "unknown request 'sto"
    """

    def __init__(
        self,
        lifecycle: Lifecycle = BACKUP,
        account: str | Path | None = None,
        gallery: WalkGallery | None = None,
        draw: Callable[[str], str] | None = None,
    ) -> None:
        self.lifecycle = lifecycle
        self.branches = Branches([])
        self.earlier: list[Branches] = []
        """Those that other walks replaced, the last one last: the browser's Back returns to them."""
        self.viewed: tuple[int, list[Document]] = (0, [])
        """The number of the last view that was asked for with ``after``, and its steps."""
        self.gallery, self.draw = gallery, draw
        # Only the host names a file: a request may come from a browser, and reading a pipe never ends.
        self._new({} if account is None else content_of_file(account, lifecycle))

    @classmethod
    def of(cls, role: RoleModel, base: Lifecycle = BACKUP) -> ExplorerSession:
        """A session under the rules of a model, which starts in its account; `base` has no extensions and values."""
        session = cls(base)
        start = role.start
        account = role.account(**_example(role.lifecycle)) if start is None else Account.starting(role, start)
        content = {"rules": rules_in(account), "account": values_of(account)}
        session.branches = Branches([ExploredWalk(small_enough(account), content)], told=start.told if start else {})
        return session

    # ---------------------------------------------------------------- requests

    def answer(self, request: Mapping[str, Any]) -> Document:
        """Answer a request; this never fails, and a request that is wrong changes nothing."""
        handlers: dict[str, Callable[[Mapping[str, Any]], Document]] = {
            "new": self._new,
            "view": lambda _: self._view(),
            "inputs": self._inputs,
            "step": self._step,
            "undo": lambda _: self._jump(self.walk.at - 1),
            "redo": lambda _: self._jump(self.walk.at + 1),
            "jump": lambda given: self._jump(whole_of(given, "to")),
            "fork": lambda _: self._fork(),
            "branch": self._branch,
            "compare": self._compare,
            "unblock": self._unblock,
            "path": self._path,
            "ask": self._ask,
            "take": self._take,
            "what-if": self._what_if,
            "copy": self._copy,
            "link": lambda _: {"link": self.walk.link()},
            "open": self._open,
            "menu": lambda _: self.walks_to_begin_with.menu(),
            "load": lambda given: self._opened(self.walks_to_begin_with.content(text_of(given, "id"))),
            "rules": lambda _: switches(self.walk.account.role, self.lifecycle),
            "picture": self._picture,
        }
        name = request.get("do")
        try:
            if not isinstance(name, str) or name not in handlers:
                raise BadInput(unknown("request", str(name), handlers, show=len(handlers)))
            answer = handlers[name](request)
            return self._shortened(answer, request["after"]) if "after" in request else answer
        except BadInput as error:
            return {"error": str(error)}
        except (MissingTool, ModuleNotFoundError) as error:
            return {"error": f"not possible here: {error}", "needs": getattr(error, "name", None)}

    def undoing(self) -> Callable[[], None]:
        """Return a function that undoes all changes since this call."""
        kept = {"branches": self.branches.copied(), "earlier": self.earlier}
        return lambda: self.__dict__.update(kept)

    def _shortened(self, answer: Document, after: Any) -> Document:
        """A view with a number, and without the first steps that the view with the number `after` had too."""
        if "steps" not in answer or "actions" not in answer:
            return answer
        steps: list[Document] = answer["steps"]
        number, known = self.viewed if after == self.viewed[0] else (self.viewed[0], [])
        pairs = enumerate(zip(steps, known, strict=False))
        kept = next((at for at, (new, old) in pairs if new is not old), min(len(steps), len(known)))
        self.viewed = number + 1, steps
        return {**answer, "number": number + 1, "kept": kept, "steps": steps[kept:]}

    @property
    def walk(self) -> ExploredWalk:
        """The walk of the present branch."""
        return self.branches.walk

    def _view(self) -> Document:
        branches = self.branches
        return {
            **view_of(self.walk, branches.inputs),
            "branch": branches.current,
            "branches": len(branches.walks),
            "rules": dict(self.walk.rules),
            "inputs": dict(branches.inputs),
            **branches.told,
            "link": self.walk.link(),
            "rest": branches.rest(),
        }

    def _inputs(self, given: Mapping[str, Any]) -> Document:
        self.branches.inputs = chosen_inputs(given.get("inputs"), self.walk.account.role.model.rules)
        return self._view()

    def _new(self, given: Mapping[str, Any]) -> Document:
        return self._opened({key: given[key] for key in ("rules", "account") if key in given})

    def _account(self, content: Mapping[str, Any]) -> Account:
        model: RoleModel = load(**rules_of(content.get("rules", {})), lifecycle=self.lifecycle)
        values = content.get("account")
        if values is None:
            return model.account(**_example(self.lifecycle))
        wrong = "account is an object of values by the names of variables"
        return small_enough(model.account(**table_of(values, wrong)))

    def _step(self, given: Mapping[str, Any]) -> Document:
        if self.walk.at >= MOST_STEPS:
            raise BadInput(f"a walk has at most {MOST_STEPS} requests")
        self.walk.step(step_of(given))
        return self._view()

    def _jump(self, to: int) -> Document:
        if not 0 <= to <= len(self.walk.results):
            raise BadInput(f"the walk has the positions 0 to {len(self.walk.results)}, not {to}")
        self.walk.at = to
        return self._view()

    # ---------------------------------------------------------------- branches

    def _fork(self) -> Document:
        self.branches.fork()
        return self._view()

    def _branch(self, given: Mapping[str, Any]) -> Document:
        self.branches.current = self.branches.numbered(given)
        return self._view()

    def _compare(self, given: Mapping[str, Any]) -> Document:
        return compared(self.walk, self.branches.walks[self.branches.numbered(given)])

    # ---------------------------------------------------------------- ways

    def _path(self, given: Mapping[str, Any]) -> Document:
        return way_document(self.walk.account.way_to(text_of(given, "expression")))

    def _ask(self, given: Mapping[str, Any]) -> Document:
        limits = {"most": max(1, whole_of(given, "states"))} if "states" in given else {}
        return asked(self.walk.account, text_of(given, "expression"), **limits, prove=given.get("prove") is True)

    def _unblock(self, given: Mapping[str, Any]) -> Document:
        step = step_of(given)
        return way_document(self.walk.account.way_to_done(step.action, step.place, **step.inputs))

    def _take(self, given: Mapping[str, Any]) -> Document:
        steps, undo = steps_of(given), self.undoing()
        try:
            for step in steps:
                self.walk.step(step)
        except BadInput:
            undo()
            raise
        return self._view()

    # ---------------------------------------------------------------- other rules

    def _what_if(self, given: Mapping[str, Any]) -> Document:
        content = {**self.walk.content, "rules": given.get("rules", {})}
        walk = replayed(self._account(content), content, self.walk.steps)
        different = first_difference(self.walk, walk)
        shown = None if different is None else self._changed(different, walk)
        if given.get("keep") is True:
            walk.at = self.walk.at
            self.branches.walks[self.branches.current] = walk
        return {"different": different, "step": shown, "chosen": rules_in(walk.start), **self._view()}

    def _changed(self, number: int, walk: ExploredWalk) -> Document:
        (step, old), (_, new) = self.walk.results[number], walk.results[number]
        return {**document_of(step), "before": words_of(self.walk.account, old), "after": words_of(walk.account, new)}

    # ---------------------------------------------------------------- the walk elsewhere

    def _copy(self, given: Mapping[str, Any]) -> Document:
        from backup_slr.explorer.walk_formats import FORMATS  # a browser starts sooner without them

        form = text_of(given, "format")
        if form not in FORMATS:
            raise BadInput(unknown("format", form, FORMATS, show=len(FORMATS)))
        return {"text": FORMATS[form](self.walk)}

    def _open(self, given: Mapping[str, Any]) -> Document:
        if "text" in given:
            name = text_of(given, "name") if "name" in given else "the file"
            return self._opened(content_of(text_of(given, "text"), name, self.lifecycle))
        link = text_of(given, "link")
        for known in (self.branches, *reversed(self.earlier)):
            if known.returned(link, given):
                self._replaced(known)
                return self._view()
        version, content = decoded(link)
        shown = self._opened(content)
        if version != version_of(self.walk.account.role):
            note = "the link was made with other rules: results may differ from what was shared"
            return {**shown, "warning": note}
        if given.get("rest") is None:
            return shown
        try:
            self.branches = Branches.of_rest(given["rest"], link, self._walk_of)  # in place of the walk just opened
        except BadInput as error:  # the walk of the link is open nevertheless
            return {**shown, "warning": f"other branches and what could be redone are lost: {error}"}
        return self._view()

    def _opened(self, content: Mapping[str, Any]) -> Document:
        """Go on with the walk of a content, at its end."""
        self._replaced(Branches([self._walk_of(content)], inputs=self.branches.inputs, told=title_of(content)))
        return self._view()

    def _replaced(self, branches: Branches) -> None:
        """Go on with other branches, and keep the present ones."""
        self.branches, self.earlier = branches, branches.replacing([*self.earlier, self.branches])

    def _walk_of(self, content: Mapping[str, Any]) -> ExploredWalk:
        start = {"rules": content.get("rules", {}), **{key: content[key] for key in ("account",) if key in content}}
        return replayed(self._account(start), start, steps_of({"steps": content.get("steps", [])}))

    @property
    def walks_to_begin_with(self) -> WalkGallery:
        """The gallery, which is read when it is first needed."""
        if self.gallery is None:
            self.gallery = example_walks(self.lifecycle)
        return self.gallery

    # ---------------------------------------------------------------- pictures

    @cached_property
    def _pictures(self) -> WalkPictures:
        from backup_slr.explorer.walk_pictures import WalkPictures, installed  # as above

        return WalkPictures(self.draw or installed)

    def _picture(self, given: Mapping[str, Any]) -> Document:
        known = {"lifecycle": self._pictures.lifecycle, "sequence": self._pictures.sequence}
        kind = text_of(given, "kind")
        if kind not in known:
            raise BadInput(unknown("picture", kind, known))
        return known[kind](self.walk)


def _example(lifecycle: Lifecycle) -> Document:
    """Names for the places of a new account, so that there is something to create."""
    if not lifecycle.sorts:
        return {}
    outer = lifecycle.sorts[0].name
    names = list(lifecycle.element_names.get(outer, ()))[:2] or [f"{outer}-1"]
    return {plural(outer): names}
