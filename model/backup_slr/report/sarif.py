"""Findings as a SARIF 2.1.0 document, and as annotations for GitHub.

SARIF is the Static Analysis Results Interchange Format of OASIS; GitHub, editors and code scanners read it. A
`Finding` has the same form for every command: for `check` a violated property, for `mutate` a surviving mutant, for
`diff` an action that behaves differently, for `clauses` a changed sentence of the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeAlias
from typing import Literal as Exactly
from urllib.parse import quote

Document = dict[str, Any]
Level: TypeAlias = Exactly["error", "warning", "note"]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
HOME = "https://docs.aws.amazon.com/aws-backup/latest/devguide/using-service-linked-roles-AWSServiceRoleForBackup.html"


@dataclass(frozen=True)
class Finding:
    """One finding.

    `rule` is the stable id of its subject: a property, a mutant, an action, or a clause; `about` describes it.
    `subject` is the part of the model, such as ``delete_backup_vault/vault-has-recovery-points``, `file` and `line` its
    source (relative to the project). The steps of the trace are one line each.
    """

    rule: str
    message: str
    about: str = ""
    subject: str = ""
    level: Level = "error"
    file: str | None = None
    line: int | None = None
    clauses: tuple[str, ...] = ()
    trace: tuple[str, ...] = ()


def sarif_document(findings: Iterable[Finding], command: str, version: str) -> Document:
    """Return one run of a command as a SARIF log; without findings, its list of results is empty.

    >>> document = sarif_document([Finding("recovery_points_lie_in_vaults", "Violated.")], "check", "1.0")
    >>> [result["ruleId"] for result in document["runs"][0]["results"]]
    ['recovery_points_lie_in_vaults']
    """
    found = list(findings)
    numbers = {rule: number for number, rule in enumerate(dict.fromkeys(f.rule for f in found))}
    rules = {f.rule: _rule(f) for f in reversed(found)}
    driver = {"name": "backup-slr", "version": version, "rules": [rules[rule] for rule in numbers]}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "automationDetails": {"id": f"backup-slr/{command}/"},
                "columnKind": "unicodeCodePoints",
                "results": [_result(f, numbers[f.rule]) for f in found],
            }
        ],
    }


def _rule(finding: Finding) -> Document:
    rule: Document = {"id": finding.rule, "defaultConfiguration": {"level": finding.level}}
    if finding.about:
        rule["shortDescription"] = {"text": finding.about}
    if finding.clauses:
        rule |= {"helpUri": HOME, "properties": {"tags": list(dict.fromkeys(finding.clauses))}}
    return rule


def _result(finding: Finding, number: int) -> Document:
    # The identity of a finding across runs is independent of its line and its wording.
    fingerprint = sha256("\0".join((finding.rule, finding.subject)).encode()).hexdigest()
    result: Document = {
        "ruleId": finding.rule,
        "ruleIndex": number,
        "level": finding.level,
        "message": {"text": finding.message},
        "partialFingerprints": {"finding/v1": fingerprint},
    }
    location: Document = {}
    if finding.file:
        physical: Document = {"artifactLocation": {"uri": quote(finding.file.replace("\\", "/"))}}
        if finding.line:
            physical["region"] = {"startLine": finding.line}
        location["physicalLocation"] = physical
    if finding.subject:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.subject, "kind": "member"}]
    if location:
        result["locations"] = [location]
    if finding.trace:
        steps = [{"location": {"message": {"text": text}}, "executionOrder": n} for n, text in enumerate(finding.trace)]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    return result


def github_lines(findings: Iterable[Finding]) -> Iterator[str]:
    r"""Generate the lines with which a job on GitHub annotates a change with findings.

    >>> list(github_lines([Finding("a_rule", "100 %\nwrong", file="rules.py", line=7)]))
    ['::error file=rules.py,line=7,title=backup-slr%3A a_rule::100 %25%0Awrong']
    """
    for f in findings:
        place = {"file": f.file, "line": str(f.line) if f.file and f.line else None, "title": f"backup-slr: {f.rule}"}
        said = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in place.items() if value)
        text = "\n".join([f.message, *f.trace])
        level = "notice" if f.level == "note" else f.level
        yield f"::{level} {said}::{_escaped(text)}"


def _escaped(text: str, also: str = "") -> str:
    """Escape percent signs, line ends and other characters for GitHub's workflow commands."""
    for character in f"%\r\n{also}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text
