"""What `extensions NAME` says of an extension is all that it adds and changes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.console import asked

from backup_slr.engine.core.formula import FALSE
from backup_slr.engine.spec.extension import Extension
from backup_slr.lifecycle import BACKUP
from backup_slr.lifecycle.extensions import EXTENSIONS
from backup_slr.report.english import english

INPUTS = {i.name for rule in BACKUP.model.rules for i in rule.inputs}


def parts(one: Extension) -> Iterator[str]:
    """The words by which a reader finds each part."""
    yield from (variable.name for variable in one.state)
    yield from (i.name for rule in (*one.rules, *one.effects) for i in rule.inputs if i.name not in INPUTS)
    yield from (rule.action for rule in one.rules)
    for added in one.guards:
        yield from (f"{action} ({added.guard.otherwise.id}), {added.at}" for action in added.actions)
    yield from (added.action for added in one.effects)
    yield from (f"{each.action}, its effect on {each.variable}: only if" for each in one.restrictions)
    yield from (assumption.question for assumption in one.assumptions)
    yield from (f"property {asked.id}: {asked.sentence}" for asked in one.properties)
    yield from (f"clause {clause.id} ({clause.page}): {clause.says}" for clause in one.clauses)
    yield from (f"convention {id}: {says}" for id, says in one.conventions.items())
    for each in one.amendments:
        yield each.why
        yield (
            f"variant {each.variant}, of {each.properties[0]}: {each.sentence}" if each.variant else each.properties[0]
        )
        yield f"premise not required if {english(each.unless)}" if each.unless != FALSE else ""
        yield f"meanwhile also {english(each.meanwhile)}" if each.meanwhile != FALSE else ""
        yield from (f"fairness {fair.says}" for fair in each.fair)


@pytest.mark.parametrize("one", EXTENSIONS, ids=lambda one: one.name)
def test_text_and_markdown_say_every_part(one: Extension) -> None:
    text = " ".join(asked("extensions", one.name).out.split())
    table = " ".join(asked("extensions", one.name, "--format", "md").out.replace("<br>", " ").split())
    for part in parts(one):
        assert part in text
        for word in part.split(" ", 1)[-1:]:
            assert word in table


def test_a_variant_does_not_read_like_a_change_of_the_property_itself() -> None:
    variants = [(one, each) for one in EXTENSIONS for each in one.amendments if each.variant]
    assert variants
    for one, each in variants:
        assert f"amends {each.properties[0]}: {each.why}" not in " ".join(asked("extensions", one.name).out.split())
