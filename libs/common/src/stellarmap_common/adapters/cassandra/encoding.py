"""How facts stand in columns: what is not in a key as MessagePack, operations by bucket and shard."""

import msgspec

from stellarmap_common.adapters.cassandra.moments import micros, moment_of
from stellarmap_common.adapters.cassandra.session import Row
from stellarmap_common.domain.creation import AccountEnd, Creation, CreationKind, Source, UnplacedCreation
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.toid import Toid

# Codes are stored: new ones are added, old ones keep their number.
CODE_OF_KIND = {CreationKind.GENESIS: 0, CreationKind.CREATE_ACCOUNT: 1, CreationKind.CONTRACT_TRANSFER: 2}
CODE_OF_SOURCE = {Source.GENESIS: 0, Source.HORIZON: 1, Source.EXPERT: 2, Source.BIGQUERY: 3}
KIND_OF_CODE = {code: kind for kind, code in CODE_OF_KIND.items()}
SOURCE_OF_CODE = {code: source for source, code in CODE_OF_SOURCE.items()}

GREATEST = (1 << 63) - 1  # of all integers and timestamps Cassandra keeps
_BUCKET = 46  # bits of an operation id below its bucket: 16,384 ledgers, about a day
_SHARD = 43  # below its shard: 2,048 ledgers
_SHARDS = (1 << _BUCKET - _SHARD) - 1

# kind, source, created_at, hash, transaction source (True: the creator), sponsor, starting balance, creator (or in the key)
_Made = tuple[int, int, int | None, bytes | None, str | bool | None, str | None, int | None, str | None]
_Ended = tuple[str, int, int | None, bytes | None, int | None]  # heir, source, ended_at, hash, amount

_packed = msgspec.msgpack.Encoder().encode
_made = msgspec.msgpack.Decoder(_Made).decode
_ended = msgspec.msgpack.Decoder(_Ended).decode


def bucket_of(operation: int) -> int:
    """The bucket an operation belongs to; buckets are in operation order."""
    return operation >> _BUCKET


def edges_of(bucket: int) -> tuple[int, int]:
    """The first and the last operation id of a bucket."""
    return bucket << _BUCKET, (bucket + 1 << _BUCKET) - 1


def shard_of(operation: int) -> tuple[int, int]:
    """Bucket and shard an operation belongs to; the pairs are in operation order."""
    return operation >> _BUCKET, operation >> _SHARD & _SHARDS


def packed_creation(one: Creation, *, creator_in_key: bool = False) -> bytes:
    """What is not in the key."""
    origin = one.transaction_source
    return _packed(
        (
            CODE_OF_KIND[one.kind],
            CODE_OF_SOURCE[one.source],
            micros(one.created_at),
            None if one.transaction_hash is None else bytes.fromhex(one.transaction_hash),
            True if origin is not None and origin == one.creator else origin,
            one.sponsor,
            one.starting_balance_stroops,
            None if creator_in_key else one.creator,
        )
    )


def creation_of(network: NetworkKey, row: Row, creator: Address | None = None) -> Creation:
    """The creation, of the columns account, operation, fact; `creator` where it stands in the key."""
    account, op, packed = row
    kind, source, created_at, transaction_hash, origin, sponsor, starting_balance, made_by = _made(packed)
    by = creator or (None if made_by is None else Address(made_by))
    return Creation(
        network=network,
        account=account,
        created_op=Toid(op),
        creator=by,
        kind=KIND_OF_CODE[kind],
        source=SOURCE_OF_CODE[source],
        created_at=moment_of(created_at),
        transaction_hash=None if transaction_hash is None else transaction_hash.hex(),
        transaction_source=Address(origin) if isinstance(origin, str) else by if origin else None,
        sponsor=None if sponsor is None else Address(sponsor),
        starting_balance_stroops=starting_balance,
    )


def packed_end(one: AccountEnd) -> bytes:
    """What is not in the key."""
    digits = one.transaction_hash
    return _packed(
        (
            one.merged_into,
            CODE_OF_SOURCE[one.source],
            micros(one.ended_at),
            None if digits is None else bytes.fromhex(digits),
            one.amount_stroops,
        )
    )


def end_of(network: NetworkKey, row: Row) -> AccountEnd:
    """The end, of the columns account, operation, fact."""
    account, op, packed = row
    merged_into, source, ended_at, transaction_hash, amount = _ended(packed)
    return AccountEnd(
        network=network,
        account=account,
        end_op=Toid(op),
        merged_into=Address(merged_into),
        source=SOURCE_OF_CODE[source],
        ended_at=moment_of(ended_at),
        transaction_hash=None if transaction_hash is None else transaction_hash.hex(),
        amount_stroops=amount,
    )


def unplaced_of(account: AccountRef, row: Row) -> UnplacedCreation:
    """What was heard of the account's creation, of the columns creator, source, created_at."""
    creator, source, created_at = row
    return UnplacedCreation(
        network=account.network,
        account=account.address,
        creator=creator,
        source=SOURCE_OF_CODE[source],
        created_at=moment_of(created_at),
    )
