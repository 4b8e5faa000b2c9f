"""The model of one service: its operations, routes and errors."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from importlib import import_module
from typing import Any
from urllib.parse import unquote

from backup_slr.endpoint.wire.dialects import STATUS, Dialect
from backup_slr.endpoint.wire.input_checks import Check, input_check
from backup_slr.endpoint.wire.input_readers import Read, form_reader, json_reader, scalar_reader
from backup_slr.endpoint.wire.output_writers import WriteJson, WriteXml, json_writer, xml_writer
from backup_slr.endpoint.wire.service_data import service_data
from backup_slr.endpoint.wire.shape import Shape

LOCATIONS = ("uri", "querystring")


class UnsupportedModel(Exception):
    """The installed botocore describes a service in a way that the wire cannot speak."""


class WireOperation:
    """One operation, with what reads its input, checks it, and writes its output.

    Parameters
    ----------
    model
        From botocore.
    protocol
        The one that its service speaks.
    exempt
        Strings that may break the pattern of any parameter.
    nulls
        Whether a JSON body has absent members as null.
    """

    def __init__(self, model: Any, protocol: str, exempt: frozenset[str], nulls: bool = False) -> None:
        self.name: str = model.name
        self._model, self._protocol, self._exempt, self._nulls = model, protocol, exempt, nulls
        self.method: str = model.http.get("method", "POST")
        uri, _, query = model.http.get("requestUri", "/").partition("?")
        self.segments: tuple[str, ...] = tuple(uri.rstrip("/").split("/")[1:])
        self.marks = frozenset(part.partition("=")[0] for part in query.split("&") if part)
        """Parts of the query that tell this operation from another one with the same path."""

    @cached_property
    def read(self) -> Read:
        """Read the body, already parsed, into parameters."""
        shape: Shape | None = self._model.input_shape
        if shape is None:
            return lambda value: {}
        return json_reader(shape) if "json" in self._protocol else form_reader(shape, self._protocol == "ec2")

    @cached_property
    def check(self) -> Check:
        """Check the parameters."""
        shape: Shape | None = self._model.input_shape
        return input_check(shape, self._exempt) if shape is not None else (lambda value, path, problems: None)

    @cached_property
    def _located(self) -> tuple[dict[str, tuple[str, Read]], dict[str, tuple[str, Read, bool]]]:
        """Parameters in the path, and in the query."""
        labels: dict[str, tuple[str, Read]] = {}
        query: dict[str, tuple[str, Read, bool]] = {}
        shape: Shape | None = self._model.input_shape
        for name, member in shape.members.items() if shape is not None and self._protocol == "rest-json" else ():
            place, sent = member.serialization.get("location"), member.serialization.get("name", name)
            if place == "uri":
                labels[sent] = (name, scalar_reader(member))
            elif place == "querystring":
                listed = member.type_name == "list"
                query[sent] = (name, scalar_reader(member.member if listed else member), listed)
            elif place is not None:
                raise UnsupportedModel(f"{self.name}: a parameter in {place!r}, which is none of {LOCATIONS}")
        return labels, query

    def read_path(self, segments: tuple[str, ...], query: Mapping[str, list[str]]) -> dict[str, Any]:
        """Return the parameters in the path and the query."""
        labels, queried = self._located
        found: dict[str, Any] = {}
        for part, segment in zip(self.segments, segments, strict=True):
            if part.startswith("{"):
                name, read = labels[part.strip("{}")]
                found[name] = read(unquote(segment, errors="strict"))
        for sent, values in query.items():
            if sent in queried:
                name, read, listed = queried[sent]
                found[name] = [read(value) for value in values] if listed else read(values[-1])
        return found

    @cached_property
    def write_json(self) -> WriteJson:
        """Turn a result into what a JSON body contains."""
        shape: Shape | None = self._model.output_shape
        return json_writer(shape, self._nulls) if shape is not None else (lambda value: {})

    @cached_property
    def write_xml(self) -> WriteXml:
        """Append a result to the parts of an XML body."""
        shape: Shape | None = self._model.output_shape
        return xml_writer(shape) if shape is not None else (lambda value, parts: None)

    @cached_property
    def answers(self) -> bool:
        """Whether the response has a body."""
        return self._model.output_shape is not None

    @cached_property
    def wrapper(self) -> str:
        """The XML element around a result; empty if there is none."""
        shape: Shape | None = self._model.output_shape
        return shape.serialization.get("resultWrapper", "") if shape is not None else ""

    @cached_property
    def success(self) -> int:
        """The HTTP status of a result."""
        return int(self._model.http.get("responseCode", 200))


class WireService:
    """One service.

    Parameters
    ----------
    dialect
        What the model does not say.
    exempt
        Strings that may break the pattern of any parameter.

    Raises
    ------
    UnsupportedModel
        If the installed botocore has no protocol for the service that the wire speaks.
    """

    def __init__(self, dialect: Dialect, exempt: frozenset[str] = frozenset()) -> None:
        self.dialect, self._exempt = dialect, exempt
        models = import_module("botocore.model")
        self._raw: Mapping[str, Any] = service_data(dialect.service, "service-2")
        self._model: Any = models.ServiceModel(self._raw, dialect.service)
        metadata: Mapping[str, Any] = self._model.metadata
        offered = metadata.get("protocols") or [metadata["protocol"]]
        spoken = [name for name in dialect.protocols if name in offered]
        if not spoken:
            installed = import_module("botocore").__version__
            message = f"{dialect.service} speaks {offered} in botocore {installed}, but not {dialect.protocols}"
            raise UnsupportedModel(f"{message}: install another version of botocore")
        self.protocol: str = spoken[0]
        self.namespace: str = metadata.get("xmlNamespace", "")
        self._operations: dict[str, WireOperation] = {}

    @property
    def names(self) -> frozenset[str]:
        """The names of all operations."""
        return frozenset(self._model.operation_names)

    def operation(self, name: str) -> WireOperation | None:
        """Return an operation, if the service has it."""
        if name not in self._operations:
            if name not in self.names:
                return None
            model = self._model.operation_model(name)
            self._operations[name] = WireOperation(model, self.protocol, self._exempt, self.dialect.shows_null)
        return self._operations[name]

    @cached_property
    def _routes(self) -> dict[tuple[str, str, int], list[WireOperation]]:
        """Operations by method, first segment and number of segments; those with literal segments first."""
        routes: dict[tuple[str, str, int], list[WireOperation]] = {}
        for name in self.names:
            found = self.operation(name)
            assert found is not None
            if "+}" in "".join(found.segments) or not found.segments or found.segments[0].startswith("{"):
                raise UnsupportedModel(f"{name}: a path that begins with a parameter, or has one of several segments")
            routes.setdefault((found.method, found.segments[0], len(found.segments)), []).append(found)
        for found in routes.values():
            found.sort(key=lambda one: ([part.startswith("{") for part in one.segments], -len(one.marks), one.name))
        return routes

    def route(self, method: str, segments: tuple[str, ...], query: Mapping[str, list[str]]) -> WireOperation | None:
        """Return the operation with this method and path."""
        for found in self._routes.get((method, segments[0] if segments else "", len(segments)), ()):
            same = zip(found.segments, segments, strict=True)
            if all(p == s or (p.startswith("{") and s) for p, s in same) and found.marks <= query.keys():
                return found
        return None

    @cached_property
    def _errors(self) -> dict[str, tuple[int, tuple[str, ...]]]:
        """Status and members of the errors in the model, by code."""
        errors: dict[str, tuple[int, tuple[str, ...]]] = {}
        for shape in self._model.error_shapes:
            error = shape.metadata.get("error", {})
            fault = self._raw["shapes"][shape.name].get("fault")  # which botocore does not keep
            status = error.get("httpStatusCode", 500 if fault else 400)
            errors[error.get("code", shape.name)] = (status, tuple(shape.members))
        return errors

    def error(self, code: str) -> tuple[int, tuple[str, ...]]:
        """Return the HTTP status and the members of an error.

        The status that AWS documents for all services comes first: a model may not have it.
        """
        status, members = self._errors.get(code, (400, ()))
        return STATUS.get(code, status), members
