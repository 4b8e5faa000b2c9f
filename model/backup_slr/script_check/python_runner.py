"""Runs a Python script in this process: its calls of botocore are answered from the graph of the account."""

from __future__ import annotations

import contextlib
import io
import sys
import time
from collections.abc import Hashable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from types import CodeType
from typing import Any
from unittest.mock import patch

import botocore.client
import botocore.session

from backup_slr.endpoint.wire.messages import ServiceCall
from backup_slr.errors import BadInput
from backup_slr.script_check.schedule_search import ScriptEnding, ScriptRun, StopScript

TAIL = 2000
GLOBAL, HOME = "aws-global", "us-east-1"


class PythonRunner:
    """Runs a file of Python as the main program."""

    def __init__(self, file: Path, arguments: Sequence[str] = ()) -> None:
        self.file, self.arguments = file, tuple(arguments)
        try:
            self.code: CodeType = compile(file.read_bytes(), str(file), "exec")
        except OSError as error:
            raise BadInput(f"{file}: cannot be read: {error.strerror}") from None
        except (SyntaxError, ValueError) as error:
            raise BadInput(f"{file}: not a Python program: {error}") from None
        self._clients: dict[Hashable, Any] = {}
        self._checked: set[Hashable] = set()

    def run(self, run: ScriptRun) -> ScriptEnding:
        """Run the script once."""
        output = io.StringIO()
        code, error = 0, ""
        with self._hooked(run), contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            try:
                exec(self.code, {"__name__": "__main__", "__file__": str(self.file), "__builtins__": __builtins__})
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else int(end.code is not None)
                if isinstance(end.code, str):
                    output.write(end.code)
            except StopScript:
                pass
            except BaseException as problem:
                code, error = 1, f"{type(problem).__name__}: {problem}"
        return ScriptEnding(code, error, output.getvalue()[-TAIL:])

    @contextlib.contextmanager
    def _hooked(self, run: ScriptRun) -> Iterator[None]:
        create = botocore.session.Session.create_client

        def create_client(session: Any, service_name: str, region_name: Any = None, **more: Any) -> Any:
            region = region_name or session.get_config_variable("region") or "us-east-1"
            key = (service_name, region, repr(more))
            if key not in self._clients:
                self._clients[key] = create(
                    session,
                    service_name,
                    region,
                    **{"aws_access_key_id": "x", "aws_secret_access_key": "x", **more},
                )
            return self._clients[key]

        def api_call(client: Any, operation_name: str, api_params: dict[str, Any]) -> Any:
            model = client.meta.service_model
            self._check(client, operation_name, api_params)
            call = ServiceCall(
                model.service_name, operation_name, signing_region(client), "x", api_params, str(len(run.calls))
            )
            answer = run.call(call, self._line())
            metadata = {"RequestId": call.request_id, "HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0}
            if answer.fault is not None:
                fault = answer.fault
                shown = {"Error": {"Code": fault.code, "Message": fault.message}, "ResponseMetadata": metadata}
                metadata["HTTPStatusCode"] = fault.status or 400
                raise client.exceptions.from_code(fault.code)(shown, operation_name)
            return {**deepcopy(dict(answer.result or {})), "ResponseMetadata": metadata}

        with (
            patch.object(botocore.session.Session, "create_client", create_client),
            patch.object(botocore.client.BaseClient, "_make_api_call", api_call),
            patch.object(time, "sleep", run.wait),
            patch.object(sys, "argv", [str(self.file), *self.arguments]),
        ):
            yield

    def _check(self, client: Any, operation: str, parameters: dict[str, Any]) -> None:
        """Check the parameters as botocore does; those that passed once pass again."""
        key = (client.meta.service_model.service_name, operation, repr(parameters))
        if key not in self._checked:
            model = client.meta.service_model.operation_model(operation)
            client._serializer.serialize_to_request(parameters, model)
            self._checked.add(key)

    def _line(self) -> str:
        frame = sys._getframe(2)
        while frame is not None and frame.f_code.co_filename != str(self.file):
            frame = frame.f_back
        return f"{self.file.name}:{frame.f_lineno}" if frame is not None else ""


def signing_region(client: Any) -> str:
    """The Region in the signature of a client; services without Regions are in the one where AWS keeps them."""
    region = client.meta.region_name
    return HOME if region == GLOBAL else region
