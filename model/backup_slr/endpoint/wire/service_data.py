"""The data files of botocore about one service."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any


def service_data(service: str, kind: str, loader: Any = None) -> Any:
    """Data of botocore about one service: as its `load_service_model`, which first looks for all services.

    Raises
    ------
    DataNotFoundError
        Of botocore, if there are none.

    Examples
    --------
    >>> service_data("sts", "service-2")["metadata"]["endpointPrefix"]
    'sts'
    """
    loader = loader or import_module("botocore.loaders").Loader()
    version = loader.determine_latest_version(service, kind)
    data = loader.load_data(os.path.join(service, version, kind))
    loader._extras_processor.process(data, loader._find_extras(service, kind, version))
    return data
