"""The model for comparisons of model checkers: a role, two features, vaults with points, as rules.

It is a second model in the same language, so it also shows that the engines do not depend on the first one. Its size
has a closed form, which makes it an oracle: 4((2P + 3)^N + 2) states for N vaults of up to P points, and 4(C(N + 2P +
2, N) + 2) of them if vaults are interchangeable.

    python tests/benchmarks/common_model.py --vaults 6 --points 4 --engine numpy --json
"""

from __future__ import annotations

import argparse
import json
import sys
import time

from backup_slr.engine.check.engine import CHOICES, Settings, explore, symmetry_of
from backup_slr.engine.check.exploration import Limits, Space
from backup_slr.engine.check.memory import MIB, peak
from backup_slr.engine.core.formula import Every, Formula, Param, Sort
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Property, Refusal, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Count, Effect, Enum, Flag
from backup_slr.errors import MissingTool

VAULT = Sort("vault")
i = Param("i", VAULT)
role = Enum("role", ("absent", "present", "deleting"))
cross_account, efs = Flag("cross_account"), Flag("efs")
there, busy, points = Flag("there", per=(VAULT,)), Flag("busy", per=(VAULT,)), Count("points", per=(VAULT,))

ABSENT, PRESENT, DELETING = role.is_("absent"), role.is_("present"), role.is_("deleting")
NOT_NOW = Refusal("not-now", "it cannot be done now", None)
APPEARS = role.becomes("present", clause="")


def rule(action: str, guard: Formula, *effects: Effect, place: tuple[Param, ...] = ()) -> Rule:
    """An action with one guard."""
    return Rule(action, action, "person", (), (), place, guards=(Guard(guard, NOT_NOW, ""),), effects=effects)


RULES = (
    rule("list", ABSENT, APPEARS),
    rule("enable_cross_account", ~cross_account & ~DELETING, cross_account.becomes(True, clause=""), APPEARS),
    rule("enable_efs", ~efs & ~DELETING, efs.becomes(True, clause=""), APPEARS),
    rule("disable_cross_account", cross_account, cross_account.becomes(False, clause="")),
    rule("disable_efs", efs, efs.becomes(False, clause="")),
    rule("delete_role", PRESENT & Every((i,), ~there[i]), role.becomes("deleting", clause="")),
    rule("deletion_succeeds", DELETING, role.becomes("absent", clause="")),
    rule("deletion_fails", DELETING, APPEARS),
    rule("create_vault", ~there[i] & ~DELETING, there[i].becomes(True, clause=""), APPEARS, place=(i,)),
    rule("add_point", there[i] & points[i].has_room() & PRESENT, points[i].increases(clause=""), place=(i,)),
    rule("start_use", there[i] & ~busy[i] & PRESENT, busy[i].becomes(True, clause=""), place=(i,)),
    rule("stop_use", busy[i], busy[i].becomes(False, clause=""), place=(i,)),
    rule("delete_point", there[i] & ~points[i].is_zero() & ~busy[i], points[i].decreases(clause=""), place=(i,)),
    rule("delete_vault", there[i] & points[i].is_zero() & ~busy[i], there[i].becomes(False, clause=""), place=(i,)),
)
NO_ORPHAN = Property("always", "a_vault_has_a_role", "A vault has a role", Every((i,), ~there[i]) | PRESENT, ())
MODEL = Model("common", (VAULT,), (role, cross_account, efs, there, busy, points), RULES, (NO_ORPHAN,))


def scope(vaults: int, points: int) -> Scope:
    """The scope of a number of vaults and of points."""
    return Scope({"vault": vaults}, {"points": points})


def states(vaults: int, points: int) -> int:
    """The number of reachable states: each vault does not exist, or is idle or busy with 0 to P points."""
    return 4 * ((2 * points + 3) ** vaults + 2)


def measured(vaults: int, points: int, engine: str, symmetry: bool) -> dict[str, object]:
    """Explore everything, and print the result and the time."""
    began = time.perf_counter()
    space = Space(MODEL, scope(vaults, points))
    settings = Settings(engine, symmetry)  # type: ignore[arg-type]
    found = explore(space, settings, Limits(10**12), symmetry=symmetry_of(space, settings))
    return {
        "states": found.count,
        "representatives": found.representatives,
        "transitions": found.transitions,
        "depth": len(found.levels) - 1,
        "seconds": round(time.perf_counter() - began, 3),
        "peak_mib": round(peak() / MIB, 1),
        "engine": found.engine,
    }


def main() -> int:
    """Measure as the command line requests."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vaults", type=int, required=True, metavar="N")
    parser.add_argument("--points", type=int, required=True, metavar="P")
    parser.add_argument("--engine", choices=CHOICES, default="auto")
    parser.add_argument(
        "--symmetry", action="store_true", help="keep one of all states that differ by exchanged vaults"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")
    args = parser.parse_args()
    if args.vaults < 1 or args.points < 1:
        parser.error("at least 1 vault and 1 point")
    try:
        found = measured(args.vaults, args.points, args.engine, args.symmetry)
    except MissingTool as error:
        print(f"error: {error}", file=sys.stderr)
        return 4
    if args.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:<16}{value}")
    expected = states(args.vaults, args.points)
    if found["states"] != expected:
        print(f"error: {expected} states were to be found", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
