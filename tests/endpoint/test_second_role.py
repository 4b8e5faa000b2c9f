"""An emulated API of another role: nothing in the endpoint depends on the first one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.support.second_role import CLUSTERS, EXISTS, cluster, nodes, role, z

from backup_slr.api.emulated import emulated
from backup_slr.endpoint.aws_account import AwsAccount
from backup_slr.endpoint.wire.messages import Fault, ServiceCall
from backup_slr.engine.spec.emulation import (
    Each,
    EmulatedOperation,
    Emulation,
    ErrorAnswer,
    Number,
    Of,
    OperationCase,
    RecordKind,
    Tie,
)
from backup_slr.errors import BadInput

HERE = ("{zone}",)
EMULATION = Emulation(
    operations={
        one.operation: one
        for one in (
            EmulatedOperation("cluster:Create", (OperationCase(Of("cluster"), action="create_cluster", place=HERE),)),
            EmulatedOperation("cluster:Delete", (OperationCase(action="delete_cluster", place=HERE),)),
            EmulatedOperation("cluster:List", (OperationCase({"Clusters": Each(("cluster",))}),)),
            EmulatedOperation("iam:DeleteServiceLinkedRole", (OperationCase(action="delete_role"),)),
        )
    },
    records={
        kind.name: kind
        for kind in (
            RecordKind("role", "", {"Name": "r"}, "r{number}", Tie(role.is_("usable"))),
            RecordKind(
                "cluster",
                "zone",
                {"Id": "{id}", "Zone": "{zone}", "Size": Number(("node",))},
                "c{number}",
                Tie(cluster[z]),
            ),
            RecordKind("node", "zone", {"Id": "{id}"}, "n{number}", Tie(nodes[z])),
        )
    },
    clients={},
    refusals={EXISTS.id: ("{zone} has a cluster", "")},
    denied={"": ErrorAnswer("Denied", "{operation}", 403)},
    throttled={"": ErrorAnswer("Slow", "slow", 429)},
)
LIFECYCLE = replace(CLUSTERS, emulation=lambda: EMULATION)


def answer(account: AwsAccount, operation: str, service: str = "cluster", zone: str = "north") -> Any:
    return account.answer(ServiceCall(service, operation, zone, "A", {}, "1"))


def test_a_life_of_the_second_role() -> None:
    account = emulated(lifecycle=LIFECYCLE).account()
    assert answer(account, "Create") == {"Id": "c1", "Zone": "north", "Size": 0}
    assert account.act("add_node", "north") == "done"
    assert answer(account, "List") == {"Clusters": [{"Id": "c1", "Zone": "north", "Size": 1}]}
    assert answer(account, "List", zone="south") == {"Clusters": []}
    for operation, service, message in (
        ("Create", "cluster", "Conflict: north has a cluster"),
        ("Delete", "cluster", "Conflict: The cluster still has nodes"),
        ("DeleteServiceLinkedRole", "iam", "Conflict: Clusters are left"),
    ):
        with pytest.raises(Fault, match=message):
            answer(account, operation, service)
    account.act("remove_node", "north")
    answer(account, "Delete")
    answer(account, "DeleteServiceLinkedRole", "iam")
    assert account["role"] == "missing"
    assert "delete_role" in account.scenario()


def test_its_environment_and_its_files() -> None:
    account = emulated(lifecycle=LIFECYCLE).account()
    account.configure(throttle_next=1, denied=["cluster:D*"])
    for operation, code in (("List", "Slow"), ("Delete", "Denied")):
        with pytest.raises(Fault, match=code):
            answer(account, operation)
    answer(account, "Create")
    text = account.account_file()
    account.reset()
    account.load(text)
    assert answer(account, "List")["Clusters"] == [{"Id": "c1", "Zone": "north", "Size": 0}]
    with pytest.raises(BadInput, match="unknown choice 'collides'"):
        account.configure(chances={"collides": 1})


def test_a_role_without_an_api_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no API is defined for RoleForClusters"):
        emulated(lifecycle=CLUSTERS)
