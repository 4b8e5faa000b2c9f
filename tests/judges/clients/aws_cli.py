"""One call of the AWS CLI, version 1 or 2, for each line of JSON on stdin; the answer is one line on stdout.

Usage: aws_cli.py URL. The program is called as its own entry point does, without a process for each call: it takes a
second to start.
"""

from __future__ import annotations

import io
import json
import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import awscli
from awscli.clidriver import create_clidriver

try:
    from awscli.botocore import xform_name
except ImportError:  # version 1
    from botocore import xform_name

URL = sys.argv[1]
ERROR = re.compile(
    r"An error occurred \((\S+)\) when calling the \w+ operation(?: \(reached max retries: (\d+)\))?: ?(.*)", re.S
)
DRIVER = create_clidriver()


def answer(service: str, operation: str, region: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """The result of a call, or its error."""
    words = [service, xform_name(operation, "-"), "--region", region, "--endpoint-url", URL, "--output", "json"]
    if awscli.__version__ >= "2":
        words += ["--no-cli-pager"]
    if parameters:
        words += ["--cli-input-json", json.dumps(parameters)]
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = DRIVER.main(words)
    if not code:
        return {"result": json.loads(out.getvalue() or "{}")}
    found = ERROR.search(err.getvalue())
    if found is None:
        return {"code": "", "message": err.getvalue()}
    return {"code": found[1], "message": found[3].strip()}


for line in sys.stdin:
    print(json.dumps(answer(**json.loads(line))), flush=True)
