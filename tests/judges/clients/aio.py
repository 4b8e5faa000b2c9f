"""One call of aioboto3 for each line of JSON on stdin; the answer is one line on stdout.

Usage: aio.py URL, or ``aio.py in-process EXTENSIONS PATH...``: then the calls are answered in this process, by the
package that is found on these paths, and a line can be an action of the service.
"""

from __future__ import annotations

import asyncio
import json
import site
import sys
from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack, nullcontext
from typing import Any

import aioboto3
from botocore import xform_name
from botocore.exceptions import ClientError


async def answer(client: Any, operation: str, parameters: Any) -> dict[str, Any]:
    """The result of a call, or its error."""
    try:
        result = await getattr(client, xform_name(operation))(**parameters)
    except ClientError as error:
        said, about = error.response["Error"], error.response["ResponseMetadata"]
        return {"code": said["Code"], "message": said["Message"], "status": about["HTTPStatusCode"]}
    del result["ResponseMetadata"]
    return {"result": result}


async def main(url: str | None, lines: Iterable[str]) -> None:
    """Answer all lines."""
    session, clients = aioboto3.Session(), {}
    async with AsyncExitStack() as stack:
        for line in lines:
            call = json.loads(line)
            key = call["service"], call["region"]
            if key not in clients:
                made = session.client(key[0], region_name=key[1], endpoint_url=url)
                clients[key] = await stack.enter_async_context(made)
            found = await answer(clients[key], call["operation"], call["parameters"])
            print(json.dumps(found, default=str), flush=True)


def acting(account: Any, lines: Iterable[str]) -> Iterator[str]:
    """The lines that are calls of the client; those with an action are done by the service."""
    for line in lines:
        asked = json.loads(line)
        if "action" in asked:
            account.act(asked["action"], asked["place"], **asked["inputs"])
            print("{}", flush=True)
        else:
            yield line


def answering() -> Any:
    """What answers the calls: in this process, or nothing here."""
    if sys.argv[1] != "in-process":
        return nullcontext()
    for path in sys.argv[3:]:
        site.addsitedir(path)  # behind the libraries of this client
    from backup_slr.api.emulated import aws

    return aws(extensions=sys.argv[2].split(","))


with answering() as account:
    if account is None:
        asyncio.run(main(sys.argv[1], sys.stdin))
    else:
        asyncio.run(main(None, acting(account, sys.stdin)))
