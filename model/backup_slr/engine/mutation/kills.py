"""Mutation analysis: which judges (properties, recorded outcomes, scenarios, an independent oracle) kill a mutant.

A mutant that behaves like the model in every reachable state, under every combination of assumption values, is
*equivalent*: no judge can kill it. One that behaves differently is *killed* by each judge that detects it, and
*survives* if none does. Each judge tries all values of the assumptions that the changed rule reads until it kills the
mutant, independently of the other judges; or the first judge that kills it is enough (`MutationAnalysis.first_only`).

If the rules are composed with extensions, the rules without them are a judge too: an extension is conservative, so the
base kills each mutant that answers a request differently in a state that the composed rules reach while the variables
of the extensions keep their initial values (`base_judge`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import chain, islice
from math import prod
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.engine.check.combinations import Assignment, Combinations, assignments, open_assumptions
from backup_slr.engine.check.transitions import transitions_of
from backup_slr.engine.compile.simplify import disj
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.step import Request
from backup_slr.engine.diff.model_diff import diff_transitions, first_difference
from backup_slr.engine.diff.table_diff import Prove
from backup_slr.engine.mutation.mutants import Mutant
from backup_slr.engine.mutation.mutated_model import Baseline, MutatedModel

JudgeName: TypeAlias = Exactly["base", "properties", "outcomes", "scenarios", "oracle"]
JUDGES: tuple[JudgeName, ...] = ("base", "properties", "outcomes", "scenarios", "oracle")

ScenarioJudge: TypeAlias = Callable[[Mutant], Iterable[str]]
"""Returns the names of the scenarios that fail on a mutant."""


@dataclass(frozen=True)
class Example:
    """Requests that show a difference, at a scope and under assumptions; `Machine` replays them."""

    requests: tuple[Request, ...]
    scope: Scope
    assumed: Assignment


OracleJudge: TypeAlias = Callable[[Model, Example], str | None]
"""Returns the disagreement of an oracle with a model (unchanged or mutated) on an example, if any."""


@dataclass(frozen=True)
class Kill:
    """A judge that kills a mutant, by what, and the requests that show it, if any."""

    judge: JudgeName
    by: str
    example: Example | None = None


@dataclass(frozen=True)
class MutantResult:
    """The verdict on a mutant.

    `example` is a shortest sequence of requests whose last outcome differs. An equivalent mutant has none; `proved`
    means that it is equivalent at every scope, not only in the explored ones. A survivor has none if not every
    combination of values could be explored and no difference was found. `objection` describes how the oracle disagrees
    with the unchanged model on the example; then the oracle does not judge the mutant.
    """

    mutant: Mutant
    verdict: Exactly["killed", "equivalent", "survived"]
    kills: tuple[Kill, ...] = ()
    example: Example | None = None
    proved: bool = False
    objection: str | None = None

    @property
    def by_properties(self) -> bool:
        return any(kill.judge == "properties" for kill in self.kills)


_Unchanged: TypeAlias = tuple[Assignment, Rule, Rule]
"""A combination of values without a known difference, and the two rules under it."""


@dataclass
class MutationAnalysis:
    """Analyzes mutants of one rule set, one after the other; results about the unchanged model are cached.

    Assumptions that the rule set notes as `assumed` are not varied. The smallest scope is explored first.

    Parameters
    ----------
    base
        Returns how the rules without extensions answer differently than a mutant, if they do.
    first_only
        Stop at the first judge that kills a mutant; those that explore nothing judge first.
    """

    table: Model
    scopes: Sequence[Scope]
    scenarios: ScenarioJudge | None = None
    oracle: OracleJudge | None = None
    prove: Prove | None = None
    base: Callable[[Mutant], str | None] | None = None
    first_only: bool = False

    def __post_init__(self) -> None:
        self._baseline = cache(self._baseline_at)

    def _baseline_at(self, assumed: Assignment, number: int) -> Baseline:
        return Baseline(self.table.assuming(dict(assumed)), self.scopes[number])

    def result(self, mutant: Mutant) -> MutantResult:
        judges = _Judges(self.oracle, self.first_only)
        if self.first_only:
            judges.kills += islice(self._kills_without_states(mutant), 1)
            if judges.kills:
                return MutantResult(mutant, "killed", tuple(judges.kills))
        unchanged = list(self._changed_rules(mutant))
        shown: list[Example] = []
        # The scope with the fewest places has the fewest states.
        for number in sorted(range(len(self.scopes)), key=lambda n: prod(self.scopes[n].sizes.values())):
            for one in tuple(unchanged):
                found = None if judges.all_kill else self._difference(number, one[0], one[2])
                if found is not None:
                    unchanged.remove(one)
                    shown.append(found[1])
                    judges.judge(*found)
            if number == 0 and not judges.all_kill:
                # A proof takes less time than larger scopes.
                unchanged = [one for one in unchanged if not self._proved(mutant, *one)]
                if not unchanged and not shown:
                    return MutantResult(mutant, "equivalent", proved=True)
        if not shown:
            found, unsure = self._difference_elsewhere(mutant, unchanged)
            if found is not None:
                shown.append(found[1])
                judges.judge(*found)
            elif not unsure:
                return MutantResult(mutant, "equivalent")
        kills = judges.kills
        if not self.first_only:
            kills += self._kills_without_states(mutant)
        example = shown[0] if shown else None
        verdict = "killed" if kills else "survived"
        return MutantResult(mutant, verdict, tuple(kills), example, objection=judges.objection)

    def _kills_without_states(self, mutant: Mutant) -> Iterator[Kill]:
        """Generate the kills by judges that explore no state of this model."""
        if self.base is not None and (by := self.base(mutant)):
            yield Kill("base", by)
        if self.scenarios is not None:
            yield from (Kill("scenarios", name) for name in self.scenarios(mutant))

    def _changed_rules(self, mutant: Mutant) -> Iterator[_Unchanged]:
        """Generate the combinations of values under which the text of the rule differs."""
        rule = self.table.rule(mutant.action)
        for assumed in assignments(self.table, rule, mutant.rule):
            before, after = (r.assuming(dict(assumed)) for r in (rule, mutant.rule))
            if before != after:
                yield assumed, before, after

    def _proved(self, mutant: Mutant, assumed: Assignment, before: Rule, after: Rule) -> bool:
        prove = self.prove
        return prove is not None and prove(self.table, before, after, self._pinned(mutant, assumed))

    def _difference(self, number: int, assumed: Assignment, after: Rule) -> tuple[MutatedModel, Example] | None:
        """Find a reachable state of a scope that shows that a rule has changed."""
        baseline, scope = self._baseline(assumed, number), self.scopes[number]
        moves = tuple(transitions_of(after, scope))
        found = list(diff_transitions(baseline.moves[after.action], moves))
        first = first_difference(baseline.space, found, baseline.explored.states) if found else None
        if first is None:
            return None
        way = baseline.queries.path(first[0])[0]
        return MutatedModel(baseline, after, moves, found), Example((*way, first[1].request), scope, assumed)

    # ------------------------------------------------------------ values that other rules read

    def _pinned(self, mutant: Mutant, assumed: Assignment) -> dict[str, str]:
        """Return the values of the assumptions that the rule reads or that the table notes as assumed."""
        read = {*open_assumptions(self.table, self.table.rule(mutant.action), mutant.rule), *dict(self.table.assumed)}
        return {name: value for name, value in assumed if name in read}

    def _difference_elsewhere(
        self, mutant: Mutant, unchanged: Iterable[_Unchanged]
    ) -> tuple[tuple[MutatedModel, Example] | None, bool]:
        """Find a difference under other values of what the rule does not read; the flag: some are unexplored."""
        unsure = False
        for assumed, before, after in unchanged:
            for search in self._searches:
                old, new = (transitions_of(rule, search.scope) for rule in (before, after))
                where = disj(d.where for d in diff_transitions(old, new))
                if not search.anywhere(where):
                    continue
                other = search.reaching(where, self._pinned(mutant, assumed))
                if other is not None:
                    return self._difference(self._searches.index(search), other, after), False
                unsure = unsure or search.stopped is not None
        return None, unsure

    @cached_property
    def _searches(self) -> list[Combinations]:
        return [Combinations(self.table, scope) for scope in self.scopes]


@dataclass
class _Judges:
    """The kills of one mutant; each judge tries examples until it kills the mutant."""

    oracle: OracleJudge | None
    first_only: bool
    kills: list[Kill] = field(default_factory=list[Kill])
    against_baseline: str | None = None

    def kill_by(self, judge: JudgeName) -> bool:
        return any(kill.judge == judge for kill in self.kills)

    @property
    def all_kill(self) -> bool:
        if self.first_only and self.kills:
            return True
        oracle = self.oracle is None or self.kill_by("oracle")
        return oracle and self.kill_by("properties") and self.kill_by("outcomes")

    @property
    def objection(self) -> str | None:
        """The disagreement of the oracle with the unchanged model, unless the oracle kills the mutant elsewhere."""
        return None if self.kill_by("oracle") else self.against_baseline

    def judge(self, mutated: MutatedModel, shown: Example) -> None:
        """Let all judges that have not killed the mutant try an example."""
        if not self.kill_by("properties"):
            every = mutated.violated()
            some = islice(chain(mutated.violated_by_a_change(), every), 1)
            for violated, trace in some if self.first_only else every:
                requests = tuple(step.request for step in trace.steps) if trace else ()
                example = Example(requests, shown.scope, shown.assumed) if trace else None
                self.kills.append(Kill("properties", violated.id, example))
        if not self.all_kill and not self.kill_by("outcomes"):
            self.kills += (Kill("outcomes", outcome) for outcome in mutated.changed_outcomes())
        if self.oracle is not None and not self.all_kill and not self.kill_by("oracle"):
            # An oracle that disagrees with the unchanged model cannot judge the mutant.
            against = self.oracle(mutated.baseline.model, shown)
            self.against_baseline = self.against_baseline or against
            if against is None and (difference := self.oracle(mutated.model, shown)):
                self.kills.append(Kill("oracle", difference, shown))


@dataclass(frozen=True)
class MutationResults:
    """The results for all mutants that are done."""

    results: tuple[MutantResult, ...]
    judges: tuple[JudgeName, ...]
    seconds: float
    complete: bool = True

    def count(self, verdict: str) -> int:
        return sum(r.verdict == verdict for r in self.results)

    @property
    def by_judge(self) -> dict[JudgeName, int]:
        return {judge: sum(any(k.judge == judge for k in r.kills) for r in self.results) for judge in self.judges}

    @property
    def by_properties_alone(self) -> float:
        """The share of killed mutants, among those that are not equivalent, if only properties counted."""
        candidates = [r for r in self.results if r.verdict != "equivalent"]
        return sum(r.by_properties for r in candidates) / len(candidates) if candidates else 1.0

    @property
    def score(self) -> float:
        """The mutation score: the share of killed mutants among those that are not equivalent."""
        candidates = len(self.results) - self.count("equivalent")
        return self.count("killed") / candidates if candidates else 1.0

    def by_clause(self) -> Mapping[str, tuple[int, int, int]]:
        """Count for each clause: mutants that are not equivalent, killed ones, and those killed by properties."""
        found: dict[str, tuple[int, int, int]] = {}
        for r in self.results:
            for clause in r.mutant.clauses if r.verdict != "equivalent" else ():
                number, killed, by_properties = found.get(clause, (0, 0, 0))
                found[clause] = (number + 1, killed + (r.verdict == "killed"), by_properties + r.by_properties)
        return found
