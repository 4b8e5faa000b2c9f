#!/usr/bin/env python3
"""Delete what a plan names. Without an option nothing is changed: the program shows what it would do.

  --run          ask before each phase, then do it
  --yes          do everything without asking
  --account ID   the account to work in, if the plan does not name it
  --new-points   also delete what was added after the plan was made; without it, the program stops before that

Deleted recovery points cannot be restored. Exit codes: 0 the role does not exist, 1 it still exists, 2 wrong options,
3 something needs more time: run this again later, 4 there is more to delete than the plan expects.

It can be run again at any time: what is done already is left out. It needs boto3.
WAIT (seconds between tries), TRIES, ROUNDS and SAVED (a folder for what is replaced) can be set in the environment.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

PLAN: dict[str, Any] = json.loads("{}")
SECONDS, NUMBER = r"[0-9]{1,9}(\.[0-9]+)?", "[1-9][0-9]{0,8}"
SETTINGS = {"WAIT": ("60", SECONDS), "TRIES": ("60", NUMBER), "ROUNDS": ("7", NUMBER), "SAVED": ("", ".*")}


class NeedsTime(Exception):
    """Something has not ended yet."""


class Surplus(Exception):
    """There is more to delete than the plan expects."""


class PlanRunner:
    """The steps of the plan, performed with a session of boto3."""

    def __init__(
        self,
        session: Any,
        plan: dict[str, Any],
        dry: bool,
        ask: bool,
        new: bool = False,
        consents: Sequence[str] = (),
    ) -> None:
        self.session, self.plan, self.dry, self.ask, self.new, self.consents = session, plan, dry, ask, new, consents
        self.wait, self.tries, self.rounds = float(setting("WAIT")), int(setting("TRIES")), int(setting("ROUNDS"))
        self.saved = Path(setting("SAVED") or f"saved-{plan['account']}")
        self.clients: dict[tuple[str, str], Any] = {}
        self.account, self.partition, self.waiting, self.error = str(plan["account"]), "aws", False, ""

    # ---------------------------------------------------------------- calls

    def client(self, service: str, region: str) -> Any:
        """The client of a service in a Region."""
        name = self.plan["clients"].get(service, service)
        if (name, region) not in self.clients:
            self.clients[name, region] = self.session.client(name, region_name=region or None)
        return self.clients[name, region]

    def pages(self, call: dict[str, Any], names: dict[str, str]) -> Any:
        """Yield the answers to a call, all pages of it; none after a tolerated error, whose code is in `error`."""
        service, operation = call["operation"].split(":")
        client = self.client(service, names.get(self.plan["regional"], ""))
        method = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", operation).lower()
        parameters = filled(call["parameters"], {**names, "account": self.account, "partition": self.partition})
        for attempt in range(1, self.tries + 1):
            self.error = ""
            try:
                if client.can_paginate(method):
                    return list(client.get_paginator(method).paginate(**parameters))
                return [getattr(client, method)(**parameters)]
            except Exception as error:
                self.error = getattr(error, "response", {}).get("Error", {}).get("Code", "")
                if self.error and self.error in call["tolerates"]:
                    return []
                if self.error not in self.plan["transient"] or attempt == self.tries:
                    print(f"  failed: {operation}: {error}")
                    raise
                print(f"  {self.error}: trying again in {self.wait:g} seconds")
                time.sleep(self.wait)
        return []

    def change(self, call: dict[str, Any], names: dict[str, str]) -> bool:
        """Make a call that changes something, unless this is a dry run; return whether it worked."""
        if self.dry:
            values = filled(call["parameters"], {**names, "account": self.account, "partition": self.partition})
            print(f"  would call: {call['operation']} {values} {names}")
            return True
        try:
            self.pages(call, names)
        except Exception:
            return False
        return True

    def found(self, query: str, page: Any) -> list[Any]:
        """The elements of an answer."""
        import jmespath  # a part of boto3

        return jmespath.search(query, page) or []

    def listed(self, listing: dict[str, Any], names: dict[str, str]) -> list[str]:
        """The elements of a list."""
        pages = self.pages(listing["call"], names)
        elements = [str(one[0]) for page in pages for one in self.found(listing["query"], page)]
        only = filled(listing["only"], names)
        return [one for one in elements if one == only][:1] if only else elements

    # ---------------------------------------------------------------- what cannot be undone

    def survey(self) -> None:
        """Show what is to be deleted, with its age; stop if it is more than the plan expects."""
        surplus = False
        counted = {tuple(p): (phase, n) for phase in self.plan["phases"] if phase["dates"] for p, n in phase["places"]}
        if counted:
            print("To be deleted:")
        for place, (phase, most) in counted.items():
            dates = sorted(self.listed(phase["dates"], dict(zip(self.plan["sorts"], place, strict=False))))
            age = f", created from {dates[0][:10]} to {dates[-1][:10]}" if dates else ""
            print(f"  {'/'.join(place)}: {len(dates)} {phase['noun']} (at most {most} expected){age}")
            surplus |= len(dates) > most
        if surplus and not self.new and not self.dry:
            raise Surplus

    def save(self, listing: dict[str, Any], names: dict[str, str], file: str) -> None:
        """Save what a step replaces, beside other contents that were saved before."""
        for text in self.listed(listing, names):
            path, copy = self.saved / file, 2
            while path.exists() and path.read_text() != f"{text}\n":
                path, copy = self.saved / f"{file}.{copy}", copy + 1
            if path.exists():
                print(f"  saved before: {path}")
            elif self.dry:
                print(f"  would save what this replaces: {path}")
            else:
                self.saved.mkdir(parents=True, exist_ok=True)
                path.write_text(f"{text}\n")
                print(f"  saved what this replaces: {path}")

    # ---------------------------------------------------------------- steps

    def each(self, deed: dict[str, Any], names: dict[str, str], most: int | None = None) -> tuple[int, bool]:
        """Perform the parts for each element of a list; return the number of elements, and whether all worked."""
        left, worked = 0, True
        elements = self.listed(deed["listing"], names)
        if most is not None and len(elements) > most and not self.new and not self.dry:
            print(f"  {len(elements)} are left, and at most {most} were expected: nothing more is deleted.")
            raise Surplus
        for element in elements:
            inner = {**names, deed["name"]: element}
            if deed["where"] and not self.listed(deed["where"], inner):
                continue
            left += 1
            for part in deed["body"]:
                worked &= self.each(part, inner)[1] if "listing" in part else self.change(part, inner)
        return left, worked

    def perform(self, deed: dict[str, Any], names: dict[str, str], tries: int, most: int | None) -> bool:
        """Perform a step until its list is empty; return whether it is."""
        if "listing" not in deed:
            return self.change(deed, names)
        for number in range(1, tries + 1):
            left, worked = self.each(deed, names, most)
            most = left if most is not None else None
            if not left or self.dry:
                return True
            if not worked and number >= 3:
                break
            if number < tries and (number > 1 or not worked):
                time.sleep(self.wait)
        print(f"  not finished: {names}")
        return False

    def phase(self, phase: dict[str, Any]) -> bool:
        """Perform a phase; return whether the goal is reached."""
        print(phase["title"])
        if self.ask and not self.dry and not agreed():
            raise SystemExit("Stopped. Run this again to go on.")
        if phase["kind"] == "task":
            return self.reach_goal()
        for place, most in phase["places"]:
            names = dict(zip(self.plan["sorts"], place, strict=False))
            if phase["deed"] is None:
                print(f"  not possible with the API: {phase['title']} {names}")
                continue
            waits = phase["kind"] == "wait"
            try:
                if phase["replaces"]:
                    self.save(phase["replaces"], names, ".".join(quote(one, safe="") for one in place))
                done = self.perform(phase["deed"], names, 1 if waits else self.tries, most if phase["dates"] else None)
            except Surplus:
                raise
            except Exception as error:
                print(f"  left for the next round: {error}")
                done = False
            if not done and waits:
                self.waiting = True
            if not done and phase["kind"] == "settle":
                raise NeedsTime
        return False

    # ---------------------------------------------------------------- the goal

    def gone(self) -> bool:
        """Whether the goal is reached."""
        task = self.plan["task"]
        self.pages({**task["check"], "tolerates": [task["missing"]]}, {})
        return self.error == task["missing"]

    def reach_goal(self) -> bool:
        """Request the deletion and follow its task."""
        task = self.plan["task"]
        if self.gone():
            print("The role does not exist.")
            return True
        if self.dry:
            print(f"  would call: {task['begin']['operation']}\nThis was a dry run: add --run or --yes.")
            return True
        if self.waiting:
            raise NeedsTime
        try:
            number = self.found(task["task"], self.pages(task["begin"], {})[0])[0][0]
        except Exception:
            time.sleep(self.wait)
            return False
        status = {**task["status"], "tolerates": [task["missing"]]}
        for _ in range(self.tries):
            pages = self.pages(status, {"task": number})
            state = self.found(task["state"], pages[0])[0][0] if pages else ""
            if state == task["failed"]:
                print(f"The deletion failed: {json.dumps(self.found(task['reason'], pages[0]))}")
                return False
            if state in ("", task["succeeded"]):
                if self.gone():
                    print("The role is deleted.")
                    return True
                print("The deletion has ended and the role exists: it was created again, or IAM still shows it.")
                time.sleep(self.wait)
                return False
            time.sleep(self.wait)
        raise NeedsTime

    def run(self) -> int:
        """Run the plan; return the exit code."""
        caller, arn = self.found(self.plan["identity"]["query"], self.pages(self.plan["identity"]["call"], {})[0])[0]
        self.partition = arn.split(":")[1]
        if caller != self.account:
            print(f"This is account {caller}, and the plan is for account {self.account}: nothing was done.")
            return 1
        missing = [phase for phase in self.plan["phases"] if phase["consent"] and phase["consent"] not in self.consents]
        for note, option in dict.fromkeys((phase["note"], phase["consent"]) for phase in missing):
            print(f"{note}: add --{option} with their consent.")
        if missing and not self.dry:
            return 2
        try:
            self.survey()
            for number in range(1, self.rounds + 1):
                print(f"Round {number}")
                if any(self.phase(phase) for phase in self.plan["phases"]):
                    return 0
        except NeedsTime:
            print("Something needs more time (see above): run this again later.")
            return 3
        except Surplus:
            print("Read the account again and make a new plan, or add --new-points to delete the new ones too.")
            return 4
        print(f"The role still exists after {self.rounds} rounds: see the messages above, then run this again.")
        return 1


def setting(name: str) -> str:
    """A setting of the environment."""
    usual, form = SETTINGS[name]
    text = os.environ.get(name) or usual
    if not re.fullmatch(form, text, re.DOTALL):
        wanted = "a number of seconds" if name == "WAIT" else "a number from 1"
        print(f"{name} in the environment must be {wanted}, not {text!r}")
        raise SystemExit(2)
    return text


def agreed() -> bool:
    """Whether the operator agrees to go on."""
    try:
        return input("Go on? [y/N] ") == "y"
    except EOFError:
        return False


def filled(value: Any, names: dict[str, str]) -> Any:
    """Fill in the names in a template."""
    if isinstance(value, dict) and set(value) == {"json"}:  # pyright: ignore[reportUnknownArgumentType]
        return json.dumps(filled(value["json"], names))
    if isinstance(value, list):
        return [filled(inner, names) for inner in list[Any](value)]  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, dict):
        return {str(key): filled(inner, names) for key, inner in dict[Any, Any](value).items()}  # pyright: ignore
    return value.format_map({"account": "", **names}) if isinstance(value, str) else value


def main() -> int:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", action="store_true")
    parser.add_argument("--yes", action="store_true")
    parser.add_argument("--new-points", action="store_true")
    parser.add_argument("--account", default=PLAN["account"])
    for consent in dict.fromkeys(phase["consent"] for phase in PLAN["phases"] if phase["consent"]):
        parser.add_argument(f"--{consent}", action="append_const", dest="consents", const=consent, default=[])
    options = parser.parse_args()
    if not options.account:
        parser.error("the plan does not name its account: add --account ID")
    import boto3  # pyright: ignore

    plan = {**PLAN, "account": options.account}
    dry, ask = not (options.run or options.yes), not options.yes
    return PlanRunner(boto3.Session(), plan, dry, ask, options.new_points, getattr(options, "consents", ())).run()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("Interrupted: run this again to go on.")
        sys.exit(130)
