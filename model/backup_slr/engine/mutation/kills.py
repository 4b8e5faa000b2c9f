"""Mutation analysis: which judges (properties, recorded outcomes, scenarios, an independent oracle) kill a mutant.

A mutant that answers every request in every reachable state as the model does, under every combination of values of
the assumptions, is *equivalent*: no judge can notice it. One that answers some request differently is *killed* by every
judge that notices, and *survives* if none does. A judge is asked under each value of what the changed rule reads, until
it notices something, whatever the others say.
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
from backup_slr.engine.diff.table_diff import Prove
from backup_slr.engine.diff.transition_diff import diff_transitions, first_difference
from backup_slr.engine.mutation.baseline import Baseline
from backup_slr.engine.mutation.mutants import Mutant
from backup_slr.engine.mutation.mutated_model import MutatedModel

JudgeName: TypeAlias = Exactly["properties", "outcomes", "scenarios", "oracle"]
JUDGES: tuple[JudgeName, ...] = ("properties", "outcomes", "scenarios", "oracle")

ScenarioJudge: TypeAlias = Callable[[Mutant], Iterable[str]]
"""Returns the names of the scenarios that fail on a mutant."""


@dataclass(frozen=True)
class Example:
    """Requests that show something, at a scope and under readings: `Machine` replays them."""

    requests: tuple[Request, ...]
    scope: Scope
    assumed: Assignment


OracleJudge: TypeAlias = Callable[[Model, Example], str | None]
"""Returns how an oracle disagrees with a model (the whole one or a mutated one) on an example, if it does."""


@dataclass(frozen=True)
class Kill:
    """A judge that notices a mutant, by what, and the requests that show it if it has any."""

    judge: JudgeName
    by: str
    example: Example | None = None


@dataclass(frozen=True)
class MutantResult:
    """The verdict on a mutant.

    `example` is a shortest sequence of requests of which the last is answered differently. An equivalent mutant has
    none, and `proved` says whether it is equivalent at every scope or only in those that were looked at. One that
    survives has none if not every combination of values could be looked at, and no difference was found. `objection` is
    how the oracle disagrees with the unchanged model on the example: then it was not asked about the mutant.
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


_Unchanged: TypeAlias = tuple[Assignment, Rule, Rule]
"""A combination of values under which no difference shows, and the two rules under it."""


@dataclass
class MutationAnalysis:
    """Judges mutants of one table, one after the other; what is known of the unchanged model is kept.

    Parameters
    ----------
    table
        The model whose assumptions are not settled. Those that it notes as `assumed` are not varied.
    scopes
        Where to look for a difference, the smallest first.
    scenarios, oracle, prove
        Further judges, and a prover of equivalence.
    """

    table: Model
    scopes: Sequence[Scope]
    scenarios: ScenarioJudge | None = None
    oracle: OracleJudge | None = None
    prove: Prove | None = None
    _baselines: dict[tuple[Assignment, int], Baseline] = field(
        init=False, default_factory=dict[tuple[Assignment, int], Baseline]
    )

    def _baseline(self, assumed: Assignment, number: int = 0) -> Baseline:
        """The unchanged model under some readings at the scope with this number."""
        if (assumed, number) not in self._baselines:
            self._baselines[assumed, number] = Baseline(self.table.assuming(dict(assumed)), self.scopes[number])
        return self._baselines[assumed, number]

    def result(self, mutant: Mutant) -> MutantResult:
        """The verdict on a mutant."""
        unchanged: list[_Unchanged] = []
        shown: list[Example] = []
        judges = _Judges(self.oracle)
        for assumed in assignments(self.table, self.table.rule(mutant.action), mutant.rule):
            before = self._baseline(assumed).model.rule(mutant.action)
            after = mutant.rule.assuming(dict(assumed))
            if before == after or judges.all_notice:
                continue
            found = self._difference(assumed, after)
            if found is None:
                unchanged.append((assumed, before, after))
            else:
                shown.append(found[1])
                judges.ask(*found)
        if not shown:
            prove = self.prove
            if prove and all(
                prove(self.table, before, after, self._pinned(mutant, assumed)) for assumed, before, after in unchanged
            ):
                return MutantResult(mutant, "equivalent", proved=True)
            found, unsure = self._difference_elsewhere(mutant, unchanged)
            if found is not None:
                shown.append(found[1])
                judges.ask(*found)
            elif not unsure:
                return MutantResult(mutant, "equivalent")
        kills = judges.kills
        if self.scenarios is not None:
            kills += (Kill("scenarios", name) for name in self.scenarios(mutant))
        example = shown[0] if shown else None
        verdict = "killed" if kills else "survived"
        return MutantResult(mutant, verdict, tuple(kills), example, objection=judges.objection)

    def _difference(self, assumed: Assignment, after: Rule) -> tuple[MutatedModel, Example] | None:
        """The first scope in which a reachable state shows that a rule has changed."""
        for number, scope in enumerate(self.scopes):
            baseline = self._baseline(assumed, number)
            moves = tuple(transitions_of(after, scope))
            found = list(diff_transitions(baseline.moves[after.action], moves))
            first = first_difference(baseline.space, found, baseline.explored.states) if found else None
            if first is not None:
                way = baseline.checker.queries.path(first[0])[0]
                return MutatedModel(baseline, after, moves, found), Example((*way, first[1].request), scope, assumed)
        return None

    # ------------------------------------------------------------ under the values that other rules read

    def _pinned(self, mutant: Mutant, assumed: Assignment) -> dict[str, str]:
        """The values of what the rule reads, and of what the table notes as assumed."""
        read = {*open_assumptions(self.table, self.table.rule(mutant.action), mutant.rule), *dict(self.table.assumed)}
        return {name: value for name, value in assumed if name in read}

    def _difference_elsewhere(
        self, mutant: Mutant, unchanged: Iterable[_Unchanged]
    ) -> tuple[tuple[MutatedModel, Example] | None, bool]:
        """A difference under other values of what the rule does not read; or that this is not known."""
        unsure = False
        for assumed, before, after in unchanged:
            for search in self._searches:
                old, new = (transitions_of(rule, search.scope) for rule in (before, after))
                where = disj(d.where for d in diff_transitions(old, new))
                if not search.anywhere(where):
                    continue
                other = search.reaching(where, self._pinned(mutant, assumed))
                if other is not None:
                    return self._difference(other, after), False
                unsure = unsure or search.stopped is not None
        return None, unsure

    @cached_property
    def _searches(self) -> list[Combinations]:
        return [Combinations(self.table, scope) for scope in self.scopes]


@dataclass
class _Judges:
    """The answers of the judges about one mutant; each is asked until it notices something."""

    oracle: OracleJudge | None
    kills: list[Kill] = field(default_factory=list[Kill])
    against_baseline: str | None = None

    def notices(self, judge: JudgeName) -> bool:
        return any(kill.judge == judge for kill in self.kills)

    @property
    def all_notice(self) -> bool:
        oracle = self.oracle is None or self.notices("oracle")
        return oracle and self.notices("properties") and self.notices("outcomes")

    @property
    def objection(self) -> str | None:
        """How the oracle disagrees with the unchanged model, unless it notices the mutant all the same."""
        return None if self.notices("oracle") else self.against_baseline

    def ask(self, mutated: MutatedModel, shown: Example) -> None:
        """Ask all those that have not noticed anything yet."""
        if not self.notices("properties"):
            for asked, trace in mutated.violated():
                requests = tuple(step.request for step in trace.steps) if trace else ()
                example = Example(requests, shown.scope, shown.assumed) if trace else None
                self.kills.append(Kill("properties", asked.id, example))
        if not self.notices("outcomes"):
            self.kills += (Kill("outcomes", outcome) for outcome in mutated.changed_outcomes())
        if self.oracle is not None and not self.notices("oracle"):
            # One that does not agree with the unchanged model cannot tell it from a mutant.
            against = self.oracle(mutated.baseline.model, shown)
            self.against_baseline = self.against_baseline or against
            if against is None and (said := self.oracle(mutated.model, shown)):
                self.kills.append(Kill("oracle", said, shown))


@dataclass(frozen=True)
class MutationResults:
    """The results for all mutants that were judged."""

    results: tuple[MutantResult, ...]
    judges: tuple[JudgeName, ...]
    seconds: float
    complete: bool = True

    def count(self, verdict: str) -> int:
        """The number of mutants with this verdict."""
        return sum(r.verdict == verdict for r in self.results)

    @property
    def by_judge(self) -> dict[JudgeName, int]:
        """The number of mutants that each judge notices."""
        return {judge: sum(any(k.judge == judge for k in r.kills) for r in self.results) for judge in self.judges}

    @property
    def by_properties_alone(self) -> float:
        """The share of the mutants that are not equivalent which properties notice."""
        noticeable = [r for r in self.results if r.verdict != "equivalent"]
        return sum(r.by_properties for r in noticeable) / len(noticeable) if noticeable else 1.0

    @property
    def score(self) -> float:
        """The mutation score: the share of the mutants that are not equivalent which some judge notices."""
        noticeable = len(self.results) - self.count("equivalent")
        return self.count("killed") / noticeable if noticeable else 1.0

    def by_clause(self) -> Mapping[str, tuple[int, int, int]]:
        """For each clause that a mutant touches: mutants that are not equivalent, killed, killed by properties."""
        found: dict[str, tuple[int, int, int]] = {}
        for r in self.results:
            for clause in r.mutant.clauses if r.verdict != "equivalent" else ():
                number, killed, by_properties = found.get(clause, (0, 0, 0))
                found[clause] = (number + 1, killed + (r.verdict == "killed"), by_properties + r.by_properties)
        return found
