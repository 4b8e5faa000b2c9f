"""The options of `collect`."""

# ruff: noqa: RUF009  (the calls make fields)

from __future__ import annotations

from dataclasses import dataclass

from backup_slr.cli.command_options import TABLE, CommandOptions
from backup_slr.cli.options import OutputOptions
from backup_slr.cli.parameters import flag, group, nonempty, option


@dataclass(frozen=True)
class CollectOptions(CommandOptions):
    profile: str | None = option("NAME", "the profile of the AWS configuration", nonempty)
    regions: str | None = option("A,B", "only these Regions (default: all that are enabled)", nonempty)
    no_points: bool = flag("do not list recovery points: their number is known, their status and retention are not")
    task: str | None = option("ID", "also read the status of this deletion task", nonempty)
    policy: bool = flag("print the IAM policy that the calls need, and read nothing")
    script: bool = flag("print a bash script that makes the same calls with the AWS CLI, and read nothing")
    fields: bool = flag("print how each member of an answer is understood, and read nothing")
    output: OutputOptions = group(OutputOptions, only=TABLE)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The Regions that were named."""
        return tuple(dict.fromkeys(filter(None, (self.regions or "").replace(",", " ").split())))
