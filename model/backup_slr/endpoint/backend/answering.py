"""Calls of clients, answered by the rules: which action a call is, and what its answer shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from backup_slr.endpoint.backend.emulated_account import EmulatedAccount
from backup_slr.endpoint.backend.open_points import OpenPoints
from backup_slr.endpoint.backend.paging import paged
from backup_slr.endpoint.backend.record_store import Path, Record
from backup_slr.endpoint.backend.shown_values import MISSING, View
from backup_slr.endpoint.backend.surroundings import Surroundings
from backup_slr.endpoint.wire.messages import Fault, ServiceCall
from backup_slr.engine.core.rule import Guard
from backup_slr.engine.core.step import Request, Step
from backup_slr.engine.spec.emulation import EmulatedOperation, ErrorAnswer, Find, OperationCase
from backup_slr.engine.spec.inventory import Showing
from backup_slr.inventory.observed_values import matches
from backup_slr.inventory.typed_answers import denied, text

CLAUSE_HEADER, ASSUMPTION_HEADER = "x-backup-slr-clause", "x-backup-slr-assumption"


@dataclass(frozen=True)
class TakenAction:
    """An action that a call performed, or tried in vain."""

    request_id: str
    action: str
    path: Path
    inputs: Mapping[str, Any]
    outcome: str
    refusal: str


class Answering:
    """Answers the calls to one account.

    Parameters
    ----------
    account
        The account.
    surroundings
        What the environment does: jobs, collisions, the end of tasks, throttling.
    strict
        Whether an answer that depends on an assumption is an error instead.
    """

    def __init__(self, account: EmulatedAccount, surroundings: Surroundings, strict: bool = False) -> None:
        self.account, self.surroundings, self.strict = account, surroundings, strict
        self.emulation = account.emulation
        names = {self.emulation.clients.get(one.service, one.service): one.service for one in self.operations}
        self._services = names
        self._open_points = OpenPoints(account)
        self.taken: list[TakenAction] = []
        """The actions that the calls so far performed or tried."""

    @property
    def operations(self) -> Iterable[EmulatedOperation]:
        """The operations that have an answer."""
        return self.emulation.operations.values()

    def name(self, call: ServiceCall) -> str:
        """The operation of a call, as permissions name it."""
        return f"{self._services.get(call.service, call.service)}:{call.operation}"

    def lags(self, call: ServiceCall) -> bool:
        """Whether the answer to a call can show an earlier state."""
        return matches(self.name(call), self.emulation.lags)

    def answer(self, call: ServiceCall) -> Mapping[str, Any]:
        """The result of a call.

        Raises
        ------
        Fault
            When the answer is an error.
        """
        name = self.name(call)
        operation = self.emulation.operations.get(name)
        if operation is None:
            raise Fault("NotImplemented", f"{name} is outside the model, which has no answer to it", 501)
        if not self.account.exists(call.region):
            raise self.error(self.emulation.foreign, call, operation)
        if self.surroundings.throttles():
            raise self.error(self.emulation.throttled, call, operation)
        self.surroundings.before(self.account, call, operation)
        if not self.surroundings.permits(name):
            raise self.error(self.emulation.denied, call, operation)
        return paged(call, _Answer(self, call, operation).result(), self.surroundings.page)

    def depends(self, request: Request, step: Step) -> Mapping[str, str]:
        """The assumptions on which a step depends, each with its value here."""
        return self._open_points.of(request, step)

    def error(self, errors: Mapping[str, ErrorAnswer], call: ServiceCall, operation: EmulatedOperation) -> Fault:
        """The error of a service for a call."""
        error = errors.get(operation.service) or errors[""]
        parameters = {**call.parameters, "operation": operation.operation}
        return self.fault(error, View(self.account, (), parameters, outer=call.region))

    def fault(self, error: ErrorAnswer, view: View) -> Fault:
        """An error, with its message filled in."""
        message = view.show(error.message)
        status = self.emulation.statuses.get(error.code) if error.status is None else error.status
        return Fault(error.code, error.message if message is None else str(message), status, error.detail)


class _Answer:
    """The answer to one call."""

    def __init__(self, answering: Answering, call: ServiceCall, operation: EmulatedOperation) -> None:
        self.own, self.call, self.operation, self.account = answering, call, operation, answering.account
        outer = self.account.lifecycle.sorts[0].name
        parameters = {outer: call.region, "operation": operation.operation, **call.parameters}
        self.view = View(self.account, (), parameters, outer=call.region)

    def result(self) -> Mapping[str, Any]:
        for case in self.operation.cases:
            if not self._possible(case) or not all(map(self._holds, case.when)):
                continue
            found = self._found(case)
            if found is not None:
                return self._take(case, found)
        raise Fault("NotImplemented", self._why_not(), 501)

    # ---------------------------------------------------------------- which case

    def _possible(self, case: OperationCase) -> bool:
        return not case.action or case.action in self.account.rules

    def _why_not(self) -> str:
        absent = [case.action for case in self.operation.cases if not self._possible(case)]
        for extension in self.account.lifecycle.extensions:
            if any(rule.action in absent for rule in extension.rules):
                return (
                    f"{self.operation.operation} belongs to the extension {extension.name}: add --with {extension.name}"
                )
        return f"this request of {self.operation.operation} is outside the model, which has no answer to it"

    def _holds(self, showing: Showing) -> bool:
        value = self.view.lookup(showing.path)
        match showing.how:
            case "set" | "not set":
                return (value is not MISSING) == (showing.how == "set")
            case "is" | "is not":
                return (value is not MISSING and matches(text(value), showing.values)) == (showing.how == "is")
            case "denies" | "does not deny":
                try:
                    return denied(str(value), showing.values)[0] == (showing.how == "denies")
                except (ValueError, KeyError, RecursionError):
                    return False
            case _:
                raise AssertionError(showing)

    def _found(self, case: OperationCase) -> dict[str, Record] | None:
        """The records that the case is about; None if it does not fit."""
        found: dict[str, Record] = {}
        for find in case.finds:
            record = self._find(find)
            if record is not None:
                found[find.kind] = record
            elif isinstance(find.missing, ErrorAnswer):
                raise self.own.fault(find.missing, self.view)
            elif find.missing is None:
                return None
        return found

    def _find(self, find: Find) -> Record | None:
        wanted = {name: self.view.show(template) for name, template in find.by.items()}
        sorts = self.account.sorts
        at = {sorts.index(name): wanted.pop(name) for name in list(wanted) if name in sorts}
        if not find.everywhere:
            at.setdefault(0, self.call.region)
        id = wanted.pop("id", None) if "id" in wanted else MISSING
        ended: Record | None = None
        for path, records in self.account.groups(find.kind):
            if not all(level >= len(path) or path[level] == name for level, name in at.items()):
                continue
            for record in records if id is not MISSING else reversed(records):  # the oldest are usually deleted first
                if (id is MISSING or record.id == id) and self._same(record, wanted):
                    if id is MISSING or record.ended is None:
                        return record
                    ended = ended or record
        return ended

    def _same(self, record: Record, wanted: Mapping[str, Any]) -> bool:
        """Whether attributes of a record, or what clients see of it, have these values; ``*`` is any."""
        view, fields = self.view.about(record), self.account.emulation.records[record.kind].fields
        for name, one in wanted.items():
            value = view.lookup(name)
            value = view.show(fields.get(name)) if value is MISSING else value
            if value is None or one not in ("*", value):
                return False
        return True

    # ---------------------------------------------------------------- taking it

    def _take(self, case: OperationCase, found: dict[str, Record]) -> Mapping[str, Any]:
        about = next(iter(found.values()), None)
        within = self._view(found, about.path if about else (self.call.region,))
        if case.fails is not None:
            raise self.own.fault(case.fails, within)
        path = tuple(str(within.show(part)) for part in case.place)
        attributes = {kind: {n: within.show(v) for n, v in each.items()} for kind, each in case.attributes.items()}
        if case.action and not self._others(case, about):
            more = [(*path[:-1], str(name)) for name in within.show(case.also)]
            self._perform(case, path, found, attributes)
            for other in more:
                if other != path and self.account.attempt(case.action, other, case.inputs).outcome != "refused":
                    self._perform(case, other, {}, attributes)
        if case.action or case.makes or case.ends or case.attributes:
            found = self._records(case, path or within.path, found, attributes)
            self.account.mirror()
        return self._view(found, path or within.path).result(case.shows)

    def _view(self, found: Mapping[str, Record], path: Path) -> View:
        """The call, about the first of these records."""
        record = next(iter(found.values()), None)
        return View(self.account, path, self.view.parameters, record, found, self.call.region)

    def _others(self, case: OperationCase, about: Record | None) -> bool:
        """Whether another record makes the action unnecessary."""
        if case.unless_other is None or about is None:
            return False
        name, value = case.unless_other
        others = (one for one in self.account.at(about.kind, about.path) if one.number != about.number)
        return any(one.attributes.get(name) == value for one in others)

    def _perform(
        self, case: OperationCase, path: Path, found: dict[str, Record], attributes: dict[str, dict[str, Any]]
    ) -> None:
        account, surroundings = self.account, self.own.surroundings
        inputs = dict(case.inputs)
        for client, more in self.own.emulation.interfaces.items():
            if self.call.client.startswith(client):
                inputs |= more
        inputs |= surroundings.choices(account, account.rules[case.action], path)
        request = account.request(case.action, path, inputs)
        step = account.machine.step(account.state, request)
        self._note(case, path, inputs, request, step)
        account.noted(request, step)
        if step.outcome == "refused":
            assert step.guard
            raise self._refused(case, path, step.guard)
        for find in case.finds:
            if find.kind not in found and isinstance(find.missing, str):
                guard = next(g for g in account.rules[case.action].guards if g.otherwise.id == find.missing)
                raise self._refused(case, path, guard)
        account.commit(step, attributes, found, inputs)
        surroundings.after(account, case.action, path)

    def _note(self, case: OperationCase, path: Path, inputs: Mapping[str, Any], request: Request, step: Step) -> None:
        """Name the clause and the assumptions on which the answer depends."""
        refusal = step.guard.otherwise.id if step.guard else ""
        self.own.taken.append(TakenAction(self.call.request_id, case.action, path, dict(inputs), step.outcome, refusal))
        if step.guard is not None:
            self.call.headers.append((CLAUSE_HEADER, step.guard.clause))
        depends = self.own.depends(request, step)
        if depends:
            self.call.headers.append((ASSUMPTION_HEADER, ", ".join(f"{n}={v}" for n, v in depends.items())))
        if depends and self.own.strict:
            names = ", ".join(depends)
            raise Fault("NotDocumented", f"AWS does not document this case; the answer depends on {names}", 501)

    def _refused(self, case: OperationCase, path: Path, guard: Guard) -> Fault:
        refusal = guard.otherwise
        message, detail = self.own.emulation.refusals.get(refusal.id, (refusal.says.capitalize() + ".", ""))
        code = guard.shows_as or case.codes.get(refusal.id) or "InvalidRequestException"
        return self.own.fault(ErrorAnswer(code, message, None, detail), self._view({}, path))

    def _records(
        self,
        case: OperationCase,
        path: Path,
        found: dict[str, Record],
        attributes: dict[str, dict[str, Any]],
    ) -> dict[str, Record]:
        """Make, change and end the records that no variable follows; the records that the answer is about."""
        account, current = self.account, dict(self._refreshed(found))
        latest = self._view(current, path)
        if case.makes:
            kind = account.emulation.records[case.makes]
            place = path[: account.depth(kind)]
            current[case.makes] = account.make(kind, place, attributes.get(case.makes, {}))
        for name, values in attributes.items():
            record = current.get(name) or latest.of(name)
            if record is not None and name != case.makes:
                current[name] = account.change(record, values)
        if case.ends in current:
            account.end(current[case.ends], {})
        return current

    def _refreshed(self, found: dict[str, Record]) -> Iterator[tuple[str, Record]]:
        """The found records as they are now; one that ended and was not kept is as it was."""
        for kind, record in found.items():
            yield kind, self.account.current(record) or record
