"""The compiled engine: its text on random models, run by plain Python, and what numba makes of it on the lifecycle.

To compile takes seconds for each model, so that only a few are compiled. But the text that is compiled is Python, which
runs on as many models as one likes, with numbers of 64 bits by NumPy.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from engine.test_engines import PLAIN, READINGS, explored, few, size, told
from hypothesis import event, given
from hypothesis import strategies as st
from support.beside import Assumed, settled
from support.strategies import formulas, small_models

from backup_slr.engine.check import engine as engines
from backup_slr.engine.check.checker import Judge
from backup_slr.engine.check.compiled import cache, halves, native, paged
from backup_slr.engine.check.compiled.native import Native
from backup_slr.engine.check.compiled.pages import BITS, Pages
from backup_slr.engine.check.engine import Settings, explore, has, symmetry_of
from backup_slr.engine.check.exploration import Explored, Space
from backup_slr.engine.check.symmetry import Symmetry
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.core.formula import FALSE, Formula
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.lifecycle import scope

COMPILED = pytest.mark.skipif(not has("numba"), reason="numba is an extra: pip install backup-slr[fast]")


def uncompiled(text: str) -> ModuleType:
    """The module with this source, with NumPy's numbers in the place of numba's."""
    for head in (native.HEAD, paged.HEAD):
        text = text.removeprefix(head)
    module = ModuleType("uncompiled")
    stand_ins = {
        "njit": lambda **_: lambda function: function,
        "int64": np.int64,
        "uint64": np.uint64,
        "population": lambda bits: int(bits).bit_count() if bits >= 0 else (int(bits) + (1 << 64)).bit_count(),
        "lowest": lambda bits: (int(bits) & -int(bits)).bit_length() - 1,
    }
    module.__dict__.update(stand_ins)
    exec(text, module.__dict__)
    return module


def by_python(space: Space, symmetry: bool, avoid: Formula = FALSE) -> Explored:
    """What the text of the compiled engine finds if Python runs it."""
    what = symmetry_of(space, Settings("numpy", symmetry), [avoid])
    if symmetry and what is None:  # states are taken one by one all the same, each standing for itself
        what = Symmetry(replace(space.words, columns=True), (), arrays=True)
    with pytest.MonkeyPatch.context() as patch, np.errstate(over="ignore"):
        patch.setattr(halves, "loaded", uncompiled)
        found = Native(space, what).explore(avoid=Ground(space.scope)(avoid))
    assert found.engine == "compiled"
    return found


@pytest.mark.parametrize("symmetry", [True, False], ids=["by the state", "by the page"])
@given(small_models(most=120, actions=3))
def test_the_text_that_is_compiled_finds_what_plain_python_finds(symmetry: bool, drawn: tuple[Model, Scope]) -> None:
    space = Space(*drawn)
    assert size(by_python(space, symmetry)) == size(space.explore())


@given(small_models(most=80), st.data())
def test_it_avoids_what_it_is_told_to_avoid(drawn: tuple[Model, Scope], data: st.DataObject) -> None:
    space, avoid = Space(*drawn), data.draw(formulas(drawn[0].state))
    expected = size(explored(space, PLAIN, FALSE, avoid))
    event(f"{min(expected[0], 3)} states or more")
    assert [size(by_python(space, symmetry, avoid)) for symmetry in (True, False)] == [expected] * 2


@given(small_models(most=120, actions=3))
def test_pages_hold_the_same_states_level_by_level(drawn: tuple[Model, Scope]) -> None:
    space = Space(*drawn)
    levels = [sorted(level) for level in by_python(space, symmetry=False).levels]
    assert levels == [sorted(level) for level in space.explore().levels]


@pytest.mark.parametrize("assumed", READINGS, ids=str)
def test_pages_agree_on_the_lifecycle_under_every_reading(assumed: Assumed) -> None:
    space = Space(settled(assumed), scope(1, 2, 1))
    assert size(by_python(space, symmetry=False)) == size(space.explore())


def test_a_page_has_no_more_states_than_a_word_has_bits() -> None:
    for numbers in [(1, 2, 1), (2, 3, 2), (3, 2, 2), (5, 9, 1)]:
        space = Space(settled(), scope(*numbers))
        pages = Pages(space, replace(space.words, columns=True))
        assert BITS // 2 <= pages.size <= BITS
        assert len({pages.state(bit) for bit in range(pages.size)}) == pages.size
        assert not any(pages.state(bit) & pages.keys for bit in range(pages.size))


# ---------------------------------------------------------------- when it is taken, and where it is kept


@COMPILED
def test_large_spaces_are_compiled_unless_something_else_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halves, "loaded", uncompiled)
    space = Space(settled(), scope(1, 4, 1))
    for many, engine in [(engines.conceivable(space), "compiled"), (10**9, "numpy")]:
        monkeypatch.setattr(engines, "MANY", many)
        with np.errstate(over="ignore"):
            assert explore(space).engine == engine
            assert explore(space, Settings("numpy")).engine == "numpy"


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Path, Path]:
    """The user's cache directory, and the one for temporary files."""
    mine, temporary = tmp_path / "mine", tmp_path / "temporary"
    monkeypatch.setenv("XDG_CACHE_HOME", str(mine))
    monkeypatch.setattr(cache, "gettempdir", lambda: str(temporary))
    return mine, temporary


def test_what_is_generated_is_kept(places: tuple[Path, Path]) -> None:
    module = cache.loaded("ANSWER = 41\n")
    (kept,) = (places[0] / "backup-slr").glob("*.py")
    assert module.ANSWER == 41
    assert module.__file__ == str(kept)
    assert (places[0] / "backup-slr").stat().st_mode & 0o777 == 0o700


def test_a_file_of_that_name_with_other_text_is_replaced(places: tuple[Path, Path]) -> None:
    cache.loaded("ANSWER = 42\n")
    (kept,) = (places[0] / "backup-slr").glob("*.py")
    kept.write_text("ANSWER = 666\n")
    assert cache.loaded("ANSWER = 42\n").ANSWER == 42
    assert kept.read_text() == "ANSWER = 42\n"


def test_where_nothing_can_be_kept_there_it_is_kept_elsewhere_or_not_at_all(places: tuple[Path, Path]) -> None:
    mine, temporary = places
    mine.write_text("a file, and no folder")
    assert cache.loaded("ANSWER = 43\n").ANSWER == 43
    assert len(list((temporary / "backup-slr").glob("*.py"))) == 1
    (temporary / "backup-slr").rename(temporary / "away")
    (temporary / "backup-slr").write_text("a file, and no folder")
    module = cache.loaded("ANSWER = 44 # cache=True\n")
    assert module.ANSWER == 44
    assert not getattr(module, "__file__", None)


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="files have no owner here")
def test_a_folder_of_somebody_else_is_not_trusted(places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    (places[0] / "backup-slr").mkdir(parents=True)
    (places[1] / "backup-slr").mkdir(parents=True)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert cache.cache_directory() is None


# ---------------------------------------------------------------- compiled


@COMPILED
@pytest.mark.parametrize("symmetry", [True, False], ids=["symmetry", "all"])
def test_the_compiled_engine_agrees(symmetry: bool) -> None:
    model = settled((("default-vault", "needs-another-vault"),))
    how = Settings("compiled", symmetry)
    found = Judge(model, scope(1, 4, 1), how).check()
    assert found.explored.engine == "compiled"
    assert told(found) == told(Judge(model, scope(1, 4, 1), PLAIN).check())


@COMPILED
def test_the_compiled_engine_avoids_what_it_is_told_to_avoid() -> None:
    model = settled()
    role = next(v for v in model.state if v.name == "role")
    avoid = role.is_("deleting")  # type: ignore[union-attr]
    space = Space(model, scope(1, 3, 1))
    assert size(explored(space, Settings("compiled"), avoid=avoid)) == size(explored(space, PLAIN, avoid=avoid))


@COMPILED
def test_the_compiled_engine_takes_several_words() -> None:
    space = Space(settled(), scope(1, 4, 60_000))
    assert replace(space.words, columns=True).width >= 2
    for symmetry in (True, False):
        one, other = few(space, Settings("compiled", symmetry)), few(space, Settings("python", symmetry))
        common = min(len(one), len(other))
        assert common >= 3
        assert one[:common] == other[:common]
