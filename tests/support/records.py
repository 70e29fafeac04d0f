"""Records as Horizon writes them, for a Replay that holds a story made up by a test."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.strkey import StrkeyKind, encode_strkey
from tests.support.replay import Json, Replay

BEGAN = datetime(2024, 1, 1, tzinfo=UTC)


def account(name: str) -> Address:
    """The G… address that a story calls so."""
    return Address(encode_strkey(StrkeyKind.ACCOUNT, sha256(name.encode()).digest()))


def contract(name: str) -> Address:
    """The C… address that a story calls so."""
    return Address(encode_strkey(StrkeyKind.CONTRACT, sha256(name.encode()).digest()))


def op(ledger: int, transaction: int = 1, operation: int = 1) -> int:
    """The id of an operation."""
    return ledger << 32 | transaction << 12 | operation


def closed_at(operation: int) -> datetime:
    """The close time of its ledger: five seconds each."""
    return BEGAN + timedelta(seconds=5 * (operation >> 32))


class Story(Replay):
    """A Horizon whose records a test writes down, operation by operation."""

    def create(self, at: int, funder: Address, child: Address, balance: str = "5.0000000", **more: Any) -> None:
        fields = {"funder": funder, "account": child, "starting_balance": balance}
        self._add(at, "create_account", funder, {**fields, **more})

    def merge(self, at: int, gone: Address, into: Address) -> None:
        self._add(at, "account_merge", gone, {"account": gone, "into": into})

    def pay(self, at: int, sender: Address, receiver: Address, asset_type: str = "native") -> None:
        self._add(
            at, "payment", sender, {"asset_type": asset_type, "from": sender, "to": receiver, "amount": "1.0000000"}
        )

    def call(
        self, at: int, caller: Address, *moves: tuple[Address, Address], created: tuple[Address, ...] = ()
    ) -> None:
        """A contract call that moves XLM; the receivers in `created` did not exist before."""
        moved = {"asset_type": "native", "type": "transfer", "amount": "3.0000000"}
        changes = [{**moved, "from": sender, "to": receiver} for sender, receiver in moves]
        self._add(at, "invoke_host_function", caller, {"asset_balance_changes": changes})
        credited = [{"type": "account_credited", "type_i": 2, "account": to, "amount": "3.0000000"} for _, to in moves]
        made = [
            {"type": "account_created", "type_i": 0, "account": each, "starting_balance": "3.0000000"}
            for each in created
        ]
        self.effects[at] = [*made, *credited]

    def sequence(self, owner: Address, ledger: int) -> None:
        """The account's sequence points to that ledger, whatever its history says."""
        self.accounts[owner] = {"account_id": owner, "sequence": str((ledger << 32) + 7)}

    def _add(self, at: int, kind: str, source: Address, fields: Json) -> None:
        self.operations[at] = {
            "id": str(at),
            "paging_token": str(at),
            "transaction_successful": True,
            "source_account": source,
            "type": kind,
            "created_at": closed_at(at).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "transaction_hash": f"{at >> 12:064x}",
            "transaction": {"source_account": source},
            **fields,
        }
