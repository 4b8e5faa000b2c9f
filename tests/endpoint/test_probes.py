"""What the endpoint and moto answer to questions about the lifecycle, beside what AWS documents.

``make record`` writes the answers of moto, and the table of the documentation.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from support.api_probes import PROBES, Asker, Probe, answer
from support.api_tour import EXTENSIONS
from support.clients import ClientAnswer, boto3_calls

from backup_slr.api.emulated import aws
from backup_slr.lifecycle import BACKUP

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "simulations" / "endpoint-probes.md"
RECORDED = ROOT / "tests" / "golden" / "moto-probes.json"
EVERY = [probe for probes in PROBES.values() for probe in probes]
BY_QUESTION = {probe.question: probe for probe in EVERY}


@contextmanager
def ours() -> Iterator[Callable[[], Asker]]:
    """Askers of the endpoint, each of a new account."""
    with aws(extensions=EXTENSIONS) as account, boto3_calls() as call:

        def collide() -> None:
            account.environment.next_choices = {"collides": 1}

        def fresh() -> Asker:
            account.reset()
            account.environment.set({"denied": [], "next_choices": {}}, account.emulated)
            return Asker(call, account.wait, collide, account.deny)

        yield fresh


@contextmanager
def motos() -> Iterator[Callable[[], Asker]]:
    """Askers of moto, each of a new account."""
    mock = import_module("moto").mock_aws()
    mock.start()
    with boto3_calls() as call:

        def tried(*asked: Any) -> ClientAnswer:
            try:
                return call(*asked)
            except NotImplementedError:
                return ClientAnswer({}, "501", "", 501)

        def fresh() -> Asker:
            mock.stop()
            mock.start()
            return Asker(tried)

        try:
            yield fresh
        finally:
            mock.stop()


def answers(emulation: Callable[[], AbstractContextManager[Callable[[], Asker]]]) -> dict[str, str]:
    with emulation() as fresh:
        return {question: answer(probe, fresh()) for question, probe in BY_QUESTION.items()}


@pytest.fixture(scope="module")
def here() -> dict[str, str]:
    return answers(ours)


def test_every_documented_answer_is_ours(here: dict[str, str]) -> None:
    documented = {question: probe.documented for question, probe in BY_QUESTION.items() if probe.documented}
    assert {question: here[question] for question in documented} == documented
    assert len(BY_QUESTION) == len(EVERY) >= 60


# ---------------------------------------------------------------- the sources


def documentation(shape: Any, seen: set[str]) -> Iterator[str]:
    """All texts about a shape."""
    if shape.name in seen:
        return
    seen.add(shape.name)
    yield shape.documentation
    for member in getattr(shape, "members", {}).values():
        yield member.documentation
        yield from documentation(member, seen)
    if shape.type_name == "list":
        yield from documentation(shape.member, seen)


@pytest.mark.parametrize("probe", [one for one in EVERY if one.documented], ids=lambda probe: probe.question)
def test_the_source_of_an_answer_has_it(probe: Probe) -> None:
    if probe.source != "botocore":
        assert probe.source in {clause.id for clause in BACKUP.clauses}
    if not probe.at:
        return
    service, _, name = probe.at.partition(":")
    operation = ServiceModel(Loader().load_service_model(service, "service-2"), service).operation_model(name)
    if probe.phrase:
        texts = [operation.documentation]
        for shape in (operation.input_shape, operation.output_shape):
            texts += documentation(shape, set()) if shape is not None else ()
        assert probe.phrase in re.sub(r"<[^>]+>", "", " ".join(texts))
    else:
        errors = {one.metadata.get("error", {}).get("code", one.name) for one in operation.error_shapes}
        assert probe.documented in {code.removesuffix("Exception") for code in errors}


# ---------------------------------------------------------------- the table


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def table(mine: dict[str, str], motos: dict[str, str], version: str) -> str:
    decided = [probe for probe in EVERY if probe.documented]
    same = {
        name: sum(found[p.question] == p.documented for p in decided) for name, found in (("o", mine), ("m", motos))
    }
    lines = [
        "# What the endpoint answers",
        "",
        f"{len(EVERY)} questions about the lifecycle of the role, asked with boto3, each in a new account. AWS",
        f"documents the answers to {len(decided)} of them: in its page about the role (the source is then a clause:",
        "`backup-slr clauses`), or in the service models of botocore. `backup-slr serve` agrees with",
        f"{same['o']} of these {len(decided)}, and moto {version} with {same['m']}. An answer is `done`, the code of",
        "an error without `Exception`, or what a result shows. In parentheses: why the question cannot be asked. Where",
        "AWS documents no answer, an assumption decides. Requests name the role as the emulation named it.",
    ]
    for heading, probes in PROBES.items():
        lines += [
            "",
            f"## {heading}",
            "",
            "| question | documented | source | backup-slr | moto |",
            "|---|---|---|---|---|",
        ]
        for probe in probes:
            source = "service model" if probe.source == "botocore" else probe.source
            row = (probe.question, probe.documented, source, mine[probe.question], motos[probe.question])
            lines.append(f"| {' | '.join(map(cell, row))} |")
    return "\n".join([*lines, ""])


def recorded() -> dict[str, Any]:
    return json.loads(RECORDED.read_text(encoding="utf-8"))


def test_the_table_is_up_to_date(here: dict[str, str]) -> None:
    moto = recorded()
    assert TABLE.read_text(encoding="utf-8") == table(here, moto["answers"], moto["version"])


@pytest.mark.slow
@pytest.mark.skipif(find_spec("moto") is None, reason="moto is not installed: make test-all")
def test_moto_answers_what_is_recorded() -> None:
    moto = recorded()
    if import_module("moto").__version__ != moto["version"]:
        pytest.skip(f"the answers of moto {moto['version']} are recorded: make record")
    assert answers(motos) == moto["answers"]


if __name__ == "__main__":
    assert sys.argv[1:] == ["--record"]
    found = {"version": import_module("moto").__version__, "answers": answers(motos)}
    RECORDED.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    TABLE.write_text(table(answers(ours), found["answers"], found["version"]), encoding="utf-8")
