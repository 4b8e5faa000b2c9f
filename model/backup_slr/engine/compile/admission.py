"""Admission of requests: whether a state, a place and inputs fit an action of a model at a scope."""

from __future__ import annotations

from collections.abc import Mapping

from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.variable import Enum, numbers_of, usual


class Admission:
    """Checks the parts of requests to the actions of a model at a scope."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.rules = {rule.action: rule for rule in layout.model.rules}
        every = (variable for rule in layout.model.rules for variable in rule.inputs)
        self._values = {v.name: numbers_of(v) for v in every}

    def state_and_place(self, state: State, action: str, place: tuple[int, ...]) -> None:
        """Check that a state belongs to the scope, and that an action has a place; else a `ValueError`."""
        if len(state) != self.layout.width:
            raise ValueError(f"a state of this scope has {self.layout.width} cells, not {len(state)}")
        over = self.rules[action].place
        sizes = [self.layout.scope.size(param.sort) for param in over]
        if len(place) != len(sizes) or any(
            not isinstance(i, int) or i not in range(size)  # pyright: ignore[reportUnnecessaryIsInstance]
            for i, size in zip(place, sizes, strict=True)
        ):
            wanted = ", ".join(f"{p.sort.name} 0 to {size - 1}" for p, size in zip(over, sizes, strict=True))
            raise ValueError(f"{action} does not happen at {place!r}; its place is ({wanted})")

    def arguments(self, action: str, inputs: Mapping[str, int]) -> tuple[int, ...]:
        """The inputs of an action in the order of its rule, with defaults for omitted ones, or a `ValueError`."""
        found: list[int] = []
        given = 0
        for variable in self.rules[action].inputs:
            if variable.name not in inputs:
                found.append(usual(variable))
                continue
            value = inputs[variable.name]
            if not isinstance(value, int) or value not in self._values[variable.name]:  # pyright: ignore
                values = variable.values if isinstance(variable, Enum) else ("false", "true")
                wanted = ", ".join(f"{number} ({name})" for number, name in enumerate(values))
                raise ValueError(f"{value!r} is not a value of {variable.name}; give a number: {wanted}")
            given += 1
            found.append(value)
        if given < len(inputs):
            known = [variable.name for variable in self.rules[action].inputs]
            name = next(name for name in inputs if name not in known)
            raise ValueError(f"{action} has no input {name!r}; it has: {', '.join(known) or 'none'}")
        return tuple(found)
