"""The model, its checker and the Python API work with Python alone, without any library."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import networkx as nx
import pytest
from support import slow

import backup_slr
from backup_slr.engine.check.cycles import components

FOLDER = Path(backup_slr.__file__).parents[1]
# -S omits the folder of installed libraries, -I everything else that a user may have added.
BARE = [sys.executable, "-I", "-S", "-c"]
START = f"import sys, json; sys.path.insert(0, {str(FOLDER)!r})\nimport backup_slr as slr\n"


def bare(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*BARE, START + program], capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.mark.parametrize("library", ["numpy", "click", "msgspec", "networkx", "rich"])
def test_no_library_is_available(library: str) -> None:
    found = bare(f"import {library}")
    assert found.returncode == 1
    assert "No module named" in found.stderr


@pytest.mark.parametrize("engine", ["auto", *slow("python")])
def test_everything_is_checked(engine: str) -> None:
    found = bare(f"print(json.dumps(slr.load().check(regions=1, engine={engine!r}).document()))")
    assert (found.returncode, found.stderr) == (0, "")
    without, full = json.loads(found.stdout), backup_slr.load().check(regions=1).document()
    for name in ("verdict", "states", "transitions", "deadlocks", "rules"):
        assert without[name] == json.loads(json.dumps(full[name]))
    assert without["engine"] == "python"


@pytest.mark.parametrize(
    "question",
    [
        'slr.load().witness("role == deleting", regions=1)',
        'slr.load().explain("delete_service_linked_role")',
        'slr.load().diff(slr.load(without=["create_backup_vault/vault-name-reserved"]))',
        'slr.load().account(role="present", vaults={"us-east-1/Default": 1}).request("delete_service_linked_role")',
    ],
)
def test_a_question_has_the_same_answer_without_libraries(question: str) -> None:
    found = bare(f"print({question})")
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout == f"{eval(question, {'slr': backup_slr})}\n"


def test_an_engine_that_needs_a_library_says_so() -> None:
    found = bare("slr.load().check(engine='numpy')")
    assert found.returncode == 1
    assert "needs NumPy" in found.stderr


# ---------------------------------------------------------------- components


def test_components_are_those_of_networkx() -> None:
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


def test_a_long_path_needs_no_deep_recursion() -> None:
    size = 50_000
    assert list(components(range(size), lambda node: [(node + 1) % size])) == [set(range(size))]
