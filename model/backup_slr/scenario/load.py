"""Scenario files: read, checked to the last key, and turned into data; every mistake with the line it stands on."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable
from pathlib import Path as FilePath
from typing import Any, NoReturn, cast

from backup_slr.core.rule import Model, Rule, parts_of
from backup_slr.core.variable import Enum
from backup_slr.errors import BadInput, unknown
from backup_slr.lifecycle import lifecycle
from backup_slr.lifecycle.clauses import CLAUSES
from backup_slr.lifecycle.vocabulary import DEFAULT_VAULT_NAME, EFS_VAULT_NAME, description, role
from backup_slr.scenario.positions import Path, lines
from backup_slr.scenario.regions import AWS_REGIONS
from backup_slr.scenario.scenario import (
    WAIT,
    AccountSaid,
    CounterexampleSaid,
    Scenario,
    StepSaid,
    VaultSaid,
)

TOP = ("title", "clauses", "story", "assume", "without", "account", "step", "finally", "counterexample")
ACCOUNT = ("role", "description", "cross-account", "efs-automatic-backup", "vaults", "regions")
VAULT = ("region", "name", "points", "job")
OUTCOMES = ("done", "refused", "failed")
MOST_TIMES = 10_000_000
LARGEST_FILE = 64 * 1024 * 1024


def load(file: str | FilePath) -> Scenario:
    """Read a scenario file.

    Raises
    ------
    BadInput
        When it cannot be read or says something that cannot be meant: with the line, and what would be right.
    """
    name = str(file)
    try:
        path = FilePath(file)
        if path.is_file() and path.stat().st_size > LARGEST_FILE:
            raise BadInput(f"larger than {LARGEST_FILE // 2**20} MiB: no scenario", name)
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror or error}", name) from None
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadInput("not a text file in UTF-8; a scenario is TOML", name, line) from None
    return parse(text, name)


def parse(text: str, file: str = "<scenario>") -> Scenario:
    """The scenario that a text describes; raises as `load` does."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"not valid TOML: {error}", file) from None
    except RecursionError:
        raise BadInput("not valid TOML: nested too deep", file) from None
    return _Reader(text, file).scenario(document)


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.model: Model = lifecycle()
        self.rules: dict[str, Rule] = {rule.action: rule for rule in self.model.rules}

    # ------------------------------------------------------------ complaints and typed access

    def fail(self, message: str, *path: str | int) -> NoReturn:
        """Complain, with the line of the nearest thing on the path that has one."""
        where = lines(self.text)
        at: Path = path
        while at and at not in where:
            at = at[:-1]
        raise BadInput(message, self.file, where.get(at, 1))

    def keys(self, table: dict[str, Any], known: Collection[str], *path: str | int) -> None:
        for key in table:
            if key not in known:
                self.fail(unknown("key", key, known), *path, key)

    def table(self, value: Any, *path: str | int) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.fail(f"{path[-1]!r} must be a table, not {_kind(value)}", *path)
        return cast("dict[str, Any]", value)

    def array(self, value: Any, *path: str | int) -> list[Any]:
        if not isinstance(value, list):
            self.fail(f"{path[-1]!r} must be an array, not {_kind(value)}", *path)
        return cast("list[Any]", value)

    def string(self, value: Any, *path: str | int) -> str:
        if not isinstance(value, str):
            self.fail(f"{path[-1]!r} must be a string, not {_kind(value)}", *path)
        return value

    def truth(self, value: Any, *path: str | int) -> bool:
        if not isinstance(value, bool):
            self.fail(f"{path[-1]!r} must be true or false, not {_kind(value)}", *path)
        return value

    def whole(self, value: Any, least: int, most: int | None, *path: str | int) -> int:
        bounds = f"a whole number of at least {least}" if most is None else f"a whole number from {least} to {most}"
        if (
            isinstance(value, bool)
            or not isinstance(value, int)
            or value < least
            or (most is not None and value > most)
        ):
            self.fail(f"{path[-1]!r} must be {bounds}, not {value!r}", *path)
        return value

    def one_of(self, value: Any, known: Iterable[str], kind: str, *path: str | int) -> str:
        name = self.string(value, *path)
        options = list(known)
        if name not in options:
            self.fail(unknown(kind, name, options), *path)
        return name

    # ------------------------------------------------------------ the file

    def scenario(self, document: dict[str, Any]) -> Scenario:
        self.keys(document, TOP)
        if not document:
            raise BadInput("an empty file; a scenario has at least a title and a [[step]]", self.file)
        if "title" not in document:
            self.fail('no title: say title = "..."')
        account = self.account(document.get("account", {}), "account")
        raw = self.array(document.get("step", []), "step")
        steps = tuple(self.step(self.table(step, "step", i), i) for i, step in enumerate(raw))
        self.known_places(account, steps)
        end = self.account(document["finally"], "finally") if "finally" in document else None
        if not steps and end is None:
            self.fail("nothing to do: a scenario has at least one [[step]]")
        clauses = [
            self.one_of(c, [c.id for c in CLAUSES], "clause", "clauses", i)
            for i, c in enumerate(self.array(document.get("clauses", []), "clauses"))
        ]
        return Scenario(
            self.file,
            self.string(document["title"], "title"),
            tuple(clauses),
            self.string(document.get("story", ""), "story"),
            self.assumptions(self.table(document.get("assume", {}), "assume")),
            account,
            steps,
            end,
            self.without(self.table(document.get("without", {}), "without")),
            self.counterexample(document["counterexample"]) if "counterexample" in document else None,
        )

    def assumptions(self, table: dict[str, Any]) -> dict[str, str]:
        known = {a.name: a for a in self.model.assumptions}
        for name, value in table.items():
            if name not in known:
                self.fail(unknown("assumption", name, known), "assume", name)
            self.one_of(value, known[name].values, f"value of {name}:", "assume", name)
        return table

    def without(self, table: dict[str, Any]) -> tuple[tuple[str, str], ...]:
        self.keys(table, ("guards", "effects"), "without")
        found: list[tuple[str, str]] = []
        for key in ("guards", "effects"):
            for i, said in enumerate(self.array(table.get(key, []), "without", key)):
                action, _, part = self.string(said, "without", key, i).partition("/")
                if action not in self.rules:
                    self.fail(unknown("action", action, self.rules), "without", key, i)
                parts = parts_of(self.rules[action])
                if part not in parts:
                    self.fail(unknown(f"part of {action}:", part, parts), "without", key, i)
                found.append((action, part))
        return tuple(found)

    def counterexample(self, value: Any) -> CounterexampleSaid:
        path = "counterexample"
        table = self.table(value, path)
        self.keys(table, ("property", "scope"), path)
        if "property" not in table:
            self.fail("no property: say which one the steps violate", path)
        known = [p.id for p in self.model.properties]
        scope = self.table(table.get("scope", {}), path, "scope")
        self.keys(scope, ("regions", "vaults", "points"), path, "scope")
        return CounterexampleSaid(
            self.one_of(table["property"], known, "property", path, "property"),
            self.whole(scope.get("regions", 1), 1, 4, path, "scope", "regions"),
            self.whole(scope.get("vaults", 2), 2, 6, path, "scope", "vaults"),
            self.whole(scope.get("points", 1), 1, 8, path, "scope", "points"),
        )

    # ------------------------------------------------------------ accounts

    def account(self, value: Any, path: str) -> AccountSaid:
        table = self.table(value, path)
        self.keys(table, ACCOUNT, path)
        said = AccountSaid(
            self._role(table, path),
            self.one_of(table["description"], description.values, "description", path, "description")
            if "description" in table
            else None,
            self.truth(table["cross-account"], path, "cross-account") if "cross-account" in table else None,
            self._strings(table, path, "efs-automatic-backup"),
            self._vaults(table, path) if "vaults" in table else None,
            self._strings(table, path, "regions") or (),
        )
        if said.description == "edited" and said.role in (None, "absent") and path == "account":
            self.fail('a role that is absent has no description of its own: say role = "present"', path, "description")
        return said

    def _role(self, table: dict[str, Any], path: str) -> str | None:
        if "role" not in table:
            return None
        if table["role"] == "deleting" and path == "account":
            self.fail("an account starts with the role absent or present; ask for its deletion in a step", path, "role")
        return self.one_of(table["role"], role.values, "role", path, "role")

    def _strings(self, table: dict[str, Any], path: str, key: str) -> tuple[str, ...] | None:
        if key not in table:
            return None
        found = [self.string(s, path, key, i) for i, s in enumerate(self.array(table[key], path, key))]
        for i, name in enumerate(found):
            if name in found[:i]:
                self.fail(f"{name!r} is named twice", path, key, i)
            if not name:
                self.fail("a Region has a name", path, key, i)
        return tuple(found)

    def _vaults(self, table: dict[str, Any], path: str) -> tuple[VaultSaid, ...]:
        found: list[VaultSaid] = []
        seen: set[tuple[str, str]] = set()
        for i, value in enumerate(self.array(table["vaults"], path, "vaults")):
            here = (path, "vaults", i)
            said = self.table(value, *here)
            self.keys(said, VAULT, *here)
            for key in ("region", "name"):
                if key not in said:
                    self.fail(f"a vault needs a {key}", *here)
                if not self.string(said[key], *here, key):
                    self.fail(f"the {key} of a vault cannot be empty", *here, key)
            vault = VaultSaid(
                said["region"],
                said["name"],
                self.whole(said["points"], 0, None, *here, "points") if "points" in said else None,
                self.truth(said["job"], *here, "job") if "job" in said else None,
            )
            if (vault.region, vault.name) in seen:
                self.fail(f"two vaults called {vault.name!r} in {vault.region}", *here)
            seen.add((vault.region, vault.name))
            found.append(vault)
        return tuple(found)

    # ------------------------------------------------------------ steps

    def step(self, table: dict[str, Any], number: int) -> StepSaid:
        here = ("step", number)
        if "do" not in table:
            self.fail(f"step {number + 1} does not say what to do", *here)
        do = self.one_of(table["do"], [*self.rules, WAIT], "action", *here, "do")
        if do == WAIT:
            return self._wait(table, here)
        rule = self.rules[do]
        places = ("region", "vault")[: len(rule.place)]
        inputs = {i.name: i for i in rule.inputs}
        self.keys(table, ("do", *places, *inputs, "times", "expect", "because", "note"), *here)
        for key in places:
            if key not in table:
                self.fail(f"{do} needs a {key}", *here, "do")
            if not self.string(table[key], *here, key):
                self.fail(f"{key!r} cannot be empty", *here, key)
        said: dict[str, str | bool] = {}
        for name, variable in inputs.items():
            if name in table and isinstance(variable, Enum):
                said[name] = self.one_of(table[name], variable.values, name, *here, name)
            elif name in table:
                said[name] = self.truth(table[name], *here, name)
            elif isinstance(variable, Enum) and variable.required:
                self.fail(f"{do} needs to say {name} = {' or '.join(map(repr, variable.values))}", *here, "do")
        return StepSaid(
            do,
            table.get("region"),
            table.get("vault"),
            said,
            times=self.whole(table.get("times", 1), 1, MOST_TIMES, *here, "times"),
            expect=self._expect(table, here),
            because=self._because(table, rule, here),
            note=self.string(table.get("note", ""), *here, "note"),
        )

    def _wait(self, table: dict[str, Any], here: tuple[str, int]) -> StepSaid:
        self.keys(table, ("do", "minutes", "times", "expect", "note"), *here)
        minutes = table.get("minutes")
        if minutes is None:
            self.fail("wait needs minutes", *here, "do")
        if isinstance(minutes, bool) or not isinstance(minutes, int | float) or not 0 <= minutes <= 1e9:
            self.fail(f"'minutes' must be a number of at least 0, not {minutes!r}", *here, "minutes")
        if table.get("expect", "done") != "done":
            self.fail("waiting is always done", *here, "expect")
        times = self.whole(table.get("times", 1), 1, MOST_TIMES, *here, "times")
        note = self.string(table.get("note", ""), *here, "note")
        return StepSaid(WAIT, minutes=float(minutes), times=times, expect=table.get("expect"), note=note)

    def _expect(self, table: dict[str, Any], here: tuple[str, int]) -> str | None:
        return self.one_of(table["expect"], OUTCOMES, "outcome", *here, "expect") if "expect" in table else None

    def _because(self, table: dict[str, Any], rule: Rule, here: tuple[str, int]) -> str | None:
        if "because" not in table:
            return None
        if table.get("expect", "refused") == "done":
            self.fail("what is done needs no because", *here, "because")
        known = tuple(dict.fromkeys(g.otherwise.id for r in self.model.rules for g in r.guards))
        because = self.one_of(table["because"], known, "refusal", *here, "because")
        own = tuple(dict.fromkeys(g.otherwise.id for g in rule.guards))
        if because not in own:
            self.fail(f"{rule.action} never ends with {because!r}; its refusals: {', '.join(own)}", *here, "because")
        return because

    def known_places(self, account: AccountSaid, steps: tuple[StepSaid, ...]) -> None:
        """A Region or vault that nothing in the file could have brought about is a slip of the pen."""
        said = account.vaults or ()
        regions = {*AWS_REGIONS, *account.regions, *(account.efs_automatic_backup or ()), *(x.region for x in said)}
        vaults = {(x.region, x.name) for x in said}
        vaults |= {(s.region or "", s.vault or "") for s in steps if s.do == "create_backup_vault"}
        for i, step in enumerate(steps):
            if step.region is not None and step.region not in regions:
                hint = unknown("Region", step.region, sorted(regions), show=0)
                self.fail(f"{hint} (or name it in [account]: regions = [...])", "step", i, "region")
            if step.vault is None or step.vault in (DEFAULT_VAULT_NAME, EFS_VAULT_NAME):
                continue
            if step.because in ("no-such-vault", "no-running-job"):
                continue
            if (step.region, step.vault) not in vaults:
                elsewhere = [place for place, name in vaults if name == step.vault]
                here = sorted(name for place, name in vaults if place == step.region)
                hint = (
                    f"vault {step.vault!r} is in {', '.join(sorted(elsewhere))}, not in {step.region}"
                    if elsewhere
                    else unknown("vault", step.vault, [*here, DEFAULT_VAULT_NAME, EFS_VAULT_NAME])
                )
                self.fail(
                    f'{hint} (if the point is that it is not there: because = "no-such-vault")', "step", i, "vault"
                )


def _kind(value: object) -> str:
    names = {"bool": "true or false", "int": "a number", "float": "a number", "str": "a string"}
    names |= {"list": "an array", "dict": "a table"}
    return names.get(type(value).__name__, "a date or time")
