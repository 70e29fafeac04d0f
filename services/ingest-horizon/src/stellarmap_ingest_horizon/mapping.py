"""Horizon's and Stellar Expert's records as facts of ours: here, and nowhere else, `funder` becomes creator and XLM stroops."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from stellarmap_common.domain.amounts import InvalidAmount, stroops_from_decimal
from stellarmap_common.domain.creation import AccountEnd, Creation, CreationKind, Source, UnplacedCreation
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.strkey import has_form, is_account, is_contract
from stellarmap_common.domain.toid import Ledger, Toid, ledger_of
from stellarmap_common.errors import SourceUnavailable
from stellarmap_common.ports.horizon import Record

_NATIVE = "native"


class _Transaction(msgspec.Struct):
    """What `join=transactions` adds."""

    source_account: str | None = None


class _Operation(msgspec.Struct, kw_only=True):
    id: str
    created_at: datetime
    transaction_hash: str | None = None
    transaction: _Transaction | None = None
    sponsor: str | None = None  # pays the reserve of what the operation makes


class _CreateAccount(_Operation, kw_only=True):
    funder: str  # the operation's source, the G… inside where it is muxed
    account: str
    starting_balance: str  # perhaps 0: a sponsor pays the reserve


class _AccountMerge(_Operation, kw_only=True):
    account: str
    into: str


class _BalanceChange(msgspec.Struct, kw_only=True):
    asset_type: str
    type: str
    sender: str = msgspec.field(name="from", default="")
    to: str = ""


class _InvokeHostFunction(_Operation, kw_only=True):
    asset_balance_changes: tuple[_BalanceChange, ...] = ()


class _AccountCreated(msgspec.Struct, kw_only=True):
    """An effect."""

    account: str
    starting_balance: str


class _Paging(msgspec.Struct):
    paging_token: str
    created_at: datetime


class _State(msgspec.Struct):
    sequence: str


class _Root(msgspec.Struct):
    history_elder_ledger: int = 0


class _ExpertAccount(msgspec.Struct):
    creator: str | None = None
    created: int | None = None  # unix seconds


_Row = TypeVar("_Row")


def happened(record: Record) -> bool:
    """False for an operation of a failed transaction: it created and ended nothing."""
    return record.get("transaction_successful") is not False


def position_of(record: Record) -> int:
    """The record's paging token: the order of records, and where to go on."""
    return _number(_read(record, _Paging).paging_token)


def anchor_of(record: Record) -> tuple[Ledger, datetime]:
    """A ledger and its close time."""
    return ledger_of(position_of(record)), _read(record, _Paging).created_at


def creation_of(record: Record, network: NetworkKey) -> Creation | None:
    """The creation that a `create_account` record is; None for any other record."""
    if record.get("type") != "create_account":
        return None
    row = _read(record, _CreateAccount)
    return _creation(network, row, _key(row.account), _key(row.funder), row.starting_balance)


def end_of(record: Record, network: NetworkKey) -> AccountEnd | None:
    """The end that an `account_merge` record is; None for any other record. It carries no amount."""
    if record.get("type") != "account_merge":
        return None
    row = _read(record, _AccountMerge)
    return AccountEnd(
        network=network,
        account=_key(row.account),
        end_op=Toid(_number(row.id)),
        merged_into=_key(row.into),
        source=Source.HORIZON,
        ended_at=row.created_at,
        transaction_hash=row.transaction_hash,
    )


def may_have_created(record: Record, *, by: Address | None = None, account: Address | None = None) -> bool:
    """True for a contract call that moved XLM so (from `by`, to `account`) to an account: only its effects tell more."""
    return any(
        (by is None or change.sender == by) and (account is None or change.to == account)
        for change in _transfers(record)
    )


def created_by_contract(record: Record, effects: Sequence[Record], network: NetworkKey) -> Iterator[Creation]:
    """The accounts that a contract call created. Their creator is who sent the first XLM, not who called."""
    row = _read(record, _InvokeHostFunction)
    first_senders: dict[str, str] = {}
    for change in _transfers(record):
        first_senders.setdefault(change.to, change.sender)
    for effect in effects:
        if effect.get("type") != "account_created":
            continue
        created = _read(effect, _AccountCreated)
        if created.account in first_senders:
            sender = _key(first_senders[created.account])
            creation = _creation(network, row, _key(created.account), sender, created.starting_balance)
            yield replace(creation, kind=CreationKind.CONTRACT_TRANSFER)


def shows_alive(record: Record, account: Address) -> bool:
    """True when the operation could not have succeeded unless the account existed.

    An account that only received an asset proves nothing: credits go back to an issuer that was merged away.
    """
    if record.get("source_account") == account or record.get("into") == account:
        return True
    return record.get("asset_type") == _NATIVE and account in (record.get("to"), record.get("from"))


def sequence_ledger(state: Record) -> Ledger:
    """The ledger an account was created in, or, where its sequence was bumped or it is used a lot, a later one."""
    return ledger_of(_number(_read(state, _State).sequence))


def elder_ledger(root: Record) -> Ledger:
    """The oldest ledger of Horizon's history; 0 while it does not know."""
    return Ledger(_read(root, _Root).history_elder_ledger)


def unplaced_creation(found: Record, account: AccountRef) -> UnplacedCreation | None:
    """What Stellar Expert knows: creator and second, no ledger. None where it names no creator."""
    row = _read(found, _ExpertAccount)
    if row.creator is None or not (is_account(row.creator) or is_contract(row.creator)):
        return None
    created_at = None if row.created is None else datetime.fromtimestamp(row.created, UTC)
    return UnplacedCreation(
        network=account.network,
        account=account.address,
        creator=Address(row.creator),
        source=Source.EXPERT,
        created_at=created_at,
    )


def _transfers(record: Record) -> Iterator[_BalanceChange]:
    """XLM that a contract call moved to accounts, in order."""
    if record.get("type") != "invoke_host_function" or not record.get("asset_balance_changes"):
        return
    for change in _read(record, _InvokeHostFunction).asset_balance_changes:
        if change.asset_type == _NATIVE and change.type == "transfer" and change.to.startswith("G"):
            yield change


def _creation(network: NetworkKey, row: _Operation, account: Address, creator: Address, balance: str) -> Creation:
    transaction_source = row.transaction.source_account if row.transaction else None
    return Creation(
        network=network,
        account=account,
        created_op=Toid(_number(row.id)),
        creator=creator,
        kind=CreationKind.CREATE_ACCOUNT,
        source=Source.HORIZON,
        created_at=row.created_at,
        transaction_hash=row.transaction_hash,
        transaction_source=None if transaction_source is None else _key(transaction_source),
        sponsor=None if row.sponsor is None else _key(row.sponsor),
        starting_balance_stroops=_stroops(balance),
    )


def _read(record: Record, row: type[_Row]) -> _Row:
    try:
        return msgspec.convert(record, row)
    except msgspec.ValidationError as error:
        raise _unreadable(str(error)) from error


def _key(text: str) -> Address:
    if not has_form(text):
        raise _unreadable("an address has another form")
    return Address(text)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise _unreadable("an id is no number")
    return int(text)


def _stroops(text: str) -> int:
    try:
        return stroops_from_decimal(text)
    except InvalidAmount as error:
        raise _unreadable(str(error)) from error


def _unreadable(why: str) -> SourceUnavailable:
    return SourceUnavailable(f"a source sent a record that cannot be read: {why}")
