"""The calls of an inventory as a shell script that needs only bash and the AWS CLI."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from itertools import groupby

from backup_slr.engine.spec.inventory import Inventory, ReadCall, kebab
from backup_slr.inventory.collector import words

HEAD = r"""#!/usr/bin/env bash
# Reads an account with the AWS CLI (version 1 or 2), and writes each answer into a folder. Changes nothing in AWS.
#   usage: bash collect.sh FOLDER [REGION...]      AWS_PROFILE=... or AWS='aws --profile ...' chooses the account
set -u
[ $# -gt 0 ] || { echo "usage: bash collect.sh FOLDER [REGION...]" >&2; exit 2; }
folder=$1
shift
[ ! -e "$folder" ] || { echo "$folder exists already; name a new folder" >&2; exit 3; }
read -r -a aws <<<"${AWS:-aws}"
part=$(mktemp -d "$folder.XXXXXX") || exit 3
trap 'rm -rf -- "$part"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
failed=0

now() { date -u +%Y-%m-%dT%H:%M:%SZ; }

encoded() { # NAME: as part of a file name
  local name=${1//%/%25}
  name=${name//=/%3D}
  printf '%s' "${name//\//%2F}"
}

call() { # REGION FILE SERVICE OPERATION [ARGUMENT...]
  local file="$part/$1/$2" region=$1
  shift 2
  mkdir -p -- "$part/$region"
  if "${aws[@]}" "$@" --region "$region" --output json >"$file.json" 2>"$file.error" </dev/null; then
    rm -f -- "$file.error"
  else
    rm -f -- "$file.json"
    failed=$((failed + 1))
  fi
}

names() { # REGION QUERY SERVICE OPERATION [ARGUMENT...]: one name a line
  local region=$1 query=$2
  shift 2
  "${aws[@]}" "$@" --region "$region" --query "$query" --output text 2>/dev/null </dev/null |
    tr '\t' '\n' | grep -v -x -e None -e ''
}

printf '{"at":"%s"}\n' "$(now)" >"$part/begin.json"
"""
HOME, REGION = '"$home"', '"$region"'
TAIL = r"""
printf '{"end":true,"at":"%s"}\n' "$(now)" >"$part/end.json"
mv -- "$part" "$folder" || exit 3
echo "wrote $folder; calls without an answer: $failed (see the .error files)" >&2
"""


def shell_script(inventory: Inventory, outer: Sequence[str] = (), optional: bool = True) -> Iterator[str]:
    """The lines of the script.

    Parameters
    ----------
    inventory
        The calls.
    outer
        The Regions if the user of the script names none; empty: all that are in use.
    optional
        Whether the optional calls are sent too.
    """
    calls = [call for call in inventory.calls if (optional or not call.optional) and not call.given]
    operation, items, name, used, unused = inventory.outer
    lister = next(call for call in calls if call.operation == operation)
    yield from HEAD.splitlines()
    if outer:
        yield f"[ $# -gt 0 ] || set -- {shlex.join(outer)}"
    yield f"home=${{1:-${{AWS_REGION:-${{AWS_DEFAULT_REGION:-{inventory.home}}}}}}}"
    for call in calls:
        if call.once:
            yield _line(HOME, call)
    yield "if [ $# = 0 ]; then"
    yield '  while IFS= read -r region; do set -- "$@" "$region"; done < <('
    yield f"    {_names('$home', _query(items, name, used, unused), lister)}"
    yield "  )"
    yield "fi"
    yield '[ $# -gt 0 ] || { echo "no Region: name them, or permit ec2:DescribeRegions" >&2; exit 3; }'
    yield 'for region in "$@"; do'
    yield '  echo "$region" >&2'
    by_operation = {call.operation: call for call in calls}
    for each, group in groupby((call for call in calls if not call.once), key=lambda call: call.each):
        if each is None:
            yield from (f"  {_line(REGION, call)}" for call in group)
            continue
        yield "  while IFS= read -r value; do"
        yield from (f"    {_line(REGION, call)}" for call in group)
        query = _query(each.items, each.member, each.unless, each.unless_is)
        yield f"  done < <({_names('$region', query, by_operation[each.call])})"
    yield "done"
    yield from TAIL.splitlines()


def _line(outer: str, call: ReadCall) -> str:
    service, operation = call.command
    fixed = shlex.join([service, operation, *words(dict(call.arguments))])
    values = [value for _, value in call.arguments if isinstance(value, str)]
    file = "=".join([operation, *values])
    if call.each is None:
        return f"call {outer} {shlex.quote(file)} {fixed}"
    return f'call {outer} "{operation}=$(encoded "$value")" {fixed} --{kebab(call.each.argument)}="$value"'


def _names(outer: str, query: str, call: ReadCall) -> str:
    service, operation = call.command
    return f'names "{outer}" {shlex.quote(query)} {shlex.join([service, operation, *words(dict(call.arguments))])}'


def _query(items: str, member: str, unless: str, unless_is: Sequence[str]) -> str:
    """A JMESPath query for the names of the elements that are not omitted.

    >>> _query("Regions[]", "RegionName", "OptInStatus", ["not-opted-in"])
    "Regions[?OptInStatus!='not-opted-in'].RegionName"
    """
    tests = " && ".join(f"{unless}!='{value}'" for value in unless_is)
    return f"{items.removesuffix('[]')}[{f'?{tests}' if unless else ''}].{member}"
