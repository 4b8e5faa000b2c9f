"""Without any library, as where only Python is installed: what needs none works, the rest says what it needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

import click
import pytest

import backup_slr
from backup_slr.cli.main import run
from backup_slr.engine.check.scc import components

FOLDER = Path(backup_slr.__file__).parents[1]
ONLY = mkdtemp()
"""A folder with click and nothing else: what reads command lines must be there."""
os.symlink(Path(click.__file__).parent, Path(ONLY) / "click")
# -S leaves out the folder of installed libraries, -I everything else that a user may have added.
BARE = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:0] = [{str(FOLDER)!r}, {ONLY!r}]\n"
        "from backup_slr.cli.main import main; main()"]  # fmt: skip
SCENARIO = str(FOLDER.parent / "simulations" / "clean-up-in-the-console.toml")
MERMAID = (
    ["lifecycle"],
    ["reachable"],
    ["decision", "delete_backup_vault"],
    ["dependencies"],
    ["teardown"],
    ["difference", "now", "now"],
    ["sequence", "--scenario", SCENARIO],
)
COMMANDS = [
    ["witness", "role == deleting", "--regions", "1"],
    ["explain", "delete_service_linked_role"],
    ["rules"],
    ["clauses"],
    ["simulate", SCENARIO],
    ["export", "tla"],
    *(["diagram", *names, "--format", "mermaid"] for names in MERMAID),
    ["diagram", "teardown", "--format", "plantuml"],
    ["diagram", "dependencies", "--format", "json"],
    ["diagram", "traceability", "--format", "md", "--scenarios", str(Path(SCENARIO).parent)],
]


def bare(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*BARE, *arguments], capture_output=True, text=True, encoding="utf-8", check=False)


def test_no_library_is_there() -> None:
    found = bare("doctor")
    assert found.returncode == 0
    program = BARE[-1].replace("from backup_slr.cli.main import main; main()", "import numpy")
    assert subprocess.run([*BARE[:-1], program], capture_output=True, check=False).returncode == 1


@pytest.mark.parametrize("engine", [[], ["--engine", "python"]], ids=["any engine", "python"])
def test_everything_is_checked(engine: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    found = bare("check", "--regions", "1", "--json", *engine)
    assert (found.returncode, found.stderr) == (0, "")
    run(["check", "--regions", "1", "--json"])
    without, full = json.loads(found.stdout), json.loads(capsys.readouterr().out)
    for name in ("verdict", "states", "transitions", "deadlocks", "properties", "rules"):
        assert without[name] == full[name]
    assert without["engine"] == "python"


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_what_needs_no_library_is_the_same_without_one(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(arguments)
    found = bare(*arguments)
    assert (found.returncode, found.stdout) == (code, capsys.readouterr().out)
    assert code == 0
    assert "No module" not in found.stderr


@pytest.mark.parametrize(("form", "library"), [("dot", "graphviz"), ("graphml", "networkx")])
def test_what_needs_a_library_names_it(form: str, library: str) -> None:
    found = bare("diagram", "teardown", "--format", form)
    assert (found.returncode, found.stdout) == (4, "")
    assert f"No module named '{library}'" in found.stderr


def test_an_engine_that_needs_a_library_says_so() -> None:
    found = bare("check", "--engine", "numpy")
    assert found.returncode == 4
    assert "needs NumPy" in found.stderr


# ---------------------------------------------------------------- components


def test_components_are_those_of_networkx() -> None:
    from random import Random

    import networkx as nx

    random = Random(1)
    for size in (*range(30), 400):
        edges = [(random.randrange(size), random.randrange(size)) for _ in range(random.randint(0, 2 * size))]
        out = {node: [target for source, target in edges if source == node] for node in range(size)}
        some = {node for node in out if random.random() < 0.8}
        expected = nx.strongly_connected_components(nx.DiGraph(edges).subgraph(some) if size else nx.DiGraph())
        alone = [{node} for node in some - {n for edge in edges for n in edge}]
        found = list(components(some, out.__getitem__))
        assert sorted(map(sorted, found)) == sorted(map(sorted, [*expected, *alone]))
        place = {node: number for number, part in enumerate(found) for node in part}
        assert all(place[s] >= place[t] for s, t in edges if s in some and t in some)


def test_a_long_way_needs_no_deep_recursion() -> None:
    size = 50_000
    assert list(components(range(size), lambda node: [(node + 1) % size])) == [set(range(size))]
