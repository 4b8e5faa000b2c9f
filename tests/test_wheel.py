"""The wheel, installed into an empty environment and used in an empty folder: nothing needs the repository."""

from __future__ import annotations

import io
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

import backup_slr
from backup_slr.explorer.site_wheels import wheel
from backup_slr.explorer.static_site import CORE

ROOT = Path(backup_slr.__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs the installed program in an empty folder; its dependencies are those of this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    environment, place = folder / "environment", folder / "empty"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    place.mkdir()
    python = environment / "bin" / "python"
    install = ["-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([sys.executable, *install], check=True, capture_output=True)
    (libraries,) = (environment / "lib").glob("python*/site-packages")
    # An environment may itself refer to others by .pth files, which only `addsitedir` reads.
    (libraries / "dependencies.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        program = [str(environment / "bin" / "backup-slr"), *words]
        return subprocess.run(program, cwd=place, capture_output=True, text=True, encoding="utf-8", check=False)

    where = subprocess.run(
        [python, "-c", "import backup_slr; print(backup_slr.__file__)"], cwd=place, capture_output=True, text=True
    )
    assert where.stdout.startswith(str(environment))
    return run


@pytest.mark.slow
def test_the_examples_are_in_the_wheel_and_run(installed: Run) -> None:
    copied = installed("examples", "here")
    assert (copied.returncode, copied.stderr) == (0, ""), copied
    for words in (
        ("simulate", "--quiet", "--recorded", "here"),
        ("run", "here/runbooks/the-page.toml", "--account", "here/accounts/small.toml", "--runs", "20"),
        ("diagram", "sequence", "--scenario", "here/plain-delete-role-is-refused.toml"),
    ):
        answer = installed(*words)
        assert (answer.returncode, answer.stderr) == (0, ""), words


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        "check --regions 1",
        "prove --property recovery_points_lie_in_vaults",
        "explain delete_backup_vault",
        "diagram lifecycle -o lifecycle.svg",
        "diagram --all -o gallery",
        "schema scenario",
        "simulate --list",
        "completion zsh",
        "doctor",
    ],
)
def test_a_command_works_outside_the_repository(installed: Run, command: str) -> None:
    answer = installed(*command.split())
    assert answer.returncode == 0, answer
    assert "error" not in answer.stderr


@pytest.mark.slow
def test_the_static_site_of_an_installed_program_has_the_same_wheel(installed: Run, tmp_path: Path) -> None:
    for name in CORE:
        (tmp_path / name).write_text("{}")
    answer = installed("explore", "--site", str(tmp_path / "site"), "--pyodide", str(tmp_path))
    assert answer.returncode == 0, answer
    (made,) = (tmp_path / "site" / "wheels").glob("backup_slr-*.whl")
    name, here = wheel("backup-slr")
    assert made.name == name
    with ZipFile(made) as there, ZipFile(io.BytesIO(here)) as checkout:
        assert there.namelist() == checkout.namelist()
