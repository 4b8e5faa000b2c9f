"""Who notices a mutant: properties, golden outcomes, scenarios, an independent oracle; or nobody.

A mutant that answers every request in every reachable state as the model does, under every combination of values of
the assumptions, is *equivalent*: nobody can notice it. One that answers some request differently is *killed* by every
judge that notices, and *survives* if none does. A judge is asked under each value of what the changed rule reads, and
each until it notices something, whatever the others say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.engine.check.combinations import Assignment, Combinations, assignments, open_assumptions
from backup_slr.engine.check.transitions import transitions_of
from backup_slr.engine.compile.simplify import disj
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.step import Request
from backup_slr.engine.diff.transition_diff import diff_transitions, first_difference
from backup_slr.engine.mutation.mutants import Mutant
from backup_slr.engine.mutation.trial import Trial
from backup_slr.engine.mutation.whole import Whole

Judge: TypeAlias = Exactly["properties", "outcomes", "scenarios", "oracle"]
JUDGES: tuple[Judge, ...] = ("properties", "outcomes", "scenarios", "oracle")


@dataclass(frozen=True)
class Example:
    """Requests that show something, at a scope and under readings: `Machine` plays them again."""

    requests: tuple[Request, ...]
    scope: Scope
    assumed: Assignment


@dataclass(frozen=True)
class Kill:
    """A judge that notices a mutant, by what, and the requests that show it if it has any."""

    judge: Judge
    by: str
    example: Example | None = None


@dataclass(frozen=True)
class Ruling:
    """What became of a mutant.

    `example` is a shortest sequence of requests of which the last is answered differently. An equivalent mutant has
    none, and `proved` says whether it is equivalent at every scope or only in those that were looked at. One that
    survives has none if not every combination of values could be looked at, and no difference was found. `objection` is
    what the oracle says against the whole model on the way of the example: then it was not asked of the mutant.
    """

    mutant: Mutant
    verdict: Exactly["killed", "equivalent", "survived"]
    kills: tuple[Kill, ...] = ()
    example: Example | None = None
    proved: bool = False
    objection: str | None = None

    @property
    def by_properties(self) -> bool:
        """A property noticed it."""
        return any(kill.judge == "properties" for kill in self.kills)


Witnesses: TypeAlias = Callable[[Mutant], Iterable[str]]
"""Of a mutant the names of the scenarios that do not go any more as they expect."""

Consult: TypeAlias = Callable[[Model, Example], str | None]
"""Of a model, the whole one or a mutated one, and an example what an oracle says otherwise."""

Prove: TypeAlias = Callable[[Model, Rule, Rule, Mapping[str, str]], bool]
"""That two settled rules answer alike at every scope, under some values of assumptions and any of all others."""


class Court:
    """Judges mutants of one table, one after the other; what is known of the whole model is kept.

    Parameters
    ----------
    table
        The model whose assumptions are not settled. Those that it notes as `assumed` are not varied.
    scopes
        Where to look for a difference, the smallest first.
    scenarios, oracle, prove
        Further judges, as far as there are any.
    """

    def __init__(
        self,
        table: Model,
        scopes: Sequence[Scope],
        scenarios: Witnesses | None = None,
        oracle: Consult | None = None,
        prove: Prove | None = None,
    ) -> None:
        self.table = table
        self.scopes = scopes
        self.scenarios = scenarios
        self.oracle = oracle
        self.prove = prove
        self._wholes: dict[tuple[Assignment, int], Whole] = {}
        self._settled: dict[Assignment, Model] = {}

    def whole(self, assumed: Assignment, number: int) -> Whole:
        """The whole model under some readings at the scope with this number."""
        if (assumed, number) not in self._wholes:
            self._wholes[assumed, number] = Whole(self.settled(assumed), self.scopes[number])
        return self._wholes[assumed, number]

    def settled(self, assumed: Assignment) -> Model:
        """The whole model under some readings."""
        if assumed not in self._settled:
            self._settled[assumed] = self.table.assuming(dict(assumed))
        return self._settled[assumed]

    def judge(self, mutant: Mutant) -> Ruling:
        """What becomes of a mutant."""
        alike: list[_Alike] = []
        shown: list[tuple[Trial, Example]] = []
        asked = _Asked(self.oracle)
        for assumed in assignments(self.table, self.table.rule(mutant.action), mutant.rule):
            before = self.settled(assumed).rule(mutant.action)
            after = mutant.rule.assuming(dict(assumed))
            if before == after or asked.all_notice:
                continue
            found = self._differs(assumed, after)
            if found is None:
                alike.append((assumed, before, after))
            else:
                shown.append(found)
                asked.about(*found)
        proved = unsure = False
        if not shown:
            proved = self.prove is not None and all(self._proved(mutant, *one, self.prove) for one in alike)
            found, unsure = (None, False) if proved else self._elsewhere(mutant, alike)
            if found is not None:
                shown.append(found)
                asked.about(*found)
        if not shown and not unsure:
            return Ruling(mutant, "equivalent", proved=proved)
        kills = asked.kills
        if self.scenarios is not None:
            kills += (Kill("scenarios", name) for name in self.scenarios(mutant))
        example = shown[0][1] if shown else None
        return Ruling(mutant, "killed" if kills else "survived", tuple(kills), example, objection=asked.objection)

    def _differs(self, assumed: Assignment, after: Rule) -> tuple[Trial, Example] | None:
        """The first scope where a reachable state shows that a rule is not what it was."""
        for number, scope in enumerate(self.scopes):
            whole = self.whole(assumed, number)
            moves = tuple(transitions_of(after, scope))
            found = list(diff_transitions(whole.moves[after.action], moves))
            first = first_difference(whole.space, found, whole.explored.states) if found else None
            if first is not None:
                trial = Trial(whole, after, moves, found)
                return trial, Example(trial.shortest(first[0], first[1].request), scope, assumed)
        return None

    # ------------------------------------------------------------ under the values that other rules read

    def _taken(self, mutant: Mutant, assumed: Assignment) -> dict[str, str]:
        """The values of what the rule reads, and of what the table notes as assumed."""
        read = {*open_assumptions(self.table, self.table.rule(mutant.action), mutant.rule), *dict(self.table.assumed)}
        return {name: value for name, value in assumed if name in read}

    def _proved(self, mutant: Mutant, assumed: Assignment, before: Rule, after: Rule, prove: Prove) -> bool:
        return prove(self.table, before, after, self._taken(mutant, assumed))

    def _elsewhere(self, mutant: Mutant, alike: Iterable[_Alike]) -> tuple[tuple[Trial, Example] | None, bool]:
        """A difference that shows under other values of what the rule does not read; or that this is not known."""
        unsure = False
        for assumed, before, after in alike:
            for search in self._searches:
                rules = (transitions_of(rule, search.scope) for rule in (before, after))
                where = disj(d.where for d in diff_transitions(*rules))
                if not search.anywhere(where):
                    continue
                other = search.reaching(where, self._taken(mutant, assumed))
                if other is not None:
                    return self._differs(other, after), False
                unsure = unsure or search.stopped is not None
        return None, unsure

    @cached_property
    def _searches(self) -> list[Combinations]:
        return [Combinations(self.table, scope) for scope in self.scopes]


_Alike: TypeAlias = tuple[Assignment, Rule, Rule]
"""A combination of values under which no difference shows, and the two rules as they are then."""


@dataclass
class _Asked:
    """What the judges said of a mutant under some combinations of values; each is asked until it notices something."""

    oracle: Consult | None
    kills: list[Kill] = field(default_factory=list[Kill])
    against: str | None = None

    def notices(self, judge: Judge) -> bool:
        """That judge has noticed the mutant."""
        return any(kill.judge == judge for kill in self.kills)

    @property
    def all_notice(self) -> bool:
        """Nobody is left to ask."""
        oracle = self.oracle is None or self.notices("oracle")
        return oracle and self.notices("properties") and self.notices("outcomes")

    @property
    def objection(self) -> str | None:
        """What the oracle says against the whole model, unless it notices the mutant all the same."""
        return None if self.notices("oracle") else self.against

    def about(self, trial: Trial, shown: Example) -> None:
        """Ask all those who have not noticed anything yet."""
        if not self.notices("properties"):
            for asked, trace in trial.violated():
                requests = tuple(step.request for step in trace.steps) if trace else ()
                example = Example(requests, shown.scope, shown.assumed) if trace else None
                self.kills.append(Kill("properties", asked.id, example))
        if not self.notices("outcomes"):
            self.kills += (Kill("outcomes", outcome) for outcome in trial.new_outcomes())
        if self.oracle is not None and not self.notices("oracle"):
            # One that does not agree with the whole model cannot tell it from a mutant.
            against = self.oracle(trial.whole.model, shown)
            self.against = self.against or against
            if against is None and (said := self.oracle(trial.model, shown)):
                self.kills.append(Kill("oracle", said, shown))


@dataclass(frozen=True)
class Verdict:
    """All rulings together."""

    rulings: tuple[Ruling, ...]
    judges: tuple[Judge, ...]
    seconds: float
    complete: bool = True

    def count(self, verdict: str) -> int:
        """How many mutants came to this."""
        return sum(r.verdict == verdict for r in self.rulings)

    @property
    def by_judge(self) -> dict[Judge, int]:
        """How many mutants each judge notices."""
        return {judge: sum(any(k.judge == judge for k in r.kills) for r in self.rulings) for judge in self.judges}

    @property
    def by_properties_alone(self) -> float:
        """The share of the mutants that are not equivalent which properties notice."""
        noticeable = [r for r in self.rulings if r.verdict != "equivalent"]
        return sum(r.by_properties for r in noticeable) / len(noticeable) if noticeable else 1.0

    @property
    def score(self) -> float:
        """The share of the mutants that are not equivalent which somebody notices."""
        noticeable = len(self.rulings) - self.count("equivalent")
        return self.count("killed") / noticeable if noticeable else 1.0

    def by_clause(self) -> Mapping[str, tuple[int, int, int]]:
        """For each clause that a mutant touches: mutants that are not equivalent, killed, killed by properties."""
        found: dict[str, tuple[int, int, int]] = {}
        for r in self.rulings:
            for clause in r.mutant.clauses if r.verdict != "equivalent" else ():
                number, killed, by_properties = found.get(clause, (0, 0, 0))
                found[clause] = (number + 1, killed + (r.verdict == "killed"), by_properties + r.by_properties)
        return found
