"""Requests into calls, and results and faults into responses."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from itertools import count
from threading import RLock
from typing import Any, cast

from backup_slr.endpoint.wire.dialects import BY_SERVICE, DIALECTS, Dialect
from backup_slr.endpoint.wire.foreign_errors import foreign_error
from backup_slr.endpoint.wire.identity import Identity, identify
from backup_slr.endpoint.wire.input_checks import Problem
from backup_slr.endpoint.wire.input_readers import Unreadable, form_tree
from backup_slr.endpoint.wire.messages import Backend, Fault, Headers, HttpRequest, HttpResponse, ServiceCall
from backup_slr.endpoint.wire.output_writers import xml_error
from backup_slr.endpoint.wire.service_model import UnsupportedModel, WireOperation, WireService

LOG = logging.getLogger("backup_slr.endpoint")
FORMS = ("query", "ec2")
SHOWN_PROBLEMS = 10
XML: tuple[str, str] = ("content-type", "text/xml")
JSON: tuple[str, str] = ("content-type", "application/json")
JSON_TARGET: tuple[str, str] = ("content-type", "application/x-amz-json-1.1")


class Wire:
    """The protocols of the services, in front of a backend.

    One request is answered at a time, so that a backend need not be safe for threads.

    Parameters
    ----------
    exempt
        Strings that may break the pattern of any parameter, because AWS uses them nevertheless.
    region
        The Region of requests that are not signed.

    Examples
    --------
    >>> wire = Wire()
    >>> request = HttpRequest("POST", "/", (), b"Action=GetCallerIdentity&Version=2011-06-15")
    >>> wire.answer(request, lambda call: {"Account": "123456789012"}).body.decode()[:41]
    '<GetCallerIdentityResponse xmlns="https:/'
    """

    def __init__(self, exempt: Iterable[str] = (), region: str = "us-east-1") -> None:
        self._exempt, self._region = frozenset(exempt), region
        self._services: dict[str, WireService] = {}
        self._lock = RLock()
        self._numbers = count(1)

    def service(self, dialect: Dialect) -> WireService:
        """Return the model of a service; it is loaded at its first use."""
        found = self._services.get(dialect.service)
        if found is None:
            found = self._services[dialect.service] = WireService(dialect, self._exempt)
        return found

    def restart(self) -> None:
        """Number the requests from the beginning again."""
        self._numbers = count(1)

    def answer(self, request: HttpRequest, backend: Backend) -> HttpResponse:
        """Answer a request; whatever happens, the client receives a result or an error of AWS.

        Parameters
        ----------
        request
            From any transport.
        backend
            What the operations do.
        """
        with self._lock:
            number = next(self._numbers)
            request_id = f"{number:08x}-0000-4000-8000-{number:012x}"
            known: Identity | None = None
            call: ServiceCall | None = None
            try:
                known = identify(request)
                call, operation = self._read(request, known, request_id)
                return self._write(call, operation, backend(call))
            except Fault as raised:
                fault = raised
            except UnsupportedModel as error:
                LOG.error("%s", error)
                fault, known = Fault("NotImplemented", str(error), 501), None
            except Exception:
                LOG.exception("the answer to a request failed")
                fault = Fault("ServiceFailure", "The endpoint failed; its log says why.", 500)
            if known is None or known.dialect is None:
                return foreign_error(request, fault, request_id, known.scope if known is not None else "")
            return self.write_fault(known.dialect, fault, request_id, tuple(call.headers) if call is not None else ())

    # ------------------------------------------------------------ requests

    def read_call(self, request: HttpRequest, request_id: str = "") -> ServiceCall:
        """Read a request.

        Raises
        ------
        Fault
            If it is no call of an operation, or breaks the constraints of the operation's input.
        """
        return self._read(request, identify(request), request_id)[0]

    def _read(self, request: HttpRequest, known: Identity, request_id: str) -> tuple[ServiceCall, WireOperation]:
        if known.problem is not None:
            raise known.problem
        service, operation, located = self._find(request, known)
        dialect = service.dialect
        try:
            parameters = operation.read(self._content(request, known, service.protocol))
            if located is not None:
                parameters |= operation.read_path(located, known.query)
        except (Unreadable, ValueError) as error:
            raise Fault(dialect.malformed, f"The input cannot be read: {str(error)[:300]}") from None
        except RecursionError:
            raise Fault(dialect.malformed, "The input is nested too deeply.") from None
        problems: list[Problem] = []
        operation.check(parameters, "", problems)
        if problems:
            raise _invalid(dialect, problems)
        region = known.region or self._region
        agent = known.headers.get("user-agent", "")
        name = dialect.service
        return ServiceCall(name, operation.name, region, known.access_key, parameters, request_id, agent), operation

    def _find(self, request: HttpRequest, known: Identity) -> tuple[WireService, WireOperation, tuple[str, ...] | None]:
        """The operation of a request; and the segments of its path, if they tell something."""
        segments = tuple(known.path.removesuffix("/").split("/")[1:])
        if known.dialect is None:
            for dialect in DIALECTS:  # not signed: only the path names the service
                if dialect.protocols == ("rest-json",):
                    found = self.service(dialect).route(request.method, segments, known.query)
                    if found is not None:
                        known.dialect = dialect
                        return self.service(dialect), found, segments
            raise Fault("MissingAuthenticationToken", "The request is not signed, and names no known service.", 403)
        service = self.service(known.dialect)
        if service.protocol == "rest-json":
            found, where = service.route(request.method, segments, known.query), segments
            wanted = f"{request.method} {known.path}"
        elif service.protocol == "json":
            wanted, where = known.headers.get("x-amz-target", "").rpartition(".")[2], None
            found = service.operation(wanted)
        else:
            wanted, where = dict(known.form).get("Action", ""), None
            found = service.operation(wanted)
        if found is None:
            code, status = service.dialect.unknown
            version = f" for version {service.dialect.version}" if service.protocol in FORMS else ""
            raise Fault(code, f"Could not find operation {wanted[:200]}{version}", status)
        return service, found, where

    def _content(self, request: HttpRequest, known: Identity, protocol: str) -> Any:
        """The input, before its shape is known."""
        if protocol in FORMS:
            return form_tree(known.form)
        content: Any = _parsed(request.body) if request.body.strip() else {}
        if isinstance(content, dict):
            return cast("dict[str, Any]", content)
        raise Unreadable("the body is not an object")

    # ------------------------------------------------------------ responses

    def write_result(self, call: ServiceCall, result: Mapping[str, Any]) -> HttpResponse:
        """Write what a backend returned."""
        operation = self.service(BY_SERVICE[call.service]).operation(call.operation)
        assert operation is not None
        return self._write(call, operation, result)

    def _write(self, call: ServiceCall, operation: WireOperation, result: Mapping[str, Any]) -> HttpResponse:
        service = self._services[call.service]
        identified = ("x-amzn-requestid", call.request_id)
        if service.protocol not in FORMS:
            kind = JSON if service.protocol == "rest-json" else JSON_TARGET
            if not operation.answers and service.protocol == "rest-json":
                return HttpResponse(operation.success, (identified, *call.headers))
            content = operation.write_json(result)
            body = WRITER.encode(content)
            return HttpResponse(operation.success, (kind, identified, *call.headers), body.encode())
        parts: list[str] = []
        operation.write_xml(result, parts)
        name, inner = operation.name, "".join(parts)
        if service.protocol == "ec2":
            inner = f"<requestId>{call.request_id}</requestId>{inner}"
        else:
            inner = f"<{operation.wrapper}>{inner}</{operation.wrapper}>" if operation.wrapper else inner
            inner += f"<ResponseMetadata><RequestId>{call.request_id}</RequestId></ResponseMetadata>"
        body = f'<{name}Response xmlns="{service.namespace}">{inner}</{name}Response>'
        return HttpResponse(operation.success, (XML, identified, *call.headers), body.encode())

    def write_fault(self, dialect: Dialect, fault: Fault, request_id: str, headers: Headers = ()) -> HttpResponse:
        """Write an error in the shape of a service.

        Parameters
        ----------
        dialect
            The service.
        fault
            The error.
        request_id
            For the response.
        headers
            More headers.
        """
        identified = ("x-amzn-requestid", request_id)
        service = self.service(dialect)
        modeled, members = service.error(fault.code)
        status = fault.status or modeled
        if service.protocol in FORMS:
            body = xml_error(fault, status, request_id, service.protocol, service.namespace)
            return HttpResponse(status, (XML, identified, *headers), body)
        content: dict[str, Any] = {}
        for member in members:
            if member.lower() == "message":
                content[member] = fault.message or None
            else:
                content[member] = (
                    fault.code if member == "ErrorCode" else fault.detail or None if member == "Code" else None
                )
        if not members:
            content = {"message": fault.message}
        kind = JSON
        if service.protocol == "json":
            content["__type"], kind = fault.code, JSON_TARGET
        body = json.dumps(content, separators=(",", ":"))
        return HttpResponse(status, (kind, ("x-amzn-errortype", fault.code), identified, *headers), body.encode())


def _no_constant(text: str) -> None:
    raise Unreadable(f"{text} is not JSON")


READER = json.JSONDecoder(parse_constant=_no_constant)
WRITER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


def _parsed(body: bytes) -> Any:
    """As `json.loads`, which makes a new decoder for each call."""
    return READER.decode(body.decode(json.detect_encoding(body), "surrogatepass"))


def _invalid(dialect: Dialect, problems: list[Problem]) -> Fault:
    """All problems of the input, in the words of AWS."""
    missing = all(problem.value is None for problem in problems)
    sentences = "; ".join(problem.sentence(dialect.echoes) for problem in problems[:SHOWN_PROBLEMS])
    detected = "1 validation error" if len(problems) == 1 else f"{len(problems)} validation errors"
    return Fault(dialect.missing if missing else dialect.invalid, f"{detected} detected: {sentences}")
