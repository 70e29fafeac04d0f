"""Profiles: a column for each part, each with an order of its own, so that nothing is read before it is written."""

import asyncio
import heapq
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from zlib import crc32

import msgspec

from stellarmap_common.adapters.cassandra.moments import micros, moment_of
from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement, Write
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.profile import Entry, IssuedAt, Lines, ListedAt, Profile, Told

SHARDS = 16
_MICROS_OF_HOUR = 3_600_000_000
_KEY = "network = ? AND account = ?"

_PROFILE_OF = Statement(
    "profile", f"SELECT entry, entry_at, lines, issued, listed, told FROM account_profile WHERE {_KEY}"
)
_PUT = {
    part: Statement(f"profile {part}", f"UPDATE account_profile USING TIMESTAMP ? SET {part} = ? WHERE {_KEY}")
    for part in ("entry", "lines", "issued", "listed", "told")
}
_READ = Statement(
    "profile read", f"UPDATE account_profile USING TIMESTAMP ? SET entry_at = ?, watched = ? WHERE {_KEY}"
)
_WATCH = Statement(
    "watch", "INSERT INTO watched_account (network, shard, account, read_at) VALUES (?, ?, ?, ?) USING TIMESTAMP ?"
)
_WATCHED = Statement("watched", "SELECT account, read_at FROM watched_account WHERE network = ? AND shard = ?")
_IS_WATCHED = Statement("is watched", f"SELECT watched FROM account_profile WHERE {_KEY}")
_UNWATCH = Statement(
    "unwatch", "DELETE FROM watched_account USING TIMESTAMP ? WHERE network = ? AND shard = ? AND account = ?"
)
_VIEW = Statement(
    "view",
    "INSERT INTO viewed_account (network, hour, shard, account, viewed_at) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?",
)
_VIEWED = Statement(
    "viewed", "SELECT account, viewed_at FROM viewed_account WHERE network = ? AND hour = ? AND shard = ?"
)
_LISTING = Statement("listing", f"SELECT said FROM directory_cache WHERE {_KEY}")
_KEEP_LISTING = Statement("keep listing", f"UPDATE directory_cache USING TIMESTAMP ? SET said = ? WHERE {_KEY}")

_entry = msgspec.json.Decoder(Entry)
_lines = msgspec.json.Decoder(Lines)
_issued = msgspec.json.Decoder(IssuedAt)
_listed = msgspec.json.Decoder(ListedAt)
_told = msgspec.json.Decoder(Told)

P = TypeVar("P")


class CassandraProfileStore:
    """Profiles in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def profile_of(self, account: AccountRef) -> Profile | None:
        rows = await self._session.rows(_PROFILE_OF, account.network, account.address)
        if not rows:
            return None
        entry, entry_at, lines, issued, listed, told = rows[0]
        return Profile(
            account=account,
            entry=_decoded(_entry, entry),
            entry_at=moment_of(entry_at),
            lines=_decoded(_lines, lines),
            issued=_decoded(_issued, issued),
            listed=_decoded(_listed, listed),
            told=_decoded(_told, told),
        )

    async def profiles_of(self, network: NetworkKey, accounts: Sequence[Address]) -> dict[Address, Profile]:
        found: dict[Address, Profile] = {}

        async def look_at(account: Address) -> None:
            profile = await self.profile_of(AccountRef(network, account))
            if profile:
                found[account] = profile

        await self._session.each(accounts, look_at)
        return found

    async def put(self, profile: Profile, *, watched: bool = False) -> None:
        account, at = profile.account, micros(profile.entry_at)
        if at is not None and watched:  # first: a row of the list that the profile does not confirm counts for nothing
            await self._session.execute(_WATCH, account.network, _shard(account.address), account.address, at, at)
        await self._session.batch(_writes(profile, at, watched=watched))

    async def listings(
        self, network: NetworkKey, accounts: Sequence[Address], since: datetime
    ) -> dict[Address, ListedAt]:
        found: dict[Address, ListedAt] = {}

        async def look_at(account: Address) -> None:
            rows = await self._session.rows(_LISTING, network, account)
            said = _decoded(_listed, rows[0][0]) if rows else None
            if said and said.at >= since:
                found[account] = said

        await self._session.each(accounts, look_at)
        return found

    async def keep_listings(self, network: NetworkKey, listings: Mapping[Address, ListedAt]) -> None:
        await self._session.gather(
            (_KEEP_LISTING, (micros(said.at), _text(said), network, account)) for account, said in listings.items()
        )

    async def view(self, account: AccountRef, at: datetime) -> None:
        moment = micros(at)
        place = (account.network, moment // _MICROS_OF_HOUR, _shard(account.address))
        await self._session.execute(_VIEW, *place, account.address, moment, moment)

    async def viewed(self, network: NetworkKey, since: datetime, until: datetime, limit: int) -> tuple[AccountRef, ...]:
        first, last = micros(since), micros(until)
        latest: dict[str, int] = {}
        for hour in range(first // _MICROS_OF_HOUR, last // _MICROS_OF_HOUR + 1):
            for account, viewed_at in await self._of_shards(_VIEWED, network, hour):
                latest[account] = max(viewed_at, latest.get(account, 0))
        within = [account for account, viewed_at in latest.items() if first <= viewed_at <= last]
        newest = heapq.nsmallest(limit, within, key=lambda account: (-latest[account], account))
        return tuple(AccountRef(network, Address(account)) for account in newest)

    async def watched(self, network: NetworkKey, before: datetime, limit: int) -> tuple[AccountRef, ...]:
        until = micros(before)
        listed = [(read_at, account) for account, read_at in await self._of_shards(_WATCHED, network)]
        found: list[AccountRef] = []
        for read_at, account in sorted(each for each in listed if each[0] < until):
            if len(found) == limit:
                break
            rows = await self._session.rows(_IS_WATCHED, network, account)
            if rows and rows[0][0]:
                found.append(AccountRef(network, Address(account)))
            else:
                await self._session.execute(_UNWATCH, read_at, network, _shard(account), account)
        return tuple(found)

    async def _of_shards(self, statement: Statement, network: NetworkKey, *key: int) -> list[tuple[str, int]]:
        of_each = await asyncio.gather(
            *(self._session.rows(statement, network, *key, shard) for shard in range(SHARDS))
        )
        return [(account, at) for rows in of_each for account, at in rows]


def _writes(profile: Profile, read_at: int | None, *, watched: bool) -> Iterator[Write]:
    """All of one partition; each column with the order of its own part."""
    key = (profile.account.network, profile.account.address)
    if profile.entry is not None:
        yield _PUT["entry"], (profile.entry.version + 1, _text(profile.entry), *key)
    parts = {"lines": profile.lines, "issued": profile.issued, "listed": profile.listed, "told": profile.told}
    for name, part in parts.items():
        if part is not None:
            yield _PUT[name], (micros(part.at), _text(part), *key)
    if read_at is not None:
        yield _READ, (read_at, read_at, watched, *key)


def _decoded(decoder: "msgspec.json.Decoder[P]", text: str | None) -> P | None:
    return None if text is None else decoder.decode(text)


def _text(part: object) -> str:
    return msgspec.json.encode(part).decode()


def _shard(account: str) -> int:
    return crc32(account.encode()) % SHARDS
