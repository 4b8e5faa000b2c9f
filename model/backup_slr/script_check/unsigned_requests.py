"""Requests of botocore without a signature, which nothing checks here and which takes longer than all the rest."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from backup_slr.endpoint.in_process import KEY


def sign_nothing() -> None:
    """Name the service and the Region as a signature does, and leave the signature out, which nothing checks."""
    signer: Any = import_module("botocore.signers").RequestSigner
    complete = signer.get_auth_instance

    def get_auth_instance(self: Any, signing_name: str, region_name: str, *rest: Any, **named: Any) -> Any:
        version = named.get("signature_version", rest[0] if rest else None) or self._signature_version
        if version != "v4":
            return complete(self, signing_name, region_name, *rest, **named)
        return _Unsigned(f"{KEY}/20260101/{region_name}/{signing_name}/aws4_request")

    signer.get_auth_instance = get_auth_instance


class _Unsigned:
    """Adds the header of a signature without one."""

    def __init__(self, scope: str) -> None:
        self._header = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none"

    def add_auth(self, request: Any) -> None:
        request.headers["Authorization"] = self._header
