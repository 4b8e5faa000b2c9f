"""What a walk consists of, as JSON: rules, an account, requests. A file of any kind becomes one, and a link has one.

====================  ================================================================================================
``rules``             the arguments of `load`: ``assume``, ``without``, ``extensions``
``account``           the values of `RoleModel.account`; missing: a new account
``steps``             requests, each with ``action``, ``place``, ``inputs``
``title``, ``story``  what the walk is about
====================  ================================================================================================
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from backup_slr.api import load
from backup_slr.api.account import Account
from backup_slr.api.role_model import RoleModel
from backup_slr.engine.core.formula import Sort
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import shown
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.errors import BadInput, quoted
from backup_slr.explorer.request_reading import table_of
from backup_slr.report.names import counted, plural

if TYPE_CHECKING:
    from backup_slr.scenario.spec import Scenario
    from backup_slr.scenario.starting_account import StartingAccount

Document = dict[str, Any]
MOST_PLACES = 200
"""The most innermost places of an account; a view has every action at each of them."""
LARGEST = 20_000_000
"""The most characters of a file."""
TRACES = ("check", "witness", "simulate", "check-script", "diff")
"""The commands whose ``--json`` has traces."""


def values_of(account: Account) -> Document:
    """The arguments of `RoleModel.account` that make an account.

    Examples
    --------
    >>> import backup_slr as slr
    >>> values_of(slr.load().account(role="present", vaults={"us-east-1/a": 2}))
    {'regions': ['us-east-1'], 'role': 'present', 'points': {'us-east-1/a': 2}, 'vaults': ['us-east-1/a']}
    """
    sorts: list[Sort] = list(account.role.model.sorts)
    flags = {sort.name for sort in sorts}
    found = {name: value for name, value in account.values().items() if name not in flags}
    _, names, _ = account.located
    existing: Document = account.values().get(sorts[-1].name, {}) if sorts else {}
    if existing:
        found[plural(sorts[-1].name)] = list(existing)
    outer = [name for (name,) in names.paths(1)] if len(sorts) > 1 else []
    return {plural(sorts[0].name): outer, **found} if outer else found


def small_enough(account: Account) -> Account:
    """The account.

    Raises
    ------
    BadInput
        When it has more places than `MOST_PLACES`.
    """
    _, names, _ = account.located
    places = sum(1 for _ in names.paths(len(account.role.model.sorts)))
    if places > MOST_PLACES:
        noun = account.role.model.sorts[-1].name
        raise BadInput(f"the explorer shows at most {counted(MOST_PLACES, noun)}, not {places:,}: leave some out")
    return account


def rules_in(account: Account) -> Document:
    """The rules of an account, as arguments of `load`."""
    role = account.role
    stated = dict(role.start.assume) if role.start is not None else {}
    rules = {
        "assume": {**stated, **role.assume},
        "without": list(role.without),
        "extensions": list(role.lifecycle.composed_of),
    }
    return {name: value for name, value in rules.items() if value}


# ---------------------------------------------------------------- files


def content_of(text: str, name: str, lifecycle: Lifecycle) -> Document:
    """The walk in the text of a file: a scenario, an account, an inventory, or the JSON of a command with a trace.

    Parameters
    ----------
    text, name
        The text, and a name for messages.
    lifecycle
        The role that the file is about.

    Raises
    ------
    BadInput
        When it is none of these; the message says what would be right.
    MissingTool
        When a library that reads such files is not installed.
    """
    if len(text) > LARGEST:
        raise BadInput(f"has {len(text):,} characters; at most {LARGEST:,} can be read", name)
    if not text.lstrip().startswith(("{", "[{")):
        return _of_toml(text, name, lifecycle)
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError):
        return _of_inventory(text, name, lifecycle)
    if isinstance(document, dict) and "schema_version" in document:
        return _of_trace(cast("Document", document), name, lifecycle)
    if isinstance(document, dict) and document.keys() & {"rules", "steps"}:
        return cast("Document", document)
    return _of_inventory(text, name, lifecycle)


def content_of_file(file: str | Path, lifecycle: Lifecycle) -> Document:
    """The walk in a file; raises as `content_of` does, and BadInput when it cannot be read."""
    from backup_slr.scenario.examples import example
    from backup_slr.scenario.toml_source import is_folder, read

    path = example(Path(file))
    if is_folder(path):
        return _of_start(_loaded(path, lifecycle))
    return content_of(read(path, "file"), str(file), lifecycle)


def _of_toml(text: str, name: str, lifecycle: Lifecycle) -> Document:
    from backup_slr.scenario.scenario_file import parse
    from backup_slr.scenario.starting_account import account_of_text
    from backup_slr.scenario.toml_source import TomlSource

    document = TomlSource(text, name).document()
    if not document:
        raise BadInput("is empty; a scenario, an account, an inventory or the JSON of a command can be opened", name)
    if document.keys() & {"step", "finally"}:
        return _of_scenario(parse(text, name, lifecycle))
    return _of_start(account_of_text(text, lifecycle, name))


def _of_scenario(scenario: Scenario) -> Document:
    from backup_slr.scenario.player import names_of
    from backup_slr.scenario.spec import WAIT
    from backup_slr.scenario.starting_account import StartingAccount

    without = ["/".join(part) for part in scenario.without]
    start = StartingAccount(scenario.file, scenario.lifecycle, scenario.account, scenario.assume)
    found = _of_start(start, without)
    if len(scenario.lifecycle.sorts) > 1:  # also the names that only steps have
        outer = [name for (name,) in names_of(scenario).paths(1)]
        found["account"] = {**found["account"], plural(scenario.lifecycle.sorts[0].name): outer}
    rules = {rule.action: rule for rule in scenario.lifecycle.model.rules}
    steps: list[Document] = []
    for said in scenario.steps:
        if said.do != WAIT:
            known = {variable.name: variable for variable in rules[said.do].inputs}
            inputs = {key: shown(known[key], value) for key, value in said.inputs.items() if key in known}
            steps += said.times * [{"action": said.do, "place": "/".join(said.place), "inputs": inputs}]
    return {"title": scenario.title, "story": " ".join(scenario.story.split()), **found, "steps": steps}


def _of_start(start: StartingAccount, without: Iterable[str] = ()) -> Document:
    role = RoleModel(start.lifecycle, start.assume, without)
    account = Account.starting(role, start)
    return {**start.told, "rules": rules_in(account), "account": values_of(account)}


def _of_inventory(text: str, name: str, lifecycle: Lifecycle) -> Document:
    from tempfile import TemporaryDirectory

    # Inventories are read from files, since they may be folders.
    with TemporaryDirectory() as folder:
        file = Path(folder, "inventory.json")
        file.write_text(text, encoding="utf-8", errors="replace")
        try:
            return _of_start(_loaded(file, lifecycle))
        except BadInput as error:
            raise BadInput(str(error).replace(str(file), name)) from None


def _loaded(path: Path, lifecycle: Lifecycle) -> StartingAccount:
    from backup_slr.api.starting import load_account

    return load_account(path, lifecycle)


# ---------------------------------------------------------------- JSON of commands


def _of_trace(document: Document, name: str, lifecycle: Lifecycle) -> Document:
    """The first trace of a document."""
    parts = [document, *(part for key in PARTS for part in _listed(document.get(key)))]
    parts.sort(key=lambda part: part.get("verdict") != "violated")
    for part in parts:
        if isinstance(scenario := part.get("scenario"), str):
            return _of_toml(scenario, name, lifecycle)
    for part in _listed(document.get("differences")):
        return _of_difference(document, part, name, lifecycle)
    for part in _listed(document.get("scenarios")):
        return _of_named_file(str(part.get("file")), name, lifecycle)
    if any(part.get(key) for part in parts for key in ("trace", "calls")):
        raise BadInput("was written by an older version, whose traces have no account: run its command again", name)
    if any(key in document for key in (*PARTS, "trace")):
        raise BadInput("has no trace: everything holds, or nothing was found", name)
    raise BadInput(f"has no trace; the JSON of {', '.join(TRACES)} has", name)


PARTS = ("properties", "scenarios", "failing", "differences")
"""The lists of things with traces, in the documents of commands."""


def _of_named_file(file: str, name: str, lifecycle: Lifecycle) -> Document:
    """The walk in a file that a document names; reading a pipe or standard input would never end."""
    from backup_slr.scenario.examples import example

    if file == "-" or not os.path.isfile(example(Path(file))):
        raise BadInput(f"is about {quoted(file)}, which is not a file here: open the scenario itself", name)
    return content_of_file(file, lifecycle)


def _of_difference(document: Document, part: Mapping[str, Any], name: str, lifecycle: Lifecycle) -> Document:
    """The trace to a difference between two rule sets, under the new rules if a walk can have them."""
    try:
        first, *words = shlex.split(str(document.get("new", "")))
    except ValueError:  # nothing, or a quote without its end
        first, words = "", []
    options = dict(zip(words[::2], words[1::2], strict=False))
    if first != "now" or not options.keys() <= {"--assume", "--without", "--with"} or len(words) % 2:
        raise BadInput(f"compares with {quoted(document.get('new'))}, whose rules a walk cannot have", name)
    chosen = [word.partition("=") for option, word in zip(words[::2], words[1::2], strict=True) if option == "--assume"]
    reading = table_of(part.get("reading", {}), f"{name}: reading is an object")
    rules: Document = {"assume": {**reading, **{key: value for key, _, value in chosen}}}
    for option, key in (("--without", "without"), ("--with", "extensions")):
        rules[key] = [one for at in range(0, len(words), 2) if words[at] == option for one in words[at + 1].split(",")]
    composed: RoleModel = load(extensions=rules["extensions"], lifecycle=lifecycle)
    known = {rule.action: rule for rule in composed.model.rules}
    steps = [_step(said, known) for said in _listed(part.get("trace")) if str(said.get("do")) in known]
    return {"title": f"{part.get('action')} behaves differently", "rules": rules, "steps": steps}


def _step(said: Mapping[str, Any], known: Mapping[str, Rule]) -> Document:
    """A step of a trace as a request."""
    rule = known[str(said["do"])]
    place = "/".join(str(said.get(param.sort.name, "")) for param in rule.place)
    inputs = {variable.name: said[variable.name] for variable in rule.inputs if variable.name in said}
    return {"action": rule.action, "place": place, "inputs": inputs}


def _listed(value: object) -> Iterator[Document]:
    for one in cast("list[object]", value) if isinstance(value, list) else ():
        if isinstance(one, dict):
            yield cast("Document", one)


def title_of(content: Mapping[str, Any]) -> Document:
    """The title and the story of a walk, if it has them, as texts."""
    for key in ("title", "story"):
        if not isinstance(content.get(key, ""), str):
            raise BadInput(f"{key} is a text, not {quoted(content[key])}")
    return {key: content[key] for key in ("title", "story") if content.get(key)}
