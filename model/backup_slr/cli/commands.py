"""The commands: where the function and the options of each are, and what help says of it.

Only what help of all commands needs is here; the rest is imported when a command runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from backup_slr.cli.parameters import Parser

if TYPE_CHECKING:
    from backup_slr.api.answers import Answer

CONTRACT = """exit codes: 0 fine, 1 a finding, 2 wrong usage, 3 bad input, 4 an optional tool is missing,
5 a bound was hit before the answer was known, 6 not proved and not refuted ('prove'),
130 interrupted, 141 the reader closed the pipe, 143 terminated"""


@dataclass(frozen=True)
class Command:
    """The texts of the help of a command: `short` completes the sentence "this command ...".

    Its function is called as the command, and so is the module that has it, unless `module` says otherwise.
    """

    short: str
    long: str
    examples: str
    module: str = ""

    def parser(self, name: str) -> Parser:
        """The parser of its command lines."""
        options = import_module("backup_slr.cli.command_options")
        account, place = (", ".join(names) for names in options.LIFECYCLE.question_names())
        description = f"{self.short[0].upper()}{self.short[1:]}. {self.long}"
        description = description.replace("ACCOUNT_NAMES", account).replace("PLACE_NAMES", place)
        plural = "s" if self.examples.count("\n") else ""
        examples = "\n".join(f"  backup-slr {example}" for example in self.examples.split("\n"))
        return Parser(
            f"backup-slr {name}",
            getattr(options, f"{name.capitalize()}Options"),
            description,
            f"example{plural}:\n{examples}\n\n{CONTRACT}",
        )

    def load(self, name: str) -> Callable[[Any], Answer | int]:
        """Its function, whose module is imported only now; it returns what is to be written, or only the exit code."""
        return getattr(import_module(f"backup_slr.cli.{self.module or name}"), name)


COMMANDS: dict[str, Command] = {
    "check": Command(
        "check every property in every reachable state",
        "Takes a second or two at the default scope. State properties of your own as expressions: about a state as in "
        "'witness'; about a step also with after(EXPR), action == NAME, outcome == done, refusal == ID, and inputs. "
        "--leads-to assumes that the service ends the work that it started. A file of properties has a [[property]] "
        "for each, with id, kind (always, step, sometimes, eventually, possible), formula, and perhaps clauses; an "
        "eventually has earlier too.",
        "check\n"
        "check --property 'role_*'\n"
        "check --always 'any(points > 0) implies role != absent'\n"
        "check --step 'refusal == resources-remain implies any(vault)'\n"
        "check --without delete_backup_vault/vault-has-recovery-points\n"
        "check --assume default-vault=needs-another-vault\n"
        "check --all-assumptions --sarif readings.sarif\n"
        "check --regions 1 --vaults 3 --points 2 --json",
    ),
    "witness": Command(
        "find the shortest trace to a state that satisfies an expression",
        "Outside any(...) and all(...): ACCOUNT_NAMES. Inside, for every Region and vault: PLACE_NAMES. Combined with "
        "and, or, not, implies, ( ), == != < <= > >=. If no state of the scope satisfies it, and z3 is installed, a "
        "proof for every scope is tried.",
        "witness 'role == absent and cross_account'\n"
        "witness 'role == present and any(points > 1) and not using_role'\n"
        "witness 'role == absent and any(vault)' --avoid 'role == deleting'",
    ),
    "export": Command(
        "write the model for Spin or TLC, or its graph for other tools",
        "promela and tla hold the model with its properties of states and of steps; aut (Aldebaran), graphml and json "
        "(node-link, as networkx and d3 read it) hold the reachable states and the steps between them.",
        "export promela --regions 1 -o slr.pml\n"
        "export promela --check\n"
        "export tla -o BackupSLR.tla\n"
        "export graphml --regions 1 --without delete_backup_vault/not-permitted -o slr.graphml",
    ),
    "prove": Command(
        "prove properties for any number of Regions, vaults and recovery points",
        "Induction with z3 (the extra 'prove': see 'backup-slr doctor'), one question for each property and action. "
        "Proofs hold for every scope; where one fails, a trace that violates the property is searched in the given "
        "scope. 'not inductive' (exit code 6): an action violates the property from some state, and no trace to that "
        "state is known.",
        "prove\n"
        "prove --always 'any(job) implies role != absent'\n"
        "prove --without finish_deletion_task/service-using-role\n"
        "prove --all-assumptions --json",
    ),
    "mutate": Command(
        "change every part of the rules, and see who notices",
        "Each mutant is one change of the table. Properties, golden outcomes, scenarios and an oracle are asked; one "
        "that no request shows is equivalent, which z3 (the extra 'prove') proves for every size.",
        "mutate\nmutate --action delete_backup_vault --matrix\nmutate --operator drop-guard --json",
    ),
    "diff": Command(
        "compare two tables of rules by what they answer",
        "For each action that differs, the shortest sequence of requests after which it is answered otherwise. A rule "
        "that is written otherwise and answers the same is equivalent.",
        "diff HEAD~1 now\n"
        "diff main HEAD --format md -o comment.md\n"
        "diff old-rules.json new-rules.json --regions 1 --json",
    ),
    "simulate": Command(
        "play scenario files against what they expect",
        "Scenario files are TOML; the README shows one.",
        "simulate simulations\nsimulate --json my-cleanup.toml",
    ),
    "run": Command(
        "play runbooks many times against a busy account",
        "How long until the role is gone, how many calls, what gets in the way; several runbooks meet the same random "
        "numbers. Beside sampled values stand exact ones where durations are memoryless.",
        "run simulations/runbooks/the-page.toml --account simulations/accounts/busy.toml --runs 10000\n"
        "run simulations/runbooks/*.toml --account simulations/accounts/busy.toml --report report.html\n"
        "run simulations/runbooks/a-few-tries.toml --account simulations/accounts/efs-still-on.toml "
        "--sweep wait=1..15 --deadline 240\n"
        "run simulations/runbooks/the-page.toml --account simulations/accounts/small.toml --run 7 --trace run7.toml",
    ),
    "diagram": Command(
        "draw one view of the model, or the whole gallery",
        "Every picture is computed from the table of rules and names the clauses behind it.",
        "diagram lifecycle -o lifecycle.svg\n"
        "diagram reachable --abstract 'role, cross_account, any(points > 0)'\n"
        "diagram decision delete_backup_vault --format mermaid\n"
        "diagram sequence --scenario simulations/clean-up-in-the-console.toml -o run.svg\n"
        "diagram counterexample recovery_points_lie_in_vaults "
        "--without delete_backup_vault/vault-has-recovery-points\n"
        "diagram difference HEAD~1 now -o change.svg\n"
        "diagram difference now 'now --assume default-vault=needs-another-vault'\n"
        "diagram --all --check",
    ),
    "doctor": Command(
        "tell which optional tools are there, and how to get the others",
        "Nothing is installed or changed.",
        "doctor",
    ),
    "rules": Command(
        "the table of rules in English",
        "Generated from the table, under the assumptions taken.",
        "rules\nrules --format md -o rules.md",
        module="tables",
    ),
    "clauses": Command(
        "the statements of the AWS page, and what cites each",
        "In our words; the page itself is known by the hashes of its sentences. With --page, exit code 1 if the "
        "copy has drifted away from them.",
        "clauses --format md\nclauses --page saved.html --sarif drift.sarif",
    ),
    "assumptions": Command(
        "where the page is silent: the reading taken, its alternatives, the evidence",
        "Every value can be taken with --assume NAME=VALUE.",
        "assumptions --assume usage-check=at-submit",
        module="tables",
    ),
    "explain": Command(
        "why an action is refused or fails, and how to fix it",
        "Lists the checks of an action in their order: the error, why, and how to fix it. A request that starts a "
        "task is explained with the task. An API operation, the id of a refusal or an error code is a name too.",
        "explain delete_service_linked_role\nexplain backup:DeleteBackupVault\nexplain resources-remain\n"
        "explain InvalidRequestException",
        module="tables",
    ),
    "schema": Command(
        "print the JSON Schema of a document that a command writes",
        "Without a name, the names of all schemas, a line for each.",
        "schema\nschema check",
    ),
}
