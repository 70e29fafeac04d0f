"""Tells the seed of one network: a balance for each large account, the largest first, and with the last that these are all."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.profile import EnrichmentReason, began_with
from stellarmap_common.domain.standing import CREATED_UNKNOWN, HeldBalance
from stellarmap_common.domain.toid import Ledger
from stellarmap_common.events.base import fact_id
from stellarmap_common.events.enrichment import EnrichmentRequested
from stellarmap_common.events.standings import BalanceUpdated
from stellarmap_common.observability.failpoints import failpoint
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.publisher import EventPublisher
from stellarmap_common.ports.seed_store import StandingsSeed
from stellarmap_common.ports.stores import Stores
from stellarmap_ingest_bigquery.jobs import SAME_ANSWER, began_at
from stellarmap_ingest_bigquery.seeding.rows import HubbleAccount, SeedRows, version_of

log = structlog.get_logger(__name__)

KEPT = timedelta(hours=23)  # BigQuery keeps an answer for 24
TOLD_TOGETHER = 1_000


class Seeder:
    """One network's. What was begun is gone on with, by whichever process comes next."""

    def __init__(
        self, network: NetworkKey, rows: SeedRows, stores: Stores, publisher: EventPublisher, clock: Clock
    ) -> None:
        self._network = network
        self._rows = rows
        self._stores = stores
        self._publisher = publisher
        self._clock = clock

    async def begin(
        self, seed: StandingsSeed, lowest_xlm: int, *, wished: datetime | None, retold: bool
    ) -> StandingsSeed:
        """The seed with an answer that is to be told: of a short while ago at most, and of after the latest wish.

        A job that is still open is waited for, whenever it was begun.
        `retold`: only since the board does not know of the one before. Raises: Refused, SourceUnavailable, SourceRejected.
        """
        now = self._clock.now()
        job_id = await self._rows.ask(lowest_xlm, min(SAME_ANSWER, now - wished) if wished else SAME_ANSWER)
        begun = replace(
            seed,
            job_id=job_id,
            lowest_xlm=lowest_xlm,
            read_at=began_at(job_id),
            told=0,
            answered=wished,
            trouble="",
            tried_at=now,
            retold=retold,
        )
        await self._stores.seeds.keep(begun)
        failpoint("after_seed_begun")
        return begun

    async def is_kept(self, seed: StandingsSeed) -> bool:
        """True while the seed's answer can be read."""
        young = seed.read_at is not None and self._clock.now() - seed.read_at < KEPT
        return young and await self._rows.has(seed.job_id)

    async def tell(self, seed: StandingsSeed, board_size: int) -> StandingsSeed:
        """Afterwards all of its answer is told, and what those have now who were ranked and are not in it.

        Interrupted, it goes on where it was; what is told twice changes nothing.

        Raises: Refused, SourceUnavailable, SourceRejected.
        """
        telling = _Telling(seed, await self._high(seed.lowest_xlm), board_size)
        async for portion in self._rows.portions(seed.job_id):
            telling.loaded, last = portion.loaded, portion.total - 1
            numbered = list(enumerate(portion.accounts, portion.first))
            for start in range(0, len(numbered), TOLD_TOGETHER):
                await self._tell_together(telling, numbered[start : start + TOLD_TOGETHER], last)
        left = await self._tell_left(telling)
        if telling.last:  # it says that these were all
            (balance,) = await self._balances(telling, [telling.last], covers=telling.loaded)
            await self._publisher.publish(balance)
        done = replace(
            telling.seed,
            job_id="",
            told=telling.rows,
            covers=telling.loaded or None,
            covers_xlm=seed.lowest_xlm,
            covered_at=seed.read_at,
            trouble="",
            tried_at=self._clock.now(),
        )
        await self._stores.seeds.keep(done)
        told = {"accounts": done.told, "news": telling.news, "left": left}
        log.info("standings_seeded", network=self._network, ledger=done.covers, **told)
        return done

    async def _tell_together(
        self, telling: "_Telling", numbered: Sequence[tuple[int, HubbleAccount]], last: int
    ) -> None:
        news = [(number, account) for number, account in numbered if telling.meet(number, account, last)]
        telling.news += len(news)
        if not news:
            return
        balances = await self._balances(telling, [account for _, account in news])
        exact = [telling.look_at(account.address) for number, account in news if number < telling.board_size]
        await self._publisher.publish(*balances, *exact)
        failpoint("after_seed_portion")
        telling.seed = replace(telling.seed, told=telling.rows)
        await self._stores.seeds.keep(telling.seed)

    async def _tell_left(self, telling: "_Telling") -> int:
        """How many were ranked and are not in the answer: smaller by now, or gone. What they have is told."""
        left = telling.left
        if left:
            now = await self._rows.now_of(left, telling.loaded)
            await self._publisher.publish(*await self._balances(telling, now))
        return len(left)

    async def _balances(
        self, telling: "_Telling", accounts: Sequence[HubbleAccount], *, covers: Ledger | None = None
    ) -> list[BalanceUpdated]:
        began = await self._began(telling, accounts)
        return [telling.balance(account, began[account.address], covers=covers) for account in accounts]

    async def _high(self, lowest_xlm: int) -> dict[Address, HeldBalance]:
        """Who is ranked from there on, as far as that is known."""
        lowest_stroops = lowest_xlm * STROOPS_PER_XLM
        return {
            each.account: each
            async for portion in self._stores.tracker.balances(self._network)
            for each in portion
            if each.balance_stroops >= lowest_stroops
        }

    async def _began(self, telling: "_Telling", accounts: Sequence[HubbleAccount]) -> dict[Address, int]:
        """The operation that began each one's present life: as it was told before, else as it is stored."""
        began = {each.address: telling.began(each.address) for each in accounts}
        asked = [AccountRef(self._network, address) for address, op in began.items() if op == CREATED_UNKNOWN]
        creations = await self._stores.creations.creations_of(*asked) if asked else ()
        ends = await self._stores.creations.ends_of(*asked) if creations else ()
        for account in {creation.account for creation in creations}:
            began[account] = began_with(
                (each for each in creations if each.account == account),
                (each for each in ends if each.account == account),
            )
        return began


@dataclass(slots=True)
class _Telling:
    """How far it is."""

    seed: StandingsSeed
    high: dict[Address, HeldBalance]  # who was ranked before
    board_size: int  # first ranks, whose balances are to be exact
    met: set[Address] = field(default_factory=set)  # those of them who are in the answer
    loaded: Ledger = field(default=Ledger(0))
    rows: int = 0  # of the answer, so far
    news: int = 0
    last: HubbleAccount | None = None  # told when all others are

    def meet(self, number: int, account: HubbleAccount, last: int) -> bool:
        """True if that row of the answer, of whose rows the `last` has that number, is to be told now."""
        self.rows = number + 1
        known = self.high.get(account.address)
        if known:
            self.met.add(account.address)
        if number == last:
            self.last = account
            return False
        return number >= self.seed.told and (known is None or known.version < account.version)

    @property
    def left(self) -> list[Address]:
        """Who was ranked and is not in the answer, though that is younger."""
        return [
            account
            for account, held in self.high.items()
            if account not in self.met and held.version < version_of(self.loaded)
        ]

    def began(self, account: Address) -> int:
        """The operation that began its life, as it was told before."""
        known = self.high.get(account)
        return known.created_op if known else CREATED_UNKNOWN

    def balance(self, account: HubbleAccount, created_op: int, *, covers: Ledger | None) -> BalanceUpdated:
        network, version = self.seed.network, account.version
        covers_xlm = 0 if covers is None else self.seed.lowest_xlm
        assert self.seed.read_at is not None  # noqa: S101 - of a seed that was begun
        return BalanceUpdated(
            id=fact_id(BalanceUpdated.type, network, account.address, version, created_op, covers, covers_xlm),
            network=network,
            account=account.address,
            balance_stroops=account.balance_stroops,
            version=version,
            ledger=account.ledger,
            at=self.seed.read_at,
            created_op=created_op,
            home_domain=account.home_domain,
            discovered=not self._came_since(account),
            covers_ledger=covers,
            covers_xlm=covers_xlm,
        )

    def look_at(self, account: Address) -> EnrichmentRequested:
        """Horizon knows the exact balance, and its later ones: who was read once is read again by and by."""
        network = self.seed.network
        return EnrichmentRequested(
            id=fact_id(EnrichmentRequested.type, network, account, self.seed.job_id),
            network=network,
            account=account,
            reason=EnrichmentReason.PERIODIC,
        )

    def _came_since(self, account: HubbleAccount) -> bool:
        """True when the last seed would have told of it, had it been as large then: so it has grown since."""
        seed = self.seed
        return seed.covers is not None and seed.covers_xlm <= seed.lowest_xlm and account.ledger > seed.covers
