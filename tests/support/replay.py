"""A Horizon made of records: those that were recorded from real ones, or a few that a test writes down.

Account resources are made where none is recorded: an account exists unless the last record about its life is its merge.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from tests.support.tree import ROOT

RECORDED = ROOT / "tests/data/horizon"
PAYMENTS = {
    "create_account",
    "payment",
    "path_payment_strict_receive",
    "path_payment_strict_send",
    "account_merge",
    "invoke_host_function",
}
LONGEST_PAGE = 200
Json = dict[str, Any]


@dataclass
class Replay:
    """The records, the paths that were asked for, and what this Horizon is like."""

    operations: dict[int, Json] = field(default_factory=dict)
    effects: dict[int, list[Json]] = field(default_factory=dict)
    transactions: dict[str, Json] = field(default_factory=dict)
    accounts: dict[str, Json] = field(default_factory=dict)  # None where it must not exist
    experts: dict[str, Json] = field(default_factory=dict)
    assets: dict[str, list[Json]] = field(default_factory=dict)  # by issuer
    listed: list[Json] = field(default_factory=list)  # in the directory
    elder: int = 2
    latest: int = 60_000_000
    asked: list[str] = field(default_factory=list)
    _histories: dict[str, tuple[int, list[Json]]] = field(default_factory=dict)  # with how many records there were then

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers as Horizon below /horizon, as Stellar Expert below /expert."""
        assert scope["type"] == "http"
        del receive
        query = {name: values[-1] for name, values in parse_qs(scope["query_string"].decode()).items()}
        self.asked.append(scope["path"])
        status, body = self.answer(scope["path"].strip("/").split("/"), query)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})

    def answer(self, path: list[str], query: Mapping[str, str]) -> tuple[int, object]:
        match path:
            case ["expert", "account", address]:
                known = self.experts.get(address)
                return _found(known and {"account": address, **known})
            case ["horizon"]:
                return 200, {"history_elder_ledger": self.elder, "history_latest_ledger": self.latest}
            case ["horizon", "accounts", address]:
                return _found(self.account(address))
            case ["horizon", "accounts", address, "payments"]:
                return self._payments(address, query)
            case ["horizon", "operations", _, "effects"] | ["horizon", "assets"] | ["expert", "directory"]:
                return 200, _page(self._listed(path, query))
            case _:
                return _found(None)

    def account(self, address: str) -> Json | None:
        """The recorded account; else one as its records leave it; None where they leave none."""
        if address in self.accounts:
            return self.accounts[address]
        made: Json | None = None
        for operation in self.of(address):
            if operation["type"] == "account_merge" and operation["account"] == address:
                made = None
            elif operation["type"] == "create_account" and operation["account"] == address:
                made = {"id": address, "account_id": address, "sequence": str((int(operation["id"]) >> 32 << 32) + 3)}
            elif made is None and address in self._created_by_call(operation):
                made = {"id": address, "account_id": address, "sequence": str(int(operation["id"]) >> 32 << 32)}
            elif made is None and operation["source_account"] == address:  # it was there before the records begin
                made = {"id": address, "account_id": address, "sequence": str(1 << 32)}
        return made

    def of(self, address: str) -> list[Json]:
        """Every payment-like operation of the account, in order."""
        many, history = self._histories.get(address, (-1, []))
        if many != len(self.operations):
            history = [
                self.operations[key] for key in sorted(self.operations) if address in _parties(self.operations[key])
            ]
            self._histories[address] = (len(self.operations), history)
        return history

    def addresses(self) -> list[str]:
        """Every account that takes part in an operation."""
        return sorted({party for operation in self.operations.values() for party in _parties(operation)})

    def _listed(self, path: list[str], query: Mapping[str, str]) -> list[Json]:
        if path[-1] == "assets":
            return self.assets.get(query.get("asset_issuer", ""), [])
        return self.listed if path[-1] == "directory" else self.effects.get(int(path[2]), [])

    def _payments(self, address: str, query: Mapping[str, str]) -> tuple[int, object]:
        after = max(int(query.get("cursor", "0")), (self.elder << 32) - 1 if self.elder > 2 else 0)
        limit = int(query.get("limit", "10"))
        if not 0 < limit <= LONGEST_PAGE or query.get("order") != "asc":
            return 400, {"status": 400, "title": "Bad Request"}
        retained = [record for record in self.of(address) if int(record["paging_token"]) > after]
        joined = query.get("join") == "transactions"
        return 200, _page([self._joined(record) if joined else record for record in retained[:limit]])

    def _joined(self, record: Json) -> Json:
        transaction = self.transactions.get(record["transaction_hash"])
        return {**record, "transaction": transaction} if transaction else record

    def _created_by_call(self, operation: Json) -> set[str]:
        effects = self.effects.get(int(operation["id"]), [])
        return {effect["account"] for effect in effects if effect["type"] == "account_created"}


def recorded() -> Replay:
    """Everything that was recorded, of whichever network: their operation ids do not meet."""
    replay = Replay()
    for path in sorted(RECORDED.glob("*/*")):
        for found in objects_of(path):
            _keep(replay, found)
    return replay


def objects_of(path: Path) -> Iterator[Json]:
    """Every object of a recorded file, however deep."""
    text = path.read_text()
    if path.suffix == ".json":
        yield from _objects(json.loads(text))
    elif path.name.endswith(".sse.txt"):
        for line in text.splitlines():
            if line.startswith("data: {"):
                yield from _objects(json.loads(line.removeprefix("data: ")))


def _objects(found: object) -> Iterator[Json]:
    if isinstance(found, dict):
        yield found
    for below in found.values() if isinstance(found, dict) else found if isinstance(found, list) else ():
        yield from _objects(below)


def _keep(replay: Replay, found: Json) -> None:
    if found.get("type") in PAYMENTS and "paging_token" in found and "source_account" in found:
        replay.operations.setdefault(int(found["paging_token"]), found)
    elif "type_i" in found and str(found.get("paging_token", "")).count("-") == 1:
        replay.effects.setdefault(int(found["paging_token"].split("-")[0]), []).append(found)
    elif "hash" in found and "source_account_sequence" in found:
        replay.transactions.setdefault(found["hash"], found)
    elif "account_id" in found and "sequence" in found:
        replay.accounts.setdefault(found["account_id"], found)


def _parties(operation: Json) -> set[str]:
    if operation["type"] not in PAYMENTS or operation.get("transaction_successful") is False:
        return set()
    named = [operation.get(role) for role in ("source_account", "funder", "account", "into", "from", "to")]
    moved = [change.get(role) for change in operation.get("asset_balance_changes") or () for role in ("from", "to")]
    return {party for party in (*named, *moved) if party and party.startswith("G")}


def _page(records: list[Json]) -> Json:
    """`next` is always there, and always wrong to follow."""
    return {"_links": {"next": {"href": "http://elsewhere.example/?cursor="}}, "_embedded": {"records": records}}


def _found(resource: Json | None) -> tuple[int, object]:
    if resource is None:
        return HTTPStatus.NOT_FOUND, {"status": 404, "title": "Resource Missing"}
    return HTTPStatus.OK, resource
