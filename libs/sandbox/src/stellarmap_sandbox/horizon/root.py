"""The root resource."""

from typing import Final

from stellarmap_sandbox.horizon.ledgers import PROTOCOL
from stellarmap_sandbox.horizon.view import Record, closed_at
from stellarmap_sandbox.spec import NetworkSpec

_VERSION: Final = "25.0.0-sandbox"
_ASSET: Final = "{0}_asset_type,{0}_asset_code,{0}_asset_issuer"
_BOOK: Final = f"{_ASSET.format('selling')},{_ASSET.format('buying')},limit"
_SEND: Final = (
    "destination_account,destination_assets,source_asset_type,source_asset_issuer,source_asset_code,source_amount"
)
_RECEIVE: Final = (
    "source_assets,source_account,destination_account,destination_asset_type,destination_asset_issuer,"
    "destination_asset_code,destination_amount"
)
_TRADED: Final = "&".join(
    f"{field}={{{field}}}" for side in ("base", "counter") for field in _ASSET.format(side).split(",")
)
_PAGED: Final = "cursor,limit,order"
# A Horizon names every resource there is; those of trade are not in this network.
_TEMPLATES: Final = {
    "account": "/accounts/{account_id}",
    "accounts": f"/accounts{{?signer,sponsor,asset,liquidity_pool,{_PAGED}}}",
    "account_transactions": f"/accounts/{{account_id}}/transactions{{?{_PAGED}}}",
    "claimable_balances": f"/claimable_balances{{?asset,sponsor,claimant,{_PAGED}}}",
    "assets": f"/assets{{?asset_code,asset_issuer,{_PAGED}}}",
    "effects": f"/effects{{?{_PAGED}}}",
    "ledger": "/ledgers/{sequence}",
    "ledgers": f"/ledgers{{?{_PAGED}}}",
    "liquidity_pools": f"/liquidity_pools{{?reserves,account,{_PAGED}}}",
    "offer": "/offers/{offer_id}",
    "offers": f"/offers{{?selling,buying,seller,sponsor,{_PAGED}}}",
    "operation": "/operations/{id}",
    "operations": f"/operations{{?{_PAGED},include_failed}}",
    "order_book": f"/order_book{{?{_BOOK}}}",
    "payments": f"/payments{{?{_PAGED},include_failed}}",
    "strict_receive_paths": f"/paths/strict-receive{{?{_RECEIVE}}}",
    "strict_send_paths": f"/paths/strict-send{{?{_SEND}}}",
    "trade_aggregations": f"/trade_aggregations?{_TRADED}",
    "trades": f"/trades?{_TRADED}",
    "transaction": "/transactions/{hash}",
    "transactions": f"/transactions{{?{_PAGED}}}",
}
_PLAIN: Final = {"fee_stats": "/fee_stats", "self": "/"}


def root_record(spec: NetworkSpec, base: str, *, latest: int, elder: int) -> Record:
    """What Horizon says of itself; ledgers are 0 while they are not known."""
    links: dict[str, Record] = {name: {"href": base + path, "templated": True} for name, path in _TEMPLATES.items()}
    closed = closed_at(latest) if latest else "0001-01-01T00:00:00Z"
    return {
        "_links": links | {name: {"href": base + path} for name, path in _PLAIN.items()},
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
