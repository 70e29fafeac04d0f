"""The contract of the API is committed, and complete in itself."""

from typing import Any

import msgspec

from stellarmap_gateway.contracts import openapi_text
from stellarmap_gateway.reference import reference_page, reference_style
from tests.support.tree import ROOT

WRITE_ANEW = "write it anew: .venv/bin/python -m stellarmap_gateway.contracts > docs/reference/openapi.json"


def test_the_committed_contract_is_the_codes_contract() -> None:
    assert (ROOT / "docs/reference/openapi.json").read_text(encoding="utf-8") == openapi_text(), WRITE_ANEW


def test_every_reference_leads_somewhere() -> None:
    document = msgspec.json.decode(openapi_text())
    references = [node["$ref"] for node in nodes(document) if "$ref" in node]
    assert references
    for reference in references:
        node = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def test_every_refusal_is_a_problem() -> None:
    for path, operations in msgspec.json.decode(openapi_text())["paths"].items():
        for operation in operations.values():
            answers = operation["responses"]
            assert "422" in answers, path
            for status, answer in answers.items():
                kinds = set(answer["content"])
                assert (
                    kinds == {"application/problem+json"}
                    or status < "300"
                    or (path, status) == ("/api/v1/health", "503")
                )


def test_the_page_for_people_names_every_route_and_loads_nothing_from_elsewhere() -> None:
    page = reference_page()
    for path in msgspec.json.decode(openapi_text())["paths"]:
        assert path.replace("{", "{") in page
    assert "//" not in page + reference_style()
    assert "<script" not in page
    assert " style=" not in page


def nodes(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for item in node for found in nodes(item)]
    if isinstance(node, dict):
        return [node, *(found for item in node.values() for found in nodes(item))]
    return []
