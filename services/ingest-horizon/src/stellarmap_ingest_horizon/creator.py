"""The creator step: every life of an account that Horizon's history holds, and who began each.

Two calls for almost every account: its sequence tells the latest ledger L that its present life can have begun in, and its
first records hold that creation and nothing before it. Where they do not, its records are read on through ledger L. Where
the creation is older than the history, Stellar Expert is asked. What nobody knows is unknown, with the reason.
"""

from stellarmap_common.domain.creation import UnplacedCreation
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.toid import LEDGER_SHIFT, Ledger, ledger_of
from stellarmap_common.errors import RateLimited, SourceRejected, SourceUnavailable
from stellarmap_common.ports.horizon import HORIZON_PAGE
from stellarmap_common.ports.sources import SourcePage
from stellarmap_ingest_horizon.asking import Asking, ElderLedgers, Page, StepFull
from stellarmap_ingest_horizon.cursors import Bound, Evidence, Scan, scan_of
from stellarmap_ingest_horizon.lives import LifeReader
from stellarmap_ingest_horizon.mapping import may_have_created, position_of, sequence_ledger, unplaced_creation

FIRST_RECORDS = 10
MOST_PAGES = 50  # of an account whose creation is not where its sequence points to: a hub may have 50,000
FULL_HISTORY = 2  # ledger 1 is the genesis ledger: nothing happened in it
CHECKED_AT_SEQUENCE = 2  # contract calls looked into at the ledger of the sequence


class CreatorStep:
    """One step. `asking` counts and bounds its calls."""

    def __init__(self, asking: Asking, elders: ElderLedgers, account: AccountRef) -> None:
        self._asking = asking
        self._elders = elders
        self._account = account
        self._reader = LifeReader(asking, account, Scan(Bound.end()))

    async def run(self, cursor: str) -> SourcePage:
        """What the step found after the cursor. A step that may not go on ends at the last settled record."""
        if cursor:
            self._reader.scan = scan_of(cursor)
        began_after = self._reader.scan.after
        try:
            if cursor or not await self._begin():
                await self._read_through()
            return await self._conclude()
        except (StepFull, RateLimited) as full:
            if self._reader.scan.after > began_after:
                return self._page(complete=False)
            if isinstance(full, RateLimited):
                raise
            raise SourceUnavailable(f"Horizon at {self._asking.horizon_url} is too slow to read one page") from full

    async def _begin(self) -> bool:
        """Reads the state and the first records; True when no later record can matter."""
        state, first = await self._asking.account_and_first_page(self._account.address, FIRST_RECORDS)
        ledger = Ledger(0) if state is None else sequence_ledger(state)
        self._reader.goes_to(Bound.end() if state is None else Bound.ledger(ledger))
        if await self._reader.read(first, counted=False):
            # The records may be the older answer of the two: then the end, or the beginning, that the state tells of is not
            # among them, and they are read on for it.
            return self._agrees_with(first, ledger, exists=state is not None)
        if ledger and not self._created_in(ledger):
            await self._look_at_sequence(ledger)
        return False

    def _agrees_with(self, first: Page, ledger: Ledger, *, exists: bool) -> bool:
        """True when the state and the first records tell one story."""
        if not exists:
            return self._reader.scan.evidence not in (Evidence.CREATED, Evidence.ALIVE)
        elder = self._elders.known(self._account.network)
        is_cut = elder is not None and ledger < elder  # then the beginning is in no record
        return is_cut or self._reader.scan.bound.passed_by(first.last) or self._created_in(ledger)

    def _created_in(self, ledger: Ledger) -> bool:
        return any(creation.ledger == ledger for creation in self._reader.creations)

    async def _look_at_sequence(self, ledger: Ledger) -> None:
        """Finds the creation of the present life where the sequence points to: then only earlier lives are missing."""
        page = await self._asking.page(self._account.address, (ledger << LEDGER_SHIFT) - 1, FIRST_RECORDS)
        unchecked = CHECKED_AT_SEQUENCE
        for record in page.records:
            if ledger_of(position_of(record)) != ledger:
                return
            by_contract = may_have_created(record, account=self._account.address)
            unchecked -= by_contract
            if by_contract and unchecked < 0:
                return
            created = await self._reader.creation_in(record)
            if created:  # the operation, not the ledger, is what counts: a bumped sequence points anywhere
                self._reader.goes_to(Bound.operation(created.created_op))
                return

    async def _read_through(self) -> None:
        while not self._given_up:
            page = await self._asking.page(self._account.address, self._reader.scan.after, HORIZON_PAGE)
            if await self._reader.read(page):
                return

    @property
    def _given_up(self) -> bool:
        """True once so many pages were read for a creation that may be nowhere near."""
        bound = self._reader.scan.bound
        return bound.exists and not bound.creation_known and self._reader.scan.pages >= MOST_PAGES

    async def _conclude(self) -> SourcePage:
        exists, evidence = self._reader.scan.bound.exists, self._reader.scan.evidence
        if evidence is Evidence.CREATED and not self._given_up:
            return self._page(complete=True)  # one that is gone, too: it was created again since its state was read
        if evidence is Evidence.MERGED and not exists:
            return self._page(complete=True, merged=True)
        elder = await self._asking.elder_ledger(self._account.network, self._elders)
        since = elder if elder > FULL_HISTORY else None
        never_seen = evidence is Evidence.NOTHING and not exists
        if never_seen and since is None:
            return self._page(complete=True, not_found=True)
        unplaced, silence = await self._expert_knows()
        if unplaced:  # where the creation by that creator is known after all, the store drops it
            return self._page(complete=True, merged=not exists, since=since, unplaced=unplaced)
        reason = f"not in the history from ledger {since}" if never_seen else self._why_unknown(since)
        return self._page(
            complete=True,
            merged=not exists and not never_seen,
            not_found=never_seen,
            since=since,
            reason=f"{reason}; {silence}",
        )

    async def _expert_knows(self) -> tuple[UnplacedCreation | None, str]:
        """What Stellar Expert knows of the account's creation, or why that is nothing."""
        if self._asking.expert_url is None:
            return None, "Stellar Expert is not asked (its URL is empty)"
        try:
            found = await self._asking.expert_account(self._account.address)
        except SourceRejected as error:
            return None, str(error)  # it may want a key: no fault of the account, and no use in asking again
        unplaced = unplaced_creation(found, self._account) if found else None
        return unplaced, "Stellar Expert does not know it either"

    def _why_unknown(self, since: Ledger | None) -> str:
        if self._given_up:
            records = MOST_PAGES * HORIZON_PAGE
            return f"only its first {records:,} records were read, and its sequence points beyond them"
        if since is None:
            return "no creation of it in the whole history"
        return f"created before ledger {since}, where the history of Horizon at {self._asking.horizon_url} begins"

    def _page(  # noqa: PLR0913 - the answers a step can give
        self,
        *,
        complete: bool,
        merged: bool = False,
        not_found: bool = False,
        since: Ledger | None = None,
        unplaced: UnplacedCreation | None = None,
        reason: str | None = None,
    ) -> SourcePage:
        reader = self._reader
        return SourcePage(
            cursor=str(reader.scan),
            complete=complete,
            creations=tuple(reader.creations),
            ends=tuple(reader.ends),
            unplaced=(unplaced,) if unplaced else (),
            anchors=tuple(reader.anchors.items()),
            since_ledger=since,
            creator_unknown_reason=reason,
            not_found=not_found,
            merged=merged,
            calls=self._asking.calls,
        )
