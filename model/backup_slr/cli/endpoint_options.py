"""The options of `serve`, `explore` and `check-script`."""

# ruff: noqa: RUF009  (the calls make fields)

from __future__ import annotations

import os
from dataclasses import dataclass

from backup_slr.cli.command_options import TABLE, CommandOptions
from backup_slr.cli.model_options import StartOptions
from backup_slr.cli.options import OutputOptions
from backup_slr.cli.parameters import argument, flag, group, nonempty, option, whole

JOBS = min(2, os.cpu_count() or 1)


@dataclass(frozen=True)
class ServeOptions(CommandOptions):
    model: StartOptions = group(StartOptions)
    port: int = option("N", "the port (default: any that is free)", whole(0, 65535), 0)
    strict: bool = flag("answer what AWS does not document with an error that names the assumption")
    record: str | None = option("FILE", "write what clients did as a scenario when the server ends")


@dataclass(frozen=True)
class ExploreOptions(CommandOptions):
    model: StartOptions = group(StartOptions)
    link: str | None = option("LINK", "open a walk from the text of its link", nonempty)
    trace: str | None = option(
        "FILE",
        "open the walk in a file: a scenario, an account, an inventory, or what a command wrote with --json "
        "(- for stdin)",
        nonempty,
    )
    text: bool = flag("use the terminal instead of a browser")
    no_browser: bool = flag("only print the address of the page; Ctrl-C ends the server")
    port: int = option("N", "the port of the page (default: any that is free)", whole(0, 65535), 0)
    site: str | None = option("DIR", "write the page as a static site, with Python as WebAssembly, and end", nonempty)
    pyodide: str | None = option(
        "URL|DIR", "for --site: a folder with Pyodide, which is copied, or the address of one", nonempty
    )


@dataclass(frozen=True)
class CheckScriptOptions(CommandOptions):
    script: str = argument("SCRIPT", "the program")
    arguments: tuple[str, ...] = argument(
        "ARGS...", "its arguments; write '--' before them if one begins with a dash", required=False, multiple=True
    )
    model: StartOptions = group(StartOptions)
    events: int = option("N", "the largest number of events in a schedule (default 2)", whole(0, 20), 2)
    stays_gone: bool = flag(
        "a role that is created again is a failure too, even if that happens after the script ended"
    )
    throttling: bool = flag("calls can be throttled: one attempt of a call, or each until the client gives up")
    page: int | None = option("N", "send at most N elements of a list on a page", whole(1, 1000))
    replay: str | None = option("SCHEDULE", "run only this schedule, and show every call")
    scenario: bool = flag("write the shortest failing schedule, or that of --replay, as a scenario")
    max_calls: int = option("N", "a run with more calls does not end (default 400)", whole(1, 10**6), 400)
    max_schedules: int = option("N", "stop after this many schedules (default 1000000)", whole(1, 10**9), 1_000_000)
    max_seconds: int = option(
        "N", "a run without a call or a sleep for this time does not end (default 30)", whole(1, 86400), 30
    )
    jobs: int = option("N", f"processes that run the script (default {JOBS})", whole(1, 64), JOBS)
    output: OutputOptions = group(OutputOptions, only=TABLE)
