"""Reads an account's records for its lives: each creation, each merge, and whether the latest life's creation is known."""

from dataclasses import replace
from datetime import datetime

from stellarmap_common.domain.creation import AccountEnd, Creation
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.toid import Ledger
from stellarmap_common.ports.horizon import Record
from stellarmap_ingest_horizon.asking import Asking, Page
from stellarmap_ingest_horizon.cursors import Bound, Evidence, Scan
from stellarmap_ingest_horizon.mapping import (
    anchor_of,
    created_by_contract,
    creation_of,
    end_of,
    may_have_created,
    position_of,
    shows_alive,
)


class LifeReader:
    """Goes through the records in order. `scan` says at any time what is settled."""

    def __init__(self, asking: Asking, account: AccountRef, scan: Scan) -> None:
        self.scan = scan
        self.creations: list[Creation] = []
        self.ends: list[AccountEnd] = []
        self.anchors: dict[Ledger, datetime] = {}
        self._asking = asking
        self._account = account

    def goes_to(self, bound: Bound) -> None:
        """Afterwards records are read up to there."""
        self.scan = replace(self.scan, bound=bound)

    async def read(self, page: Page, *, counted: bool = True) -> bool:
        """Settles each record of the page in turn; True when no later record can matter."""
        for record in page.records:
            evidence = await self._evidence_after(record)
            self.scan = replace(self.scan, after=position_of(record), evidence=evidence)
        if page.records:
            self.anchors.update(anchor_of(record) for record in (page.records[0], page.records[-1]))
        self.scan = replace(self.scan, after=page.last, pages=self.scan.pages + counted)
        return page.ended or self.scan.bound.passed_by(page.last)

    async def creation_in(self, record: Record) -> Creation | None:
        """The creation of the account that this record is, if it is one. Of a contract call only its effects tell."""
        if not may_have_created(record, account=self._account.address):
            return self._created_by(record)
        effects = await self._asking.effects(record)
        found = created_by_contract(record, effects, self._account.network)
        return next((each for each in found if each.account == self._account.address), None)

    def _created_by(self, record: Record) -> Creation | None:
        created = creation_of(record, self._account.network)
        return created if created and created.account == self._account.address else None

    async def _evidence_after(self, record: Record) -> Evidence:
        evidence = self.scan.evidence
        end = end_of(record, self._account.network)
        if end and end.account == self._account.address:
            self.ends.append(end)
            return Evidence.MERGED if evidence is Evidence.CREATED else Evidence.ENDED
        exists = evidence in (
            Evidence.CREATED,
            Evidence.ALIVE,
        )  # then no transfer creates it, and no call is spent on one
        created = self._created_by(record) if exists else await self.creation_in(record)
        if created:
            self.creations.append(created)
            return Evidence.CREATED
        return Evidence.ALIVE if not exists and shows_alive(record, self._account.address) else evidence
