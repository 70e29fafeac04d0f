"""Changes of standings, newest first: of a network at one threshold, or of one account."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Self
from uuid import UUID

from stellarmap_common.domain.address_text import contains_seed
from stellarmap_common.domain.amounts import InvalidAmount, stroops_from_decimal
from stellarmap_common.domain.network import AccountRef, NetworkKey
from stellarmap_common.domain.standing import ChangeType, StandingChange, balance_change_pct, rank_change
from stellarmap_common.ports.networks import Network
from stellarmap_common.ports.standing_store import ChangeQuery
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.cursors import VERSION, ChangesCursor, question_of, read_cursor, written
from stellarmap_gateway.moments import first_moment, last_moment
from stellarmap_gateway.problems import AMOUNT_ADVICE, secret_seed, unprocessable
from stellarmap_gateway.schemas.standings import StandingChanges, StandingChangeView
from stellarmap_gateway.views.scope import scope_of
from stellarmap_gateway.views.standings.ranking import ranking_of
from stellarmap_gateway.views.standings.rows import rounded
from stellarmap_gateway.views.standings.scan import TOGETHER, Read

SCANNED = 10_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEXT = timedelta(microseconds=1)
_LAST = datetime.max.replace(tzinfo=UTC) - _NEXT
_BEFORE_ALL = str(UUID(int=0))  # ids of one moment: none is smaller


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesQuestion:
    """Which changes are asked for."""

    limit: int
    cursor: str | None = None
    threshold_xlm: int | None = None
    types: frozenset[ChangeType] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    domain_part: str = ""  # in small letters
    min_stroops: int | None = None
    max_stroops: int | None = None

    @classmethod
    def read(  # noqa: PLR0913 - the parameters of the query
        cls,
        *,
        threshold: int | None,
        types: Sequence[ChangeType] | None,
        limit: int,
        cursor: str | None,
        since: str | None = None,
        until: str | None = None,
        home_domain: str | None = None,
        min_balance: str | None = None,
        max_balance: str | None = None,
    ) -> Self:
        """The question that the parameters ask. Raises: ApiProblem."""
        if home_domain and contains_seed(home_domain):
            raise secret_seed()
        return cls(
            limit=limit,
            cursor=cursor,
            threshold_xlm=threshold,
            types=frozenset(types or ()),
            since=first_moment(since, "query.from") if since is not None else None,
            until=last_moment(until, "query.to") if until is not None else None,
            domain_part=(home_domain or "").strip().lower(),
            min_stroops=_stroops(min_balance, "query.min_balance"),
            max_stroops=_stroops(max_balance, "query.max_balance"),
        )

    @property
    def narrowed(self) -> bool:
        """True when some of the changes that are read may not be among those that are asked for."""
        return bool(self.domain_part) or self.min_stroops is not None or self.max_stroops is not None

    def fits(self, change: StandingChange) -> bool:
        """True for a change that is asked for, of those that the store gives."""
        return (
            self.domain_part in (change.home_domain or "").lower()
            and (self.min_stroops is None or change.balance_stroops >= self.min_stroops)
            and (self.max_stroops is None or change.balance_stroops <= self.max_stroops)
        )

    def asked_of(self, whose: NetworkKey | AccountRef) -> str:
        """What stands in cursors: a page goes on only with the question it began with."""
        return question_of("changes", str(whose), replace(self, limit=0, cursor=None))

    def query(self, asked: str) -> ChangeQuery:
        """The same for the store. Raises: ApiProblem, for a cursor of another question."""
        before = None if self.until is None else (min(self.until, _LAST) + _NEXT, _BEFORE_ALL)
        if self.cursor is not None:
            place = read_cursor(self.cursor, asked, ChangesCursor)
            before = _EPOCH + place.at_us * _NEXT, str(place.change)
        return ChangeQuery(threshold_xlm=self.threshold_xlm, types=self.types, since=self.since, before=before)


async def network_changes(gateway: Gateway, network: Network, question: ChangesQuestion) -> StandingChanges:
    """One page of a network's changes at one threshold. Raises: ApiProblem."""
    chosen = (await ranking_of(gateway, network.key)).chosen(question.threshold_xlm)
    question = replace(question, threshold_xlm=chosen)
    return await _answered(
        gateway, network.key, question, network.key, lambda query: gateway.stores.standings.changes(network.key, query)
    )


async def account_changes(gateway: Gateway, account: AccountRef, question: ChangesQuestion) -> StandingChanges:
    """One page of an account's changes. Raises: ApiProblem."""
    if question.threshold_xlm is not None:
        (await ranking_of(gateway, account.network)).check(question.threshold_xlm)
    return await _answered(
        gateway, account.network, question, account, lambda query: gateway.stores.standings.changes_of(account, query)
    )


def change_view(change: StandingChange) -> StandingChangeView:
    """One change, as it is seen at the lowest of its thresholds."""
    step = change.steps[0]
    before = step.before
    percent = balance_change_pct(before.balance_stroops, change.balance_stroops) if before else None
    return StandingChangeView(
        id=change.id,
        address=change.account.address,
        threshold_xlm=step.threshold_xlm,
        thresholds_xlm=[each.threshold_xlm for each in change.steps],
        type=change.type,
        reason=change.reason,
        old_rank=before.rank if before else None,
        new_rank=change.after.rank if change.after else None,
        rank_change=rank_change(before, change.after),
        old_balance_stroops=str(before.balance_stroops) if before else None,
        new_balance_stroops=str(change.balance_stroops),
        balance_change_pct=rounded(percent),
        home_domain=change.home_domain,
        ledger=change.ledger,
        changed_at=change.at,
        cause=change.cause,
    )


@dataclass(frozen=True, slots=True)
class _Page:
    found: Sequence[StandingChange]
    last: StandingChange | None  # where to go on; None at the end
    scanned: int
    truncated: bool = False


async def _answered(
    gateway: Gateway, network: NetworkKey, question: ChangesQuestion, whose: NetworkKey | AccountRef, read: Read
) -> StandingChanges:
    asked = question.asked_of(whose)
    page = await _page(question, question.query(asked), read)
    return StandingChanges(
        **scope_of(gateway, network),
        threshold_xlm=question.threshold_xlm,
        changes=[change_view(change) for change in page.found],
        next_cursor=_cursor_after(page.last, asked) if page.last else None,
        truncated=page.truncated,
        scanned=page.scanned,
    )


async def _page(question: ChangesQuestion, query: ChangeQuery, read: Read) -> _Page:
    """Reads on until the page is full or the bound is met; the page ends at the last change it looked at."""
    together = TOGETHER if question.narrowed else question.limit + 1
    found: list[StandingChange] = []
    scanned, last, before = 0, None, query.before
    while scanned < SCANNED:
        changes = await read(replace(query, before=before, limit=together))
        for change in changes:
            if len(found) == question.limit:
                return _Page(found, last, scanned)
            scanned, last = scanned + 1, change
            if question.fits(change):
                found.append(change)
        if len(changes) < together:
            return _Page(found, None, scanned)
        before = changes[-1].at, changes[-1].id
    return _Page(found, last, scanned, truncated=True)


def _cursor_after(change: StandingChange, asked: str) -> str:
    return written(ChangesCursor(VERSION, asked, (change.at - _EPOCH) // _NEXT, UUID(change.id)))


def _stroops(text: str | None, where: str) -> int | None:
    """The amount of XLM that the text is. Raises: ApiProblem; the text itself is never repeated."""
    if text is None:
        return None
    try:
        return stroops_from_decimal(text.strip())
    except InvalidAmount:
        raise unprocessable(
            "invalid-amount", "This is no amount of XLM: 100000, or 0.0000001.", advice=AMOUNT_ADVICE, where=where
        ) from None
