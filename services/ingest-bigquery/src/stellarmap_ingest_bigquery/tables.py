"""What our queries rely on in Hubble's tables: by which day column they are parted. Looked up, never assumed."""

from collections.abc import Mapping

from stellarmap_common.errors import SourceRejected
from stellarmap_ingest_bigquery.client import BigQueryApi

PARTED_BY_DAY: Mapping[str, str | None] = {
    "crypto-stellar.crypto_stellar_dbt.enriched_history_operations": "closed_at",
    "crypto-stellar.crypto_stellar_dbt.accounts_current": None,
    "crypto-stellar.crypto_stellar.history_ledgers": None,
    "crypto-stellar.crypto_stellar.token_transfers_raw": "closed_at",
}
"""Table → the column by whose days it must be parted, for its queries to cost what we say; None: it is read whole."""


async def differences(api: BigQueryApi) -> tuple[str, ...]:
    """What is not as our queries rely on, a sentence each. Raises: SourceUnavailable."""
    return tuple([told for table, column in PARTED_BY_DAY.items() if (told := await _difference(api, table, column))])


async def _difference(api: BigQueryApi, table: str, column: str | None) -> str:
    try:
        parting = await api.parting(table)
    except SourceRejected as error:
        return f"{table} cannot be read: {error}"
    if column is None or parting == (column, "DAY"):
        return ""
    return f"{table} is not parted by the days of {column} ({parting}): its queries read more than they need to"
