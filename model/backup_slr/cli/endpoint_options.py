"""The options of `serve` and `check-script`."""

# ruff: noqa: RUF009  (the calls make fields)

from __future__ import annotations

from dataclasses import dataclass

from backup_slr.cli.command_options import TABLE, CommandOptions
from backup_slr.cli.options import LIFECYCLE, OutputOptions
from backup_slr.cli.parameters import argument, flag, group, option, whole
from backup_slr.cli.start_options import StartOptions

__all__ = ["LIFECYCLE", "CheckScriptOptions", "ServeOptions"]


@dataclass(frozen=True)
class ServeOptions(CommandOptions):
    model: StartOptions = group(StartOptions)
    port: int = option("N", "the port (default: any that is free)", whole(0, 65535), 0)
    strict: bool = flag("answer what AWS does not document with an error that names the assumption")
    record: str | None = option("FILE", "write what clients did as a scenario when the server ends")


@dataclass(frozen=True)
class CheckScriptOptions(CommandOptions):
    script: str = argument("SCRIPT", "the program")
    model: StartOptions = group(StartOptions)
    events: int = option("N", "the largest number of events in a schedule (default 2)", whole(0, 20), 2)
    stays_gone: bool = flag("a role that is created again before the end is a failure too")
    page: int | None = option("N", "send at most N elements of a list on a page", whole(1, 1000))
    replay: str | None = option("SCHEDULE", "run only this schedule, and show every call")
    scenario: bool = flag("write the shortest failing schedule as a scenario")
    max_calls: int = option("N", "a run with more calls does not end (default 400)", whole(1, 10**6), 400)
    max_schedules: int = option("N", "stop after this many runs (default 100000)", whole(1, 10**9), 100_000)
    output: OutputOptions = group(OutputOptions, only=TABLE)
