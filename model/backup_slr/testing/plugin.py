"""A pytest plugin: the fixture ``backup_slr_aws``, and the marker ``clause("CLEAN-2")``.

The fixture answers the AWS clients of a test from the rules, and is the account. Its marker of the same name has the
parameters of `backup_slr.aws`::

    @pytest.mark.backup_slr_aws("simulations/accounts/small.toml", fast=True)
    def test_clean_up(backup_slr_aws):
        boto3.client("iam").delete_service_linked_role(RoleName="AWSServiceRoleForBackup")
        assert backup_slr_aws["role"] == "deleting"

The clauses of tests are in JUnit reports and in a summary of covered clauses.

pytest loads the plugin if the package is installed; it prints nothing unless a test has the marker ``clause``.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from backup_slr.endpoint.aws_account import AwsAccount

FIXTURE = "backup_slr_aws"

PROPERTY = "clause"
"""The name of the JUnit property that holds a clause of a test."""


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    config.addinivalue_line("markers", "clause(id, ...): the clauses of the AWS page that a test is about")
    config.addinivalue_line("markers", f"{FIXTURE}(account, ...): the account of the fixture {FIXTURE}")
    config.pluginmanager.register(Clauses(), "backup-slr-clauses")


@pytest.fixture(name=FIXTURE)
def backup_slr_aws(request: pytest.FixtureRequest) -> Iterator[AwsAccount]:
    """The account of AWS clients in the test, which are answered from the rules."""
    from backup_slr.api.emulated import aws
    from backup_slr.errors import BadInput

    marker = request.node.get_closest_marker(FIXTURE)
    try:
        context = aws(*marker.args, **marker.kwargs) if marker else aws()
    except (BadInput, TypeError) as error:
        raise pytest.UsageError(f"{FIXTURE}: {error}") from None
    with context as account:
        yield account


class Clauses:
    """The clauses of tests, and the outcomes of those tests."""

    def __init__(self) -> None:
        self.outcomes: dict[str, dict[str, int]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Report an unknown clause as a collection error, which xdist workers forward with its message."""
        report = yield
        try:
            for item in report.result or ():
                if isinstance(item, pytest.Item):
                    list(_clauses(item))
        except pytest.UsageError as error:
            report.outcome, report.longrepr, report.result = "failed", str(error), []
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Record the clauses of each test in its properties."""
        for item in items:
            for clause in dict.fromkeys(_clauses(item)):
                item.user_properties.append((PROPERTY, clause))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count the outcomes of tests: of their calls, or of a failed setup or teardown."""
        if report.when != "call" and report.outcome == "passed":
            return
        for name, clause in report.user_properties:
            if name == PROPERTY:
                counts = self.outcomes.setdefault(str(clause), {})
                outcome = "xfailed" if report.skipped and hasattr(report, "wasxfail") else report.outcome
                counts[outcome] = counts.get(outcome, 0) + 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """List the clauses with tests and their outcomes, then the rules and properties of the page without a test."""
        if not self.outcomes:
            return
        from backup_slr.lifecycle.clauses import CLAUSES

        terminalreporter.section("clauses covered")
        for clause in CLAUSES:
            counts = self.outcomes.get(clause.id)
            if counts:
                told = ", ".join(f"{number} {outcome}" for outcome, number in counts.items())
                terminalreporter.write_line(f"{clause.id:<10} {told}", red="failed" in counts)
        tested = {clause for clause, counts in self.outcomes.items() if set(counts) != {"skipped"}}
        missing = [c.id for c in CLAUSES if c.kind in ("rule", "property") and c.id not in tested]
        if missing:
            terminalreporter.write_line(f"no test: {' '.join(missing)}", yellow=True)


def _clauses(item: pytest.Item) -> Iterator[str]:
    """The clauses that the markers of a test name, the test's own first."""
    for marker in item.iter_markers("clause"):
        from backup_slr.errors import unknown
        from backup_slr.lifecycle.clauses import CLAUSES

        known = [c.id for c in CLAUSES]
        if not marker.args:
            raise pytest.UsageError(f'{item.nodeid}: expected a clause, such as clause("{known[0]}")')
        for clause in marker.args:
            if clause not in known:
                raise pytest.UsageError(f"{item.nodeid}: {unknown('clause', clause, known)}")
            yield clause
