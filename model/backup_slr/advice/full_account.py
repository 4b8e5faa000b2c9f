"""A full account, for plans of no account in particular: one place of each kind, with one of everything."""

from __future__ import annotations

from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Flag
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.names import example_names
from backup_slr.scenario.spec import AccountSpec, EntrySpec
from backup_slr.scenario.starting_account import StartingAccount


def full_account(lifecycle: Lifecycle) -> StartingAccount:
    """Return an account where everything exists and is turned on, and no work of the service is running.

    Examples
    --------
    >>> from backup_slr.lifecycle import BACKUP
    >>> [entry.place[-1] for entry in full_account(BACKUP).spec.tables["vault"]]
    ['Default', 'aws/efs/automatic-backup-vault', 'vault-1']
    """
    goal, sorts = lifecycle.goal, lifecycle.sorts
    service = (e for rule in lifecycle.model.rules if rule.by == "service" for e in rule.effects)
    ended = {e.variable.name for e in service if isinstance(e.variable, Flag) and not e.value}
    on = [v for v in lifecycle.model.state if v.name not in ended and v != goal.variable]
    names = example_names(lifecycle, Scope({sort.name: len(sort.special) + 1 for sort in sorts}, {}))
    values = {goal.variable.name: goal.variable.values.index(goal.there)} | {v.name: 1 for v in on if not v.per}
    lists: dict[str, tuple[str, ...]] = {}
    tables: dict[str, tuple[EntrySpec, ...]] = {}
    for depth in range(1, len(sorts) + 1):
        inner = {v.name: 1 for v in on if len(v.per) == depth}
        sort = sorts[depth - 1].name
        if depth < len(sorts):
            lists |= dict.fromkeys(inner, tuple(path[-1] for path in names.paths(depth)))
        else:
            own = {name: value for name, value in inner.items() if name != sort}
            tables[sort] = tuple(EntrySpec(path, own) for path in names.paths(depth))
    paths = tuple((entry.place, ()) for entries in tables.values() for entry in entries)
    return StartingAccount("", lifecycle, AccountSpec(values, lists, tables, paths=paths))
