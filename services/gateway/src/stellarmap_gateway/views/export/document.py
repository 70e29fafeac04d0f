"""Lineage and children as one JSON document, written while it is read."""

from collections.abc import AsyncIterator

from stellarmap_gateway.views.export.portions import Exported


async def as_json(what: Exported) -> AsyncIterator[str]:
    """An `AccountExport`: its brace is closed after the last child alone."""
    exported = 0
    yield f'{what.head.model_dump_json()[:-1]},"children":['
    async for lives in what.portions:
        yield "," * bool(exported) + ",\n".join(life.model_dump_json() for life in lives)
        exported += len(lives)
    yield f'],"exported":{exported}}}'
