"""The error codes of guards: AWS's service models list them for an operation of the request, or AWS documents none."""

from __future__ import annotations

import pytest
from botocore.session import get_session

from backup_slr.engine.core.model import Model
from backup_slr.lifecycle import BACKUP
from backup_slr.lifecycle.extensions import EXTENSIONS

CLIENTS = {"elasticfilesystem": "efs"}
SESSION = get_session()

COMMON = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
"""Every operation can answer that something denies it to the caller; no operation lists it."""

SUPPOSED = {("delete_service_linked_role", "DeleteConflict")}
"""Only the value ``at-submit`` of ``usage-check`` has these; it supposes an error that the operation does not list."""

STATUS = "FAILED"
"""Not an error: the status of a deletion task."""


def listed(operation: str) -> set[str]:
    """The codes of the errors that a service model lists for an operation."""
    service, _, name = operation.partition(":")
    shapes = SESSION.get_service_model(CLIENTS.get(service, service)).operation_model(name).error_shapes
    return {code for one in shapes for code in (one.name, one.metadata.get("error", {}).get("code", one.name))}


def unlisted(model: Model) -> set[tuple[str, str]]:
    """The codes of guards that no operation of their request lists, with the action."""
    return {
        (rule.action, guard.shows_as)
        for rule in model.rules
        if rule.operations
        for guard in rule.guards
        if guard.shows_as not in (None, STATUS, *COMMON)
        and not any(guard.shows_as in listed(operation) for operation in rule.operations)
    }


@pytest.mark.parametrize("names", [(), *((one.name,) for one in EXTENSIONS)], ids="+".join)
def test_aws_lists_each_error_code_or_none_is_given(names: tuple[str, ...]) -> None:
    assert unlisted(BACKUP.extended(*names).model) == SUPPOSED


def test_the_supposed_codes_exist_under_one_value_only() -> None:
    for action, code in SUPPOSED:
        guards = [guard for guard in BACKUP.model.rule(action).guards if guard.shows_as == code]
        assert guards
        assert all("usage-check" in {reading.assumption for reading in guard.under} for guard in guards)
