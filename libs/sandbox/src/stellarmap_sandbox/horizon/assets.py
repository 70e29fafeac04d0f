"""Issued assets as Horizon shows them."""

from stellarmap_common.domain.amounts import decimal_from_stroops
from stellarmap_sandbox.horizon.query import PageQuery
from stellarmap_sandbox.horizon.view import Record, View
from stellarmap_sandbox.profiles import Asset, home_domain, issued_assets

_NOTHING = "0.0000000"


def assets_of_page(view: View, query: PageQuery) -> list[Record]:
    """The assets of an issuer; without one, those of the hubs."""
    issuer, code = query.others.get("asset_issuer"), query.others.get("asset_code")
    number = view.number(issuer) if issuer else None
    issuers = view.network.cast.hubs if issuer is None else [number] if number is not None else []
    found = (
        asset for account in issuers for asset in issued_assets(view.network, account) if code in (None, asset.code)
    )
    records = sorted((_record(view, asset) for asset in found), key=_token, reverse=query.descending)
    cursor = query.cursor
    if cursor:
        records = [one for one in records if (_token(one) < cursor if query.descending else _token(one) > cursor)]
    return records[: query.limit]


def _token(record: Record) -> str:
    return str(record["paging_token"])


def _record(view: View, asset: Asset) -> Record:
    issuer = view.address(asset.issuer)
    name = f"{asset.code}_{issuer}_{asset.kind}"
    noise = view.network.keys.noise(asset.code, asset.issuer)
    domain = home_domain(view.network, asset.issuer)
    states = ("authorized", "authorized_to_maintain_liabilities", "unauthorized")
    return {
        "_links": {"toml": {"href": f"https://{domain}/.well-known/stellar.toml" if domain else ""}},
        "asset_type": asset.kind,
        "asset_code": asset.code,
        "asset_issuer": issuer,
        "paging_token": name,
        "contract_id": view.network.keys.asset_contract(name),
        "num_claimable_balances": 0,
        "num_liquidity_pools": 0,
        "num_contracts": 0,
        "accounts": dict.fromkeys(states, 0) | {"authorized": noise[0] + 1},
        "claimable_balances_amount": _NOTHING,
        "liquidity_pools_amount": _NOTHING,
        "contracts_amount": _NOTHING,
        "balances": dict.fromkeys(states, _NOTHING)
        | {"authorized": decimal_from_stroops(int.from_bytes(noise[:6], "little") + 1)},
        "flags": dict.fromkeys(("auth_required", "auth_revocable", "auth_immutable", "auth_clawback_enabled"), False),
    }
