"""The type of account files, with the keys of a lifecycle and its extensions."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Struct, UnsetType, field

from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.variable import Enum, Flag
from backup_slr.engine.serialize.validation import about, any_of, optional, struct, words
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.runbook.quantities import Chance, Lasting, Minutes, Whole
from backup_slr.runbook.service_clocks import clocked, drawn_choices, environment_of
from backup_slr.scenario.account_codec import account_format
from backup_slr.scenario.account_types import account_type
from backup_slr.scenario.file_types import action_type, assume_type, input_field, with_field


class ScheduleTable(Struct, forbid_unknown_fields=True):
    """When jobs run: in one vault, or in all vaults of a Region or of the account."""

    UNKNOWN: ClassVar[str] = "key of a schedule:"
    MISSING: ClassVar[str] = "a schedule needs {key!r}, in minutes"

    every: Lasting
    takes: Lasting
    region: str | UnsetType = UNSET
    vault: str | UnsetType = UNSET
    succeeds: Chance = 1
    plan: Annotated[Literal["backup-plan", "efs"], words(kind="plan")] = "backup-plan"


def account_file_type(lifecycle: Lifecycle) -> type[Struct]:
    model = lifecycle.model
    needed = "no {key}: an account file has at least a title and [account]"
    title = about(str, "the account in one line", missing=needed)
    takes, points = optional("takes", Lasting), optional("points", Lasting)
    fields: list[Any] = [
        ("title", title),
        ("account", about(account_type(account_format(model.state), True), missing=needed)),
        ("story", about(str, "the purpose of this account"), ""),
        with_field(tuple(e.name for e in lifecycle.extensions)),
        optional("assume", assume_type(model)),
        _table(
            "calls",
            "How long a call takes, the probability that it is throttled, and whether the limits of AWS apply.",
            takes,
            ("throttled", Chance, 0),
            ("limits", bool, False),
        ),
        _table(
            "collisions", "The probability that a request collides with a use of the role.", ("chance", Chance, 0.5)
        ),
        _table(
            "lists",
            "How long lists do not show a change, the probability that one is repeated, and the size of its pages.",
            ("stale", Chance, 0),
            ("page", Whole, 1000),
            optional("lag", Lasting),
        ),
        *(
            _table(table, f"How long reads of the {table} do not show a change.", optional("lag", Lasting))
            for table in environment_of(lifecycle).lagging
            if table != "lists"
        ),
        _table(
            "deletion",
            "How long the deletion task takes, and how long its status is out of date after that.",
            takes,
            optional("lag", Minutes),
        ),
        ("schedule", about(list[ScheduleTable], "when jobs run"), ()),
        ("others", about(list[_other_types(model)], "requests that other users repeat"), ()),
        _table(
            "clocks",
            "The time from the moment at which an action of the service can happen until it happens.",
            *(optional(rule.action, Lasting) for rule in clocked(lifecycle)),
            but=" (what people do belongs in [[others]])",
        ),
        _table(
            "chances",
            "The probabilities of choices.",
            *(optional(name, _chance_type(choice)) for name, choice in drawn_choices(lifecycle).items()),
        ),
        optional("fleet", _table("fleet", "How the accounts of a fleet differ.", ("vault", Chance, 1), points)[1]),
    ]
    return struct("AccountFile", fields, "An account and its background events, for `backup-slr run`.")


def _table(key: str, says: str, *fields: Any, but: str = "") -> tuple[str, type[Struct], Any]:
    """The field of an optional table; `but` says what is not one of its keys."""
    kind = struct(f"{key.title()}Table", fields, says, UNKNOWN=f"key of [{key}]{but}:")
    return key, kind, field(default_factory=kind)


def _chance_type(choice: Flag | Enum) -> Any:
    """The probability of a flag, or a table with that of each value."""
    if isinstance(choice, Flag):
        return Chance
    fields = [optional(value.replace("-", "_"), Chance, value) for value in choice.values]
    name = f"{choice.name.title()}Chances"
    return struct(name, fields, "The probability of each value.", UNKNOWN=f"value of {choice.name}:")


def _other_types(model: Model) -> Any:
    missing = "a request of other users needs {key!r}"
    every = ("every", about(Lasting, missing=missing))
    rules = person_rules(model)
    types = [
        action_type(rule, [*((p.sort.name, str) for p in rule.place), every, *parameter_fields(rule)]) for rule in rules
    ]
    return about(any_of(types), kind="action", show=len(types), missing=missing.replace("{key!r}", "'do'"))


def person_rules(model: Model) -> list[Rule]:
    return [rule for rule in model.rules if rule.by == "person"]


def parameter_fields(rule: Rule) -> list[Any]:
    """The fields of the inputs that a user chooses."""
    return [input_field(i, rule.action) for i in rule.inputs if i.kind == "parameter"]
