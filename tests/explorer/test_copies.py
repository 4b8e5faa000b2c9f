"""The formats in which a walk is copied: each is checked by what reads it."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from support.outside import by_mermaid, needs_npm

from backup_slr.explorer.session import ExplorerSession

WALKS = [
    *("a-backup-plan-refills-an-empty-vault.toml", "a-locked-vault-empties-only-with-time.toml"),
    *("a-forgotten-opt-in-region.toml", "the-last-visit-must-precede-the-cli-step.toml"),
    *("a-legal-hold-blocks-the-clean-up.toml", "a-denying-access-policy-must-be-replaced.toml"),
    *("a-stuck-deletion-ends-as-expired.toml", "a-copy-keeps-its-recovery-point-busy.toml"),
]


def copied(walk: str, form: str) -> str:
    session = ExplorerSession()
    assert session.answer({"do": "load", "id": walk})["steps"]
    return session.answer({"do": "copy", "format": form})["text"]


@pytest.mark.parametrize("walk", WALKS)
def test_the_commands_are_a_script_and_the_aws_cli_has_every_option(walk: str) -> None:
    xform = pytest.importorskip(
        "botocore", reason="botocore is not installed: pip install backup-slr[serve]"
    ).xform_name
    from botocore.session import get_session

    text = copied(walk, "cli")
    assert subprocess.run(["bash", "-n"], input=text.encode(), capture_output=True, check=False).returncode == 0
    commands = [shlex.split(line, comments=True) for line in text.splitlines() if line.startswith("aws ")]
    assert commands
    for _, service, operation, *options in commands:
        model = get_session().get_service_model(service)
        known = {xform(name, "-"): model.operation_model(name).input_shape for name in model.operation_names}
        assert operation in known, operation
        members = {xform(name, "-"): name for name in (known[operation].members if known[operation] else {})}
        given = [option.removeprefix("--").partition("=")[0] for option in options if option.startswith("--")]
        assert set(given) <= {*members, "region"}, f"{operation}: {given}"
        required = {xform(name, "-") for name in (known[operation].required_members if known[operation] else ())}
        assert required <= set(given), f"{operation}: {required} {given}"


@needs_npm("mermaid")
@pytest.mark.slow
def test_mermaid_reads_every_walk() -> None:
    for seen in by_mermaid([copied(walk, "mermaid") for walk in WALKS]):
        assert seen.edges


@pytest.mark.parametrize("walk", WALKS)
def test_the_list_has_an_item_for_each_request(walk: str) -> None:
    session = ExplorerSession()
    steps = session.answer({"do": "load", "id": walk})["steps"]
    items = session.answer({"do": "copy", "format": "markdown"})["text"].splitlines()
    assert [item.split(". ", 1)[0] for item in items] == [str(number + 1) for number in range(len(steps))]
    assert all(step["action"] in item and step["outcome"] in item for step, item in zip(steps, items, strict=True))
