"""A plan as a shell script: bash 4 and the AWS CLI, nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from shlex import quote
from string import Formatter
from typing import Any

from backup_slr.advice.plan import StepPlan
from backup_slr.advice.plan_formats.shell_library import HEAD, LOOP_END, MORE_OPTIONS, OPTIONS, ROUND, TASK_FUNCTION
from backup_slr.advice.plan_phases import ACTION, SETTLE, STOP, TASK, WAIT, PlanPhase, most, phases, run_as, saved_as
from backup_slr.engine.core.variable import label
from backup_slr.engine.spec.procedure import ApiCall, Deed, ForEach, JsonText, Listing, Operations, Procedure, TaskCalls
from backup_slr.errors import printable


def dashed(name: str) -> str:
    """The name of an operation or a parameter in the CLI.

    >>> dashed("ListRecoveryPointsByBackupVault"), dashed("BackupPlanId")
    ('list-recovery-points-by-backup-vault', 'backup-plan-id')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def shell_script(plan: StepPlan, closing: str, account: str) -> str:
    """Return the script of a plan that reaches the goal; `closing` says what was proved."""
    operations = plan.start.lifecycle.operations
    if operations is None:
        raise ValueError("no calls are known for this lifecycle")
    return "".join(f"{line}\n" for line in _Script(plan, operations, closing, account).lines())


def example_call(operations: Operations, action: str, place: Sequence[str], plan: StepPlan) -> str:
    """The first call that changes something for an action at a place; an element of a list is in capitals."""
    names = dict(zip((sort.name for sort in plan.start.lifecycle.sorts), place, strict=False))
    if plan.start.lifecycle.environment and action == plan.start.lifecycle.environment.task.begins:
        deed: Deed = operations.task.begin
    elif action in operations.procedures:
        deed = operations.procedures[action].deed
    else:
        return ""
    while isinstance(deed, ForEach):
        names[deed.name] = deed.name.upper()
        if not deed.body:
            return ""
        deed = deed.body[0]
    service, operation = deed.operation.split(":")
    words = ["aws", operations.clients.get(service, service), dashed(operation)]
    for name, value in deed.parameters.items():
        text = _example(value, {"account": "ACCOUNT", "partition": _partition(plan, names), **names})
        words.append(f"--{dashed(name)}={quote(text)}")
    region = names.get(operations.regional)
    return printable(" ".join([*words, *(["--region", quote(region)] if region else [])]), None)


def name_word(name: str) -> str:
    r"""A name as one word of bash, without characters that a reader does not see.

    >>> print(name_word("a b"), name_word("rtl\u202etxt's"))
    'a b' $'rtl\xe2\x80\xaetxt\x27s'
    """
    if name.isprintable():
        return quote(name)
    found = ""
    for c in name:  # bytes, since bash turns code points into characters only in a UTF-8 locale
        plain = c.isprintable() and c not in "\\'"
        found += c if plain else "".join(f"\\x{byte:02x}" for byte in c.encode(errors="surrogatepass"))
    return f"$'{found}'"


def _example(value: Any, names: Mapping[str, str]) -> str:
    """A parameter with these names filled in."""
    if isinstance(value, JsonText):
        return json.dumps(value.json).replace("{account}", names["account"]).replace("{partition}", names["partition"])
    return value.format_map(names) if isinstance(value, str) else json.dumps(value)


def _partition(plan: StepPlan, names: Mapping[str, str]) -> str:
    """The partition of the ARNs of an outermost element."""
    lifecycle = plan.start.lifecycle
    known = lifecycle.emulation().partitions if lifecycle.emulation else dict[str, str]()
    outer = names.get(lifecycle.sorts[0].name, "") if lifecycle.sorts else ""
    return next((partition for begins, partition in known.items() if outer.startswith(begins)), "aws")


class _Script:
    def __init__(self, plan: StepPlan, operations: Operations, closing: str, account: str) -> None:
        self.plan, self.operations, self.closing, self.account = plan, operations, closing, account
        self.sorts = [sort.name for sort in plan.start.lifecycle.sorts]
        self.phases = phases(plan)

    def lines(self) -> Iterator[str]:
        operations = self.operations
        consents = {p.procedure.consent: p.procedure.note for p in self.phases if p.procedure and p.procedure.consent}
        yield HEAD
        for name, note in consents.items():
            yield f"# --{name} is needed to change anything: {note}."
        yield f"# {printable(self.closing, None)}"
        yield f"ACCOUNT={quote(self.account)}"
        yield f"TRANSIENT={quote(' '.join(operations.transient))}"
        yield OPTIONS.replace(MORE_OPTIONS, "".join(f"    --{name}) CONSENTS+=' {name} ' ;;\n" for name in consents))
        for phase in {phase.action: phase for phase in self.phases if phase.procedure}.values():
            if phase.procedure:
                noun = label(phase.steps[0].want.variable) if phase.steps else ""
                yield from self._function(phase.action, phase.procedure, noun)
        yield from self._task(operations.task)
        yield "check_account() {"
        yield f"  call '' '' {self._words(operations.identity)} --query {quote(operations.account)} || exit 1"
        yield LOOP_END
        yield from (f"consent {quote(name)} {quote(note)}" for name, note in consents.items())
        yield from self._survey()
        yield ROUND
        for number, phase in enumerate(self.phases, 1):
            yield from self._phase(number, phase)
        yield "done"
        yield 'say "The role still exists after $ROUNDS rounds: see the messages above, then run this again."'
        yield "exit 1"

    def _phase(self, number: int, phase: PlanPhase) -> Iterator[str]:
        yield ""
        yield f"  phase {quote(f'{number}. {phase.title}')}"
        if phase.kind == TASK:
            yield "  reach_goal && exit 0"
            return
        for place in phase.places:
            if phase.procedure is None:
                yield f"  by_hand {quote(phase.title)} {' '.join(map(name_word, place))}".rstrip()
            else:
                run = {STOP: "step", ACTION: "step", SETTLE: "settle", WAIT: "wait_for"}[run_as(self.plan, phase)]
                more = [saved_as(place)] if phase.procedure.replaces else []
                more += [str(most(self.plan, place))] if phase.procedure.dates else []
                yield f"  {run} do_{phase.action} {' '.join(map(name_word, (*place, *more)))}".rstrip()

    def _survey(self) -> Iterator[str]:
        """Show what cannot be undone before anything is changed, and stop if it is more than the plan expects."""
        surveyed = [phase for phase in self.phases if phase.procedure and phase.procedure.dates]
        counted = {place: phase.action for phase in surveyed for place in phase.places}
        if counted:
            yield "say 'To be deleted:'"
            for place, action in counted.items():
                yield f"count_{action} {' '.join(map(name_word, (*place, str(most(self.plan, place)))))}"
            yield "if ((SURPLUS && !NEW && !DRY)); then surplus; fi"
            yield ""

    def _function(self, action: str, procedure: Procedure, noun: str) -> Iterator[str]:
        deed, parameters = procedure.deed, [*self.sorts]
        parameters += ["file"] if procedure.replaces else []
        parameters += ["most"] if procedure.dates else []
        yield ""
        yield f"do_{action}() {{"
        yield from (f"  local {name}=${{{n}:-}}" for n, name in enumerate(parameters, 1))
        if procedure.replaces:
            yield f"  {self._read(procedure.replaces)} || return 1"
            yield '  save "$file" || return 1'
        if isinstance(deed, ApiCall):
            yield f"  {self._change(deed)}"
        else:
            yield "  local pass left errors"
            yield "  for ((pass = 1; pass <= TRIES; pass++)); do"
            yield "    left=0 errors=0"
            yield from self._each(deed, "    ", True, bool(procedure.dates))
            yield "    ((left)) || return 0"
            yield "    ((DRY)) && return 0"
            yield "    ((errors && pass >= 3)) && break"
            yield "    ((pass == 1 && errors == 0)) || pause"
            yield "  done"
            yield '  say "  not finished after $pass passes: ${FUNCNAME[0]} $*"'
            yield "  return 1"
        yield "}"
        if procedure.dates:
            place = "/".join(f"${name}" for name in self.sorts)
            yield ""
            yield f"count_{action}() {{"
            yield from (f"  local {name}=${{{n}:-}}" for n, name in enumerate(parameters, 1))
            yield f"  {self._list(procedure.dates)} || exit 1"
            yield f'  survey "{place}" "$most" {quote(noun)} ${{LIST[@]+"${{LIST[@]}}"}}'
            yield "}"

    def _each(self, deed: ForEach, margin: str, top: bool, limited: bool = False) -> Iterator[str]:
        name = deed.name
        yield f"{margin}{self._list(deed.listing)} || return 1"
        yield f'{margin}local {name} {name}_list=(${{LIST[@]+"${{LIST[@]}}"}})'
        if limited:
            yield f'{margin}within "${{#{name}_list[@]}}" "$most"'
            yield f"{margin}most=${{#{name}_list[@]}}"
        yield f'{margin}for {name} in ${{{name}_list[@]+"${{{name}_list[@]}}"}}; do'
        if deed.where:
            yield f"{margin}  {self._list(deed.where)} || return 1"
            yield f"{margin}  ((${{#LIST[@]}})) || continue"
        if top:
            yield f"{margin}  left=$((left + 1))"
        if not deed.body:
            yield f'{margin}  : "${name}"'
        for part in deed.body:
            if isinstance(part, ForEach):
                yield from self._each(part, f"{margin}  ", False)
            else:
                yield f"{margin}  {self._change(part)} || errors=1"
        yield f"{margin}done"

    def _list(self, listing: Listing) -> str:
        call = listing.call
        only = self._word(listing.only) if listing.only else "''"
        words = f"{quote(' '.join(call.tolerates))} {only} {self._words(call)} --query {quote(listing.query)}"
        return f"list {self._region(call)} {words}"

    def _read(self, listing: Listing) -> str:
        """The call of a listing whose only element has lines."""
        call = listing.call
        words = f"{quote(' '.join(call.tolerates))} {self._words(call)} --query {quote(listing.query)}"
        return f"call {self._region(call)} {words}"

    def _change(self, call: ApiCall) -> str:
        return f"change {self._region(call)} {quote(' '.join(call.tolerates))} {self._words(call)}"

    def _region(self, call: ApiCall) -> str:
        return f'"${self.operations.regional}"'

    def _words(self, call: ApiCall) -> str:
        service, operation = call.operation.split(":")
        words = [self.operations.clients.get(service, service), dashed(operation)]
        for name, value in call.parameters.items():
            words.append(f"--{dashed(name)}={self._word(value)}")  # a name may begin with "-"
        return " ".join(words)

    def _word(self, value: Any) -> str:
        """A value as one word of the shell: literal parts quoted, fields as quoted variables."""
        if isinstance(value, JsonText):
            text = json.dumps(value.json, indent=2)
            return quote(text).replace("{account}", "'\"$ACCOUNT\"'").replace("{partition}", "'\"$PARTITION\"'")
        if not isinstance(value, str):
            return quote(json.dumps(value))
        parts = [
            (quote(text) if text else "") + (f'"${"ACCOUNT" if name == "account" else name}"' if name else "")
            for text, name, _, _ in Formatter().parse(value)
        ]
        return "".join(parts) or "''"

    def _task(self, task: TaskCalls) -> Iterator[str]:
        yield ""
        yield TASK_FUNCTION.format(
            present=self._words(task.check),
            absent=task.missing,
            begin=self._words(task.begin),
            task=quote(task.task),
            status=self._words(task.status),
            state=quote(task.state),
            reason=quote(task.reason),
            succeeded=task.succeeded,
            failed=task.failed,
        )
