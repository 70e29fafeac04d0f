"""What is on the topics, for machines: a JSON Schema per event and one AsyncAPI 3 document. Pure, made from the code's tables.

Inside a major version a schema only gains optional fields with defaults; anything else is a new topic. The written files
are committed, so a change shows as a difference.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from stellarmap_common.events.base import Event
from stellarmap_common.events.topics import TOPICS, Topic

Json = dict[str, Any]

ASYNCAPI_VERSION = "3.0.0"
KAFKA_BINDING = "0.5.0"
JSON_SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_HEADERS = {
    "ce_specversion": "CloudEvents version, always 1.0",
    "ce_id": "made from what the event is about, never from the time: a redelivery carries the same id",
    "ce_type": "the topic's name",
    "ce_source": "the service that published it",
    "ce_subject": "what the event is about",
    "ce_time": "when it was published, RFC 3339, UTC",
    "content-type": "application/json",
    "ce_correlationid": "the request it belongs to",
    "ce_causationid": "id of the event it follows from",
    "traceparent": "W3C trace context",
}
_REQUIRED_HEADERS = ("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "content-type")


def value_schema(event: type[Event]) -> Json:
    """The JSON Schema of a record's value, complete in itself."""
    (root,), definitions = msgspec.json.schema_components((event,), ref_template="#/$defs/{name}")
    name = _name_in(root)
    own = _without_id(definitions.pop(name))
    return {
        "$schema": JSON_SCHEMA_DIALECT,
        "$id": f"{event.type}.json",
        **own,
        "$defs": dict(sorted(definitions.items())),
    }


def asyncapi_document(version: str, topics: Iterable[Topic] = TOPICS) -> Json:
    """The AsyncAPI document of these topics, for the installed version of StellarMap."""
    topics = tuple(topics)
    return {
        "asyncapi": ASYNCAPI_VERSION,
        "info": {
            "title": "StellarMap events",
            "version": version,
            "description": "At-least-once and in order per key. Handle an id twice as once. Truth is the store.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in topics},
        "operations": dict(operation for topic in topics for operation in _operations(topic)),
        "components": {
            "messages": {topic.event.__name__: _message(topic) for topic in topics},
            "schemas": _schemas(topics),
        },
    }


def contract_files(version: str) -> dict[str, str]:
    """Every generated contract by its file name under `docs/reference`."""
    files = {f"schemas/{topic.name}.json": _text(value_schema(topic.event)) for topic in TOPICS}
    return {**files, "asyncapi.json": _text(asyncapi_document(version))}


def _channel(topic: Topic) -> Json:
    retention_ms = -1 if topic.retention_s is None else topic.retention_s * 1_000
    return {
        "address": topic.name,
        "description": _summary(topic.event),
        "messages": {topic.event.__name__: {"$ref": f"#/components/messages/{topic.event.__name__}"}},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": ["compact" if topic.compacted else "delete"],
                    "retention.ms": retention_ms,
                },
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }


def _operations(topic: Topic) -> Iterable[tuple[str, Json]]:
    channel = {"$ref": f"#/channels/{topic.name}"}
    for producer in topic.producers:
        yield f"{producer}.sends.{topic.name}", {"action": "send", "channel": channel, "title": producer}
    for consumer in topic.consumers:
        group = {"kafka": {"groupId": {"type": "string", "const": consumer}, "bindingVersion": KAFKA_BINDING}}
        operation = {"action": "receive", "channel": channel, "title": consumer, "bindings": group}
        yield f"{consumer}.receives.{topic.name}", operation


def _message(topic: Topic) -> Json:
    key = {"type": "string", "description": topic.key}
    return {
        "name": topic.event.__name__,
        "title": topic.event.type,
        "summary": _summary(topic.event),
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/Headers"},
        "payload": {"$ref": f"#/components/schemas/{topic.event.__name__}"},
        "correlationId": {"location": "$message.header#/ce_correlationid"},
        "bindings": {"kafka": {"key": key, "bindingVersion": KAFKA_BINDING}},
    }


def _schemas(topics: Iterable[Topic]) -> Json:
    events = tuple(topic.event for topic in topics)
    roots, schemas = msgspec.json.schema_components(events, ref_template="#/components/schemas/{name}")
    for root in roots:
        schemas[_name_in(root)] = _without_id(schemas[_name_in(root)])
    return {"Headers": _headers(), **dict(sorted(schemas.items()))}


def _headers() -> Json:
    properties = {name: {"type": "string", "description": meaning} for name, meaning in _HEADERS.items()}
    return {"type": "object", "properties": properties, "required": list(_REQUIRED_HEADERS)}


def _name_in(reference: Json) -> str:
    return str(reference["$ref"]).rsplit("/", 1)[1]


def _without_id(schema: Json) -> Json:
    """The id travels in the `ce_id` header alone."""
    properties = {name: field for name, field in schema["properties"].items() if name != "id"}
    return {**schema, "properties": properties}


def _summary(event: type[Event]) -> str:
    return (event.__doc__ or "").split("\n", 1)[0]


def _text(document: Json) -> str:
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
