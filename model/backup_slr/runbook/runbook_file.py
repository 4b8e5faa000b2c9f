"""Runbook files (`simulations/runbooks/*.toml`): read, checked, and turned into data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, cast

from msgspec import UNSET, Struct, UnsetType, field

from backup_slr.engine.core.formula import TRUE, Formula
from backup_slr.engine.core.model import Model
from backup_slr.engine.serialize.validation import (
    about,
    any_of,
    choice,
    converted,
    optional,
    struct,
    tag_of,
    value_of,
    words,
)
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.engine.spec.query import parse as parse_expression
from backup_slr.engine.spec.selection import check_composed
from backup_slr.errors import BadInput, unknown
from backup_slr.lifecycle import BACKUP
from backup_slr.lifecycle.environment import ENVIRONMENT
from backup_slr.runbook import book
from backup_slr.runbook.account_file_type import parameter_fields, person_rules
from backup_slr.runbook.distributions import Backoff, Fixed
from backup_slr.runbook.quantities import Lasting, Minutes, QuantitySource, Whole
from backup_slr.runbook.service_clocks import environment_of
from backup_slr.scenario.account_types import inputs_in
from backup_slr.scenario.file_types import action_type, with_actions_named
from backup_slr.scenario.toml_source import read

MOST_WORKERS = 64
MOST_FACTOR = 1000.0
ReactionName: TypeAlias = Annotated[book.Reaction, words("the reaction", kind="reaction")]
When: TypeAlias = Annotated[str, words("done only where this expression holds (the language of `witness`)")]


def load(
    file: str | Path, parameters: Mapping[str, float] | None = None, lifecycle: Lifecycle = BACKUP
) -> book.Runbook:
    """Read a runbook file, with some parameters set differently; `BadInput` has the line and the valid values."""
    source = QuantitySource(read(file, "runbook"), str(file))
    document = source.document()
    if "account" in document:
        why = "this has an account of its own, as an account file or a scenario has, and is not a runbook"
        source.fail(why, "account")
    with_actions_named(document.get("step"), lifecycle.model, source, "step")
    check_actions(document.get("step"), lifecycle, source, "step")
    return _Reader(source, lifecycle).runbook(
        converted(document, runbook_type(lifecycle.model), source), parameters or {}
    )


def check_actions(steps: Any, lifecycle: Lifecycle, source: QuantitySource, *path: str | int) -> None:
    """Report the first step of a runbook whose action only an extension has that its account does not name."""
    for i, step in enumerate(cast("list[Any]", steps) if isinstance(steps, list) else ()):
        if not isinstance(step, dict):
            continue
        table = cast("dict[str, Any]", step)
        check_actions(table.get("step"), lifecycle, source, *path, i, "step")
        if isinstance(do := table.get("do"), str):
            try:
                check_composed((do,), lifecycle)
            except BadInput as error:
                source.fail(str(error), *path, i, "do")


@dataclass(frozen=True)
class _Usual:
    """The default reactions and retries of calls, and the loops around them."""

    backoff: Backoff
    on: Mapping[str, book.Reaction]
    exhausted: book.Reaction
    within: tuple[str, ...] = ()


class _Reader:
    def __init__(self, source: QuantitySource, lifecycle: Lifecycle) -> None:
        self.source, self.lifecycle, self.fail = source, lifecycle, source.fail
        types = call_types(lifecycle.model)
        self.calls = about(any_of(types), kind="action", show=len(types))
        self.sorts = [sort.name for sort in lifecycle.sorts]

    def runbook(self, given: Any, parameters: Mapping[str, float]) -> book.Runbook:
        source = self.source
        for name in parameters:
            if name not in given.parameters:
                raise BadInput(unknown("parameter", name, given.parameters), source.file)
        source.parameters = {**given.parameters, **parameters}
        deadline = None if given.deadline is UNSET else source.above_zero(given.deadline, "deadline")
        calls = None if given.calls is UNSET else source.count(given.calls, 1, "calls")
        on = reactions(given.on, book.usual_reactions(self.lifecycle.model))
        usual = _Usual(self.backoff(given.retry, Backoff(Fixed(1.0)), "retry"), on, given.exhausted)
        if usual.exhausted == "retry":
            self.fail("'retry' cannot be the reaction to having no retries left", "exhausted")
        steps = self.steps(given.step, usual, "step")
        name = Path(source.file).stem
        return book.Runbook(source.file, name, given.title, given.story, steps, deadline, calls, source.parameters)

    def backoff(self, given: RetryTable, usual: Backoff, *path: str | int) -> Backoff:
        source = self.source
        said = {name: value for name in given.__struct_fields__ if (value := getattr(given, name)) is not UNSET}
        for name, parse in (("wait", source.duration), ("factor", source.above_zero), ("most", source.above_zero)):
            if name in said:
                said[name] = parse(said[name], *path, name)
        if "attempts" in said:
            said["attempts"] = source.count(said["attempts"], 0, *path, "attempts")
        found = replace(usual, **said)
        if found.jitter != "none" and not isinstance(found.wait, Fixed):
            self.fail("jitter needs a fixed wait; a random wait varies already", *path, "jitter")
        if not 1 <= found.factor <= MOST_FACTOR:
            source.wrong(f"a number from 1 to {MOST_FACTOR:g}", found.factor, *path, "factor")
        return found

    def when(self, given: Any, *path: str | int) -> Formula:
        if given.when is UNSET:
            return TRUE
        try:
            return parse_expression(given.when, self.lifecycle)
        except BadInput as error:
            self.fail(str(error), *path, "when")

    # ------------------------------------------------------------ steps

    def steps(self, given: list[Any], usual: _Usual, *path: str | int) -> tuple[book.Part, ...]:
        if not given:
            self.fail("it has no step", *path)
        return tuple(self.step(table, usual, *path, i) for i, table in enumerate(given))

    def step(self, table: dict[str, Any], usual: _Usual, *path: str | int) -> book.Part:
        if "do" in table:
            return self.call(converted(table, self.calls, self.source, *path), usual, *path)
        if "each" not in table:
            self.fail("a step has do =, or each = and its own steps", *path)
        return self.loop(converted(table, LoopTable, self.source, *path), usual, *path)

    def loop(self, given: LoopTable, usual: _Usual, *path: str | int) -> book.Part:
        each, within, inner = given.each, usual.within, self.sorts[-1]
        if each == "recovery-point":
            self.fail(f'each = "recovery-point" needs do = "{ENVIRONMENT.contents.removal}"', *path, "each")
        if each in within or inner in within:
            self.fail(f"a loop over each {each} cannot be inside one over each {within[-1]}", *path, "each")
        workers = self.source.count(given.workers, 1, *path, "workers", most=MOST_WORKERS)
        if workers > 1 and (each != inner or within):
            self.fail('workers needs each = "vault" outside of any other loop', *path, "workers")
        if given.vaults != "all" and each != inner:
            self.fail('vaults needs each = "vault"', *path, "vaults")
        regions = None if isinstance(given.regions, UnsetType) else tuple(given.regions)
        world = sorted(self.lifecycle.known_names.get(self.sorts[0], ()))
        for i, name in enumerate(regions or ()):
            self.source.one_of(name, world, self.lifecycle.sorts[0].noun, *path, "regions", i)
        steps = self.steps(given.step, replace(usual, within=(*within, each)), *path, "step")
        return book.Loop(each, steps, regions, workers, usual.backoff, self.when(given, *path), given.vaults)

    def call(self, given: Any, usual: _Usual, *path: str | int) -> book.Part:
        source, do = self.source, tag_of(given)
        if do == book.WAIT:
            return book.Pause(source.duration(given.minutes, *path, "minutes"))
        if do == book.STOP_PLANS:
            if stops := environment_of(self.lifecycle).added.stops:
                self.fail(
                    f"{do} is not a step here, because plans are part of the account: use {stops[0]} for each vault",
                    *path,
                )
            return book.StopPlans(usual.backoff)
        rule = self.lifecycle.model.rule(do)
        sorts = [param.sort.name for param in rule.place]
        named = [sort for sort in sorts if value_of(given, sort) is not UNSET]
        place = tuple(value_of(given, sort) for sort in named)
        reach = max((self.sorts.index(sort) + 1 for sort in usual.within), default=0)
        # The loops supply the outer names that the call leaves out.
        if named != sorts[len(sorts) - len(named) :] or len(sorts) - len(named) > reach:
            hint = f"put it in each = {sorts[-1]!r}, or add {' and '.join(sorts)}"
            self.fail(f"{do} needs a {sorts[-1]}: {hint}", *path)
        each, until, poll = (value_of(given, key, None) for key in ("each", "until", "poll"))
        paginate = value_of(given, "paginate", None)
        if paginate is not None and not each:
            self.fail('paginate needs each = "recovery-point"', *path, "paginate")
        if until and not each:
            self.fail('until = "empty" needs each = "recovery-point"', *path, "until")
        return book.Call(
            do,
            inputs_in(rule, given),
            place,
            self.backoff(given.retry, usual.backoff, *path, "retry"),
            reactions(given.on, usual.on),
            usual.exhausted if given.exhausted is UNSET else given.exhausted,
            self.when(given, *path),
            each is not None,
            until is not None,
            None if poll is None else source.duration(poll, *path, "poll"),
            paginate is not False,
        )


def reactions(given: Any, usual: Mapping[str, book.Reaction]) -> Mapping[str, book.Reaction]:
    """The reactions to refusals, if any are given."""
    names = given.__struct_encode_fields__ if given is not UNSET else ()
    return {**usual, **{name: value for name in names if (value := value_of(given, name)) is not UNSET}}


# ---------------------------------------------------------------- types


class RetryTable(Struct, forbid_unknown_fields=True):
    """The waits before a call is tried again."""

    UNKNOWN: ClassVar[str] = "key of retry:"

    wait: Lasting | UnsetType = UNSET
    grows: Annotated[Literal["fixed", "linear", "exponential"], words(kind="growth")] | UnsetType = UNSET
    factor: Minutes | UnsetType = UNSET
    most: Minutes | UnsetType = UNSET
    jitter: Annotated[Literal["none", "full", "equal"], words(kind="jitter")] | UnsetType = UNSET
    attempts: Whole | UnsetType = UNSET


Steps: TypeAlias = Annotated[list[Any], words(single="write [[step]], with two brackets: there can be many")]


class LoopTable(Struct, forbid_unknown_fields=True):
    """Steps for each Region, or for each vault."""

    UNKNOWN: ClassVar[str] = "key of a loop:"

    each: Annotated[Literal["region", "vault", "recovery-point"], words(kind="loop")]
    step: Steps = field(default_factory=list[Any])
    regions: list[str] | UnsetType = UNSET
    vaults: Annotated[Literal["all", "default", "others"], words(kind="kind of vaults")] = "all"
    workers: Whole = 1
    when: When | UnsetType = UNSET


@lru_cache(maxsize=8)
def runbook_type(model: Model) -> type[Struct]:
    needed = "no {key}: a runbook has at least a title and one [[step]]"
    fields: list[Any] = [
        ("title", about(str, "the runbook in one line", missing=needed)),
        ("step", about(Steps, missing=needed)),
        ("story", about(str, "its steps and their reasons"), ""),
        optional("deadline", about(Minutes, "the minutes after which the operator gives up")),
        optional("calls", about(Whole, "the calls after which the operator gives up")),
        ("parameters", about(dict[str, about(int | float, wanted="a number")], "numbers with names"), {}),
        ("retry", RetryTable, field(default_factory=RetryTable)),
        optional("on", reaction_type(model)),
        ("exhausted", ReactionName, "next"),
    ]
    return struct("Runbook", fields, "A runbook that `backup-slr run` plays.")


@lru_cache(maxsize=8)
def reaction_type(model: Model) -> type[Struct]:
    refusals = dict.fromkeys([book.THROTTLED, *(g.otherwise.id for rule in model.rules for g in rule.guards)])
    fields = [optional(name.replace("-", "_"), ReactionName, name) for name in refusals]
    return struct("Reactions", fields, "What to do when a call is refused.", UNKNOWN="refusal")


@lru_cache(maxsize=8)
def call_types(model: Model) -> tuple[type[Struct], ...]:
    """The type of each step that is not a loop."""
    special: dict[str, list[Any]] = {
        ENVIRONMENT.contents.removal: [
            optional("each", choice(("recovery-point",), "done to every recovery point of a list", kind="loop")),
            optional("paginate", about(bool, "whether it reads all pages of the list")),
            optional("until", choice(("empty",), "list again, until the list is empty", kind="end")),
        ],
        ENVIRONMENT.task.begins: [optional("poll", about(Lasting, "how often to check whether it is done"))],
    }
    common: list[Any] = [
        ("retry", RetryTable, field(default_factory=RetryTable)),
        optional("on", reaction_type(model)),
        optional("exhausted", ReactionName),
        optional("when", When),
    ]
    calls = [
        action_type(
            rule,
            [
                *(optional(param.sort.name, str) for param in rule.place),
                *parameter_fields(rule),
                *special.get(rule.action, ()),
                *common,
            ],
        )
        for rule in person_rules(model)
    ]
    words = {"UNKNOWN": f"key of {book.WAIT}:", "MISSING": f"{book.WAIT} needs {{key}}"}
    wait = struct("Wait", [("minutes", Lasting)], "A wait.", book.WAIT, **words)
    stop = struct(
        "StopPlans", [], "No backup plan starts another job.", book.STOP_PLANS, UNKNOWN=f"key of {book.STOP_PLANS}:"
    )
    return (*calls, wait, stop)
