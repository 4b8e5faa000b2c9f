"""Scenarios of another lifecycle: a service-linked role with zones, and neither vaults, counts nor flags."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backup_slr.engine.core.formula import Param, Sort
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Property, Refusal, Rule
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.trace import replay
from backup_slr.engine.core.variable import Enum
from backup_slr.engine.spec.lifecycle import Goal, Lifecycle, ScopeOption
from backup_slr.errors import BadInput
from backup_slr.report.names import example_names
from backup_slr.scenario.player import ScenarioRun, play
from backup_slr.scenario.run_report import final_line, recorded, run_document
from backup_slr.scenario.scenario_file import parse
from backup_slr.scenario.scenario_text import scenario_text

ZONE = Sort("zone")
z = Param("z", ZONE)
link = Enum("link", ("none", "made", "ending"), owner="IAM")
remark = Enum("remark", ("plain", "changed"), owner="IAM")
load_ = Enum("load", ("idle", "busy"), per=(ZONE,))
BUSY = Refusal("zone-busy", "the zone is busy", "Conflict")
GONE = Refusal("no-link", "there is no link", "NoSuchEntity", absent=True)
RULES = (
    Rule("make_link", "make the link", "person", (), (), effects=(link.becomes("made", clause="C"),)),
    Rule("work", "work in a zone", "service", (), (), (z,), effects=(load_[z].becomes("busy", clause="C"),)),
    Rule(
        "end_link",
        "end the link",
        "person",
        (),
        (),
        (z,),
        guards=(Guard(~link.is_("none"), GONE, "C"), Guard(load_[z].is_("idle"), BUSY, "C")),
        effects=(link.becomes("ending", clause="C"),),
    ),
)
TOY = Lifecycle(
    Model("toy", (ZONE,), (link, remark, load_), RULES, (Property("always", "p", "P", ~link.is_("ending"), ()),)),
    place=(z,),
    scope_options=(ScopeOption("zones", "zone", "zone", "zones"),),
    small_scopes=((1,),),
    element_names={"zone": ("a", "b")},
    goal=Goal(link, "made", "ending", "none"),
)
START = 'title = "x"\n[account]\nlink = "made"\nzones = [{ name = "east", load = "busy" }]\n'


def played(text: str, lifecycle: Lifecycle = TOY) -> ScenarioRun:
    return play(parse(text, lifecycle=lifecycle))


def test_a_scenario_of_another_lifecycle_runs_and_is_reported() -> None:
    step = '[[step]]\ndo = "end_link"\nzone = "{}"\nexpect = "{}"\n'
    run = played(f'{START}{step.format("east", "refused")}{step.format("west", "done")}[finally]\nlink = "ending"\n')
    assert run.passed
    assert run.account == {"link": "ending", "remark": "plain", "zones": [{"name": "east", "load": "busy"}]}
    assert [found["zone"] for found in run_document(run)["steps"]] == ["east", "west"]
    assert final_line(run) == "at the end: link ending; 1 zone: east (load busy)"
    assert recorded(run).endswith("at the end:\n    link ending, remark plain\n    zone east: load busy\n")


def test_a_trace_of_another_lifecycle_is_saved_and_replayed() -> None:
    machine = Machine(TOY.model, TOY.scope(2))
    trace = replay(machine, [Request("make_link"), Request("work", (1,)), Request("end_link", (0,))])
    text = scenario_text(trace, example_names(TOY, machine.scope), "saved", lifecycle=TOY)
    assert 'zone = "b"' in text
    assert played(text).passed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (START.replace("made", "ending"), ":3: a scenario starts with the link none or made; request its deletion"),
        (
            START.replace('link = "made"', 'remark = "changed"'),
            ":3: a link that is none has no remark: set link",
        ),
        (START.replace("busy", "bussy"), ":4: unknown value of load: 'bussy'; did you mean 'busy'?"),
        (START.replace("name", "nam"), ":4: unknown key of a zone: 'nam'; did you mean 'name'?"),
        (f'{START}[[step]]\ndo = "end_link"\n', ":6: end_link needs a zone"),
        (f'{START}[[step]]\ndo = "mak_link"\n', ":6: unknown action 'mak_link'; did you mean 'make_link'?"),
        (f"{START}[finally]\nzones = [{{ name = 'east' }}, {{ name = 'east' }}]\n", ":6: two zones called 'east'"),
    ],
)
def test_an_error_is_reported_in_the_words_of_the_lifecycle(text: str, message: str) -> None:
    with pytest.raises(BadInput) as told:
        parse(text, "toy.toml", TOY)
    assert f"toy.toml{message}" in str(told.value)


def test_names_are_checked_only_where_the_world_is_known() -> None:
    known = replace(TOY, known_names={"zone": frozenset({"east", "west"})})
    assert played(f'{START}[[step]]\ndo = "work"\nzone = "wst"\n').passed
    with pytest.raises(BadInput, match=r"unknown zone 'wst'; did you mean 'west'\?"):
        parse(f'{START}[[step]]\ndo = "work"\nzone = "wst"\n', lifecycle=known)


def test_a_broken_model_of_another_lifecycle_is_checked_in_its_own_scope() -> None:
    from backup_slr.scenario.expected_failures import misses

    text = (
        'title = "x"\n[counterexample]\nproperty = "p"\nscope = { zones = 1 }\n'
        '[[step]]\ndo = "make_link"\n[[step]]\ndo = "end_link"\nzone = "a"\n'
    )
    assert list(misses(played(text))) == []
