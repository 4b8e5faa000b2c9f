"""A second service-linked role, to test that nothing outside `lifecycle` depends on the first.

It is a toy: clusters, at most one in each zone. The first one creates the role, which is deleted at once when none is
left. There are no vaults, recovery points or deletion tasks, and the sort is not named region.
"""

from __future__ import annotations

from backup_slr.engine.core.formula import Does, Ends, Every, Param, Some, Sort
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Assumption, Fair, Guard, Property, Refusal, Rule
from backup_slr.engine.core.variable import Count, Enum, Flag
from backup_slr.engine.spec.documentation import Clause
from backup_slr.engine.spec.inventory import CountsOne, Inventory, InventoryFact, ReadCall, SetsValue, Showing
from backup_slr.engine.spec.lifecycle import Abstraction, Goal, Lifecycle, ScopeOption

ZONE = Sort("zone")
z = Param("z", ZONE)

role = Enum(
    "role",
    ("missing", "usable"),
    reads=("the role is missing", "the role is usable"),
    reads_not=("the role is usable", "the role is missing"),
    owner="IAM",
)
cluster = Flag(
    "cluster",
    per=(ZONE,),
    reads=("the zone has a cluster", "the zone has no cluster"),
    words=("none", "running", "deleted"),
    owner="clusters",
)
nodes = Count("nodes", per=(ZONE,), reads="nodes", owner="clusters")
allowed = Flag("allowed", kind="parameter", default=True, reads=("the caller may", "the caller may not"))

FORBIDDEN = Refusal("forbidden", "the caller may not", "AccessDenied")
EXISTS = Refusal("cluster-exists", "there is a cluster already", "Conflict")
MISSING = Refusal("no-such-cluster", "there is no cluster", "NotFound", absent=True)
NO_ROLE = Refusal("no-role", "there is no role", "NoSuchEntity", absent=True)
HAS_NODES = Refusal("cluster-has-nodes", "the cluster still has nodes", "Conflict")
IN_USE = Refusal("clusters-remain", "clusters are left", "Conflict")

NODES_COUNT = Assumption(
    "nodes-block", "Do nodes block the deletion of a cluster?", {"yes": "Yes.", "no": "No."}, "Silence."
)

MAY = Guard(allowed, FORBIDDEN, "C-1")
RULES = (
    Rule(
        "create_cluster",
        "create a cluster",
        by="person",
        operations=("cluster:Create",),
        clauses=("C-1",),
        place=(z,),
        inputs=(allowed,),
        guards=(MAY, Guard(~cluster[z], EXISTS, "C-1")),
        effects=(
            cluster[z].becomes(True, clause="C-1"),
            role.becomes("usable", clause="C-1", when=role.is_("missing")),
        ),
    ),
    Rule(
        "delete_cluster",
        "delete a cluster",
        by="person",
        operations=("cluster:Delete",),
        clauses=("C-2",),
        place=(z,),
        inputs=(allowed,),
        guards=(
            MAY,
            Guard(cluster[z], MISSING, "C-2"),
            Guard(nodes[z].is_zero(), HAS_NODES, NODES_COUNT.id, NODES_COUNT.read_as("yes")),
        ),
        effects=(cluster[z].becomes(False, clause="C-2"),),
    ),
    Rule(
        "add_node",
        "a node joins a cluster",
        by="service",
        operations=(),
        clauses=("C-2",),
        place=(z,),
        guards=(Guard(cluster[z], MISSING, "C-2"),),
        effects=(nodes[z].increases(clause="C-2"),),
    ),
    Rule(
        "remove_node",
        "a node leaves a cluster",
        by="service",
        operations=(),
        clauses=("C-2",),
        place=(z,),
        guards=(Guard(~nodes[z].is_zero(), MISSING, "C-2"),),
        effects=(nodes[z].decreases(clause="C-2"),),
    ),
    Rule(
        "delete_role",
        "delete the role",
        by="person",
        operations=("iam:DeleteServiceLinkedRole",),
        clauses=("C-3",),
        inputs=(allowed,),
        guards=(
            MAY,
            Guard(role.is_("usable"), NO_ROLE, "C-3"),
            Guard(Every((z,), ~cluster[z]), IN_USE, "C-3"),
        ),
        effects=(role.becomes("missing", clause="C-3"),),
    ),
)
PROPERTIES = (
    Property(
        "always",
        "clusters_have_a_role",
        "A cluster has a role",
        Some((z,), cluster[z]).implies(role.is_("usable")),
        ("C-1",),
    ),
    Property(
        "step",
        "denied_means_not_allowed",
        "A request is refused for lack of permission only if the caller lacks it",
        Ends(("forbidden",)).implies(~allowed),
        ("C-1",),
    ),
    Property("sometimes", "role_can_go", "The role can go", Does(("delete_role",)) & Ends(("done",)), ("C-3",)),
    Property(
        "eventually",
        "nodes_leave",
        "Nodes leave in the end",
        Every((z,), nodes[z].is_zero()),
        ("C-2",),
        meanwhile=Does(("remove_node",)) & Ends(("done",)),
        fair=(Fair("weak", Does(("remove_node",)) & Ends(("done",)), "nodes leave"),),
    ),
    Property("possible", "role_deletable", "The role can be deleted from everywhere", role.is_("missing"), ("C-3",)),
)
OF_CLUSTERS = ReadCall("cluster:ListClusters", none=("NotFound",))
INVENTORY = Inventory(
    (ReadCall("cluster:WhoAmI", once=True), ReadCall("cluster:ListZones", once=True), OF_CLUSTERS),
    (
        InventoryFact(OF_CLUSTERS.operation, "Clusters[]", SetsValue("cluster"), "a cluster"),
        InventoryFact(OF_CLUSTERS.operation, "Clusters[]", CountsOne("nodes", "Size"), "its nodes"),
        InventoryFact("cluster:WhoAmI", "", SetsValue("role", "usable"), "a role", (Showing("Role", "set"),)),
    ),
    identity=("cluster:WhoAmI", "Id"),
    outer=("cluster:ListZones", "Zones[]", "Name", "State", ("closed",)),
    home="north",
)
CLUSTERS = Lifecycle(
    Model("RoleForClusters", (ZONE,), (role, cluster, nodes), RULES, PROPERTIES, (NODES_COUNT,)),
    place=(z,),
    scope_options=(
        ScopeOption("zones", "zone", "zone", "zones", default=2),
        ScopeOption("nodes", "nodes", "node a cluster", "nodes in each cluster"),
    ),
    small_scopes=((1, 1), (2, 1)),
    element_names={"zone": ("north", "south")},
    goal=Goal(role, there="usable", pending="", gone="missing"),
    clauses=(
        Clause("C-1", "rule", "The first cluster creates the role.", ()),
        Clause("C-2", "rule", "A cluster without nodes can be deleted.", ()),
        Clause("C-3", "property", "The role can be deleted when no cluster is left.", ()),
    ),
    abstractions=(
        Abstraction("role", "the role alone", ((("missing", role.is_("missing")), ("usable", role.is_("usable"))),)),
    ),
    inventory=INVENTORY,
)
