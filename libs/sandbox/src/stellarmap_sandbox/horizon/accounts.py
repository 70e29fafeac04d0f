"""Accounts as Horizon shows them: their present state."""

from typing import Final

from stellarmap_sandbox.generator.story import SPECIAL
from stellarmap_sandbox.horizon.view import Record, View, closed_at, decimal
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.profiles import held_asset, home_domain
from stellarmap_sandbox.rows import NONE
from stellarmap_sandbox.sequences import sequence_of_account
from stellarmap_sandbox.spec import close_time

_NO_LIABILITIES: Final = {"buying_liabilities": "0.0000000", "selling_liabilities": "0.0000000"}
_MOST: Final = "922337203685.4775807"
_RESERVES_OF_AN_ACCOUNT: Final = 2
LISTS: Final = ("transactions", "operations", "payments", "effects", "offers", "trades")


def account_record(view: View, number: int) -> Record:
    """An account that exists."""
    network, address = view.network, view.address(number)
    sequence, used_in = sequence_of_account(network, number)
    modified = network.last_ledger(number)
    lines = _trust_lines(view, number)
    sponsor, sponsoring = _sponsorships(network, number)
    domain = home_domain(network, number)
    used: Record = {}
    if used_in is not None:
        used = {"sequence_ledger": used_in, "sequence_time": str(int(close_time(used_in).timestamp()))}
    return {
        "_links": _links(view, address),
        "id": address,
        "account_id": address,
        "sequence": str(sequence),
        **used,
        "subentry_count": len(lines),
        **({"home_domain": domain} if domain else {}),
        "last_modified_ledger": modified,
        "last_modified_time": closed_at(modified),
        "thresholds": {"low_threshold": 0, "med_threshold": 0, "high_threshold": 0},
        "flags": dict.fromkeys(("auth_required", "auth_revocable", "auth_immutable", "auth_clawback_enabled"), False),
        "balances": [
            *lines,
            {"balance": decimal(network.accounts.balance[number]), **_NO_LIABILITIES, "asset_type": "native"},
        ],
        "signers": [{"weight": 1, "key": address, "type": "ed25519_public_key"}],
        "data": {},
        "num_sponsoring": sponsoring * _RESERVES_OF_AN_ACCOUNT,
        "num_sponsored": _RESERVES_OF_AN_ACCOUNT if sponsor != NONE else 0,
        **({"sponsor": view.address(sponsor)} if sponsor != NONE else {}),
        "paging_token": address,
    }


def _links(view: View, address: str) -> Record:
    path = f"/accounts/{address}"
    lists = {name: view.list_template(f"{path}/{name}") for name in LISTS}
    return {"self": view.link(path), **lists, "data": view.template(f"{path}/data/{{key}}")}


def _trust_lines(view: View, number: int) -> list[Record]:
    held = held_asset(view.network, number)
    if held is None or held[0].issuer == number:
        return []
    asset, amount = held
    return [
        {
            "balance": decimal(amount),
            "limit": _MOST,
            **_NO_LIABILITIES,
            "last_modified_ledger": view.network.last_ledger(number),
            "is_authorized": True,
            "is_authorized_to_maintain_liabilities": True,
            "asset_type": asset.kind,
            "asset_code": asset.code,
            "asset_issuer": view.address(asset.issuer),
        }
    ]


def _sponsorships(network: Network, number: int) -> tuple[int, int]:
    """Who sponsors the account, and how many others it sponsors."""
    accounts, rows = network.accounts, network.rows
    if not accounts.flags[number] & SPECIAL:
        return NONE, 0
    sponsored = (row for row in network.rows_of(number) if rows.note(row).sponsor == number)
    living = sum(1 for row in sponsored if accounts.born[rows.b[row]] == row and accounts.alive(rows.b[row]))
    return rows.note(accounts.born[number]).sponsor, living
