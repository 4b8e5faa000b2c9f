"""The commands: for each its help, and the module of its function and options.

The help of the program needs only this module; all others are imported when a command runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from backup_slr.cli.command_parser import Parser

if TYPE_CHECKING:
    from backup_slr.api.answers import Answer

CONTRACT = """exit codes: 0 success, 1 something was found, 2 wrong command line,
3 bad input, 4 a tool is missing or failed, 5 a limit was reached first,
6 neither proved nor refuted ('prove', 'witness'), 130 interrupted,
141 the reader closed the pipe, 143 terminated.
An error (2, 3, 4) is text on stderr, also with --json"""

EVERYDAY, CHECKS, REFERENCE = "everyday questions", "checks of the rules", "reference and tools"
"""The sections of the help of the program."""


@dataclass(frozen=True)
class Command:
    """A command: the section that lists it, its help, and the modules of its function and of its options.

    Both the function and its module have the name of the command, unless `module` names another module.
    """

    section: str
    short: str
    long: str
    examples: str
    module: str = ""
    options: str = "command_options"

    def parser(self, name: str) -> Parser:
        """Return the parser of its command lines."""
        from backup_slr.cli.model_options import LIFECYCLE

        account, place = (", ".join(names) for names in LIFECYCLE.question_names())
        description = f"{self.short[0].upper()}{self.short[1:]}. {self.long}"
        description = description.replace("ACCOUNT_NAMES", account).replace("PLACE_NAMES", place)
        options = getattr(import_module(f"backup_slr.cli.{self.options}"), f"{name.title().replace('-', '')}Options")
        return Parser(f"backup-slr {name}", options, description, CONTRACT, examples=self.examples.split("\n"))

    def load(self, name: str) -> Callable[[Any], Answer | int]:
        """Import its module and return its function, which returns an answer to write, or only an exit code."""
        return getattr(import_module(f"backup_slr.cli.{self.module or name}"), name.replace("-", "_"))


EXAMPLES = (
    "explain DeleteServiceLinkedRole",
    "witness 'role == absent and cross_account'",
    "diagram lifecycle -o lifecycle.svg",
)
"""The examples in the help of the program."""

COMMANDS: dict[str, Command] = {
    "explain": Command(
        EVERYDAY,
        "show why an action is refused or fails, and how to fix it",
        "Lists the checks of an action in their order: the error, why, and how to fix it. A request that starts a "
        "task is explained with the task. An API operation, the id of a refusal or an error code is a name too. With "
        "--account: which checks hold in that account, and what makes the others fail.",
        "explain delete_service_linked_role\nexplain backup:DeleteBackupVault\nexplain resources-remain\n"
        "explain InvalidRequestException\nexplain --list\n"
        "explain delete_backup_vault --account simulations/accounts/small.toml",
        module="tables",
    ),
    "why": Command(
        EVERYDAY,
        "show what blocks the deletion of the role of an account, and who removes it",
        "The first line is the answer: now, after these steps, not before a date, or never while something is so. "
        "Then each obstacle with its places, who or what removes it, and the error that it causes. The steps are "
        "performed on the model; 'never' is shown by exhaustive search. Exit code 0: the role can be deleted now, or "
        "does not exist. 1: not yet, or something in the account is unknown or not represented in the model.",
        "why simulations/accounts/small.toml\nwhy my-account.toml --format md\n"
        "why simulations/accounts/small.toml --keep us-east-1/archive",
    ),
    "witness": Command(
        EVERYDAY,
        "find the shortest way to a state that an expression describes",
        "Outside any(...) and all(...): ACCOUNT_NAMES. Inside, for every Region and vault: PLACE_NAMES. Combined with "
        "and, or, not, implies, ( ), == != < <= > >=. If no state of the scope satisfies it, and z3 is installed, a "
        "proof for every scope is tried, with --avoid of what holds at the end of every way. Exit code 0: reachable. "
        "1: unreachable at every size, which is proved. "
        "6: unreachable in this scope, not proved for larger ones. 5: a limit was reached first. The scope is large "
        "enough for every comparison in EXPR, with fewer Regions if that needs many recovery points. With --account "
        "the search starts there; if the account is too large, a way is found in a smaller one, and reported only if "
        "the account itself can take its steps.",
        "witness 'role == absent and cross_account'\n"
        "witness 'role == present and any(points > 1) and not using_role'\n"
        "witness 'role == absent and any(vault)' --avoid 'role == deleting'\n"
        "witness 'role == absent' --account simulations/accounts/small.toml",
    ),
    "collect": Command(
        EVERYDAY,
        "read an account with boto3, or print a script that does so",
        "Sends only calls that change nothing, to all Regions at once. An inventory is an account for other commands "
        "(--account FILE). Exit code 1: some calls had no answer; the inventory says which. --script is for an account "
        "where only the AWS CLI may run: the folder that it writes is an inventory too.",
        "collect -o inventory.json\ncollect --profile audit --regions eu-west-1,us-east-1 -o inventory.json\n"
        "collect --policy\ncollect --script -o collect.sh\ncollect --fields --format md",
        options="collect_options",
    ),
    "plan": Command(
        EVERYDAY,
        "list the steps that delete the role of an account, as text or as a script",
        "The order works under every value of the assumptions that the account leaves open; where none does, the plan "
        "says which assumption matters. It is proved on a model of the account. Exit code 1: the role cannot be "
        "deleted, at least under the default values, or the proof fails. The script and the program change nothing "
        "without an option.",
        "plan simulations/accounts/small.toml\n"
        "plan simulations/accounts/many-regions.toml --format shell -o delete-role.sh\n"
        "plan simulations/accounts/small.toml --keep us-east-1/archive",
        module="why",
    ),
    "simulate": Command(
        EVERYDAY,
        "run scenario files step by step and check what they expect",
        "A scenario is one fixed sequence of requests (TOML). 'run' simulates a procedure with retries and waiting "
        "times instead.",
        "simulate simulations\nsimulate --list\nsimulate --json my-cleanup.toml",
    ),
    "run": Command(
        EVERYDAY,
        "simulate clean-up procedures many times in a busy account",
        "Reports how often and how fast a runbook deletes the role, the number of API calls, and what blocks it. All "
        "runbooks meet the same random numbers. Where delays are memoryless, exact values are given too.",
        "run simulations/runbooks/the-page.toml --account simulations/accounts/busy.toml --runs 10000\n"
        "run simulations/runbooks/*.toml --account simulations/accounts/busy.toml --report report.html\n"
        "run simulations/runbooks/a-few-tries.toml --account simulations/accounts/efs-still-on.toml "
        "--sweep wait=1..15 --deadline 240\n"
        "run simulations/runbooks/the-page.toml --account simulations/accounts/small.toml --run 7 "
        "--scenario-out run7.toml",
    ),
    "diagram": Command(
        EVERYDAY,
        "draw one view of the rules, or the whole gallery",
        "Every picture is generated from the rules and cites its source clauses. Its scope is smaller than that of "
        "'check' by default, so that pictures stay readable. With --account, at most 250,000 states are explored, "
        "unless --max-states is given.",
        "diagram lifecycle -o lifecycle.svg\n"
        "diagram reachable --abstract 'role, cross_account, any(points > 0)'\n"
        "diagram decision DeleteBackupVault --format mermaid\n"
        "diagram sequence --scenario simulations/clean-up-in-the-console.toml -o run.svg\n"
        "diagram counterexample recovery_points_lie_in_vaults "
        "--without delete_backup_vault/vault-has-recovery-points\n"
        "diagram difference HEAD~1 now -o change.svg\n"
        "diagram difference now 'now --assume default-vault=needs-another-vault'\n"
        "diagram --all --check",
        options="picture_options",
    ),
    "check-script": Command(
        EVERYDAY,
        "run your clean-up script against every schedule of jobs, collisions and failing tasks",
        "SCRIPT is a Python program that uses boto3, or any other program that uses AWS_ENDPOINT_URL; it is not "
        "changed, and reaches no account. It runs as you run it: what it does to files, it does. Before each call "
        "the environment may act: a job starts or ends, a deletion collides, a task ends, a list shows the state "
        "before the last change, another person uses the console. While the script sleeps, which takes no time, "
        "jobs and tasks end. Schedules with fewer events come first, so that the first failure is a shortest one. A "
        "run ends well if the script ends with exit code 0 and the role is deleted. It fails if the script ends "
        "with exit code 0 and the role was never deleted, ends with another exit code (whether the role is deleted "
        "or not), crashes, or reaches a limit of calls, time or output. Exit code 0: every schedule ends well. 1: "
        "one does not. 5: --max-schedules was reached first.",
        "check-script simulations/scripts/copes.py --account simulations/scripts/accounts/two-regions.toml\n"
        "check-script my.py --account my-account.toml --events 3 --scenario -o failing.toml",
        module="check_script",
        options="endpoint_options",
    ),
    "explore": Command(
        EVERYDAY,
        "walk through the lifecycle step by step, with the reasons for what is refused",
        "Opens a page that this program serves on loopback: the account, what is possible in it, and what is refused, "
        "with every reason, the clause behind it and the shortest way past it. --text does the same in the terminal: "
        "type a number to make a request, and '?' for help. --site writes the page for any web server: it runs this "
        "program in the browser with Pyodide.",
        "explore\nexplore --account simulations/accounts/small.toml --with access-policy\nexplore --text\n"
        "explore --trace simulations/the-last-visit-must-precede-the-cli-step.toml\n"
        "explore --site my-site --pyodide node_modules/pyodide",
        options="endpoint_options",
    ),
    "serve": Command(
        EVERYDAY,
        "answer AWS clients on a local port, from the rules",
        "IAM, AWS Backup, EFS and STS on one port of loopback: set AWS_ENDPOINT_URL to the address that is printed. "
        "What AWS does not document is decided by the assumptions, and named in a header of the response. Below /_slr/ "
        "is an API to change the state, let jobs run, and get what clients did as a scenario. "
        "Ctrl-C or SIGTERM ends it, with exit code 0.",
        "serve --account simulations/accounts/small.toml\n"
        "serve --port 4566 --with access-policy,deleting --record run.toml",
        options="endpoint_options",
    ),
    "check": Command(
        CHECKS,
        "check every property in every reachable state",
        "Takes a second or two at the default scope; --all-assumptions takes about a minute. State properties of your "
        "own as expressions: about a state as in 'witness'; about a step also with after(EXPR), action == NAME, "
        "outcome == done, refusal == ID, and inputs. The scope is then large enough for every comparison in them, "
        "before and after a step. With --account, what does not carry over from a smaller account is inconclusive. "
        "--leads-to assumes that the service ends the work that it started. The schema 'properties' describes files of "
        "properties.",
        "check\n"
        "check --list\n"
        "check --property 'jobs*'\n"
        "check --always 'any(points > 0) implies role != absent'\n"
        "check --step 'refusal == resources-remain implies any(vault)'\n"
        "check --without delete_backup_vault/vault-has-recovery-points\n"
        "check --assume default-vault=needs-another-vault\n"
        "check --all-assumptions --sarif assumptions.sarif\n"
        "check --regions 1 --vaults 3 --points 2 --json",
    ),
    "prove": Command(
        CHECKS,
        "prove properties for any number of Regions, vaults and recovery points",
        "Induction with z3, once for each property and action. The scope limits only the search for a counterexample "
        "to what is not proved. 'not proved' (exit code 6): an action breaks the property from some state that is not "
        "known to be reachable (a counterexample to induction).",
        "prove\n"
        "prove --always 'any(job) implies role != absent'\n"
        "prove --without finish_deletion_task/service-using-role\n"
        "prove --all-assumptions --json",
    ),
    "diff": Command(
        CHECKS,
        "compare the behavior of two rule sets",
        "For each action that differs, shows the shortest sequence of requests with a different result. Rules that are "
        "written differently and behave the same are equivalent.",
        "diff HEAD~1 now\n"
        "diff main HEAD --format md -o comment.md\n"
        "diff old-rules.json new-rules.json --regions 1 --json",
    ),
    "mutate": Command(
        CHECKS,
        "mutation-test the rules: change each part, and see what detects it",
        "Each mutant is one change of the rules. Properties, golden outcomes, scenarios and an oracle try to kill it; "
        "a mutant that no request exposes is equivalent, which z3 proves for every size. Takes several minutes.",
        "mutate --action delete_backup_vault --matrix\nmutate --operator drop-guard --json\nmutate",
    ),
    "clauses": Command(
        CHECKS,
        "list the statements of the AWS page with the rules and properties for each",
        "The page is paraphrased; its sentences are recognized by their hashes. With --page, exit code 1 if the copy "
        "differs from the recorded page.",
        "clauses CLEAN-2\nclauses --format md\nclauses --page saved.html --sarif drift.sarif",
    ),
    "export": Command(
        REFERENCE,
        "write the model for Spin or TLC, or its graph for other tools",
        "promela and tla hold the model with its properties of states and of steps; aut (Aldebaran), graphml and json "
        "(node-link, as networkx and d3 read it) hold the reachable states and the steps between them.",
        "export promela --regions 1 -o slr.pml\n"
        "export promela --check\n"
        "export tla -o BackupSLR.tla\n"
        "export graphml --regions 1 --without delete_backup_vault/not-permitted -o slr.graphml",
    ),
    "rules": Command(
        REFERENCE,
        "show the rules in English",
        "Generated from the rules, under the assumptions given. --json writes the whole table, which --rules FILE of "
        "any command reads; a file may also hold only extensions: see simulations/extensions/sealed-vaults.json. For "
        "'run', an extension has the times of its actions (clocks) and the probabilities of its choices (chances).",
        "rules\nrules delete_backup_vault\nrules --format md -o rules.md\n"
        "rules --rules simulations/extensions/sealed-vaults.json --with sealed-vaults seal_expires",
        module="tables",
    ),
    "assumptions": Command(
        REFERENCE,
        "show where the AWS page is silent, with the possible values and the evidence",
        "Set a value with --assume NAME=VALUE.",
        "assumptions default-vault\nassumptions --assume usage-check=at-submit",
        module="tables",
    ),
    "extensions": Command(
        REFERENCE,
        "list what the AWS page leaves out and --with adds: locks, holds, plans and more",
        "With names: everything that these extensions add and change, and the properties that they amend. All commands "
        'about rules take them as --with NAMES, scenarios and accounts as with = ["NAME"].',
        "extensions\nextensions vault-lock legal-hold\nextensions --rules my-extensions.json",
        module="tables",
    ),
    "editions": Command(
        REFERENCE,
        "list the editions of the AWS page, with dates and what changed",
        "All commands about rules take one as --edition NAME. For the difference of two, as the shortest requests that "
        "show it: diff 'now --edition source' 'now --edition 2025-10'.",
        "editions\neditions --format md",
        module="tables",
    ),
    "examples": Command(
        REFERENCE,
        "list the example scenarios, runbooks and accounts, or copy them",
        "Other commands read an example by its path (simulations/...) even where no such folder exists.",
        "examples\nexamples my-examples",
    ),
    "schema": Command(
        REFERENCE,
        "print a JSON Schema: of rules, scenarios, accounts or runbooks",
        "Without a name, lists the names of all schemas.",
        "schema\nschema scenario",
        module="examples",
    ),
    "doctor": Command(
        REFERENCE,
        "show which optional tools are installed, and how to install the others",
        "Installs and changes nothing.",
        "doctor",
    ),
    "completion": Command(
        REFERENCE,
        "print a script that lets the shell complete commands, options and names",
        "Load it in the start-up file of the shell.",
        "completion bash\ncompletion zsh\ncompletion fish",
    ),
}
