"""The root resource."""

from typing import Final

from stellarmap_sandbox.horizon.ledgers import PROTOCOL
from stellarmap_sandbox.horizon.view import Record, closed_at
from stellarmap_sandbox.spec import NetworkSpec

_VERSION: Final = "25.0.0-sandbox"
_PAGED: Final = "cursor,limit,order"
_TEMPLATES: Final = {
    "account": "/accounts/{account_id}",
    "accounts": "/accounts{?signer,sponsor,asset,liquidity_pool,cursor,limit,order}",
    "account_transactions": f"/accounts/{{account_id}}/transactions{{?{_PAGED}}}",
    "assets": f"/assets{{?asset_code,asset_issuer,{_PAGED}}}",
    "effects": f"/effects{{?{_PAGED}}}",
    "ledger": "/ledgers/{sequence}",
    "ledgers": f"/ledgers{{?{_PAGED}}}",
    "operation": "/operations/{id}",
    "operations": f"/operations{{?{_PAGED},include_failed}}",
    "payments": f"/payments{{?{_PAGED},include_failed}}",
    "transaction": "/transactions/{hash}",
    "transactions": f"/transactions{{?{_PAGED}}}",
}


def root_record(spec: NetworkSpec, base: str, *, latest: int, elder: int) -> Record:
    """What Horizon says of itself; ledgers are 0 while they are not known."""
    links: dict[str, Record] = {name: {"href": base + path, "templated": True} for name, path in _TEMPLATES.items()}
    closed = closed_at(latest) if latest else "0001-01-01T00:00:00Z"
    return {
        "_links": links | {"self": {"href": f"{base}/"}},
        "horizon_version": _VERSION,
        "core_version": f"stellar-core {_VERSION}",
        "ingest_latest_ledger": latest,
        "history_latest_ledger": latest,
        "history_latest_ledger_closed_at": closed,
        "history_elder_ledger": elder,
        "core_latest_ledger": latest,
        "network_passphrase": spec.passphrase,
        "current_protocol_version": PROTOCOL,
        "supported_protocol_version": PROTOCOL,
        "core_supported_protocol_version": PROTOCOL,
    }
