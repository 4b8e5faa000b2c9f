"""Check the places of a scenario: an element that no step can have created is a typing error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from backup_slr.engine.core.formula import Sort
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.variable import Flag
from backup_slr.engine.serialize.validation import Path
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.errors import printable, quoted, unknown
from backup_slr.report.names import plural
from backup_slr.scenario.spec import AccountSpec, StepSpec

Named = tuple[str, ...]


def unknown_places(
    lifecycle: Lifecycle, start: AccountSpec, steps: tuple[StepSpec, ...], end: AccountSpec | None
) -> Iterator[tuple[str, Path]]:
    """Messages about unknown names, each with its path in the file."""
    rules = {rule.action: rule for rule in lifecycle.model.rules}
    outer = lifecycle.sorts[0].name if lifecycle.sorts else ""
    new = (*start.elements, *(entry.place[0] for entry in start.tables.get(outer, ())))
    in_steps = [(step.place, ("step", i)) for i, step in enumerate(steps)]
    for place, path in (*start.paths, *(end.paths if end else ()), *in_steps):
        for depth, (name, sort) in enumerate(zip(place, lifecycle.sorts, strict=False)):
            if complaint := _unknown_in_the_world(lifecycle, sort, name, new if depth == 0 else ()):
                yield complaint, _key(path, sort.name, depth == len(place) - 1)
    kept = {v.name: len(v.per) for v in lifecycle.model.state if isinstance(v, Flag)}
    for depth, sort in enumerate(lifecycle.sorts, 1):
        if kept.get(sort.name) != depth:  # no flag for existence, so every element exists
            continue
        known = {place for place, _ in start.paths if len(place) == depth}
        known |= {s.place for s in steps if s.do in rules and brings(rules[s.do], sort.name)}
        for i, step in enumerate(steps):
            place = step.place[:depth]
            absent = absences(rules[step.do]) if step.do in rules else []
            if len(place) < depth or step.because in absent or place[-1] in sort.special or place in known:
                continue
            hint = f' (to test that it does not exist: because = "{absent[0]}")' if absent else ""
            yield f"{_unknown_element(sort.name, place, known, sort.special)}{hint}", ("step", i, sort.name)
        for place, path in end.paths if end else ():
            if len(place) == depth and place[-1] not in sort.special and place not in known:
                yield _unknown_element(sort.name, place, known, sort.special), (*path, "name")


def unknown_name(lifecycle: Lifecycle, name: str, new: Iterable[str]) -> str | None:
    """A message about an unknown name of the outermost sort that is not among the `new`."""
    return _unknown_in_the_world(lifecycle, lifecycle.sorts[0], name, new)


def _unknown_in_the_world(lifecycle: Lifecycle, sort: Sort, name: str, new: Iterable[str]) -> str | None:
    world = lifecycle.known_names.get(sort.name)
    if world is None or name in world or name in new:
        return None
    hint = unknown(sort.noun, name, sorted({*world, *new}), show=0)
    return f"{hint} (if it is new, add it to [account]: {plural(sort.name)} = [...])"


def _key(path: Path, sort: str, last: bool) -> Path:
    """The key of a name of a place, given the path of its table or of the name itself in a list of names."""
    if path[0] != "step" and last:
        return path
    return (*path, sort)


def absences(rule: Rule) -> list[str]:
    """The refusals because something does not exist at the place of a request."""
    return [g.otherwise.id for g in rule.guards if g.otherwise.absent and isinstance(g.condition, Flag)]


def brings(rule: Rule, sort: str) -> bool:
    """The action can create the element of a sort at its place."""
    flags = (e.variable for e in rule.effects if isinstance(e.variable, Flag) and e.value)
    return any(flag.name == sort and flag.at == rule.place for flag in flags)


def _unknown_element(sort: str, place: Named, known: set[Named], special: tuple[str, ...]) -> str:
    *outer, name = place
    elsewhere = sorted("/".join(map(printable, other[:-1])) for other in known if other[-1] == name)
    if elsewhere:
        return f"{sort} {quoted(name)} is in {', '.join(elsewhere)}, not in {'/'.join(map(printable, outer))}"
    here = sorted(other[-1] for other in known if other[:-1] == tuple(outer))
    return unknown(sort, name, dict.fromkeys((*here, *special)))
