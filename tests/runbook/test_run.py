"""``backup-slr run`` from the command line: its output, its files, and its messages about invalid input."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.console import Answer, asked, call
from support.runbooks import ACCOUNTS, BOOKS, MEMORYLESS_ACCOUNT, MEMORYLESS_BOOK, rows_of, written
from support.schemas import valid

from backup_slr.cli import run_progress
from backup_slr.errors import BadInput, install
from backup_slr.lifecycle.assumptions import DEFAULT_VAULT
from backup_slr.runbook import busy_account, executors, experiment, runbook_file
from backup_slr.runbook.control_flow import program
from backup_slr.runbook.experiment import Study

PAGE, FIXED, NOW = (str(BOOKS / f"{name}.toml") for name in ("the-page", "fixed-wait", "now-and-then"))
SMALL, BUSY, EFS, MANY = (str(ACCOUNTS / f"{n}.toml") for n in ("small", "busy", "efs-still-on", "many-regions"))
FEW = ("--runs", "200")


# ---------------------------------------------------------------- stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        (PAGE, "--account", SMALL),
        (PAGE, FIXED, NOW, "--account", BUSY, "--seed", "9"),
        (PAGE, "--account", BUSY, "--fleet", "50"),
        (PAGE, "--account", EFS, "--assume", "efs-vault=never"),
        (PAGE, "--account", SMALL, "--without", "delete_backup_vault/service-using-role"),
        (FIXED, "--account", BUSY, "--sweep", "wait=1..3"),
        (FIXED, "--account", BUSY, "--sweep", "wait=1..3..0.5", "--deadline", "0.01"),
    ],
    ids=lambda a: " ".join(a).replace("simulations/", ""),
)
def test_the_document_of_a_run_has_its_shape_and_agrees_with_itself(arguments: tuple[str, ...]) -> None:
    more = () if "--runs" in arguments or "--fleet" in arguments else FEW
    document = valid("run", asked("run", *arguments, *more, "--json"))
    for found in document.get("runbooks", []):
        low, high = found["success_ci95"]
        assert low <= found["success_rate"] <= high
        assert (found["exact"] is None) != (found["no_exact_because"] is None)
        assert sum(found["calls"]["by_operation"].values()) == pytest.approx(found["calls"]["mean"])
        minutes = found["minutes"]
        if found["success_rate"]:
            assert minutes["median"] <= minutes["p90"] <= minutes["p99"]
            for name in ("median", "p90", "p99"):
                below, above = minutes["ci95"][name]
                assert below <= minutes[name] <= (minutes[name] if above is None else above)
        else:
            assert minutes["mean"] is minutes["median"] is None


def test_the_same_seed_gives_the_same_output_and_another_seed_another() -> None:
    question = ("run", PAGE, FIXED, "--account", BUSY, *FEW, "--json")
    assert call(*question).out == call(*question).out
    assert call(*question).out != call(*question, "--seed", "2").out


@pytest.mark.slow
def test_deletions_do_not_fail_without_the_guards_that_refuse_them() -> None:
    question = ("run", NOW, "--account", SMALL, *FEW, "--json")
    parts = ("delete_recovery_point/service-using-role", "delete_backup_vault/service-using-role")
    without = asked(*question, *(x for part in parts for x in ("--without", part))).document
    refused = asked(*question).document["runbooks"][0]["refusals"]
    assert "service-using-role" in refused
    assert "service-using-role" not in without["runbooks"][0]["refusals"]


def test_cleaning_up_one_region_never_succeeds() -> None:
    answer = asked("run", str(BOOKS / "one-region-only.toml"), "--account", MANY, *FEW)
    assert answer.code == 0
    assert "succeeds     0 % within 8.0 h (0 % to" in answer.out
    assert "deletion-failed" in answer.out


@pytest.mark.slow
def test_several_runbooks_are_compared_with_the_first() -> None:
    answer = asked("run", PAGE, FIXED, "--account", BUSY, *FEW)
    assert "time compared with the-page" in answer.out
    rows = [line.split()[0] for line in answer.out.split("\n\n")[1].splitlines()]
    assert rows == ["runbook", "fixed-wait", "the-page"]
    assert "operator" not in answer.out
    assert "operator" in asked("run", PAGE, FIXED, "--account", BUSY, *FEW, "--verbose").out


def test_settings_that_differ_from_those_of_the_first_runbook_are_listed() -> None:
    table = asked("run", PAGE, str(BOOKS / "stop-new-work-first.toml"), FIXED, "--account", SMALL, *FEW).out
    settings = " ".join(table.partition("settings that differ from the-page\n")[2].split())
    assert "stop-new-work-first none fixed-wait" in settings
    assert "fixed-wait retry wait: 2 min (there: 5 min); poll: 0.5 min (there: 1 min)" in settings
    assert "success  the role is absent within 8.0 h;" in table


def test_a_folder_means_all_runbooks_in_it(tmp_path: Path) -> None:
    for file in (PAGE, FIXED):
        shutil.copy(file, tmp_path)
    rows = asked("run", str(tmp_path), "--account", SMALL, *FEW).out
    assert "time compared with fixed-wait" in rows
    (tmp_path / "none").mkdir()
    refused(call("run", str(tmp_path / "none"), "--account", SMALL), "a folder without runbooks (*.toml)")


@pytest.mark.slow
@pytest.mark.parametrize("value", DEFAULT_VAULT.values)
def test_the_default_vault_first_works_whether_or_not_it_needs_another_vault(value: str) -> None:
    assume = ("--assume", f"{DEFAULT_VAULT.name}={value}")
    question = ("run", str(BOOKS / "default-vault-first.toml"), PAGE, "--account", MANY, "--runs", "20", "--json")
    first, page = asked(*question, *assume).document["runbooks"]
    assert first["success_rate"] == 1
    assert page["success_rate"] == (value == DEFAULT_VAULT.default)
    assert first["calls"]["by_operation"]["backup:CreateBackupVault"] > 0


NO_RETRY = str(BOOKS / "no-retry.toml")


def test_a_report_names_the_extensions_that_change_what_the_runbook_does() -> None:
    """A script without a retry succeeds as long as deletions take no time, so the report says what it left out."""
    question = ("run", NO_RETRY, "--account", SMALL, "--runs", "5")
    for extended in ((), ("--with", "deleting")):
        left_out = asked(*question, *extended, "--json").document["left_out"]
        assert ("deleting" in left_out) is not bool(extended)
        text = " ".join(asked(*question, *extended).out.split())
        assert f"left out {', '.join(left_out)}: these extensions" in text


def test_an_action_of_a_person_has_no_clock(tmp_path: Path) -> None:
    account = (
        'title = "x"\nwith = ["legal-hold"]\n[account]\nregions = ["us-east-1"]\n[clocks]\ncancel_legal_hold = 9\n'
    )
    found = call("run", PAGE, "--account", written(tmp_path, "clocks.toml", account), *FEW)
    refused(found, "what people do belongs in [[others]]")


def test_failures_are_reported_with_the_remaining_resources_and_the_last_refusal() -> None:
    question = ("run", str(BOOKS / "no-retry.toml"), "--account", BUSY, "--runs", "50")
    failures = asked(*question, "--json").document["runbooks"][0]["failures"]
    assert failures["runs"] == 50
    assert failures["remaining"]["vault"] == 50
    assert sum(failures["last_refusal"].values()) == 50
    assert "fails        50 of 50 runs; remaining: vault in 50" in asked(*question).out
    careless = asked("run", str(BOOKS / "fire-and-forget.toml"), "--account", SMALL, "--runs", "20").out
    assert "a failed deletion task goes unnoticed" in " ".join(careless.split())
    assert "unnoticed" not in asked(*question).out
    assert "no run where both succeed" in asked(*question[:1], PAGE, *question[1:]).out


@pytest.mark.slow
def test_the_examples_of_the_readme_are_runbooks_and_an_account(tmp_path: Path) -> None:
    shutil.copy(ACCOUNTS / "job-durations.csv", tmp_path)
    blocks = re.findall(r"```toml\n(.*?)```", (BOOKS / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    *blocks, clocks, held = blocks
    shortest, book, environment = (written(tmp_path, f"{i}.toml", text) for i, text in enumerate(blocks))
    extended = written(tmp_path, "extended.toml", blocks[-1] + clocks)
    assert call("run", shortest, "--account", extended, "--with", "deleting", "--runs", "5").code == 0
    assert call("run", shortest, "--account", environment, *FEW).code == 0
    assert call("run", book, "--account", environment, *FEW).code == 0
    assert call("run", book, "--account", environment, "--fleet", "20").code == 0
    canceled = ("--account", written(tmp_path, "held.toml", held), "--runs", "5", "--json")
    waiting, hasty = asked("run", PAGE, str(BOOKS / "no-retry.toml"), *canceled).document["runbooks"]
    assert (waiting["success_rate"], hasty["success_rate"]) == (1, 0)
    assert waiting["minutes"]["mean"] > 240


# ---------------------------------------------------------------- files


def test_pictures_are_written_as_svg_and_png_and_are_not_empty(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="Matplotlib is not installed: pip install matplotlib")
    files = [tmp_path / name for name in ("plot.svg", "plot-calls.png", "plot-timeline.svg")]
    options = [x for file in files for x in (f"--{file.stem}", str(file))]
    assert call("run", PAGE, NOW, "--account", SMALL, *FEW, *options).code == 0
    for file in files:
        data = file.read_bytes()
        assert data.startswith(b"\x89PNG" if file.suffix == ".png" else b"<?xml")
        assert len(data) > 10_000
    again = tmp_path / "again.svg"
    call("run", PAGE, NOW, "--account", SMALL, *FEW, "--plot", str(again))
    assert again.read_bytes() == files[0].read_bytes()


@pytest.mark.slow
def test_operations_with_equal_means_are_in_the_order_of_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib", reason="Matplotlib is not installed: pip install matplotlib")
    from backup_slr.runbook import plots

    names = [f"operation-{letter}" for letter in "dbeca"]
    monkeypatch.setattr(plots, "by_operation", lambda _: dict.fromkeys(names, 1.0))
    figure = plots.calls([SimpleNamespace(summary=None, book=SimpleNamespace(name="book"))])  # type: ignore[list-item]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == sorted(names)


def test_the_results_are_printed_without_matplotlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    answer = call("run", PAGE, "--account", SMALL, *FEW, "--plot", str(tmp_path / "plot.svg"))
    assert answer.code == 4
    assert install("plots") in answer.err
    assert "the-page: The procedure on the AWS documentation page" in answer.out


@pytest.mark.slow
def test_the_report_opens_in_a_browser_without_other_files(tmp_path: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install playwright")
    pytest.importorskip("matplotlib", reason="Matplotlib is not installed: pip install matplotlib")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    file = tmp_path / "report.html"
    question = ["run", PAGE, NOW, "--account", SMALL, *FEW, "--report", str(file)]
    assert call(*question).code == 0
    with sync_api.sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_page()
        problems: list[str] = []
        fetched: list[str] = []
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: fetched.append(request.url))
        page.goto(file.as_uri())
        assert page.title() == "A small account: runbooks compared"
        assert page.locator("#results tbody tr").count() == 2
        for name in ("curves", "calls", "timeline"):
            box = page.locator(f"#{name} svg").bounding_box()
            assert box is not None
            assert box["width"] > 300
            assert box["height"] > 100
        command = page.locator("#command").inner_text()
        page.set_viewport_size({"width": 400, "height": 800})
        browser.close()
    assert problems == []
    assert [url for url in fetched if not url.startswith(("file:", "data:"))] == []
    options = ("--account", SMALL, "--runs", "200", "--seed", "1", "--report", str(file))
    assert command.split() == ["backup-slr", "run", PAGE, NOW, *options]


# ---------------------------------------------------------------- resuming after an interruption


def interrupted_after(pieces: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupt after this number of pieces of a hundred runs."""

    def cut(asked: Study, number: int, workers: int = 1) -> list[tuple[int, int]]:
        return [(first, min(100, number - first)) for first in range(0, number, 100)]

    def here(asked: Study, todo: executors.Pieces, rows: bool) -> Any:
        for number, (first, count) in enumerate(todo):
            if number == pieces:
                raise KeyboardInterrupt
            yield executors.played(asked, first, count, rows)

    monkeypatch.setattr(Study, "cut", cut)
    monkeypatch.setattr(run_progress.executors, "here", here)


def test_runs_before_ctrl_c_are_saved_and_resumed(tmp_path: Path) -> None:
    kept, rows, plain = tmp_path / "kept.json", tmp_path / "rows.csv", tmp_path / "plain.csv"
    question = ("run", PAGE, FIXED, "--account", BUSY, "--runs", "450", "--json")
    whole = call(*question, "--csv", str(plain))
    with pytest.MonkeyPatch.context() as patch:
        interrupted_after(3, patch)
        first = call(*question, "--resume", str(kept), "--csv", str(rows))
    assert first.code == 130
    assert f"the first 300 of 450 runs; the same command continues from {kept}" in first.err
    assert valid("run", first)["done"] == 300
    rows.write_text(rows.read_text() + "half a li")  # as if it had been interrupted in the middle of a row
    second = call(*question, "--resume", str(kept), "--csv", str(rows))
    assert second.code == 0
    assert "continuing from run 300" in second.err
    assert second.out == whole.out
    assert sorted(rows.read_text().splitlines()) == sorted(plain.read_text().splitlines())
    # Again, with all runs done.
    assert call(*question, "--resume", str(kept), "--csv", str(rows)).out == whole.out


def test_an_interrupted_run_without_a_file_reports_its_results(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted_after(1, monkeypatch)
    answer = call("run", PAGE, "--account", SMALL, "--runs", "300")
    assert answer.code == 130
    assert "100 of each runbook" in answer.out
    assert "use --resume FILE to save finished runs" in answer.err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: {**d, "backup-slr": "0.0.1"}, "written by backup-slr 0.0.1, format 6, but this is"),
        (lambda d: {**d, "format": 99}, "format 99, but this is"),
        (lambda d: {**d, "study": "x"}, "other runbooks, another account, seed, number of runs or deadline"),
        (lambda d: {**d, "done": 7}, "is damaged: its content does not match its checksum"),
        (lambda d: {**d, "summaries": 7}, "is damaged: its content does not match its checksum"),
        (lambda d: {**d, "rows": 10**400}, "is damaged: its content does not match its checksum"),
        (lambda d: [], "not a file that 'run --resume' wrote"),
        (lambda d: "", "not a file that 'run --resume' wrote"),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_rejected_and_not_changed(tmp_path: Path, change: Any, message: str) -> None:
    kept = tmp_path / "kept.json"
    question = ("run", PAGE, "--account", SMALL, *FEW, "--resume", str(kept))
    assert call(*question).code == 0
    text = json.dumps(change(json.loads(kept.read_text())))
    kept.write_text(text)
    answer = call(*question)
    assert answer.code == 3
    assert message in answer.err
    assert str(kept) in answer.err
    assert kept.read_text() == text


@pytest.mark.parametrize("text", ["[" * 100_000, '{"format": NaN}', "9" * 5000, '{"done": 1, "done": 2}'])
def test_a_checkpoint_that_is_not_a_document_is_rejected(tmp_path: Path, text: str) -> None:
    kept = written(tmp_path, "kept.json", text)
    answer = call("run", PAGE, "--account", SMALL, *FEW, "--resume", kept)
    assert answer.code == 3
    assert "not a file that 'run --resume' wrote" in answer.err


# ---------------------------------------------------------------- sweeps and fleets


@pytest.mark.slow
def test_a_sweep_finds_the_smallest_value_that_reaches_the_goal(tmp_path: Path) -> None:
    book = written(
        tmp_path,
        "book.toml",
        MEMORYLESS_BOOK.replace("[retry]\nwait = { exponential = 3 }", "[parameters]\nn = 1\n[retry]\nattempts = 'n'"),
    )
    file = written(tmp_path, "account.toml", MEMORYLESS_ACCOUNT)
    options = ("--runs", "800", "--sweep", "n=0..8", "--goal", "0.9", "--deadline", "400")
    question = ("run", book, "--account", file, *options)
    document = valid("run", call(*question, "--json"))
    shares = {value["value"]: value["success_rate"] for value in document["values"]}
    assert document["least"] == min(value for value, share in shares.items() if share >= 0.9)
    low, high = document["between"]
    assert low <= document["least"] <= high
    text = call(*question).out
    assert f"the smallest n that succeeds in 90.0 % of runs within 60.0 min is {document['least']:g}" in text


def test_a_sweep_in_which_no_value_reaches_the_goal_is_a_finding() -> None:
    answer = asked("run", FIXED, "--account", BUSY, *FEW, "--sweep", "wait=1..2", "--deadline", "1")
    assert answer.code == 1
    assert "none of these values of wait succeeds in 99.0 % of runs" in answer.out


def test_the_rows_of_a_fleet_say_which_account_they_are_about(tmp_path: Path) -> None:
    file = tmp_path / "runs.csv"
    assert call("run", PAGE, "--account", BUSY, "--fleet", "40", "--runs", "3", "--csv", str(file)).code == 0
    assert [int(row["account"]) for row in rows_of(file)] == [i // 3 for i in range(120)]


# ---------------------------------------------------------------- bad input


def refused(answer: Answer, *fragments: str, code: int = 3) -> None:
    """One message with these parts, no result, no traceback."""
    assert answer.code == code, answer.err
    assert "Traceback" not in answer.err
    assert answer.out == ""
    for fragment in fragments:
        assert fragment in answer.err, answer.err


def complaint(load: Callable[[str], object], file: str) -> str:
    """The message about an invalid file."""
    with pytest.raises(BadInput) as told:
        load(file)
    return str(told.value)


ACCOUNT = 'title = "x"\n[account]\nrole = "present"\nvaults = [{ region = "us-east-1", name = "a", points = 2 }]\n'


@pytest.mark.parametrize(
    ("text", "line", "fragments"),
    [
        ("", 1, ["no title"]),
        ('title = "x"\n', 1, ["no account"]),
        ('title = "x"\n[account]\n', 2, ["without a Region"]),
        (f"{ACCOUNT}[calls]\ntakes = 0\n", 6, ["'takes' must be a number above 0", "not 0"]),
        (f"{ACCOUNT}[calls]\ntakes = nan\n", 6, ["above 0", "not nan"]),
        (f"{ACCOUNT}[calls]\ntakes = inf\n", 6, ["above 0", "not inf"]),
        (f"{ACCOUNT}[calls]\ntakes = true\n", 6, ["above 0", "not true"]),
        (f"{ACCOUNT}[calls]\nthrottled = 1.5\n", 6, ["a probability from 0 to 1", "not 1.5"]),
        (f"{ACCOUNT}[collisions]\nchance = -0.1\n", 6, ["a probability from 0 to 1"]),
        (f"{ACCOUNT}[collisions]\nchanse = 0.1\n", 6, ["unknown key of [collisions]: 'chanse'; did you mean 'chance'"]),
        (f"{ACCOUNT}[deletion]\ntakes = {{ exponential = 0 }}\n", 6, ["'exponential' must be a number above 0"]),
        (f"{ACCOUNT}[deletion]\ntakes = {{ exponental = 1 }}\n", 6, ["did you mean 'exponential'"]),
        (f"{ACCOUNT}[deletion]\ntakes = {{ fixed = 1, exponential = 1 }}\n", 6, ["exactly one of"]),
        (f"{ACCOUNT}[deletion]\ntakes = {{ lognormal = {{ median = 1 }} }}\n", 6, ["lognormal needs a sigma"]),
        (f"{ACCOUNT}[deletion]\ntakes = {{ lognormal = {{ median = 1, sigma = 11 }} }}\n", 6, ["at most 10"]),
        (f"{ACCOUNT}[deletion]\ntakes = {{ csv = 'no-such.csv' }}\n", None, ["no-such.csv: cannot be read"]),
        (f"{ACCOUNT}[[schedule]]\nevery = 5\n", 5, ["needs 'takes'"]),
        (f"{ACCOUNT}[[schedule]]\nevery = 5\ntakes = 5\nvault = 'b'\n", 8, ["unknown vault 'b'"]),
        (f"{ACCOUNT}[[schedule]]\nevery = 5\ntakes = 5\nregion = 'us-east-2'\n", 8, ["Region of this account"]),
        (f"{ACCOUNT}[[schedule]]\nevery = 5\ntakes = 5\nplan = 'other'\n", 8, ["unknown plan 'other'"]),
        (f"{ACCOUNT}[[others]]\ndo = 'list_resource'\nevery = 5\n", 6, ["did you mean 'list_resources'"]),
        (f"{ACCOUNT}[[others]]\ndo = 'start_job'\nevery = 5\n", 6, ["unknown action 'start_job'"]),
        (f"{ACCOUNT}[[others]]\ndo = 'create_backup_vault'\nevery = 5\n", 6, ["needs a region"]),
        (f"{ACCOUNT}[[others]]\ndo = 'list_resources'\nevery = 5\nvia = 'x'\n", 8, ["unknown value of via"]),
        (f"{ACCOUNT}[fleet]\nvault = 2\n", 6, ["a probability from 0 to 1"]),
        (f"{ACCOUNT}[assume]\nefs = 'x'\n", 6, ["unknown assumption"]),
        (ACCOUNT.replace("us-east-1", "us-esat-1"), 4, ["unknown Region 'us-esat-1'; did you mean"]),
    ],
)
def test_an_invalid_account_file_is_reported_with_its_line(
    tmp_path: Path, text: str, line: int | None, fragments: list[str]
) -> None:
    file = written(tmp_path, "account.toml", text)
    told = complaint(busy_account.load, file)
    assert all(fragment in told for fragment in (*([f"{file}:{line}: "] if line else []), *fragments)), told


BOOK = 'title = "x"\n[[step]]\ndo = "delete_service_linked_role"\n'


@pytest.mark.parametrize(
    ("text", "line", "fragments"),
    [
        ("", 1, ["no title"]),
        ('title = "x"\n', 1, ["no step"]),
        ('title = "x"\n[step]\n', 2, ["write [[step]]"]),
        ('title = "x"\n[[step]]\n', 2, ["a step has do =, or each"]),
        ('title = "x"\n[[step]]\ndo = "delete_vault"\n', 3, ["unknown action 'delete_vault'", "delete_backup_vault"]),
        ('title = "x"\n[[step]]\ndo = "finish_job"\n', 3, ["unknown action 'finish_job'"]),
        ('title = "x"\n[[step]]\ndo = "delete_backup_vault"\n', 2, ["needs a vault: put it in each = 'vault'"]),
        ('title = "x"\n[[step]]\neach = "account"\n', 3, ["unknown loop 'account'"]),
        ('title = "x"\n[[step]]\neach = "vault"\n', 2, ["it has no step"]),
        ('title = "x"\n[[step]]\neach = "vault"\nworkers = 0\n', 4, ["a whole number from 1 to 64"]),
        ('title = "x"\n[[step]]\neach = "region"\nworkers = 2\n', 4, ["workers needs each"]),
        ('title = "x"\n[[step]]\neach = "vault"\nregions = ["us-esat-1"]\n', 4, ["did you mean"]),
        (f"{BOOK}via = 'consol'\n", 4, ["did you mean 'console'"]),
        (f"{BOOK}poll = 0\n", 4, ["above 0"]),
        (f"{BOOK}pol = 1\n", 4, ["unknown key of delete_service_linked_role: 'pol'; did you mean 'poll'"]),
        (f"{BOOK}when = 'role = absent'\n", 4, ["=="]),
        (f"{BOOK}on = {{ resource-remains = 'retry' }}\n", 4, ["did you mean 'resources-remain'"]),
        (f"{BOOK}on = {{ resources-remain = 'rety' }}\n", 4, ["did you mean 'retry'"]),
        (f"{BOOK}retry = {{ wait = -1 }}\n", 4, ["above 0"]),
        (f"{BOOK}retry = {{ wait = nan }}\n", 4, ["above 0"]),
        (f"{BOOK}retry = {{ wait = 'x' }}\n", 4, ["unknown parameter 'x'"]),
        (f"{BOOK}retry = {{ grows = 'expo' }}\n", 4, ["unknown growth"]),
        (f"{BOOK}retry = {{ factor = 0.5 }}\n", 4, ["from 1 to 1000"]),
        (f"{BOOK}retry = {{ attempts = -1 }}\n", 4, ["of at least 0"]),
        (f"{BOOK}retry = {{ jitter = 'full', wait = {{ exponential = 1 }} }}\n", 4, ["jitter needs a fixed wait"]),
        ('title = "x"\nexhausted = "retry"\n' + BOOK[12:], 2, ["'retry' cannot be the reaction"]),
        ('title = "x"\ndeadline = 0\n' + BOOK[12:], 2, ["above 0"]),
        ('title = "x"\ncalls = 0\n' + BOOK[12:], 2, ["of at least 1"]),
        ('title = "x"\n[parameters]\nwait = "y"\n' + BOOK[12:], 3, ["must be a number"]),
    ],
)
def test_an_invalid_runbook_is_reported_with_its_line(
    tmp_path: Path, text: str, line: int, fragments: list[str]
) -> None:
    file = written(tmp_path, "book.toml", text)
    told = complaint(runbook_file.load, file)
    assert all(fragment in told for fragment in (f"{file}:{line}: ", *fragments)), told


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("minutes\n5\nsoon\n", "row 3, column 1: 'soon' is not a number of minutes"),
        ("5\n6,later\n", "row 2, column 2: 'later' is not a number of minutes"),
        ("5\n6,7\n", "row 2, column 2: expected one number in each row"),
        ("5\n0\n", "row 2, column 1: 0 is not between 0.000001"),
        ("5\nnan\n", "row 2, column 1: nan is not between 0.000001"),
        ("5\ninf\n", "row 2, column 1: inf is not between 0.000001"),
        ("minutes\n", "expected one number of minutes in each row"),
        ("", "expected one number of minutes in each row"),
        ("\x00", "not a text file"),
    ],
)
def test_an_invalid_csv_of_durations_is_reported_with_row_and_column(tmp_path: Path, text: str, message: str) -> None:
    durations = written(tmp_path, "durations.csv", text)
    file = written(tmp_path, "account.toml", f"{ACCOUNT}[deletion]\ntakes = {{ csv = 'durations.csv' }}\n")
    told = complaint(busy_account.load, file)
    assert told.startswith(f"{durations}:")
    assert message in told


def test_a_runbook_that_can_loop_forever_is_rejected_before_it_starts(tmp_path: Path) -> None:
    endless = written(tmp_path, "endless.toml", MEMORYLESS_BOOK.replace("deadline = 60", ""))
    rows = tmp_path / "rows.csv"
    refused(
        call("run", endless, "--account", SMALL, "--csv", str(rows)),
        f"{endless}: it can loop forever: add deadline = MINUTES or calls = NUMBER to it, or use --deadline",
    )
    assert not rows.exists()
    assert call("run", endless, "--account", SMALL, *FEW, "--deadline", "100").code == 0


OFTEN = "[[schedule]]\nevery = 1e-6\ntakes = 1e-6\n"
CENTURIES = 'title = "x"\n[[step]]\ndo = "wait"\nminutes = 1e9\n'
POLLS = 'title = "x"\ndeadline = 1e9\n[[step]]\ndo = "delete_service_linked_role"\npoll = 1\n'


@pytest.mark.slow
@pytest.mark.parametrize(
    ("book", "around"),
    [(None, ACCOUNT + OFTEN), (CENTURIES, None), (POLLS, None)],
    ids=["jobs every moment", "a wait of centuries", "a role that is never deleted"],
)
def test_a_run_that_takes_too_long_is_reported_before_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, book: str | None, around: str | None
) -> None:
    monkeypatch.setattr(experiment, "TRIED", 500)
    file = written(tmp_path, "book.toml", book) if book else PAGE
    account = written(tmp_path, "account.toml", around) if around else BUSY
    answer = call("run", file, "--account", account)
    refused(
        answer,
        f"{file}: the first run is at minute ",
        "after 500 steps, and would take about ",
        "--max-steps 100000",
    )
    assert call("run", file, "--account", account, "--deadline", "0.001", "--runs", "1").code == 0


def test_a_run_with_too_many_steps_stops_the_study_and_loses_no_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = asked("run", PAGE, "--account", BUSY, "--runs", "2", "--json").document
    monkeypatch.setattr(Study, "cut", lambda *_: [(i, 1) for i in range(12)])
    question = ("run", PAGE, "--account", BUSY, "--runs", "12", "--max-steps", "150", "--json")
    answer = call(*question)
    assert answer.code == 5
    assert f"{PAGE}: run 2 is not over after 150 steps, at minute 5" in answer.err
    assert "these are the first 2 of 12 runs; use --resume FILE to save finished runs" in answer.err
    document = valid("run", answer)
    assert document["done"] == 2
    assert document["runbooks"][0]["calls"] == alone["runbooks"][0]["calls"]
    kept = tmp_path / "kept"
    assert call(*question, "--resume", str(kept)).code == 5
    further = call(*question[:-3], "--max-steps", "1000", "--json", "--resume", str(kept))
    assert further.code == 0, further.err
    assert "continuing from run 2, saved in " in further.err


def test_a_full_disk_loses_no_results_of_runs() -> None:
    whole = asked("run", PAGE, "--account", SMALL, *FEW, "--json").document
    answer = call("run", PAGE, "--account", SMALL, *FEW, "--json", "--csv", "/dev/full")
    assert answer.code == 3
    assert "error: /dev/full: cannot be written: No space left on device; these are the first 200 of 200" in answer.err
    assert json.loads(answer.out) == whole


@pytest.mark.parametrize("book", sorted(BOOKS.glob("*.toml")), ids=lambda file: file.stem)
def test_a_runbook_of_the_gallery_ends_by_itself_or_has_a_deadline(book: Path) -> None:
    loaded = runbook_file.load(book)
    study = Study((loaded,), busy_account.load(BUSY), 1, 1)
    endless = program(loaded, study.environment).may_loop()
    assert endless == (book.stem not in ("fire-and-forget", "no-retry"))
    assert (loaded.deadline is not None) == endless


@pytest.mark.parametrize(
    ("arguments", "fragment"),
    [
        ((PAGE, "--account", SMALL, "--runs", "0"), "--runs: a whole number from 1 to 1,000,000,000, not '0'"),
        ((PAGE, "--account", SMALL, "--seed", "-1"), "--seed: a whole number from 0 to"),
        ((PAGE, "--account", SMALL, "--deadline", "nan"), "--deadline: a number of minutes such as 60, above 0"),
        ((PAGE, "--account", SMALL, "--deadline", "1_0"), "--deadline: a number of minutes such as 60, above 0"),
        (
            (PAGE, "--account", SMALL, "--run", "3"),
            "--run goes with --scenario-out, --cloudtrail, --plot-timeline, --report",
        ),
        (
            (PAGE, "--account", SMALL, "--runs", "1_0"),
            "a whole number such as 1000, from 1 to 1,000,000,000, not '1_0'",
        ),
        ((PAGE, "--account", SMALL, "--runs", "٣"), "a whole number such as 1000"),
        ((PAGE, "--account", SMALL, "--fleet", "4294967296"), "--fleet: a whole number from 1 to 1,000,000,000"),
        ((PAGE, "--account", SMALL, "--timeout", "0"), "--timeout: a number of seconds above 0"),
        ((PAGE, "--account", SMALL, "--deadline", "-5"), "--deadline: a number of minutes above 0"),
        ((PAGE, "--account", SMALL, "--run", "5000", "--scenario-out", "x"), "runs are numbered from 0 to 999"),
        ((PAGE, "--account", SMALL, "--executor", "dask"), "needs --scheduler ADDRESS"),
        ((PAGE, "--account", SMALL, "--scheduler", "x"), "--scheduler goes with --executor dask"),
        ((PAGE, "--account", SMALL, "--plot", "x.gif"), "a file that ends in .svg or .png"),
        ((PAGE, PAGE, "--account", SMALL), "two runbooks have the same name"),
        ((PAGE, FIXED, "--account", SMALL, "--sweep", "wait=1..2"), "--sweep goes with one runbook"),
        ((FIXED, "--account", SMALL, "--sweep", "wait=5..1"), "from the smaller value to the larger one"),
        ((FIXED, "--account", SMALL, "--sweep", "wait"), "expected NAME=A..B"),
        ((FIXED, "--account", SMALL, "--sweep", "wait=nan..2"), "expected NAME=A..B"),
        ((FIXED, "--account", SMALL, "--sweep", "wait=1..99999"), "at most 1000 values"),
        ((FIXED, "--account", SMALL, "--sweep", "wait=1..2", "--csv", "x"), "do not go together"),
        ((PAGE, "--account", SMALL, "--goal", "0.5"), "--goal goes with --sweep"),
        ((FIXED, "--account", SMALL, "--sweep", "wait=1..2", "--goal", "2"), "--goal: a share above 0"),
        ((PAGE, "--account", SMALL, "--runs", "9" * 14), "--runs: a whole number from 1 to 1,000,000,000"),
        ((PAGE, "--account", SMALL, "--workers", "1000000"), "--workers: a whole number from 1 to 1,024"),
        ((PAGE, "--account", SMALL, "--max-steps", "0"), "--max-steps: a whole number from 1"),
        ((PAGE, "--account", SMALL, "--csv", ""), "--csv: the name of a file cannot be empty"),
        ((PAGE, "--account", SMALL, "--resume", ""), "--resume: the name of a file cannot be empty"),
        ((PAGE, "--account", SMALL, "--csv", "-", "--json"), "--csv: name a file; stdout has the result"),
        (
            (PAGE, "--account", SMALL, "--scenario-out", "-", "--json"),
            "--scenario-out: name a file; stdout has the result",
        ),
        ((PAGE, "--account", SMALL, "--report", "-", "--json"), "--report: name a file; stdout has the result"),
        ((PAGE, "--account", SMALL, "--csv", "x", "--resume", "./x"), "--resume and --csv cannot both be './x'"),
        (
            (PAGE, "--account", SMALL, "--csv", "x", "--scenario-out", "x"),
            "--csv and --scenario-out cannot both be 'x'",
        ),
        (
            (PAGE, "--account", SMALL, "--cloudtrail", SMALL),
            f"--cloudtrail and --account cannot both be '{SMALL}'",
        ),
        ((PAGE, "--account", SMALL, "--without", "x/y"), "unknown action 'x'; known: list_resources, "),
    ],
)
def test_an_invalid_command_line_is_reported(arguments: tuple[str, ...], fragment: str) -> None:
    refused(call("run", *arguments), fragment, code=2)


@pytest.mark.parametrize(
    ("arguments", "fragment"),
    [
        (("no-such.toml", "--account", SMALL), "no-such.toml: cannot be read"),
        ((SMALL, "--account", BUSY), f"{SMALL}:7: this has an account of its own"),
        ((PAGE, "--account", FIXED), f"{FIXED}:12: this is not an account file: it has steps"),
        (
            (PAGE, "--account", SMALL, "--resume", "simulations"),
            "simulations: a folder, not a file that 'run --resume' wrote",
        ),
        ((PAGE, "--account", "no-such.toml"), "no-such.toml: cannot be read"),
        ((PAGE, "--account", "simulations"), "a folder without answers (REGION/OPERATION.json)"),
        ((PAGE, "--account", SMALL, "--fleet", "5"), "no [fleet]"),
        ((FIXED, "--account", SMALL, "--sweep", "wiat=1..2"), "unknown parameter 'wiat'; did you mean 'wait'"),
        ((str(BOOKS / "no-retry.toml"), "--account", SMALL, "--sweep", "x=1..2"), "unknown parameter 'x'"),
    ],
)
def test_missing_files_and_names_are_reported(arguments: tuple[str, ...], fragment: str) -> None:
    refused(call("run", *arguments), fragment)


def test_a_runbook_for_another_account_is_refused(tmp_path: Path) -> None:
    text = 'title = "x"\n[[step]]\ndo = "delete_backup_vault"\nregion = "us-east-1"\nvault = "nowhere"\n'
    file = written(tmp_path, "book.toml", text)
    refused(call("run", file, "--account", SMALL), f"{file}: ", "has no us-east-1/nowhere")


def test_a_result_that_cannot_be_written_goes_to_stdout(tmp_path: Path) -> None:
    answer = call("run", PAGE, "--account", SMALL, *FEW, "--scenario-out", str(tmp_path / "no" / "trace.toml"))
    assert answer.code == 3
    assert "cannot be written" in answer.err
    assert "the-page: The procedure on the AWS documentation page" in answer.out


@pytest.mark.slow
def test_the_number_of_workers_changes_no_bit_of_the_output() -> None:
    question = ("run", PAGE, "--account", BUSY, "--runs", "300", "--json")
    assert call(*question, "--workers", "2").out == call(*question).out
