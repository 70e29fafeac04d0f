"""Which ledger is the present one: kept in a file, so that a restart goes on where the network would be by now."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from stellarmap_sandbox.spec import BASE_LEDGER


class _Anchor(msgspec.Struct):
    """At that time, that ledger had closed; the pace since then."""

    ledger: int
    at: datetime
    ledger_s: float


@dataclass(frozen=True, slots=True)
class Pace:
    """The ledger of each moment."""

    anchor: _Anchor

    @classmethod
    def kept_in(cls, file: Path, ledger_s: float, now: datetime) -> "Pace":
        """The pace of the file, or a new one from the base ledger; another `ledger_s` counts from now on."""
        kept = msgspec.json.decode(file.read_bytes(), type=_Anchor) if file.exists() else None
        if kept and kept.ledger_s == ledger_s:
            return cls(kept)
        pace = cls(_Anchor(cls(kept).ledger_at(now) if kept else BASE_LEDGER, now, ledger_s))
        file.parent.mkdir(parents=True, exist_ok=True)
        making = file.with_suffix(".making")
        making.write_bytes(msgspec.json.encode(pace.anchor))
        making.rename(file)
        return pace

    @property
    def frozen(self) -> bool:
        """True when no ledger closes any more."""
        return self.anchor.ledger_s == 0

    def ledger_at(self, now: datetime) -> int:
        """The last ledger closed by then."""
        if self.frozen:
            return self.anchor.ledger
        return self.anchor.ledger + max(0, int((now - self.anchor.at).total_seconds() / self.anchor.ledger_s))

    def seconds_to_next(self, now: datetime) -> float:
        """How long until another one closes."""
        following = (self.ledger_at(now) + 1 - self.anchor.ledger) * self.anchor.ledger_s
        return max(0.0, following - (now - self.anchor.at).total_seconds())
