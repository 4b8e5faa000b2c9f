"""``backup-slr rules``, ``assumptions`` and ``explain``: the reference as text, Markdown and JSON."""

from __future__ import annotations

from backup_slr.api.answers import Answer
from backup_slr.cli.command_options import (
    AssumptionsOptions,
    EditionsOptions,
    ExplainOptions,
    ExtensionsOptions,
    RulesOptions,
)
from backup_slr.cli.listings import actions_listed
from backup_slr.cli.model_options import LIFECYCLE
from backup_slr.cli.parameters import UsageError, blaming
from backup_slr.engine.serialize.table_writer import table_document
from backup_slr.engine.spec.selection import actions_named, names_matching
from backup_slr.report import reference
from backup_slr.report.extensions import (
    edition_document,
    editions_lines,
    editions_markdown,
    extension_document,
    extensions_lines,
    extensions_markdown,
)


def rules(options: RulesOptions) -> Answer:
    """Show the rules; JSON also has the whole rule set with all assumption values, for ``--rules FILE``."""
    role, lifecycle = options.model.role, options.model.lifecycle
    with blaming():
        chosen = tuple(dict.fromkeys(rule for text in options.actions for rule in actions_named(text, role.model)))
    chosen = chosen or role.model.rules
    return Answer(
        lambda: reference.rules_lines(chosen),
        lambda: {
            "schema_version": 1,
            "assumptions": role.assumptions,
            "rules": [reference.rule_document(lifecycle, role.model, rule) for rule in chosen],
            "table": table_document(options.model.applied_to(options.model.table), lifecycle.definitions),
        },
        lambda: reference.rules_markdown(chosen),
    )


def assumptions(options: AssumptionsOptions) -> Answer:
    """Show the assumptions, their values, and the evidence."""
    model = options.model.model
    known = {a.name: a for a in model.assumptions}
    with blaming():
        names = names_matching("assumption", options.names, {name: a.question for name, a in known.items()})
    chosen = [known[name] for name in names or known]
    conventions = options.model.lifecycle.conventions if not names else dict[str, str]()
    return Answer(
        lambda: reference.assumptions_lines(model, chosen, conventions),
        lambda: {"schema_version": 1, "assumptions": reference.assumptions_documents(model, chosen)},
        lambda: reference.assumptions_markdown(chosen),
    )


def extensions(options: ExtensionsOptions) -> Answer:
    """Show the extensions of the rules."""
    known = {one.name: one for one in options.model.lifecycle.extensions}
    with blaming():
        names = names_matching("extension", options.names, {name: one.says for name, one in known.items()})
    chosen, model = [known[name] for name in names or known], options.model.lifecycle.model
    return Answer(
        lambda: extensions_lines(chosen, model, bool(names)),
        lambda: {"schema_version": 1, "extensions": [extension_document(one, model) for one in chosen]},
        lambda: extensions_markdown(chosen, model),
    )


def editions(options: EditionsOptions) -> Answer:
    """Show the editions of the page."""
    known = LIFECYCLE.editions
    return Answer(
        lambda: editions_lines(known),
        lambda: {"schema_version": 1, "editions": [edition_document(one) for one in known]},
        lambda: editions_markdown(known),
    )


def explain(options: ExplainOptions) -> Answer:
    """Explain an action, a refusal or an error code."""
    if options.list:
        return actions_listed(options.model.model)
    if options.action is None:
        raise UsageError("name an action or an API operation; 'backup-slr explain --list' shows them")
    with blaming():
        return options.model.role.explain(options.action, options.place or "")
