"""Profiles: one row an account, merged with what it was by the one writer."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from stellarmap_common.adapters.sqlite.accounts import account_id
from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import (
    ACCOUNT_ID,
    ACCOUNT_IDS,
    NETWORK_ID,
    micros,
    moment_of,
    network_id,
)
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.profile import ListedAt, Listing, Profile, merge

VIEWS_KEPT = timedelta(days=2)
_MICROS_KEPT = VIEWS_KEPT // timedelta(microseconds=1)

_PROFILE_OF = f"SELECT profile FROM account_profile WHERE account = {ACCOUNT_ID}"
_PROFILES_OF = f"""
    SELECT account.address, profile FROM account_profile JOIN account ON account.id = account_profile.account
    WHERE account_profile.account IN {ACCOUNT_IDS}
"""
_KNOWN = "SELECT profile, watched, read_at FROM account_profile WHERE account = ?"
_PUT = """
    INSERT INTO account_profile (account, network, read_at, watched, profile) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET read_at = excluded.read_at, watched = excluded.watched, profile = excluded.profile
"""
_LISTINGS = f"""
    SELECT account.address, asked_at, listing FROM directory_cache JOIN account ON account.id = directory_cache.account
    WHERE directory_cache.account IN {ACCOUNT_IDS} AND asked_at >= ?
"""
_KEEP_LISTING = """
    INSERT INTO directory_cache (account, asked_at, listing) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET asked_at = excluded.asked_at, listing = excluded.listing
    WHERE excluded.asked_at > asked_at
"""
_VIEW = """
    INSERT INTO viewed_account (account, network, viewed_at) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET viewed_at = max(viewed_at, excluded.viewed_at)
"""
_LAPSE = "DELETE FROM viewed_account WHERE viewed_at < ?"
_VIEWED = f"""
    SELECT account.address FROM viewed_account JOIN account ON account.id = viewed_account.account
    WHERE viewed_account.network = {NETWORK_ID} AND viewed_at BETWEEN ? AND ?
    ORDER BY viewed_at DESC, account.address LIMIT ?
"""
_WATCHED = f"""
    SELECT account.address FROM account_profile JOIN account ON account.id = account_profile.account
    WHERE account_profile.network = {NETWORK_ID} AND watched = 1 AND read_at < ? ORDER BY read_at, account.address LIMIT ?
"""

_profile = msgspec.json.Decoder(Profile)
_listing = msgspec.json.Decoder(Listing | None)


class SqliteProfileStore:
    """Profiles in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def profile_of(self, account: AccountRef) -> Profile | None:
        rows = await self._database.rows(_PROFILE_OF, account.network, account.address)
        return _profile.decode(rows[0][0]) if rows else None

    async def profiles_of(self, network: NetworkKey, accounts: Sequence[Address]) -> dict[Address, Profile]:
        rows = await self._database.rows(_PROFILES_OF, network, msgspec.json.encode(accounts).decode())
        return {Address(account): _profile.decode(profile) for account, profile in rows}

    async def put(self, profile: Profile, *, watched: bool = False) -> None:
        def work(connection: sqlite3.Connection) -> None:
            account = account_id(connection, profile.account)
            known = connection.execute(_KNOWN, (account,)).fetchone()
            before, was_watched, read_at = known or (None, False, None)
            merged = merge(_profile.decode(before), profile) if before else profile
            read_now = micros(profile.entry_at)
            stays = read_now is None or (read_at is not None and read_at > read_now)
            is_watched = was_watched if stays else watched or (was_watched and read_at == read_now)
            connection.execute(
                _PUT,
                (
                    account,
                    network_id(connection, profile.account.network),
                    micros(merged.entry_at),
                    int(is_watched),
                    msgspec.json.encode(merged).decode(),
                ),
            )

        await self._database.write(work)

    async def listings(
        self, network: NetworkKey, accounts: Sequence[Address], since: datetime
    ) -> dict[Address, ListedAt]:
        asked = msgspec.json.encode(accounts).decode()
        rows = await self._database.rows(_LISTINGS, network, asked, micros(since))
        return {
            Address(account): ListedAt(at=moment_of(at), listing=_listing.decode(listing) if listing else None)
            for account, at, listing in rows
        }

    async def keep_listings(self, network: NetworkKey, listings: Mapping[Address, ListedAt]) -> None:
        def work(connection: sqlite3.Connection) -> None:
            for account, listed in listings.items():
                text = None if listed.listing is None else msgspec.json.encode(listed.listing).decode()
                number = account_id(connection, AccountRef(network, account))
                connection.execute(_KEEP_LISTING, (number, micros(listed.at), text))

        # What a power cut takes is asked for once more.
        await self._database.write(work, durable=False)

    async def view(self, account: AccountRef, at: datetime) -> None:
        def work(connection: sqlite3.Connection) -> None:
            network = network_id(connection, account.network)
            connection.execute(_VIEW, (account_id(connection, account), network, micros(at)))
            connection.execute(_LAPSE, (micros(at) - _MICROS_KEPT,))

        await self._database.write(work, durable=False)

    async def viewed(self, network: NetworkKey, since: datetime, until: datetime, limit: int) -> tuple[AccountRef, ...]:
        rows = await self._database.rows(_VIEWED, network, micros(since), micros(until), limit)
        return tuple(AccountRef(network, Address(account)) for (account,) in rows)

    async def watched(self, network: NetworkKey, before: datetime, limit: int) -> tuple[AccountRef, ...]:
        rows = await self._database.rows(_WATCHED, network, micros(before), limit)
        return tuple(AccountRef(network, Address(account)) for (account,) in rows)
