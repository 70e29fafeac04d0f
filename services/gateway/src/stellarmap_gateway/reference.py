"""The contract as a page for people: plain HTML made from the OpenAPI document, with nothing fetched from elsewhere."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from html import escape
from typing import Any

from stellarmap_gateway.contracts import openapi_document
from stellarmap_gateway.routers import PREFIX, described_app

Json = Mapping[str, Any]

_STYLE = """\
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1rem; }
code, h3 { font-family: ui-monospace, monospace; }
h3 { font-size: 1rem; margin: 2rem 0 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; margin: .5rem 0; width: 100%; }
td, th { border-bottom: 1px solid color-mix(in srgb, currentcolor 20%, transparent); padding: .25rem .5rem .25rem 0; }
td, th { text-align: left; vertical-align: top; }
"""


@cache
def reference_page() -> str:
    """The page: every route with its parameters and answers, then every schema with its fields."""
    document = openapi_document(described_app())
    info = document["info"]
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(info['title'])} API</title>",
        f'<link rel="stylesheet" href="{PREFIX}/docs.css"></head><body><main>',
        f"<h1>{escape(info['title'])} API {escape(info['version'])}</h1>",
        *(f"<p>{_prose(paragraph)}</p>" for paragraph in info["description"].strip().split("\n\n")),
        f'<p>For machines: <a href="{PREFIX}/openapi.json">openapi.json</a>, ',
        f'<a href="{PREFIX}/asyncapi.json">asyncapi.json</a>.</p>',
        *(part for tag in document["tags"] for part in _tag(tag, document["paths"])),
        "<h2>Schemas</h2>",
        *(part for name, schema in document["components"]["schemas"].items() for part in _schema(name, schema)),
        "</main></body></html>",
    ]
    return "\n".join(parts)


def reference_style() -> str:
    """Its style sheet: a file of its own, because the content security policy allows no inline style."""
    return _STYLE


def _tag(tag: Json, paths: Json) -> Iterator[str]:
    yield f"<h2>{escape(tag['name'].capitalize())}</h2><p>{_prose(tag['description'])}</p>"
    for path, operations in paths.items():
        for method, operation in operations.items():
            if tag["name"] in operation["tags"]:
                yield from _operation(method, path, operation)


def _operation(method: str, path: str, operation: Json) -> Iterator[str]:
    yield f'<h3 id="{escape(operation["operationId"])}">{method.upper()} {escape(path)}</h3>'
    yield f"<p>{_prose(operation.get('description', ''))}</p>"
    parameters = operation.get("parameters", ())
    if parameters:
        yield _table(
            ("parameter", "in", "type", ""),
            (
                (each["name"], each["in"], _type(each["schema"]), _prose(each.get("description", "")))
                for each in parameters
            ),
        )
    body = operation.get("requestBody")
    if body:
        yield f"<p>Body: {_content(body)}</p>"
    answers = ((status, _content(told), _prose(told["description"])) for status, told in operation["responses"].items())
    yield _table(("status", "answer", ""), answers)


def _schema(name: str, schema: Json) -> Iterator[str]:
    yield f'<h3 id="{escape(name)}">{escape(name)}</h3><p>{_prose(schema.get("description", ""))}</p>'
    if "enum" in schema:
        yield f"<p>{', '.join(f'<code>{escape(str(value))}</code>' for value in schema['enum'])}</p>"
    fields = schema.get("properties", {})
    if fields:
        yield _table(
            ("field", "type", ""),
            ((field, _type(told), _prose(told.get("description", ""))) for field, told in fields.items()),
        )


def _content(holder: Json) -> str:
    return ", ".join(_type(each["schema"]) for each in holder.get("content", {}).values() if "schema" in each)


def _type(schema: Json) -> str:
    """A schema in a few words; a named one is a link."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    return escape(str(schema.get("format") or schema.get("type", "any")))


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = "".join(f"<th>{each}</th>" for each in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _prose(text: str) -> str:
    """Text with what stands in backticks as code."""
    pieces = escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if number % 2 else piece for number, piece in enumerate(pieces))
