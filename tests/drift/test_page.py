"""Drift of the page, on artificial pages that replace the page of AWS."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import fill, indent
from unittest.mock import patch

import pytest
from support.console import Answer, call
from support.schemas import valid

from backup_slr.cli import clauses as cli_clauses
from backup_slr.drift.comparison import word_diff
from backup_slr.drift.sentences import sentences
from backup_slr.engine.spec.documentation import Clause, Part, SavedPage, phrase_hash, sentence_hash
from backup_slr.lifecycle import BACKUP
from backup_slr.lifecycle.clauses import CLAUSES
from backup_slr.lifecycle.page import PAGE, PARTS

# Invented sentences, in the order of a page; no clause has the headings and references.
TITLE = "How to keep AWSServiceRoleForBackup tidy"
ONE = "A box is a thing that you may open with a key."
TWO = "The keeper won\u2019t lend the key to a guest who has not signed the book."
TRIGGER = "When you ring the bell, knock at the door, or call from the yard, the keeper comes and opens the box."
POINTER = "For more about keys, see The house rules."
HEADING = "Closing the box"
FIRST = "First, take every letter out of the box."
THEN = "Then, fold all the cloths."
MIGHT = "While the keeper is busy, closing might fail."
LAST = "The box stands in every room that has a door."
TEXT = (TITLE, ONE, TWO, TRIGGER, POINTER, HEADING, FIRST, THEN, MIGHT, LAST)
OURS = (
    Clause("ROLE-1", "fact", "A box opens with a key.", (sentence_hash(ONE),)),
    Clause("PERM-1", "rule", "No key without a signature.", (sentence_hash(TWO),)),
    Clause("CREATE-2", "rule", "Ringing the bell makes the keeper come and open the box.", (sentence_hash(TRIGGER),)),
    Clause("CREATE-3", "rule", "Knocking makes the keeper come and open the box.", (sentence_hash(TRIGGER),)),
    Clause("CLEAN-1", "rule", "All letters are taken out first.", (sentence_hash(FIRST),)),
    Clause("CLEAN-2", "rule", "All cloths are folded.", (sentence_hash(FIRST), sentence_hash(THEN))),
    Clause("CLEAN-3", "rule", "A busy keeper might get in the way.", (sentence_hash(MIGHT),)),
    Clause("REGION-1", "property", "A box in every room with a door.", (sentence_hash(LAST),)),
)
OUR_PARTS = {
    sentence_hash(TRIGGER): (
        Part(phrase_hash("When you")),
        Part(phrase_hash("ring the bell"), ("CREATE-2",)),
        Part(phrase_hash("knock at the door, or call from the yard"), ("CREATE-3",)),
        Part(phrase_hash("the keeper comes and opens the box")),
    ),
    sentence_hash(POINTER): (
        Part(phrase_hash("For more about keys, see")),
        Part(phrase_hash("The house rules"), link=True),
    ),
}


@pytest.fixture(autouse=True)
def our_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Replace the page and the clauses by invented ones, without tests and scenarios that cite them."""
    monkeypatch.chdir(tmp_path)
    saved = SavedPage(OURS, tuple(map(sentence_hash, TEXT)), OUR_PARTS)
    with patch.object(cli_clauses, "LIFECYCLE", replace(BACKUP, page=saved)):
        yield


def said(text: str) -> list[str]:
    """The sentences of an unknown page."""
    return [found.sentence for found in sentences(text)]


def as_text(parts: tuple[str, ...]) -> str:
    return "\n\n".join(parts)


def as_html(parts: tuple[str, ...]) -> str:
    """The page as a browser saves it: in a frame, with entities, and with markup inside sentences."""
    marked = (p.replace("box", "<b>b</b>ox").replace(" the ", "&nbsp;the\n  ") for p in parts)
    inner = "\n".join(f"<h2>{p}</h2>" if p.startswith("Closing the") else f"<li>1. <p>{p}</p>" for p in marked)
    return (
        "<!DOCTYPE html><html><head><title>Not a sentence of it</title><style>p {color: red}</style></head><body>"
        "<nav><a href='#'>Home</a></nav><div>Cookies are nice.</div><script>var x = 'First, run.';</script>"
        f"<ol>{inner}</ol><footer><p>Was this page any help?</p></footer></body></html>"
    )


def compared(folder: Path, text: str, *options: str, name: str = "page.html") -> Answer:
    (folder / name).write_text(text, encoding="utf-8")
    return call("clauses", "--page", str(folder / name), *options)


def statuses(answer: Answer) -> dict[str, str]:
    """The status of each changed clause."""
    document = valid("clauses.page", answer)
    assert answer.code == (1 if document["verdict"] == "drifted" else 0)
    return {c["id"]: c["status"] for c in document["clauses"] if c["status"] != "unchanged"}


def edited(**changes: str) -> tuple[str, ...]:
    """The page with some sentences (by the names above) replaced, or removed if there is no replacement."""
    by_text = {globals()[name]: new for name, new in changes.items()}
    return tuple(new for s in TEXT if (new := by_text.get(s, s)))


# ---------------------------------------------------------------- the same page


@pytest.mark.parametrize("form", [as_text, as_html])
def test_a_copy_of_the_page_is_unchanged_in_either_form(form, tmp_path: Path) -> None:
    answer = compared(tmp_path, form(TEXT), "--json")
    assert (answer.code, statuses(answer), answer.document["new"]) == (0, {}, [])
    assert answer.document["sentences"]["matched"] == answer.document["sentences"]["carried"] == 7


@pytest.mark.parametrize("form", [as_text, as_html])
def test_soft_hyphens_and_characters_without_width_are_ignored(form, tmp_path: Path) -> None:
    other = tuple(s.replace("keeper", "kee\u00adper").replace("key", "key\u200b") for s in TEXT)
    assert compared(tmp_path, form(other)).code == 0


def test_sentences_of_one_paragraph_are_distinguished(tmp_path: Path) -> None:
    items = [f"  1. {FIRST} {THEN}", f"\u2022 {MIGHT}", LAST]
    text = "\n".join([TITLE, f"{ONE} {TWO}   {TRIGGER}", POINTER, HEADING, *items])
    assert compared(tmp_path, text).code == 0


def test_a_word_that_was_wrapped_at_its_hyphen_is_put_together_again() -> None:
    assert said("There is a service-\nlinked role.\n") == ["There is a service-linked role."]


@pytest.mark.parametrize("frame", ["<main>", "<article>", "<div id='main-col-body'>"])
def test_new_sentences_at_the_edges_of_the_text_are_new(tmp_path: Path, frame: str) -> None:
    inner = as_html(TEXT).split("<ol>")[1].split("</ol>")[0]
    around = (
        "<html><body><div>Cookies are <div>nice</div>.</div>{}<footer><p>Was this page any help?</p></footer></html>"
    )
    end = f"</{frame[1:].split()[0].rstrip('>')}>"
    text = f"{frame}<p>The box is green now.</p><div><ol>{inner}</ol></div><p>Guests may not knock.</p>{end}"
    answer = compared(tmp_path, around.format(text), "--json")
    assert answer.document["new"] == ["The box is green now.", "Guests may not knock."]
    widget = "<awsdocs-thumb-feedback><p>Was it any help?</p></awsdocs-thumb-feedback>"
    assert compared(tmp_path, around.format(f"{frame}<ol>{inner}</ol>{widget}{end}")).code == 0


def test_a_frame_without_any_sentence_of_the_page_is_none(tmp_path: Path) -> None:
    answer = compared(tmp_path, as_html(TEXT).replace("<div>Cookies", "<main>Hello.</main><div>Cookies"))
    assert answer.code == 0


# ---------------------------------------------------------------- changes


@pytest.mark.parametrize("form", [as_text, as_html])
def test_a_removed_trigger_changes_its_clause_and_the_new_sentence_is_shown(form, tmp_path) -> None:
    now = "When you knock at the door or call from the yard, the keeper comes and opens the box."
    answer = compared(tmp_path, form(edited(TRIGGER=now)), "--json")
    assert statuses(answer) == {"CREATE-2": "changed"}
    changed = {c["id"]: c["sentences"][0] for c in answer.document["clauses"]}["CREATE-2"]
    assert (changed["now"], changed["before"], changed["diff"]) == (now, None, None)
    assert answer.document["new"] == []


def test_an_older_copy_shows_the_change_word_by_word(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text(as_text(TEXT))
    options = ("--old-page", str(tmp_path / "old.txt"))
    now = edited(FIRST="First, take every letter and stamp out of the box.", MIGHT="")
    answer = compared(tmp_path, as_html(now), *options, "--json")
    assert statuses(answer) == {"CLEAN-1": "changed", "CLEAN-2": "changed", "CLEAN-3": "gone"}
    by_id = {c["id"]: c["sentences"] for c in answer.document["clauses"]}
    assert by_id["CLEAN-1"][0]["diff"] == "First, take every letter {+and stamp+} out of the box."
    assert [s["status"] for s in by_id["CLEAN-2"]] == ["changed", "unchanged"]
    assert by_id["CLEAN-3"][0]["before"] == MIGHT
    text = compared(tmp_path, as_html(now), *options).out
    assert "word by word: First, take every letter {+and stamp+} out of the box." in text
    assert f"removed: {MIGHT}" in text


def test_removed_and_new_sentences_are_reported(tmp_path: Path) -> None:
    answer = compared(tmp_path, as_text((*edited(THEN=""), "Dogs are welcome in the hall.")), "--json")
    assert statuses(answer) == {"CLEAN-2": "changed"}
    assert answer.document["new"] == ["Dogs are welcome in the hall."]
    gone = compared(tmp_path, as_text(edited(MIGHT="")), "--json")
    assert statuses(gone) == {"CLEAN-3": "gone"}
    only_new = compared(tmp_path, as_text((*TEXT, "Dogs are welcome in the hall.")), "--json")
    assert (only_new.code, statuses(only_new)) == (1, {})


def test_of_two_missing_sentences_the_one_similar_to_a_new_one_is_changed(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text(as_text(TEXT))
    now = edited(THEN="Then, fold all the large cloths twice.", MIGHT="Dogs are welcome in the hall.")
    answer = compared(tmp_path, as_text(now), "--old-page", str(tmp_path / "old.txt"), "--json")
    assert statuses(answer) == {"CLEAN-2": "changed", "CLEAN-3": "gone"}
    assert answer.document["new"] == ["Dogs are welcome in the hall."]


def test_sentences_outside_the_text_of_a_saved_page_are_counted_but_not_new(tmp_path: Path) -> None:
    answer = compared(tmp_path, as_html(TEXT), "--json")
    assert answer.document["outside"] == 2
    assert "2 sentences outside the text of the page were not compared" in compared(tmp_path, as_html(TEXT)).out


def test_a_damaged_page_never_causes_a_traceback(tmp_path: Path) -> None:
    whole = as_html(TEXT)
    for cut in range(150, len(whole), 97):
        assert compared(tmp_path, whole[:cut]).code in (0, 1, 3)
        assert compared(tmp_path, whole[cut:]).code in (0, 1, 3)


# ---------------------------------------------------------------- the order of the page


def test_exchanged_sentences_and_their_clauses_moved(tmp_path: Path) -> None:
    swapped = (*TEXT[:6], THEN, FIRST, *TEXT[8:])
    answer = compared(tmp_path, as_html(swapped), "--json")
    assert statuses(answer) == {"CLEAN-1": "moved", "CLEAN-2": "moved"}
    assert (answer.document["new"], answer.document["uncarried"]) == ([], [])
    by_id = {c["id"]: c["sentences"] for c in answer.document["clauses"]}
    assert [(s["status"], s["after"]) for s in by_id["CLEAN-2"]] == [("moved", THEN), ("moved", HEADING)]
    text = compared(tmp_path, as_html(swapped)).out
    assert "MOVED CLEAN-1 (rule)" in text
    assert f"  moved on the page: {FIRST}\n    it is after: {THEN}\n" in text


def test_one_sentence_moved_far_does_not_move_the_others(tmp_path: Path) -> None:
    answer = compared(tmp_path, as_text((TITLE, LAST, *TEXT[1:-1])), "--json")
    assert statuses(answer) == {"REGION-1": "moved"}
    assert "at the beginning" not in compared(tmp_path, as_text((LAST, *TEXT[:-1]))).err
    assert "it is at the beginning" in compared(tmp_path, as_text((LAST, *TEXT[:-1]))).out


def test_a_removed_or_moved_heading_without_a_clause_is_reported(tmp_path: Path) -> None:
    answer = compared(tmp_path, as_text(edited(HEADING="")), "--json")
    assert (answer.code, statuses(answer)) == (1, {})
    assert [(s["status"], s["after"]) for s in answer.document["uncarried"]] == [("gone", POINTER)]
    answer = compared(tmp_path, as_text((*TEXT[:5], *TEXT[6:], HEADING)), "--json")
    assert (answer.code, statuses(answer)) == (1, {})
    assert [(s["status"], s["after"]) for s in answer.document["uncarried"]] == [("moved", LAST)]


def test_a_second_copy_of_a_sentence_of_a_clause_is_new(tmp_path: Path) -> None:
    answer = compared(tmp_path, as_text((*TEXT[:6], THEN, *TEXT[6:])), "--json")
    assert (statuses(answer), answer.document["new"]) == ({}, [THEN])


# ---------------------------------------------------------------- parts of sentences


@pytest.mark.parametrize(("now", "blamed"), [
    (TRIGGER.replace("ring the bell", "blow the horn"), {"CREATE-2"}),
    (TRIGGER.replace("call from the yard", "whistle"), {"CREATE-3"}),
    (TRIGGER.replace("knock at the door, or call from the yard, ", ""), {"CREATE-3"}),
    (TRIGGER.replace("comes and opens", "comes and never opens"), {"CREATE-2", "CREATE-3"}),
    (TRIGGER.replace("When you", "When you do not"), {"CREATE-2", "CREATE-3"}),
    (f"In summer only: {TRIGGER}", {"CREATE-2", "CREATE-3"}),
    (TRIGGER.replace(", or call", "; or call"), {"CREATE-2", "CREATE-3"}),
])  # fmt: skip
def test_only_clauses_whose_words_changed_in_a_shared_sentence_are_changed(now, blamed, tmp_path: Path) -> None:
    answer = compared(tmp_path, as_text(edited(TRIGGER=now)), "--json")
    assert set(statuses(answer)) == blamed
    kept = {c["id"]: c["sentences"][0]["status"] for c in answer.document["clauses"]}
    assert {kept[i] for i in {"CREATE-2", "CREATE-3"} - blamed} <= {"kept"}
    assert answer.document["new"] == []


def test_changed_words_of_a_link_are_reported_but_change_no_clause(tmp_path: Path) -> None:
    now = "For more about keys, see Rules of this house."
    answer = compared(tmp_path, as_text(edited(POINTER=now)))
    assert answer.code == 0
    assert f"LINKS with different words, which change no clause\n  {now}" in answer.out


@pytest.mark.parametrize("now", [
    "For more about keys, see Rules of this house, but do not knock.",
    "For less about keys, see The house rules.",
])  # fmt: skip
def test_text_unlike_the_title_of_a_page_is_not_a_link(now: str, tmp_path: Path) -> None:
    answer = compared(tmp_path, as_text(edited(POINTER=now)), "--json")
    assert answer.code == 1
    assert [s["now"] for s in answer.document["uncarried"] if s["status"] == "changed"] == [now]


# ---------------------------------------------------------------- forms of the same page


def fold(text: str, width: int = 60) -> str:
    """Break lines as ``fold -s`` does, which keeps the space at a break and counts the bytes of a quotation mark."""
    lines: list[str] = []
    for line in text.replace("\u2019", "\u2019~~").splitlines():
        while len(line) > width:
            cut = line.rfind(" ", 0, width) + 1 or width
            lines.append(line[:cut])
            line = line[cut:]
        lines.append(line)
    return "\n".join(lines).replace("~~", "")


FORMS: dict[str, Callable[[str], str]] = {
    "folded": fold,
    "folded across a name": lambda text: fold(text, 18),
    "wrapped early": lambda text: "\n".join(fill(line, 60 - n % 5) for n, line in enumerate(text.splitlines())),
    "quoted": lambda text: indent(text, "> ", lambda _: True),
    "quoted twice and folded": lambda text: indent(fold(text), "> > ", lambda _: True),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_a_text_that_was_wrapped_or_quoted_is_the_same_page(form: Callable[[str], str], tmp_path: Path) -> None:
    items = (TITLE, f"{ONE} {TWO} {TRIGGER}", POINTER, HEADING, f"  1. {FIRST}", f"  2. {THEN}", MIGHT, LAST)
    assert compared(tmp_path, form("\n\n".join(items))).code == 0
    changed = "\n\n".join(items).replace("While the", "Unless it snows, while the")
    assert set(statuses(compared(tmp_path, form(changed), "--json"))) == {"CLEAN-3"}


def test_words_before_a_known_sentence_that_end_a_wrapped_line_belong_to_it(tmp_path: Path) -> None:
    wrapped = as_text(TEXT).replace(FIRST, f"Only in a leap year, or where a guest asks\n{FIRST}")
    wrapped = wrapped.replace(TRIGGER, fill(TRIGGER, 50)).replace(TWO, fill(TWO, 50))
    assert set(statuses(compared(tmp_path, wrapped, "--json"))) == {"CLEAN-1", "CLEAN-2"}


MARKDOWN = f"""# {TITLE.replace("AWSServiceRoleForBackup", "**AWSServiceRoleForBackup**")}
<a name="how-to-keep"></a>

{ONE.replace("a key", "[ a key](https://example.org/key_(tool)#a)")} {TWO.replace("signed", "**signed **")}

{fill(TRIGGER.replace("knock", "`[knock](https://example.org/knock)`"), 50)}

{POINTER.replace("The house rules", "*[The house rules](rules.html)*")}

## {HEADING}

**{FIRST}**{"  "}
{THEN}

+ {MIGHT.replace("keeper", "{{keeper}}")}

```
{LAST}
```
"""


def test_a_page_in_markdown_is_the_same_page(tmp_path: Path) -> None:
    answer = compared(tmp_path, MARKDOWN, "--json")
    assert (answer.code, statuses(answer), answer.document["new"]) == (0, {}, [])
    edited = MARKDOWN.replace("is busy", "is *very* busy")
    assert set(statuses(compared(tmp_path, edited, "--json"))) == {"CLEAN-3"}


def test_a_page_in_the_frame_of_the_guide_is_read(tmp_path: Path) -> None:
    inner = as_html(TEXT).split("<ol>")[1].split("</ol>")[0]
    toc = f"<div id='page-toc-src'><a>{HEADING}</a></div>"
    text = (
        "<!DOCTYPE html><html><head><title>Keep it</title></head><body><awsdocs-header>Skip</awsdocs-header>"
        f"<awsdocs-view class='x'><head><title>Keep it</title></head><body><div id='main'>{toc}<div id='main-col-body'>"
        f"<awsdocs-language-banner></awsdocs-language-banner><ol>{inner}</ol><awsdocs-copyright>C</awsdocs-copyright>"
        "</div></div></body></awsdocs-view><awsdocs-cookie-banner></awsdocs-cookie-banner></body></html>"
    )
    answer = compared(tmp_path, text, "--json")
    assert (answer.code, statuses(answer), answer.document["new"]) == (0, {}, [])


def test_a_line_break_in_a_sentence_is_a_space(tmp_path: Path) -> None:
    assert compared(tmp_path, as_html(TEXT).replace("fold all", "fold<br/>all")).code == 0


@pytest.mark.parametrize("broken", [
    '<![&#CDATA[main id="', '<!["CDATA[<![CDATA[<', "<![CDAT", "<![</svg><br/>CDATA[", "<![1)", "<![endif", "<![", "<!",
])  # fmt: skip
def test_a_broken_marked_section_is_a_comment(broken: str, tmp_path: Path) -> None:
    whole = as_html(TEXT)
    assert compared(tmp_path, whole.replace("<ol>", f"<ol>{broken}>")).code == 0
    for at in range(0, len(whole), 211):
        assert compared(tmp_path, whole[:at] + broken + whole[at:]).code in (0, 1, 3)


# ---------------------------------------------------------------- citations of a clause


TESTS = """
import pytest
pytestmark = pytest.mark.slow
@pytest.mark.clause("CLEAN-3", "CLEAN-4")
def test_it(): ...
@pytest.mark.clause("CLEAN-3")
class TestMore:
    @pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.clause("CLEAN-1"))])
    async def test_that(self, x): ...
    def helper(self): ...
def test_other(): ...
"""


def test_only_changed_clauses_list_their_citations(tmp_path: Path) -> None:
    folder = tmp_path / "checks"
    folder.mkdir()
    (folder / "test_one.py").write_text(TESTS)
    (folder / "test_two.py").write_text('pytestmark = pytest.mark.clause("CLEAN-3")\ndef test_all(): ...\n')
    (folder / "test_bad.py").write_text("def (:  # mark.clause")
    now = as_text(edited(MIGHT=""))
    answer = compared(tmp_path, now, "--tests", str(folder), "--json")
    assert statuses(answer) == {"CLEAN-3": "gone"}
    cited = {c["id"]: c["cited_by"] for c in answer.document["clauses"]}
    assert [i for i, by in cited.items() if by is not None] == ["CLEAN-3"]
    assert "delete_recovery_point/service-using-role" in cited["CLEAN-3"]["rules"]
    assert cited["CLEAN-3"]["properties"]
    assert cited["CLEAN-3"]["tests"] == [
        "test_one.py::test_it",
        "test_one.py::TestMore::test_that",
        "test_two.py::test_all",
    ]
    assert "skipped" in answer.err
    assert "test_bad.py" in answer.err
    text = compared(tmp_path, now, "--tests", str(folder)).out
    assert "CLEAN-3 tests:      test_one.py::test_it, test_one.py::TestMore::test_that, test_two.py::test_all" in text


def test_an_invalid_folder_of_tests_is_bad_input(tmp_path: Path) -> None:
    answer = compared(tmp_path, as_text(edited(MIGHT="")), "--tests", str(tmp_path / "none"))
    assert answer.code == 3
    assert "not a folder of tests" in answer.err


# ---------------------------------------------------------------- other pages


@pytest.mark.parametrize(("text", "said"), [
    (b"<html><body><p>Quite another page about AWSServiceRoleForBackup.</p></body></html>", "is not the page"),
    (f"{ONE}\n{TWO}\n{FIRST}".encode(), "is another page: it never names AWSServiceRoleForBackup"),
    (as_text(TEXT).replace("Backup tidy", "BackupReports tidy").encode(), "role, AWSServiceRoleForBackupReports"),
    (b"", "is empty"),
    (b" \n\t\n", "is empty"),
    (b"\x89PNG\r\n\x1a\n\x00\x00", "is not text in UTF-8"),
    (b"%PDF-1.7\n\xff\xfe\x00", "is not text in UTF-8"),
])  # fmt: skip
def test_a_file_that_is_not_the_page_is_rejected(text: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "page").write_bytes(text)
    answer = call("clauses", "--page", str(tmp_path / "page"), "--json")
    assert answer.code == 3
    assert said in answer.err
    assert answer.err.count("\n") == 1
    assert not answer.out


def test_an_unreadable_file_is_reported(tmp_path: Path) -> None:
    for name in (str(tmp_path), str(tmp_path / "none"), "a\0b"):
        answer = call("clauses", "--page", name)
        assert answer.code == 3
        assert "cannot be read" in answer.err


@pytest.mark.parametrize(("arguments", "said"), [
    (("--old-page", "x"), "are for --page FILE"),
    (("--tests", "x"), "are for --page FILE"),
    (("--sarif", "x"), "are for --page FILE"),
    (("--page", "x", "--format", "md"), "text or json"),
])  # fmt: skip
def test_options_that_cannot_be_combined_are_rejected(arguments: tuple[str, ...], said: str) -> None:
    answer = call("clauses", *arguments)
    assert answer.code == 2
    assert said in answer.err


# ---------------------------------------------------------------- JSON and SARIF


def test_findings_go_to_sarif_and_to_a_job_on_github(tmp_path: Path) -> None:
    file = tmp_path / "x.sarif"
    (tmp_path / "page.txt").write_text(as_text((*edited(MIGHT=""), "Dogs are welcome.")))
    arguments = ("clauses", "--page", str(tmp_path / "page.txt"), "--sarif", str(file))
    answer = call(*arguments, environment={"GITHUB_ACTIONS": "true"})
    assert answer.code == 1
    results = json.loads(file.read_text())["runs"][0]["results"]
    assert [(r["ruleId"], r["level"]) for r in results] == [("CLEAN-3", "error"), ("new-sentence", "warning")]
    assert "title=backup-slr%3A CLEAN-3::CLEAN-3 is gone on the page." in answer.err


def test_control_characters_of_the_page_are_not_printed_in_a_github_log(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(as_text((*TEXT, "Dogs are \x1b[31mred.")))
    answer = call("clauses", "--page", str(tmp_path / "page.txt"), environment={"GITHUB_ACTIONS": "true"})
    assert answer.code == 1
    assert "[31mred." in answer.err
    assert "\x1b" not in answer.err


# ---------------------------------------------------------------- small parts, and the stored data of the AWS page


def test_the_order_of_the_page_has_every_sentence_of_a_clause_once() -> None:
    assert len(set(PAGE)) == len(PAGE)
    assert {h for clause in CLAUSES for h in clause.sha256} <= set(PAGE)


def test_the_parts_of_a_sentence_belong_to_its_clauses() -> None:
    assert set(PARTS) <= set(PAGE)
    for sentence, parts in PARTS.items():
        carriers = {c.id for c in CLAUSES if sentence in c.sha256}
        assert {clause for part in parts for clause in part.of} <= carriers
        assert len(parts) > 1
    shared = {h for h in PAGE if sum(h in c.sha256 for c in CLAUSES) > 1}
    assert shared <= set(PARTS)
    assert SavedPage(CLAUSES, PAGE).carried <= set(PAGE)


def test_the_clause_about_trust_has_the_name_of_the_service() -> None:
    assert sentence_hash("AWS Backup") in next(c.sha256 for c in CLAUSES if c.id == "TRUST-2")


@pytest.mark.parametrize(("before", "now", "shown"), [
    ("a b c", "a b c", "a b c"),
    ("a b c", "a c", "a [-b-] c"),
    ("a c", "a b c", "a {+b+} c"),
    ("a b", "c d", "[-a b-] {+c d+}"),
])  # fmt: skip
def test_a_word_diff_shows_removed_and_new_words(before: str, now: str, shown: str) -> None:
    assert word_diff(before, now) == shown


def test_only_visible_text_makes_sentences() -> None:
    text = "<div>One <em>and</em> two.<br>Three<ul><li>Four? Five<li>Six</ul><template>No</template></div>seven"
    assert said(text) == ["One and two.", "Three", "Four?", "Five", "Six", "seven"]
