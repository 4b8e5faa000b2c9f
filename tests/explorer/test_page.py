"""The page of the explorer in a browser: every control by mouse and by keyboard, links, looks, and accessibility."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from support.browser import CHROMIUM, QUIET, needs_chromium, violations
from support.outside import needs_npm

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
pytest.importorskip("uvicorn", reason="uvicorn is not installed: pip install backup-slr[serve]")

from support.second_role import CLUSTERS  # noqa: E402

from backup_slr.endpoint.server import serving  # noqa: E402
from backup_slr.explorer.page_server import PageServer  # noqa: E402
from backup_slr.explorer.session import ExplorerSession  # noqa: E402
from backup_slr.lifecycle import BACKUP  # noqa: E402

SMALL = "simulations/accounts/small.toml"
pytestmark = [needs_chromium, pytest.mark.slow]
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as found:
        started = found.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


@pytest.fixture
def opened(browser: Any) -> Iterator[Open]:
    """Opens the page of a session; afterwards nothing was requested from elsewhere, and no script failed."""
    with ExitStack() as stack:
        wrong: list[str] = []

        def opened(
            make: Callable[[], ExplorerSession] = lambda: ExplorerSession(account=SMALL),
            link: str = "",
            tour: bool = False,
            **context: Any,
        ) -> Any:
            pages = PageServer(make)
            url = stack.enter_context(serving(pages.answer, threaded=True))
            made = browser.new_context(**context)
            stack.callback(made.close)
            if not tour:
                made.add_init_script("localStorage.setItem('explorer-tour-seen', 'yes')")
            page = made.new_page()
            page.on("request", lambda one: None if one.url.startswith((url, "data:")) else wrong.append(one.url))
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on(
                "console",
                lambda one: wrong.append(one.text) if one.type == "error" and "ERR_FAILED" not in one.text else None,
            )
            page.set_default_timeout(10_000)
            page.goto(f"{url}/{pages.secret}/#{link}")
            page.wait_for_selector("#steps button")
            return page

        yield opened
        assert wrong == []


def control(page: Any, role: str, name: str) -> Any:
    """A control by its name; those of actions are sentences in lower case, and have the result after it."""
    if name[0].islower() and " " in name:
        return page.locator("#action-list button").filter(has_text=name).first
    return page.get_by_role(role, name=name, exact=True)


def by_mouse(page: Any, role: str, name: str) -> None:
    control(page, role, name).click(force=True)


def by_keyboard(page: Any, role: str, name: str) -> None:
    control(page, role, name).focus()
    page.keyboard.press("Enter")


hands = pytest.mark.parametrize("press", [by_mouse, by_keyboard])
Press = Callable[[Any, str, str], None]


def says(page: Any, text: str) -> None:
    playwright.expect(page.locator("#said")).to_contain_text(text)


def steps(page: Any) -> list[str]:
    return page.locator("#steps button").all_inner_texts()


# ---------------------------------------------------------------- controls


@hands
def test_an_action_is_performed_undone_and_redone(opened: Open, press: Press) -> None:
    page = opened()
    press(page, "button", "set up cross-account backup")
    says(page, "Step 1, done: cross-account backup off -> on")
    assert page.locator(".facts .changed").all_inner_texts() == ["cross-account backup is on\nchanged"]
    press(page, "button", "Undo")
    says(page, "Start of the walk")
    press(page, "button", "Redo")
    says(page, "Step 1 of 1")
    press(page, "button", "Redo")
    says(page, "the end of the walk")
    assert steps(page) == ["Start", "1 set up cross-account backup"]


@hands
def test_a_refused_action_shows_its_reasons_and_the_way_past_them(opened: Open, press: Press) -> None:
    page = opened()
    name = "delete a backup vault: us-east-1/Default"
    refused = control(page, "button", name)
    assert refused.get_attribute("aria-disabled") == "true"
    press(page, "button", name)
    says(page, "Refused, 1 reason: the vault still holds recovery points")
    assert page.locator(".reasons code").first.inner_text() == "InvalidRequestException"
    assert "CLEAN-1" in page.locator(".reasons").inner_text()
    assert refused.evaluate("(button) => button === document.activeElement"), "the focus stays"
    press(page, "button", "Show me the way")
    press(page, "button", "Take these 2 steps")
    says(page, "2 steps taken")
    assert refused.get_attribute("aria-disabled") is None
    press(page, "button", name)
    says(page, "vault exists -> deleted")


@hands
def test_branches_are_chosen_and_compared(opened: Open, press: Press) -> None:
    page = opened()
    press(page, "button", "Fork")
    press(page, "button", "request the deletion of the role")
    press(page, "button", "Compare")
    text = page.get_by_role("dialog").inner_text()
    assert "the role is being deleted\tthe role is present" in text
    press(page, "button", "Close")
    page.get_by_label("Branch", exact=True).select_option("Branch 1")
    says(page, "Branch 1, 0 steps")


@hands
def test_the_walk_is_copied_in_every_format(opened: Open, press: Press) -> None:
    page = opened()
    press(page, "button", "request the deletion of the role")
    press(page, "button", "Copy as")
    for name, text in (
        ("pytest", "def test_walk"),
        ("Commands", "#!/usr/bin/env bash"),
        ("Markdown", "1. `delete_service_linked_role`"),
        ("Mermaid", "sequenceDiagram"),
        ("Scenario", "[[step]]"),
    ):
        press(page, "button", name)
        playwright.expect(page.get_by_role("textbox", name="The walk")).to_have_value(re.compile(re.escape(text)))
    press(page, "button", "Copy")
    playwright.expect(page.locator("#said")).to_have_text(re.compile("Copied|is selected"))


@hands
def test_an_expression_is_searched(opened: Open, press: Press) -> None:
    page = opened()
    page.get_by_label("Find the shortest way to a state").fill("role == absent")
    press(page, "button", "Find")
    press(page, "button", "Take these 12 steps")
    says(page, "12 steps taken")
    page.get_by_label("Find the shortest way to a state").fill("role = absent")
    press(page, "button", "Find")
    says(page, "expression")


@hands
def test_other_rules_show_the_first_step_that_differs_and_can_be_kept(opened: Open, press: Press) -> None:
    page = opened()
    press(page, "button", "request the deletion of the role")
    says(page, "Step 1")
    press(page, "button", "usage-check")
    page.get_by_label("When does IAM check").select_option("at-submit")
    result = page.locator("#what-if-result")
    playwright.expect(result).to_contain_text("Step 1 is the first with another result")
    playwright.expect(result).to_contain_text("resources-remain")
    press(page, "button", "Keep these rules")
    playwright.expect(page.locator("#steps")).to_contain_text("request the deletion of the role refused")
    page.keyboard.press("w")
    page.get_by_text("Leave a part of a rule out").click()
    page.get_by_label("Filter the parts").fill("delete_service_linked_role/resources")
    page.get_by_role("checkbox", name="delete_service_linked_role/resources-remain").check()
    press(page, "button", "Keep these rules")
    playwright.expect(page.locator("#steps")).not_to_contain_text("refused")


def test_the_switches_show_what_an_extension_and_an_edition_bring(opened: Open) -> None:
    page = opened()
    page.keyboard.press("w")
    page.get_by_text("Extensions", exact=True).click()
    box = {name: page.get_by_role("checkbox", name=name, exact=True) for name in ("retention", "legal-hold")}
    box["legal-hold"].check()
    playwright.expect(box["retention"]).to_be_checked()
    box["retention"].click()
    playwright.expect(box["retention"]).to_be_checked()  # legal-hold needs it
    box["legal-hold"].uncheck()
    playwright.expect(box["legal-hold"]).not_to_be_checked()
    page.get_by_text("Editions of the page").click()
    edition = next(one for one in BACKUP.editions if set(one.assume.items()) - set(BACKUP.editions[0].assume.items()))
    page.get_by_role("button", name=edition.name, exact=True).click()
    for name, value in edition.assume.items():
        playwright.expect(page.locator(f"#assume-{name} option:checked")).to_have_text(re.compile(f"^{value}( |$)"))


@hands
def test_the_menu_opens_an_example_and_a_file(opened: Open, press: Press, tmp_path: Path) -> None:
    page = opened()
    press(page, "button", "Examples")
    page.get_by_label("Filter the examples").fill("opt-in region")
    page.locator("#dialog .menu button").first.press("Enter")
    says(page, "step ")
    assert len(steps(page)) > 2
    press(page, "button", "Examples")
    (tmp_path / "mine.toml").write_text('title = "mine"\n[[step]]\ndo = "list_resources"\nexpect = "done"\n')
    page.get_by_label("or a file").set_input_files(tmp_path / "mine.toml")
    says(page, "mine, step 1 of 1")
    press(page, "button", "Examples")
    press(page, "button", "New account")
    says(page, "A new account")
    (tmp_path / "wrong.toml").write_text("nothing = 1\n")
    press(page, "button", "Examples")
    page.get_by_label("or a file").set_input_files(tmp_path / "wrong.toml")
    says(page, "wrong.toml")


@hands
def test_a_long_search_is_canceled(opened: Open, press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    def searched(*_: object, **__: object) -> None:
        while True:
            time.sleep(0.001)

    page = opened()
    monkeypatch.setattr("backup_slr.explorer.session.asked", searched)
    page.get_by_label("Find the shortest way to a state").fill("role == absent")
    press(page, "button", "Find")
    playwright.expect(page.locator("#busy")).to_have_attribute("data-seconds", "1 s")
    press(page, "button", "Cancel")
    says(page, "Canceled")
    press(page, "button", "request the deletion of the role")
    says(page, "Step 1")


def test_a_picture_has_the_present_state_and_a_text_beside_it(opened: Open) -> None:
    page = opened()
    page.get_by_role("tab", name="State").press("ArrowRight")
    page.locator("#panel svg").wait_for()
    lit = page.locator("#panel svg .lit")
    playwright.expect(lit).to_contain_text("present, recovery points remain")
    assert "The account is: present, recovery points remain" in page.locator("#panel figcaption").inner_text()
    filled = page.evaluate("getComputedStyle(document.querySelector('#panel svg .lit .shape')).fill")
    assert filled != page.evaluate("getComputedStyle(document.querySelector('#panel svg .node:not(.lit) .shape')).fill")
    by_keyboard(page, "button", "request the deletion of the role")
    playwright.expect(lit).to_contain_text("being deleted")
    page.get_by_role("tab", name="Lifecycle").press("ArrowRight")
    playwright.expect(page.locator("#panel > ol")).to_have_text("request the deletion of the role: done")
    assert page.locator("#panel svg").get_attribute("role") == "img"


@hands
def test_any_request_can_be_made_at_a_new_place(opened: Open, press: Press) -> None:
    page = opened()
    press(page, "button", "Another request …")
    page.get_by_label("Action", exact=True).select_option("create a backup vault")
    page.get_by_label("Place", exact=True).fill("us-east-1")
    press(page, "button", "Perform")
    says(page, "REGION/VAULT")
    page.get_by_label("Place", exact=True).fill("eu-north-1/mine")
    press(page, "button", "Perform")
    says(page, "eu-north-1/mine: vault absent -> exists")
    assert "eu-north-1" in page.locator("#panel").inner_text()


def test_what_a_request_states_changes_what_is_possible(opened: Open) -> None:
    page = opened()
    deletion = control(page, "button", "request the deletion of the role")
    assert deletion.get_attribute("aria-disabled") is None
    page.get_by_text("How requests are made").click()
    page.get_by_label("permission of the caller").select_option("the caller lacks the permission")
    playwright.expect(deletion).to_have_attribute("aria-disabled", "true")
    playwright.expect(page.locator("#inputs-title")).to_have_text("How requests are made (1 changed)")


@hands
def test_places_with_the_same_result_are_behind_one_button(opened: Open, press: Press) -> None:
    account = {"role": "present", "vaults": {f"us-east-1/{name}": 1 for name in "abcd"}}

    def make() -> ExplorerSession:
        made = ExplorerSession()
        assert "error" not in made.answer({"do": "new", "account": account})
        return made

    page = opened(make)
    group = "delete a backup vault: us-east-1/a and 3 more"
    assert control(page, "button", "delete a backup vault: us-east-1/c").count() == 0
    press(page, "button", group)
    says(page, "4 places")
    assert control(page, "button", group).get_attribute("aria-expanded") == "true"
    press(page, "button", "delete a backup vault: us-east-1/c")
    says(page, "Refused, 1 reason: the vault still holds recovery points")
    press(page, "button", group)
    assert control(page, "button", "delete a backup vault: us-east-1/c").count() == 0


def test_the_filter_keeps_the_actions_with_its_words(opened: Open) -> None:
    page = opened()
    page.keyboard.press("/")
    page.keyboard.type("trust POLICY")
    assert page.locator("#action-list .card").count() == 1
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent").startswith("change the trust policy")
    page.get_by_label("Filter the actions").fill("nothing is like this")
    assert page.locator("#action-list").inner_text() == "No action has these words."


@pytest.mark.parametrize(
    ("key", "shows"),
    [
        ("c", "Copy the walk as"),
        ("l", "Link to this walk"),
        ("?", "Help"),
        ("o", "Another request"),
        ("w", "What if"),
        ("m", "Examples"),
    ],
)
def test_a_key_opens_a_dialog_and_escape_returns_the_focus(opened: Open, key: str, shows: str) -> None:
    page = opened()
    start = page.get_by_role("button", name="Start", exact=True)
    start.focus()
    page.keyboard.press(key)
    playwright.expect(page.get_by_role("dialog")).to_contain_text(shows)
    page.keyboard.press("Escape")
    assert start.evaluate("(button) => button === document.activeElement")


def test_keys_walk_and_can_be_turned_off(opened: Open) -> None:
    page = opened()
    by_keyboard(page, "button", "request the deletion of the role")
    says(page, "Step 1")
    page.keyboard.press("u")
    says(page, "Start of the walk")
    page.keyboard.press("r")
    says(page, "Step 1 of 1")
    page.keyboard.press("?")
    page.get_by_label("Single keys are on").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    page.keyboard.press("?")
    assert page.get_by_role("dialog").count() == 0
    assert page.locator("#steps [aria-current]").inner_text().startswith("1 ")


# ---------------------------------------------------------------- addresses


def test_the_browser_s_back_and_forward_walk_too(opened: Open) -> None:
    page = opened()
    before = page.locator("#panel").inner_text()
    by_mouse(page, "button", "set up cross-account backup")
    by_mouse(page, "button", "request the deletion of the role")
    says(page, "Step 2")
    page.go_back()
    says(page, "Step 1 of 2")
    page.go_back()
    playwright.expect(page.locator("#panel")).to_have_text(before, use_inner_text=True)
    page.go_forward()
    page.go_forward()
    says(page, "Step 2 of 2")


def test_a_reload_and_a_link_open_the_same_walk(opened: Open) -> None:
    page = opened()
    by_mouse(page, "button", "request the deletion of the role")
    says(page, "Step 1")
    state = page.locator("#panel").inner_text()
    page.reload()
    playwright.expect(page.locator("#panel")).to_have_text(state, use_inner_text=True)
    other = opened(link=page.url.partition("#")[2])
    playwright.expect(other.locator("#panel")).to_have_text(state, use_inner_text=True)
    by_mouse(other, "button", "Link")
    link = other.get_by_role("textbox", name="The link").input_value()
    assert link.endswith(page.url.partition("#")[2])


def test_a_reload_keeps_branches_and_what_can_be_redone(opened: Open) -> None:
    page = opened()
    by_mouse(page, "button", "set up cross-account backup")
    by_mouse(page, "button", "Fork")
    says(page, "This is branch 2")
    by_mouse(page, "button", "request the deletion of the role")
    says(page, "Step 2, done")
    page.keyboard.press("u")
    says(page, "Step 1 of 2")
    before = steps(page)
    page.reload()
    playwright.expect(page.get_by_label("Branch", exact=True)).to_have_value("Branch 2")
    assert steps(page) == before
    page.keyboard.press("r")
    says(page, "Step 2 of 2")
    for step in ("Step 1 of 2", "Step 2 of 2", "Step 1 of 2", "Step 0 of 1"):  # the last one is in the first branch
        page.go_back()
        says(page, step)
    page.go_forward()
    says(page, "Step 1 of 2")
    page.get_by_label("Branch", exact=True).select_option("Branch 1")
    says(page, "Branch 1, 1 step")
    by_mouse(page, "button", "Redo")
    says(page, "Step 1 of 1")
    # Another tab with the same address has the walk of the link alone, and neither changes the other.
    other = page.context.new_page()
    other.goto(page.url)
    other.wait_for_selector("#steps button")
    assert (steps(other), other.get_by_label("Branch", exact=True).count()) == (["Start", before[1]], 0)
    page.evaluate("sessionStorage.setItem('explorer-rest', '{}')")
    page.reload()
    says(page, "other branches and what could be redone are lost")
    assert steps(page) == steps(other)


def test_a_broken_link_is_a_message_and_the_page_works(opened: Open) -> None:
    page = opened(link="1.abc.broken")
    says(page, "the link is damaged")
    by_mouse(page, "button", "request the deletion of the role")
    says(page, "Step 1")


# ---------------------------------------------------------------- looks


@needs_npm("axe-core")
@pytest.mark.parametrize(
    ("scheme", "width"),
    [
        ("light", 360),
        pytest.param("dark", 1400, marks=pytest.mark.slow),
        pytest.param("light", 1400, marks=pytest.mark.slow),
        pytest.param("dark", 360, marks=pytest.mark.slow),
    ],
)
def test_axe_finds_nothing(opened: Open, scheme: str, width: int) -> None:
    page = opened(viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce", tour=True)
    assert violations(page) == [], "with the tour"
    by_mouse(page, "button", "Skip the tour")
    by_mouse(page, "button", "delete a backup vault: us-east-1/Default")
    by_mouse(page, "button", "Show me the way")
    by_mouse(page, "button", "request the deletion of the role")
    by_mouse(page, "button", "Fork")
    says(page, "This is branch 2")
    page.locator("#why summary").click()
    assert violations(page) == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    for tab in ("Lifecycle", "Sequence"):
        page.get_by_role("tab", name=tab).click()
        page.locator("#panel svg").wait_for()
        assert violations(page) == [], tab
    for key in "cldwmo?":
        page.keyboard.press(key)
        page.get_by_role("dialog").wait_for()
        assert violations(page) == [], key
        assert page.evaluate("document.querySelector('dialog').scrollWidth") <= width
        page.keyboard.press("Escape")


@pytest.mark.parametrize("width", [360, 1400])
def test_the_keyboard_follows_the_reading_order(opened: Open, width: int) -> None:
    page = opened(viewport={"width": 1400 if width == 360 else 360, "height": 800})
    page.set_viewport_size({"width": width, "height": 800})  # also after a tablet is turned
    order: list[str] = []
    places: list[tuple[str, float, float]] = []
    where = """() => {
        const at = document.activeElement, box = at.getBoundingClientRect();
        const area = at.closest("section[id], header, body");
        return [area.id || area.localName, box.x, box.y + scrollY + (at.closest("main > section")?.scrollTop ?? 0)];
    }"""
    page.evaluate("scrollTo(0, 0)")
    while True:
        page.keyboard.press("Tab")
        place = page.evaluate(where)
        if place[0] == "body":
            break
        places.append(tuple(place))
        if place[0] not in order:
            order.append(place[0])
    panes = ["account", "actions"] if width == 360 else ["actions", "account"]
    assert order == ["header", *panes, "why", "timeline"]
    for area in panes:
        tops = [y for name, _, y in places if name == area]
        assert tops == sorted(tops), area
    side = 2 if width == 360 else 1
    starts = [min(place[side] for place in places if place[0] == area) for area in (*panes, "why")]
    assert starts == sorted(starts)


def test_the_scheme_selects_the_colors_and_motion_is_reduced_on_request(opened: Open) -> None:
    page = opened(color_scheme="dark", reduced_motion="reduce")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    assert page.evaluate("getComputedStyle(document.querySelector('#said')).animationTimingFunction") == "steps(1)"
    page.emulate_media(color_scheme="light")
    assert page.evaluate(paper) != dark


def test_hostile_names_are_text(opened: Open) -> None:
    names = ["<img src=x onerror=alert(1)>", "\u202egnp.exe", "x" * 10_000]
    account = {"role": "present", "vaults": {f"us-east-1/{name}": 1 for name in names}}

    def make() -> ExplorerSession:
        made = ExplorerSession()
        assert "error" not in made.answer({"do": "new", "account": account})
        return made

    page = opened(make, viewport={"width": 360, "height": 800})
    assert page.locator("main img").count() == 0
    text = page.locator("#panel").inner_text()
    assert all(name in text for name in names)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 360


def test_a_screen_reader_finds_the_panes(opened: Open) -> None:
    page = opened()
    tree = page.locator("body").aria_snapshot()
    for part in (
        'navigation "Tools"',
        'region "Actions"',
        'region "Account"',
        'region "Why"',
        'region "Timeline"',
        'tab "State" [selected]',
        'button "delete a backup vault: us-east-1/Default the vault still holds recovery points" [disabled]',
    ):
        assert part in tree, part


def test_only_the_panes_of_a_wide_page_scroll(opened: Open) -> None:
    page = opened(viewport={"width": 1280, "height": 700})
    assert page.evaluate("document.querySelector('#actions').scrollHeight") > 700
    assert page.evaluate("document.scrollingElement.scrollHeight") == 700


def test_the_tour_ends_in_the_finding_and_does_not_come_again(opened: Open) -> None:
    page = opened(ExplorerSession, tour=True)
    for _ in range(4):
        by_keyboard(page, "button", "Next")
    by_keyboard(page, "button", "Open the trap")
    playwright.expect(page.locator("#why-content .outcome")).to_contain_text("failed")
    assert page.locator("#why-content .about").inner_text().startswith("A visit of the vaults page")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= page.viewport_size["width"]
    page.goto(page.url.partition("#")[0])
    page.reload()
    page.wait_for_selector("#steps button")
    assert page.locator("#tour").count() == 0


def test_another_role_is_shown_too(opened: Open) -> None:
    page = opened(lambda: ExplorerSession(CLUSTERS))
    assert page.locator("#action-list .card").count() == len(CLUSTERS.model.rules)


def test_a_server_that_ended_is_said(opened: Open) -> None:
    page = opened()
    page.route("**/tab/*", lambda route: route.abort())
    by_mouse(page, "button", "request the deletion of the role")
    says(page, "the server does not answer")
