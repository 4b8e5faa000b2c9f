"""The explorer in a terminal: the same session, with one line for each request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from backup_slr.engine.check.exploration import Exhausted
from backup_slr.explorer.session import ExplorerSession

Document = dict[str, Any]
HELP = """\
  NUMBER          make this request            u / r        undo / redo
  a ACTION [PLACE] [NAME=VALUE...]             make any request
  n               list what is refused now     w NUMBER     all reasons why it is refused
  g NUMBER        take the shortest way to where it is possible
  p EXPRESSION    the shortest way to a state  s            the properties that do not hold
  c FORMAT        scenario, pytest, cli, markdown or mermaid
  l               a link to this walk          q            quit"""

SEARCHING = "searching; Ctrl-C cancels it"


class TerminalExplorer:
    """A dialog.

    Parameters
    ----------
    session
        What is explored.
    write
        Called with each line of output.
    canceled
        Called when an interruption ended a request; it raises if the program is to end.
    """

    def __init__(
        self,
        session: ExplorerSession,
        write: Callable[[str], None],
        canceled: Callable[[], None] = lambda: None,
    ) -> None:
        self.session, self.write, self.canceled = session, write, canceled
        self.numbered: list[Document] = []

    def run(self, lines: Iterable[str]) -> None:
        """Answer lines of input until they end, or one is ``q``."""
        self.show(self.session.answer({"do": "view"}))
        for line in lines:
            word, _, rest = line.strip().partition(" ")
            if word in ("q", "quit", "exit"):
                return
            if word:
                self.command(word, rest.strip())

    def command(self, word: str, rest: str) -> None:
        """Carry out one line."""
        if word.isdigit():
            self.number(word, self.make)
            return
        commands: dict[str, Callable[[], None]] = {
            "u": lambda: self.asked({"do": "undo"}),
            "r": lambda: self.asked({"do": "redo"}),
            "a": lambda: self.asked({"do": "step", **_request(rest)}),
            "n": self.refused,
            "w": lambda: self.number(rest, self.why),
            "g": lambda: self.number(rest, self.go),
            "p": lambda: self.path(rest),
            "s": self.properties,
            "c": lambda: self.text({"do": "copy", "format": rest or "scenario"}, "text"),
            "l": lambda: self.text({"do": "link"}, "link"),
            "?": lambda: self.write(HELP),
        }
        if word not in commands:
            self.write(f"unknown command {word!r}; ? lists them")
            return
        undo = self.session.undoing()
        try:
            commands[word]()
        except Exhausted:
            raise
        except KeyboardInterrupt:
            undo()
            self.canceled()
            self.write("canceled")

    # ---------------------------------------------------------------- output

    def show(self, view: Document) -> None:
        """Write the account, the last step, and what is possible."""
        if "error" in view:
            self.write(f"error: {view['error']}")
            return
        self.write("")
        for line in account_lines(view):
            self.write(line)
        last = view["last"]
        if last is not None:
            self.write(f"step {view['at']}: {last['text']}")
            for clause in last["clauses"]:
                self.write(f"    {clause['id']}: {clause['says']}")
        possible = [one for one in view["actions"] if one["outcome"] != "refused"]
        self.numbered = sorted(possible, key=lambda one: (one["by"] != "person", not one["changes"]))
        by = ""
        for number, one in enumerate(self.numbered, 1):
            if one["by"] != by:
                by = one["by"]
                self.write("possible:" if by == "person" else "the service may:")
            changes = "; ".join(one["changes"]) or "changes nothing"
            self.write(f"  {number:>3}  {_name(one)}: {changes}")
        self.write(f"{len(view['actions']) - len(possible)} are refused: n lists them; ? for help")

    def refused(self) -> None:
        """List what is refused now, numbered."""
        view = self.session.answer({"do": "view"})
        self.numbered = [one for one in view["actions"] if one["outcome"] == "refused"]
        for number, one in enumerate(self.numbered, 1):
            self.write(f"  {number:>3}  {_name(one)}: {one['reasons'][0]['says']}")

    def why(self, one: Document) -> None:
        """Every reason why an action is refused."""
        if not one["reasons"]:
            self.write(f"{_name(one)} is not refused")
        for reason in one["reasons"]:
            places = f" ({', '.join(reason['places'])})" if reason["places"] else ""
            code = f", {reason['error_code']}" if reason["error_code"] else ""
            self.write(f"  {reason['says']}{places}  [{reason['refusal']}{code}]")
            self.write(f"      {reason['clause']}: {reason['clause_says']}")

    def properties(self) -> None:
        """The properties that do not hold here, or did not hold earlier."""
        judged = self.session.answer({"do": "view"})["properties"]
        wrong = [one for one in judged if one["status"] != "holds"]
        for one in wrong:
            self.write(f"  {one['status']} (step {one['since']}): {one['says']}")
        if not wrong:
            self.write(f"all {len(judged)} properties of single states and steps hold, here and on the way")

    def text(self, request: Document, member: str) -> None:
        """Write a text of the session."""
        answer = self.session.answer(request)
        self.write(answer.get(member, f"error: {answer.get('error')}"))

    # ---------------------------------------------------------------- requests

    def asked(self, request: Document) -> None:
        """Send a request that leads to another state, and show it."""
        self.show(self.session.answer(request))

    def number(self, text: str, what: Callable[[Document], None]) -> None:
        """Do something with the action of a number in the last list."""
        if not text.isdigit() or not 1 <= int(text) <= len(self.numbered):
            self.write(f"a number from 1 to {len(self.numbered)}, please")
            return
        what(self.numbered[int(text) - 1])

    def make(self, one: Document) -> None:
        """Make a request of the last list."""
        self.asked({"do": "step", "action": one["action"], "place": one["place"], "inputs": one["given"]})

    def go(self, one: Document) -> None:
        """Take the shortest way to where an action is possible."""
        self.write(SEARCHING)
        way = self.session.answer(
            {"do": "unblock", "action": one["action"], "place": one["place"], "inputs": one["given"]}
        )
        self.taken(way, f"{_name(one)} is possible")

    def path(self, expression: str) -> None:
        """Take the shortest way to a state."""
        self.write(SEARCHING)
        way = self.session.answer({"do": "path", "expression": expression})
        self.taken(way, expression)

    def taken(self, way: Document, goal: str) -> None:
        """Make the requests of a way, or say why there is none."""
        if "error" in way:
            self.write(f"error: {way['error']}")
        elif way["verdict"] != "reached":
            self.write(way["says"])
        elif not way["steps"]:
            self.write(f"already so: {goal}")
        else:
            for step in way["steps"]:
                inputs = "".join(f" {name}={str(value).lower()}" for name, value in step["inputs"].items())
                self.write(f"  {_name(step)}{inputs}")
            if not way["shortest"]:
                self.write("  a shorter way may exist: the search reached a limit")
            self.asked({"do": "take", "steps": way["steps"]})


def account_lines(view: Document) -> Iterator[str]:
    """The account: its own values, and those of places that differ from an empty one; changed ones are marked."""
    for one in view["account"]:
        if not one["place"] or one["value"] not in (False, 0) or one["changed"]:
            mark = "*" if one["changed"] else " "
            yield f"{mark} {one['place'] + ': ' if one['place'] else ''}{one['says']}"


def _name(one: Document) -> str:
    return f"{one['action']} {one['place']}".rstrip()


def _request(text: str) -> Document:
    words = text.split()
    inputs: dict[str, str | bool] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            inputs[name] = {"true": True, "false": False}.get(value, value)
    plain = [word for word in words if "=" not in word]
    return {"action": plain[0] if plain else "", "place": " ".join(plain[1:]), "inputs": inputs}
