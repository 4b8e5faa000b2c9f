"""Random small changes of the rules: an additional effect, guards in another form, one guard more or fewer."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from backup_slr.engine.core.formula import TRUE, And, Every, Formula, Implies, Not, Or, Param, Some
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.variable import Count, Effect, Enum, Flag, Variable
from backup_slr.lifecycle.vocabulary import (
    DEFAULT,
    DEFAULT_VAULT_NEEDS_ANOTHER_VAULT,
    EFS_VAULT,
    REGION,
    RESOURCES_REMAIN,
    SERVICE_USING_ROLE,
    VAULT,
    cross_account,
    efs_automatic_backup,
    r,
    v,
)

TASK = "finish_deletion_task"
STILL_NEEDED: tuple[Formula, ...] = (~cross_account, Every((r,), ~efs_automatic_backup[r]))


def replaced(model: Model, rule: Rule) -> Model:
    """The model with another rule for that action."""
    return replace(model, rules=tuple(rule if r.action == rule.action else r for r in model.rules))


def assumptions(random: Random, model: Model, share: float = 0.3) -> dict[str, str]:
    """A random value for some of the assumptions."""
    return {a.name: random.choice([*a.values]) for a in model.assumptions if random.random() < share}


def altered(random: Random, model: Model) -> Model:
    """One change of a rule, of a random kind."""
    return random.choice([one_more_effect, another_guard_of_the_task, one_guard_less, guards_exchanged])(random, model)


def indexed(random: Random, variable: Variable, rule: Rule) -> Variable | None:
    """A variable at the place of a rule, or at a special vault in its Region; None where the rule has no such place."""
    if not variable.per:
        return variable
    if variable.per == (REGION,):
        return variable[r] if r in rule.place else None
    if r not in rule.place:
        return None
    return variable[r, random.choice([DEFAULT, EFS_VAULT, *([v] * 2 if v in rule.place else [])])]


def condition(random: Random, rule: Rule) -> Formula:
    """A condition on the inputs of a request, or none."""
    flags = [i for i in rule.inputs if isinstance(i, Flag)]
    enums = [i for i in rule.inputs if isinstance(i, Enum)]
    made: list[Formula] = [TRUE, *flags, *(Not(f) for f in flags)]
    made += [e.is_(value) for e in enums for value in e.values]
    return random.choice(made)


def one_more_effect(random: Random, model: Model) -> Model:
    """An effect on a variable that the rule may already change, before its effects or after them."""
    rule = random.choice(model.rules)
    found = [i for variable in model.state if (i := indexed(random, variable, rule)) is not None]
    variable = random.choice(found)
    value = (
        random.choice((1, -1))
        if isinstance(variable, Count)
        else random.randrange(len(variable.values) if isinstance(variable, Enum) else 2)
    )
    effect = Effect(variable, value, "ASSUME-JOB", condition(random, rule))
    effects = (effect, *rule.effects) if random.random() < 0.3 else (*rule.effects, effect)
    return replaced(model, replace(rule, effects=effects))


def said_otherwise(random: Random, formula: Formula) -> Formula:
    """A formula with the same meaning in another form."""
    match formula:
        case Every(over, body) if random.random() < 0.5:
            return Not(Some(over, said_otherwise(random, Not(body))))
        case Some(over, body) if random.random() < 0.5:
            return Not(Every(over, said_otherwise(random, Not(body))))
        case Not(Not(body)):
            return body
        case Or(parts) if random.random() < 0.3:
            return Implies(Not(parts[0]), parts[1] if len(parts) == 2 else Or(parts[1:]))
        case Or(parts) if random.random() < 0.3:
            return Not(And(tuple(Not(p) for p in parts)))
        case _:
            return formula


def another_guard_of_the_task(random: Random, model: Model) -> Model:
    """A deletion task whose guards have another order and form, perhaps with additional conditions."""
    rule = model.rule(TASK)
    first, *others = rule.guards
    if random.random() < 0.6:
        others.append(
            Guard(random.choice(STILL_NEEDED), random.choice([RESOURCES_REMAIN, SERVICE_USING_ROLE]), "DELETE-1")
        )
    random.shuffle(others)
    others = [replace(g, condition=said_otherwise(random, g.condition), fails=True) for g in others]
    return replaced(model, replace(rule, guards=(first, *others)))


def one_guard_less(random: Random, model: Model) -> Model:
    """Remove one guard of a rule that has any."""
    rule = random.choice([rule for rule in model.rules if rule.guards])
    left_out = random.randrange(len(rule.guards))
    return replaced(model, replace(rule, guards=(*rule.guards[:left_out], *rule.guards[left_out + 1 :])))


def guards_exchanged(random: Random, model: Model) -> Model:
    """Exchange two adjacent guards, or add a guard about the vaults of the Region to another action."""
    rule = random.choice([rule for rule in model.rules if len(rule.guards) > 1])
    i = random.randrange(len(rule.guards) - 1)
    guards = (*rule.guards[:i], rule.guards[i + 1], rule.guards[i], *rule.guards[i + 2 :])
    if r in rule.place and random.random() < 0.5:
        other = Param("other", VAULT)
        vault = next(x for x in model.state if x.name == "vault")
        asked = random.choice((Some, Every))((other,), Not(other.is_(DEFAULT)) & vault[r, other])
        guards = (*guards, Guard(asked, DEFAULT_VAULT_NEEDS_ANOTHER_VAULT, "ASSUME-JOB"))
    return replaced(model, replace(rule, guards=guards))
