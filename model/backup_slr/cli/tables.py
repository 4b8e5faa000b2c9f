"""``backup-slr rules``, ``assumptions`` and ``explain``: the reference, for people and as data."""

from __future__ import annotations

from backup_slr.api.answers import Answer
from backup_slr.cli.command_options import ExplainOptions, RulesOptions
from backup_slr.cli.options import LIFECYCLE
from backup_slr.cli.parameters import blaming
from backup_slr.engine.serialize.table_writer import table_document
from backup_slr.report import reference


def rules(options: RulesOptions) -> Answer:
    """The table of rules; as JSON, with all of its readings too, so that others can be taken later."""
    model = options.model.model
    return Answer(
        lambda: reference.rules_lines(model),
        lambda: {
            "schema_version": 1,
            "assumptions": dict(model.assumed),
            "rules": [reference.rule_document(LIFECYCLE, model, rule) for rule in model.rules],
            "table": table_document(options.model.applied_to(options.model.table), LIFECYCLE.definitions),
        },
        lambda: reference.rules_markdown(model),
    )


def assumptions(options: RulesOptions) -> Answer:
    """The assumptions, their values, and why there is a choice."""
    model = options.model.model
    return Answer(
        lambda: reference.assumptions_lines(LIFECYCLE, model),
        lambda: {"schema_version": 1, "assumptions": reference.assumptions_documents(model)},
        lambda: reference.assumptions_markdown(model),
    )


def explain(options: ExplainOptions) -> Answer:
    """Explain an action, a refusal or an error code."""
    with blaming():
        return options.model.role.explain(options.action)
