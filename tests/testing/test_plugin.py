"""The pytest plugin: the clauses of the tests of a project, and the outcomes of these tests."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

pytest_plugins = ["pytester"]
MARKED = """
import pytest

@pytest.mark.clause("CLEAN-1", "CLEAN-2")
def test_one(): pass

@pytest.mark.clause("CLEAN-2")
def test_two(): assert False

def test_three(): pass
"""


def test_the_plugin_counts_the_clauses_of_tests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(MARKED)
    result = pytester.runpytest_inprocess("--strict-markers", "--junitxml=report.xml")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        ["*clauses covered*", "CLEAN-1 *1 passed", "CLEAN-2 *1 passed, 1 failed", "no test: *CREATE-2 *CLEAN-3*"]
    )
    cases = {
        case.get("name"): [p.get("value") for p in case.iter("property") if p.get("name") == "clause"]
        for case in ElementTree.parse(pytester.path / "report.xml").iter("testcase")
    }
    assert cases == {"test_one": ["CLEAN-1", "CLEAN-2"], "test_two": ["CLEAN-2"], "test_three": []}


def test_the_plugin_is_silent_where_it_is_not_used(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_three(): pass")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=1)
    assert "clause" not in result.stdout.str()


def test_a_clause_whose_tests_are_all_skipped_has_no_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.skip
        @pytest.mark.clause("CLEAN-1", "CLEAN-2")
        def test_one(): pass

        @pytest.mark.clause("CLEAN-2")
        def test_two(): pass

        @pytest.mark.xfail
        @pytest.mark.clause("CLEAN-3")
        def test_three(): assert False
        """
    )
    told = pytester.runpytest_inprocess().stdout
    told.fnmatch_lines(["CLEAN-1 *1 skipped", "CLEAN-2 *1 skipped, 1 passed", "CLEAN-3 *1 xfailed"])
    (missing,) = [line.split() for line in told.lines if line.startswith("no test:")]
    assert {"CLEAN-1", "CLEAN-2", "CLEAN-3"} & set(missing) == {"CLEAN-1"}


UNKNOWN = ('clause("CLEAN-22")', "unknown clause 'CLEAN-22'; did you mean 'CLEAN-2'?")


@pytest.mark.parametrize(
    ("marker", "message", "how", "code"),
    [
        (*UNKNOWN, (), pytest.ExitCode.INTERRUPTED),
        (*UNKNOWN, ("-n", "1"), pytest.ExitCode.TESTS_FAILED),
        ("clause", "expected a clause", (), pytest.ExitCode.INTERRUPTED),
    ],
    ids=["unknown", "unknown-under-xdist", "none"],
)
def test_a_clause_that_does_not_exist_is_an_error(
    pytester: pytest.Pytester, marker: str, message: str, how: tuple[str, ...], code: int
) -> None:
    pytester.makepyfile(f"import pytest\n\n@pytest.mark.{marker}\ndef test_one(): pass\n")
    result = pytester.runpytest_inprocess(*how)
    result.assert_outcomes(errors=1)
    assert result.ret == code
    result.stdout.fnmatch_lines([f"*test_one: {message}*"])
    assert "INTERNALERROR" not in result.stdout.str()


def test_the_fixture_answers_the_clients_of_a_test(pytester: pytest.Pytester) -> None:
    pytest.importorskip("boto3")
    account = Path(__file__).parents[2] / "simulations/accounts/small.toml"
    pytester.makepyfile(
        f"""
        import boto3, pytest

        def test_a_new_account(backup_slr_aws):
            assert backup_slr_aws["role"] == "absent"
            boto3.client("iam").create_service_linked_role(AWSServiceName="backup.amazonaws.com")
            assert backup_slr_aws["role"] == "present"

        @pytest.mark.backup_slr_aws({str(account)!r}, fast=True)
        def test_an_account_of_a_file(backup_slr_aws):
            assert len(boto3.client("backup", "us-east-1").list_backup_vaults()["BackupVaultList"]) == 2

        @pytest.mark.backup_slr_aws("none.toml")
        def test_no_account(backup_slr_aws):
            pass

        @pytest.mark.backup_slr_aws(fest=True)
        def test_no_parameter(backup_slr_aws):
            pass
        """
    )
    result = pytester.runpytest_inprocess("--strict-markers")
    result.assert_outcomes(passed=2, errors=2)
    for message in ("*none.toml: cannot be read*", "*unexpected keyword argument 'fest'*"):
        result.stdout.fnmatch_lines(f"*backup_slr_aws: {message}")
