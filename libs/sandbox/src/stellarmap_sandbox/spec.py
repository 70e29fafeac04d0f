"""Which simulated network: its seed and size decide every byte of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stellarmap_common.domain.network import NetworkKey, sandbox_key, sandbox_passphrase

FIRST_CLOSE = datetime(2017, 1, 1, tzinfo=UTC)
LEDGER_SECONDS = 5
LEAST_HUB = 500  # children: some of them create others, so that few would be too few
BASE_LEDGER = 56_800_000  # nine years of ledgers: histories are as long, and operation ids as large, as the public ones


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """A network of `accounts` addresses ever created by its base ledger.

    `hub_children`, a size for tests: exactly so many creations by the largest hub, instead of three accounts in ten.
    """

    seed: int
    accounts: int
    hub_children: int | None = None

    def __post_init__(self) -> None:
        if self.hub_children is not None and not LEAST_HUB <= self.hub_children <= self.accounts // 10 * 9:
            raise ValueError(f"a hub has at least {LEAST_HUB} children, and at most nine tenths of the accounts")

    @property
    def key(self) -> NetworkKey:
        """The first part of every key about this network."""
        return sandbox_key(self.seed, self.accounts)

    @property
    def passphrase(self) -> str:
        """What its genesis account is derived from."""
        return sandbox_passphrase(self.key)

    @property
    def name(self) -> str:
        """A name for its folder: two specs never share one."""
        return self.key if self.hub_children is None else f"{self.key}-hub-{self.hub_children}"


def close_time(ledger: int) -> datetime:
    """When a ledger closed: five seconds after the one before, whatever the pace they are made at."""
    return FIRST_CLOSE + timedelta(seconds=(ledger - 1) * LEDGER_SECONDS)


def close_text(ledger: int) -> str:
    """The close time as Horizon writes it."""
    return close_time(ledger).strftime("%Y-%m-%dT%H:%M:%SZ")
