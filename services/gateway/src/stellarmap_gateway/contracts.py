"""The contracts as texts: what is committed under docs/reference is what this installation serves."""

import sys
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from stellarmap_common.events.asyncapi import contract_files
from stellarmap_gateway.dependencies import problems
from stellarmap_gateway.routers import described_app
from stellarmap_gateway.schemas.live import LiveMessage
from stellarmap_gateway.schemas.problem import Problem

OPENAPI_VERSION = "3.1.0"
TITLE = "StellarMap"
DESCRIPTION = """\
Who created this Stellar account, all the way back to genesis; and what did it create?

Amounts are integer stroops and operation ids are total order ids, both as text. Lists page by opaque cursors. Every refusal
is `application/problem+json` with a stable `type`. Reading answers carry an `ETag`; `as_of` says when the store was read.
"""
TAGS = [
    {"name": "accounts", "description": "Accounts as far as they are mapped."},
    {"name": "requests", "description": "Asking for a lineage, and following the request."},
    {"name": "networks", "description": "Networks, their figures, what is on its way; what pasted text names."},
    {"name": "standings", "description": "High-value accounts: the board, its movement, and where one account stands."},
    {"name": "live", "description": "What changes, as server-sent events."},
    {"name": "installation", "description": "Health, and use of the sources."},
    {"name": "admin", "description": "What only whoever holds the admin token may do."},
]
_BEFORE_EVERY_ROUTE = (
    HTTPStatus.REQUEST_URI_TOO_LONG,
    HTTPStatus.MISDIRECTED_REQUEST,
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    HTTPStatus.INTERNAL_SERVER_ERROR,
)
_ADDED = ((Problem, "serialization"), (LiveMessage, "serialization"))  # no route returns them as its model


@cache
def openapi_text() -> str:
    """`docs/reference/openapi.json`."""
    return _text(openapi_document(described_app()))


@cache
def asyncapi_text() -> str:
    """`docs/reference/asyncapi.json`."""
    return contract_files(version("stellarmap-common"))["asyncapi.json"]


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of the routes of `app`."""
    document = get_openapi(
        title=TITLE,
        version=version("stellarmap-gateway"),
        openapi_version=OPENAPI_VERSION,
        description=DESCRIPTION,
        routes=app.routes,
        tags=TAGS,
        license_info={"name": "MIT", "identifier": "MIT"},
    )
    _, added = models_json_schema(list(_ADDED), ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]  # list is invariant
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):  # problems are what every refusal looks like
        schemas.pop(unused, None)
    document["components"]["schemas"] = dict(sorted({**added["$defs"], **schemas}.items()))
    for operations in document["paths"].values():
        for method, operation in operations.items():
            operation["responses"] = dict(sorted({**_guarded(method), **operation["responses"]}.items()))
    return document


def _guarded(method: str) -> dict[str, Any]:
    """The answers that may come before a route is found, or after it broke."""
    statuses = _BEFORE_EVERY_ROUTE if method == "get" else (*_BEFORE_EVERY_ROUTE, HTTPStatus.FORBIDDEN)
    return {str(int(status)): answer for status, answer in problems(*statuses).items()}


def _text(document: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


if __name__ == "__main__":
    sys.stdout.write(openapi_text())
