"""Pages of lists, as botocore's descriptions of paginators define them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

from backup_slr.endpoint.wire.messages import Fault, ServiceCall
from backup_slr.endpoint.wire.service_data import service_data

TOKEN = "page-"
FORM = re.compile(rf"{TOKEN}[0-9]{{1,9}}")
MOST = 1000
"""Elements of a page, if neither the call nor the environment says how many."""


class Elements(Sequence[Any]):
    """The elements of a list, each of which is computed when it is on the page that is sent.

    Parameters
    ----------
    of
        What the elements show.
    show
        Computes one.

    Examples
    --------
    >>> Elements(range(10**9), str)[7:9]
    ['7', '8']
    """

    def __init__(self, of: Sequence[Any], show: Callable[[Any], Any]) -> None:
        self._of, self._show = of, show

    def __len__(self) -> int:
        return len(self._of)

    def __getitem__(self, at: Any) -> Any:
        return [self._show(one) for one in self._of[at]] if isinstance(at, slice) else self._show(self._of[at])


def paged(call: ServiceCall, result: Mapping[str, Any], most: int | None) -> Mapping[str, Any]:
    """The page of a result that a call asks for; a result without pages is returned as it is.

    Raises
    ------
    Fault
        When the token is not one that was sent.
    """
    form = _paginator(call.service, call.operation)
    if form is None or not isinstance(result.get(form[0]), list | Elements):
        return {name: list(one) if isinstance(one, Elements) else one for name, one in result.items()}
    key, token_in, token_out, limit, more = form
    elements: Sequence[Any] = result[key]
    token = call.parameters.get(token_in, f"{TOKEN}0")
    asked = call.parameters.get(limit)
    if not isinstance(token, str) or not FORM.fullmatch(token):
        raise Fault("InvalidParameterValueException", "The page token is not valid.", 400)
    start = int(token[len(TOKEN) :])
    sizes = [size for size in (asked, most) if isinstance(size, int) and size > 0]
    end = start + min(sizes, default=MOST)
    page: dict[str, Any] = {**result, key: elements[start:end]}
    if end < len(elements):
        page[token_out] = f"{TOKEN}{end}"
    return {**page, more: end < len(elements)} if more else page


@lru_cache(maxsize=1024)
def _paginator(service: str, operation: str) -> tuple[str, str, str, str, str] | None:
    """The members of an operation with pages: list, token of the call, token of the answer, limit, whether more."""
    form = _paginators(service).get(operation)
    if form is None:
        return None
    key, token_in, token_out = form["result_key"], form["input_token"], form["output_token"]
    return (
        key if isinstance(key, str) else key[0],
        token_in,
        token_out,
        form.get("limit_key", ""),
        form.get("more_results", ""),
    )


@cache
def _paginators(service: str) -> Mapping[str, Any]:
    """The paginators of a service, by operation."""
    try:
        return service_data(service, "paginators-1")["pagination"]
    except import_module("botocore.exceptions").DataNotFoundError:
        return {}
