"""A lifecycle: a model with its documentation, names, scopes and pictures.

The engine, the diagrams, the scenarios and the reports take a `Lifecycle` as an argument. Only the package that defines
a role refers to its actions, refusals, variables and values by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias
from typing import Literal as Exactly

from backup_slr.engine.core.formula import Formula, Param, Sort
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Count, Enum, Variable
from backup_slr.engine.spec.documentation import Clause, SavedPage
from backup_slr.engine.spec.inventory import Inventory
from backup_slr.engine.spec.procedure import Operations
from backup_slr.engine.spec.processes import Environment

if TYPE_CHECKING:
    from backup_slr.engine.spec.emulation import Emulation
    from backup_slr.engine.spec.extension import Extension

Case: TypeAlias = tuple[str, Formula]
"""A word, and the formula under which it applies."""


@dataclass(frozen=True)
class Abstraction:
    """A classification of states, by which diagrams merge them: each part classifies by its first case that holds."""

    name: str
    says: str
    parts: tuple[tuple[Case, ...], ...]


@dataclass(frozen=True)
class ScopeOption:
    """One number of a scope: the size of a sort or the bound of a count (`of`), named as an option (`name`).

    `least` is the smallest meaningful number, `why` the reason if it is not 1; `one` is the noun for messages.
    `most_checked` is the largest number for a check that is part of a scenario, which should take seconds.
    """

    name: str
    of: str
    one: str
    help: str
    default: int = 1
    least: int = 1
    most: int = 1000
    why: str = ""
    most_checked: int = 8


@dataclass(frozen=True)
class Goal:
    """The values of the main variable: the role exists (`there`), is being deleted (`pending`), is deleted (`gone`)."""

    variable: Enum
    there: str
    pending: str
    gone: str

    def is_(self, value: Exactly["there", "pending", "gone"]) -> Formula:
        """The formula that the role is in this state."""
        return self.variable.is_(getattr(self, value))

    def number(self, value: Exactly["there", "pending", "gone"]) -> int:
        """The number of this value of the main variable."""
        return self.variable.values.index(getattr(self, value))


@dataclass(frozen=True)
class Participant:
    """A participant of sequence diagrams.

    `operations` are the prefixes of the API operations that it receives; the *service* receives all others, and
    performs the actions that no user requests.
    """

    name: str
    says: str = ""
    operations: tuple[str, ...] = ()
    service: bool = False


@dataclass(frozen=True)
class Edition:
    """A version of the documentation, as the values of assumptions that it implies.

    `date` is the first date on which it was seen, `changes` are what it says, each with the clause or assumption that
    it is about.
    """

    name: str
    date: str
    says: str
    assume: Mapping[str, str] = field(default_factory=dict[str, str])
    changes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Lifecycle:
    """A model and its documentation.

    Attributes
    ----------
    model
        The rules, under all values of the assumptions.
    place
        The parameters that name a place in questions, outermost first: one for each sort of the longest place.
    scope_options
        The numbers that make a scope, in the order of the command line.
    small_scopes
        Scopes on which rules are compared, smallest first; each has one number for each scope option.
    element_names
        For each sort, names for its ordinary elements in explorations, in order; further ones are ``SORT-N``.
    known_names
        For each sort, all names that exist in reality, if they are known: any other name is an error.
    definitions, place_definitions
        Named formulas that expressions may use, about the account and about a place.
    goal
        The meaning of the values of the main variable.
    participants
        The participants of runs, in the order of their lanes; they include the owners of variables.
    interfaces
        The English phrases for the values of the input that names the interface of a request.
    page
        The hashes of the sentences of the documentation, in order.
    environment
        The background processes of simulations; None if none are defined.
    extensions
        The extensions that it can be composed with, in the order in which they are composed.
    editions
        The editions of the page, the one that the rules follow first.
    inventory
        The calls that show an account; None if none are defined.
    only_time
        The actions of the service that happen at a date; all others of the service happen soon.
    other_people
        The actions that usually need another person than the user, with that person.
    operations
        The calls that perform the actions; None if they are not known.
    reserved
        Words that no rules of a file may use as a name, since a step of a runbook has this name.
    emulation
        Returns the API as an emulator answers it, which only few programs need; None if it is not defined.
    """

    model: Model
    place: tuple[Param, ...]
    scope_options: tuple[ScopeOption, ...]
    small_scopes: tuple[tuple[int, ...], ...]
    element_names: Mapping[str, Sequence[str]]
    goal: Goal
    definitions: Mapping[str, Formula] = field(default_factory=dict[str, Formula])
    place_definitions: Mapping[str, Formula] = field(default_factory=dict[str, Formula])
    known_names: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    clauses: tuple[Clause, ...] = ()
    conventions: Mapping[str, str] = field(default_factory=dict[str, str])
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    abstractions: tuple[Abstraction, ...] = ()
    participants: tuple[Participant, ...] = ()
    interfaces: Mapping[str, str] = field(default_factory=dict[str, str])
    page: SavedPage = field(default_factory=SavedPage)
    environment: Environment | None = None
    extensions: tuple[Extension, ...] = ()
    editions: tuple[Edition, ...] = ()
    inventory: Inventory | None = None
    only_time: frozenset[str] = frozenset()
    other_people: Mapping[str, str] = field(default_factory=dict[str, str])
    operations: Operations | None = None
    reserved: frozenset[str] = frozenset()
    emulation: Callable[[], Emulation] | None = None

    @property
    def name(self) -> str:
        """The name of the role."""
        return self.model.name

    @property
    def composed_of(self) -> tuple[str, ...]:
        """The names of the extensions that it is composed with."""
        return self.model.composed_of

    @property
    def sorts(self) -> tuple[Sort, ...]:
        """The sorts that places consist of, outermost first."""
        return tuple(param.sort for param in self.place)

    def having(self, model: Model) -> Lifecycle:
        """The same lifecycle with another rule set."""
        return replace(self, model=model)

    def extended(self, *extensions: Extension | str) -> Lifecycle:
        """Compose this lifecycle with extensions, given by name if they are among `extensions`.

        They bring what they build on. Those among `extensions` are composed first, in that order.

        Raises `ValueError` when a name is unknown or repeated, when two extensions exclude each other, or one does not
        fit.

        >>> from backup_slr.lifecycle import BACKUP
        >>> BACKUP.extended("legal-hold").composed_of  # it builds on `retention`
        ('retention', 'legal-hold')
        """
        from backup_slr.engine.spec.extension import composed, selected

        names = tuple(one for one in extensions if isinstance(one, str))
        if len(names) < len(extensions):
            return composed(self, selected(self, extensions))
        if names not in self._composed:
            self._composed[names] = composed(self, selected(self, names))
        return self._composed[names]

    @cached_property
    def _composed(self) -> dict[tuple[str, ...], Lifecycle]:
        """The compositions by the names that were given: many scenarios of a folder name the same extensions."""
        return {}

    def scope(self, *numbers: int | None, **named: int | None) -> Scope:
        """A scope by the numbers of `scope_options`, in their order or by name; defaults for the rest.

        The bound of a count may be None: no bound.

        Raises `ValueError` when a number is below the smallest meaningful one, or a name is unknown.
        """
        known = {option.name: option for option in self.scope_options}
        if len(numbers) > len(known):
            raise ValueError(f"a scope has {len(known)} numbers ({', '.join(known)}), not {len(numbers)}")
        for name in named:
            if name not in known:
                raise ValueError(f"a scope has no {name!r}; known: {', '.join(known)}")
        given = (
            {name: option.default for name, option in known.items()} | dict(zip(known, numbers, strict=False)) | named
        )
        counts = {variable.name for variable in self.model.state if isinstance(variable, Count)}
        sizes: dict[str, int] = {}
        bounds: dict[str, int | None] = {}
        for name, option in known.items():
            number = given[name]
            if number is not None and number < option.least:
                why = f" ({option.why})" if option.why else ""
                raise ValueError(f"a scope needs at least {option.least} {option.one}{why}, not {number}")
            if option.of in counts:
                bounds[option.of] = number
            elif number is None:
                raise ValueError(f"a scope needs a number of {name}")
            else:
                sizes[option.of] = number
        return Scope(sizes=sizes, bounds=bounds)

    def question_names(self) -> tuple[dict[str, Formula | Variable], dict[str, Formula | Variable]]:
        """The names that expressions may use: for the account, and for a place (inside ``any`` and ``all``)."""
        at_account: dict[str, Formula | Variable] = {v.name: v for v in self.model.state if not v.per}
        at_place: dict[str, Formula | Variable] = {}
        params = {param.sort: param for param in self.place}
        for variable in self.model.state:
            if variable.per:
                at_place[variable.name] = variable[tuple(params[sort] for sort in variable.per)]
        return at_account | dict(self.definitions), at_place | dict(self.place_definitions)
