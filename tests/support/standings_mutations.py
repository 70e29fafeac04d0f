"""The rules of the tracker, each taken out of the real code, so that a test can show that it would be missed."""

import inspect
import sys
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

import pytest

from stellarmap_common.adapters import standing_bytes
from stellarmap_hva_tracker import records, rules
from stellarmap_hva_tracker.balances import Balances
from stellarmap_hva_tracker.closings import Closings
from stellarmap_hva_tracker.delayed import Delayed
from stellarmap_hva_tracker.journal import owner
from stellarmap_hva_tracker.journal.owner import Owner
from stellarmap_hva_tracker.records import Records
from stellarmap_hva_tracker.stored import Stored
from stellarmap_hva_tracker.tracker import Tracker
from stellarmap_hva_tracker.window import Window


@dataclass(frozen=True, slots=True)
class Mutation:
    """A part of a function's text, and what stands there instead."""

    without: str
    of: Any  # a class or a module
    name: str
    part: str
    instead: str

    def __str__(self) -> str:
        return self.without.replace(" ", "_")

    def apply(self, patch: pytest.MonkeyPatch) -> None:
        """Afterwards the rule is not kept. Fails if its text is not there: no mutation loses its effect unseen."""
        function = inspect.unwrap(getattr(self.of, self.name))
        text = dedent(inspect.getsource(function))
        assert self.part in text, f"{self.name} has no {self.part!r}: this mutation changes nothing"
        names = vars(sys.modules[function.__module__])
        made: dict[str, Any] = {}
        exec(compile(text.replace(self.part, self.instead), f"<without {self.without}>", "exec"), names, made)  # noqa: S102 - our own text
        patch.setattr(self.of, self.name, made[self.name])


OF_RULES = (
    Mutation("equal versions ignored", Tracker, "_take", "event.version <= before.version", "False"),
    Mutation("ten positions", rules, "rank_down_at", "recorded + RANK_STEP", "recorded + RANK_STEP + 1"),
    Mutation("the board's end for falls", rules, "rank_down_at", "recorded <= board_size", "recorded < board_size"),
    Mutation("the board's end for rises", rules, "rank_up_at", "else board_size", "else board_size - 1"),
    Mutation("five percent", rules, "balance_change_due", "* 100 <", "* 100 <="),
    Mutation(
        "who stood there is looked up",
        Records,
        "due",
        "max(balance_stroops, before.balance_stroops)",
        "balance_stroops",
    ),
    Mutation("ranks compared where one is on the board", records, "change_due", " or recorded.rank <= board_size", ""),
    Mutation("rank before balance", records, "change_due", "return change or", "return"),
    Mutation(
        "each threshold by itself",
        Records,
        "record",
        "recorded[account] = now",
        "[at.update({account: now}) for at in self._recorded.values() if at is recorded or account in at]",
    ),
    Mutation("the overtaken told", Tracker, "_tell_of", "window.move(before_place, place)", "[]"),
    Mutation("the overtaken recorded", Tracker, "_tell_of", "window.told(rank)", "pass"),
    Mutation("the last one watched", Window, "move", "self._append(self._order.at(len(self._places) + 1))", "pass"),
    Mutation("ties by creation", Balances, "place_of", "held.place if", "(held.place[0], 0, held.place[2]) if"),
    Mutation("discovered told as such", Tracker, "_take", "event.discovered and before is None", "False"),
    Mutation("known once only", Tracker, "_take", "event.discovered and before is None", "event.discovered"),
    Mutation("who leaves the first ranks passed others", Tracker, "_tell_of", "if behind and", "if behind or"),
    Mutation("time that never goes back", Tracker, "_advance", "if at <= draft.at:\n        return", "pass"),
    Mutation("closings", Tracker, "_advance", "at.date() > draft.at.date()", "False"),
    Mutation(
        "closings of who left",
        Closings,
        "close",
        "_changed(day, before, self._last)",
        "filter(lambda each: each.standing, _changed(day, before, self._last))",
    ),
    Mutation("all closed every four weeks", Closings, "close", "is_all_written(day, next_day)", "False"),
    Mutation("the order of yesterday", Delayed, "advance", "ranks.move(before, place)", "pass"),
    Mutation("a whole day late", Delayed, "advance", "now - DAY", "now - DAY / 2"),
    Mutation("news told as such", Delayed, "add", "self._discovered.add(after.account)", "pass"),
)
"""Each is missed by a history of balances."""

OF_THE_JOURNAL = (
    Mutation(
        "append first",
        Owner,
        "_carry_out",
        "if not await self._store.append(row):",
        "await self._tell(row)\n    if not await self._store.append(row):",
    ),
    Mutation(
        "the epoch",
        Owner,
        "_carry_out",
        "if not await self._store.append(row):",
        "if not await self._store.append(row) and False:",
    ),
    Mutation("apply", Owner, "_tell", "await self._store.apply(row)", "pass"),
    Mutation(
        "mark last",
        Owner,
        "_tell",
        "await self._store.apply(row)",
        "await self._store.apply(row); await self._store.mark_applied(row)",
    ),
    Mutation("the last row again", Owner, "_taken_over", "not taken.applied", "False"),
    Mutation("the row at hand", Owner, "_carry_out", "row = self._decided", "row, self._decided = self._decided, None"),
    Mutation(
        "forgetting what was refused",
        Owner,
        "_carry_out",
        "self._tracker = self._decided = None",
        "self._decided = None",
    ),
    Mutation("carrying out before deciding", Owner, "_ready", "await self._carry_out()\n    yardstick", "yardstick"),
    Mutation(
        "small balances kept",
        owner,
        "read_book",
        "for each in portion]\n",
        "for each in portion if each.balance_stroops >= 100_000_000]\n",
    ),
    Mutation("what was recorded", owner, "read_book", "recorded=await _recorded(", "recorded={} and await _recorded("),
    Mutation("the movements of a day", owner, "read_book", "min(now - DAY, midnight)", "now"),
    Mutation("the last closing", Closings, "_before", "each.after.at >= self._midnight", "False"),
    Mutation(
        "restated closings",
        Closings,
        "restated",
        "(floor_stroops, by.board_size) == (now.floor_stroops, self._board_size)",
        "True",
    ),
    Mutation("the number", Stored, "next_draft", "last.number + 1 if last else 1", "1"),
    Mutation("the time", Stored, "next_draft", "last.at if last", "BEGINNING if last"),
    Mutation("coverage", Stored, "next_draft", "last.coverage if last and not lower", "last.coverage if False"),
    Mutation("coverage of a lower threshold", Stored, "next_draft", "last and not lower", "last"),
    Mutation("coverage as far down as it is ranked", Tracker, "_cover", "and reaches", ""),
    Mutation("coverage from some balance on", Tracker, "_cover", "0 < event.covers_xlm", "event.covers_xlm"),
    Mutation("anew once for each event", owner, "_due", "return set(stood_at) - told", "return stood_at"),
    Mutation("who was told of is not untold", owner, "_due", "not event.anew", "False"),
    Mutation("what is recorded ends first", Tracker, "record_anew", "if ended:", "if False:"),
    Mutation("settling", Tracker, "settle", "for account in portion:", "for account in portion[:1]:"),
    Mutation(
        "thresholds in force now", Owner, "_ready", "or self._tracker.yardstick != yardstick", "or not self._in_force"
    ),
    Mutation("who a larger board makes due", Tracker, "_overdue", "if rank <= up or rank >= down:", "if False:"),
    Mutation("who fell far below the board", Tracker, "_overdue", "on_it | self._records.of_the_board()", "on_it"),
    Mutation("the closings' own size", Closings, "restated", "by.board_size) ==", "self._board_size) =="),
    Mutation(
        "small movements kept",
        standing_bytes,
        "packed_movements",
        "in row.movements]",
        "in row.movements if movement.before]",
    ),
)
"""Each is missed by a process that dies, stalls or is refused, or by new thresholds."""
