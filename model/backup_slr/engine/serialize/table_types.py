"""The types of a table of rules as a JSON document; JSON Schemas are made from them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

from backup_slr.engine.core.rule import PropertyKind
from backup_slr.engine.serialize.validation import NonEmpty, words

VERSION = 1
LARGEST = 2**31
Formula: TypeAlias = Annotated[Any, Meta(extra_json_schema={"$ref": "#/$defs/Formula"})]
Variable: TypeAlias = Annotated[Any, Meta(extra_json_schema={"$ref": "#/$defs/Variable"})]
Strings: TypeAlias = tuple[NonEmpty, ...]


class SortTable(Struct, forbid_unknown_fields=True):
    """A finite set of interchangeable things; `special` are those that rules name."""

    name: NonEmpty
    special: Strings
    label: str = ""
    inside: str = ""


class VariableTable(Struct, forbid_unknown_fields=True, tag_field="type", kw_only=True):
    """A variable; `per` are the sorts for whose elements it is kept."""

    name: NonEmpty
    per: tuple[str, ...]
    label: str = ""
    owner: str = ""


class FlagTable(VariableTable, tag="flag", kw_only=True):
    """A variable that is true or false."""

    default: bool = False
    reads: tuple[str, ...] = ()
    words: tuple[str, ...] = ("off", "on", "off")


class EnumTable(VariableTable, tag="enum", kw_only=True):
    """A variable with a few named values."""

    values: Annotated[Strings, Meta(min_length=1)]
    required: bool = False
    reads: tuple[str, ...] = ()
    reads_not: tuple[str, ...] = ()


class CountTable(VariableTable, tag="count", kw_only=True):
    """A variable that counts from zero."""

    reads: str = ""


InputKind: TypeAlias = Annotated[Literal["parameter", "choice"], words(kind="kind of input:")]


class FlagInput(FlagTable, tag="flag", kw_only=True):
    """An input of requests that is true or false."""

    kind: InputKind


class EnumInput(EnumTable, tag="enum", kw_only=True):
    """An input of requests with a few named values."""

    kind: InputKind


class RefusalTable(Struct, forbid_unknown_fields=True):
    """A reason for which something is refused or fails."""

    id: NonEmpty
    says: NonEmpty
    error_code: str | None
    transient: bool = False
    absent: bool = False


class AssumptionTable(Struct, forbid_unknown_fields=True):
    """A question that the documentation leaves open; `values` are the possible answers, the default first."""

    name: NonEmpty
    question: str
    values: dict[str, NonEmpty]
    evidence: str


class StratumTable(Struct, forbid_unknown_fields=True):
    """A kind of reasons to refuse a request, and the refusals of the table itself that are of this kind."""

    name: NonEmpty
    refusals: Strings = ()


class ReadingTable(Struct, forbid_unknown_fields=True):
    """Values of an assumption under which a part of a rule exists."""

    assumption: str
    values: Annotated[tuple[str, ...], Meta(min_length=1)]


class GuardTable(Struct, forbid_unknown_fields=True):
    """A condition of an action; where it does not hold, the action is refused, or fails.

    `stratum` is the kind of its reason, by which the guards of several extensions are ordered.
    """

    condition: Formula
    refusal: str
    clause: NonEmpty
    under: tuple[ReadingTable, ...] = ()
    fails: bool = False
    error_code: str | None = None
    stratum: NonEmpty | UnsetType = UNSET


class EffectTable(Struct, forbid_unknown_fields=True):
    """A change of a variable."""

    variable: Variable
    value: Annotated[Any, Meta(extra_json_schema={"type": ["boolean", "string", "integer"]})]
    clause: NonEmpty
    when: Formula = True
    each: tuple[str, ...] = ()
    under: tuple[ReadingTable, ...] = ()


class RuleTable(Struct, forbid_unknown_fields=True):
    """An action: who performs it, its inputs, guards and effects."""

    action: NonEmpty
    says: NonEmpty
    by: Annotated[Literal["person", "service"], words(kind="doer")]
    operations: Strings
    clauses: Strings
    place: tuple[str, ...]
    inputs: tuple[str, ...]
    guards: tuple[GuardTable, ...]
    effects: tuple[EffectTable, ...]
    on_failure: tuple[EffectTable, ...]


class FairTable(Struct, forbid_unknown_fields=True):
    """Steps that may not be postponed forever."""

    strength: Annotated[Literal["weak", "strong"], words(kind="strength")]
    says: str
    steps: Formula
    each: tuple[str, ...] = ()


class NeedTable(Struct, forbid_unknown_fields=True):
    """The smallest number of elements of a sort with which a property means anything."""

    sort: str
    least: Annotated[int, Meta(ge=1, le=LARGEST)]


class PropertyTable(Struct, forbid_unknown_fields=True):
    """A sentence about the model, and its formula; `by` are helpers of a proof."""

    kind: Annotated[PropertyKind, words(kind="kind of property:")]
    sentence: NonEmpty
    clauses: Strings
    formula: Formula
    id: NonEmpty | UnsetType = UNSET
    earlier: Formula | UnsetType = UNSET
    meanwhile: Formula | UnsetType = UNSET
    by: tuple[PropertyTable, ...] | UnsetType = UNSET
    each: tuple[str, ...] = ()
    fair: tuple[FairTable, ...] = ()
    needs: tuple[NeedTable, ...] = ()
    variant_of: NonEmpty | UnsetType = UNSET
    extension: NonEmpty | UnsetType = UNSET


class DefinitionTable(Struct, forbid_unknown_fields=True):
    """A formula with a name."""

    name: str
    formula: Formula


StateVariable: TypeAlias = Annotated[FlagTable | EnumTable | CountTable, words(kind="type of variable:")]
InputVariable: TypeAlias = Annotated[FlagInput | EnumInput, words(kind="type of variable:")]


class AddedGuardTable(Struct, forbid_unknown_fields=True):
    """A guard that an extension adds to actions; `at` is first, last, before REFUSAL or after REFUSAL."""

    actions: Annotated[Strings, Meta(min_length=1)]
    at: NonEmpty
    guard: GuardTable


class AddedEffectsTable(Struct, forbid_unknown_fields=True):
    """Effects that an extension adds to an action, and the inputs that they read."""

    action: NonEmpty
    effects: tuple[EffectTable, ...] = ()
    inputs: Strings = ()
    on_failure: tuple[EffectTable, ...] = ()


class RestrictionTable(Struct, forbid_unknown_fields=True):
    """The effects of an action on a variable happen only where `when` holds as well."""

    action: NonEmpty
    variable: NonEmpty
    when: Formula


class AmendmentTable(Struct, forbid_unknown_fields=True):
    """A change of properties that an extension makes necessary, and why."""

    properties: Annotated[Strings, Meta(min_length=1)]
    why: NonEmpty
    unless: Formula = False
    meanwhile: Formula = False
    fair: tuple[FairTable, ...] = ()
    retired: bool = False
    variant: str = ""
    sentence: str = ""
    clauses: Strings = ()


class ClauseTable(Struct, forbid_unknown_fields=True):
    """A statement that an extension formalizes."""

    id: NonEmpty
    says: NonEmpty
    page: str = ""


class ExtensionTable(Struct, forbid_unknown_fields=True, kw_only=True):
    """Data that is composed with the rules, without an edit of them."""

    name: NonEmpty
    says: NonEmpty
    pages: Strings = ()
    parameters: dict[str, str] = {}
    state: tuple[StateVariable, ...] = ()
    inputs: tuple[InputVariable, ...] = ()
    refusals: tuple[RefusalTable, ...] = ()
    assumptions: tuple[AssumptionTable, ...] = ()
    rules: tuple[RuleTable, ...] = ()
    guards: tuple[AddedGuardTable, ...] = ()
    effects: tuple[AddedEffectsTable, ...] = ()
    restrictions: tuple[RestrictionTable, ...] = ()
    amendments: tuple[AmendmentTable, ...] = ()
    properties: tuple[PropertyTable, ...] = ()
    clauses: tuple[ClauseTable, ...] = ()
    requires: Strings = ()
    excludes: dict[str, NonEmpty] = {}
    clocks: Annotated[
        dict[str, float | None],
        words("for each action of the service: the usual mean time, in minutes, until it happens; null: never"),
    ] = {}
    chances: Annotated[
        dict[str, float | dict[str, float]],
        words("for each choice: the usual probability that it holds, or that of each value"),
    ] = {}


class ModelTable(Struct, forbid_unknown_fields=True, kw_only=True):
    """A table of rules: sorts, state, inputs, refusals, assumptions, rules and properties."""

    name: NonEmpty
    sorts: tuple[SortTable, ...]
    parameters: dict[str, str]
    state: tuple[StateVariable, ...]
    inputs: tuple[InputVariable, ...]
    refusals: tuple[RefusalTable, ...]
    assumptions: tuple[AssumptionTable, ...]
    assumed: dict[str, str] = {}
    strata: Annotated[
        tuple[StratumTable, ...], words("the kinds of reasons for refusals, in the order in which rules look for them")
    ] = ()
    definitions: tuple[DefinitionTable, ...] = ()
    rules: tuple[RuleTable, ...]
    properties: tuple[PropertyTable, ...]
    composed_of: Strings = ()
    extensions: tuple[ExtensionTable, ...] = ()


class Heading(Struct):
    """The keys of the document of ``backup-slr rules --json`` that are read, without its table."""

    schema_version: Annotated[int, Meta(ge=VERSION, le=VERSION)]


class TableDocument(Heading):
    """The document of ``backup-slr rules --json``; other keys of it are for readers of the rules."""

    table: ModelTable


class ExtensionsDocument(Struct, forbid_unknown_fields=True):
    """A file of extensions alone, which are composed with the built-in rules."""

    extensions: tuple[ExtensionTable, ...]
