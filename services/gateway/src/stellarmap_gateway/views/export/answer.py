"""An export as an answer: a file that is sent while it is read."""

from collections.abc import AsyncIterator, Callable
from enum import StrEnum

from fastapi import Response
from fastapi.responses import StreamingResponse

from stellarmap_common.domain.network import AccountRef
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.views.child_filter import ChildFilter
from stellarmap_gateway.views.export.document import as_json
from stellarmap_gateway.views.export.graph import as_graphml
from stellarmap_gateway.views.export.portions import Exported, exported
from stellarmap_gateway.views.export.rows import as_csv


class ExportFormat(StrEnum):
    """The form of an export."""

    CSV = "csv"
    JSON = "json"
    GRAPHML = "graphml"


MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv",
    ExportFormat.JSON: "application/json",
    ExportFormat.GRAPHML: "application/graphml+xml",
}
_WRITERS: dict[ExportFormat, Callable[[Exported], AsyncIterator[str]]] = {
    ExportFormat.CSV: as_csv,
    ExportFormat.JSON: as_json,
    ExportFormat.GRAPHML: as_graphml,
}


async def export_of(
    gateway: Gateway, account: AccountRef, chosen: ChildFilter, form: ExportFormat, *, client: str
) -> Response:
    """The file. Raises: Missing, when nothing is known of the account; ApiProblem (429)."""
    what = await exported(gateway, account, chosen)
    gateway.limits.export(client)
    name = f"children-{what.head.network}-{account.address}.{form}"
    return StreamingResponse(
        _WRITERS[form](what),
        media_type=MEDIA_TYPES[form],
        headers={"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"},
    )
