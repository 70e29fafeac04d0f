"""The contracts on the topics: old records stay readable, and what is written about them is what the code does."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest

from stellarmap_common.events.asyncapi import asyncapi_document, contract_files, value_schema
from stellarmap_common.events.base import with_id
from stellarmap_common.events.topics import TOPICS, Topic, topic_of

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "data" / "events"
REFERENCE = ROOT / "docs" / "reference"
EXAMPLES = sorted(GOLDEN.glob("*/*.json"))
BY_NAME = {topic.name: topic for topic in TOPICS}


def example_id(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def read(path: Path) -> tuple[Topic, dict[str, str], dict[str, Any]]:
    record = json.loads(path.read_text(encoding="utf-8"))
    return BY_NAME[path.parent.name], record["headers"], record["value"]


@pytest.mark.parametrize("path", EXAMPLES, ids=example_id)
def test_every_golden_example_decodes_to_its_event(path: Path) -> None:
    topic, headers, value = read(path)
    event = with_id(msgspec.json.decode(json.dumps(value), type=topic.event), headers["ce_id"])
    assert topic_of(event) is topic
    assert headers["ce_type"] == topic.event.type
    assert headers["ce_subject"] == event.subject
    assert headers["ce_correlationid"] == event.correlation_id
    assert event.causation_id in {"", headers.get("ce_causationid")}


@pytest.mark.parametrize("path", EXAMPLES, ids=example_id)
def test_what_is_encoded_today_reads_the_same(path: Path) -> None:
    topic, _, value = read(path)
    event = msgspec.json.decode(json.dumps(value), type=topic.event)
    written = msgspec.json.encode(event)
    assert msgspec.json.decode(written, type=topic.event) == event
    fields = json.loads(written)
    assert {name: fields[name] for name in value if name in fields} == {n: v for n, v in value.items() if n in fields}


@pytest.mark.parametrize("path", EXAMPLES, ids=example_id)
def test_every_golden_example_keeps_its_schema(path: Path) -> None:
    topic, _, value = read(path)
    jsonschema.Draft202012Validator(value_schema(topic.event)).validate(value)


@pytest.mark.parametrize("path", EXAMPLES, ids=example_id)
def test_a_field_of_a_later_minor_version_is_passed_over(path: Path) -> None:
    topic, _, value = read(path)
    later = json.dumps({**value, "a_field_added_later": {"deep": [1]}})
    assert msgspec.json.decode(later, type=topic.event) == msgspec.json.decode(json.dumps(value), type=topic.event)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_topic_has_golden_examples(topic: Topic) -> None:
    assert list((GOLDEN / topic.name).glob("*.json"))


def test_the_written_contracts_are_the_codes_contracts() -> None:
    made = contract_files(version("stellarmap-common"))
    schemas = {f"schemas/{path.name}" for path in (REFERENCE / "schemas").glob("*.json")}
    assert schemas | {"asyncapi.json"} == set(made)
    for name, text in made.items():
        assert (REFERENCE / name).read_text(encoding="utf-8") == text, f"run: stellarmap topics contracts ({name})"


def test_every_reference_in_the_asyncapi_document_leads_somewhere() -> None:
    document = asyncapi_document("0")
    references = [node["$ref"] for node in walk(document) if "$ref" in node]
    assert references
    for reference in references:
        node: Any = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def test_the_asyncapi_document_tells_who_sends_and_who_receives() -> None:
    operations = asyncapi_document("0")["operations"]
    assert operations["gateway.sends.stellarmap.account.requested.v1"]["action"] == "send"
    assert operations["ingest-horizon.receives.stellarmap.account.requested.v1"]["action"] == "receive"
    assert len(operations) == sum(len(topic.producers) + len(topic.consumers) for topic in TOPICS)


def walk(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for item in node for found in walk(item)]
    if isinstance(node, dict):
        return [node, *(found for item in node.values() for found in walk(item))]
    return []
