"""Requests generated from the contract, good ones and bad ones, get the answers that the contract describes."""

import asyncio
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode, checks

from stellarmap_gateway.contracts import openapi_text
from tests.support.gateway import open_site

UNLIMITED = 10**9
EXAMPLES_OF_SOAK = 200
CASES_OF_SOAK = 5_000
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
ENDLESS = "/api/v1/events"
PATHS = msgspec.json.decode(openapi_text())["paths"]
OPERATIONS = [(path, method) for path, methods in PATHS.items() for method in methods if path != ENDLESS]
REFUSING = [  # whose contract narrows more than text
    (path, method)
    for path, method in OPERATIONS
    if any("enum" in str(each) or "maximum" in str(each) for each in PATHS[path][method].get("parameters", ()))
    or "requestBody" in PATHS[path][method]
]


@pytest.fixture(scope="module")
def contract() -> Iterator[schemathesis.BaseSchema]:
    """The contract as an opened gateway serves it."""
    site = open_site(
        reads_per_minute=UNLIMITED,
        searches_per_minute=UNLIMITED,
        requests_per_minute=UNLIMITED,
        exports_per_hour=UNLIMITED,
        http_allowed_hosts=("*",),
    )
    with asyncio.Runner() as runner:
        opened = runner.run(site.__aenter__())
        yield schemathesis.openapi.from_asgi("/api/v1/openapi.json", opened.app)
        runner.run(site.__aexit__(None, None, None))


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_what_the_contract_allows_is_answered_as_it_describes(
    contract: schemathesis.BaseSchema, path: str, method: str
) -> None:
    answers_as_described(contract, path, method, GenerationMode.POSITIVE)


@pytest.mark.parametrize(("path", "method"), REFUSING)
def test_what_the_contract_does_not_allow_is_refused_as_it_describes(
    contract: schemathesis.BaseSchema, path: str, method: str
) -> None:
    answers_as_described(contract, path, method, GenerationMode.NEGATIVE)


@pytest.mark.soak
def test_five_thousand_requests_are_answered_as_described(contract: schemathesis.BaseSchema) -> None:
    told = [
        answers_as_described(contract, path, method, mode, examples=EXAMPLES_OF_SOAK)
        for mode, operations in ((GenerationMode.POSITIVE, OPERATIONS), (GenerationMode.NEGATIVE, REFUSING))
        for path, method in operations
    ]
    assert sum(told) >= CASES_OF_SOAK, told


def answers_as_described(
    contract: schemathesis.BaseSchema, path: str, method: str, mode: GenerationMode, *, examples: int = 10
) -> int:
    """How many requests were made: fewer than wanted where there are no more."""
    made = 0

    @settings(
        max_examples=examples,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    @given(case=contract[path][method].as_strategy(generation_mode=mode))
    def answered(case: Any) -> None:
        nonlocal made
        made += 1
        case.call_and_validate(checks=CHECKS)

    answered()
    return made
