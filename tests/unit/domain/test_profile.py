"""Parts of a profile come together to the same in every order; a stranger's text is kept short and printable."""

from datetime import timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stellarmap_common.domain.profile import Entry, Profile, began_with, gone, merge, printable
from stellarmap_common.domain.standing import CREATED_UNKNOWN
from tests.support.profiles import entry, holding, issuing, listed, minute, read, told
from tests.support.stores import NOON, account, creation, end

A = account("A")
MINUTES = st.integers(0, 3)
PARTS = st.one_of(
    st.builds(lambda ledger, at: read(A, ledger, at), st.integers(100, 103), MINUTES),
    st.builds(
        lambda ledger, at: Profile(account=A, entry=Entry(exists=False, version=ledger * 10 + 6), entry_at=minute(at)),
        st.integers(100, 103),
        MINUTES,
    ),
    st.builds(lambda at, lines: holding(A, at, lines), MINUTES, st.integers(0, 2)),
    st.builds(lambda at, codes: issuing(A, at, *codes), MINUTES, st.lists(st.sampled_from("XY"))),
    st.builds(lambda at, name: listed(A, at, name), MINUTES, st.sampled_from([None, "one", "two"])),
    st.builds(lambda at, digest: told(A, at, digest), MINUTES, st.sampled_from(["one", "two"])),
)


@given(st.lists(PARTS, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_partial_answers_does_not_matter(parts: list[Profile], chance: object) -> None:
    whole = reduce(merge, parts)
    shuffled = parts * 2
    chance.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis gives a Random
    assert reduce(merge, shuffled) == whole
    half = len(parts) // 2
    if half:
        assert merge(reduce(merge, parts[half:]), reduce(merge, parts[:half])) == whole


def test_profiles_of_two_accounts_are_never_merged() -> None:
    with pytest.raises(ValueError, match="two accounts"):
        merge(Profile(account=A), Profile(account=account("B")))


def test_a_profile_is_fresh_while_all_that_horizon_tells_is() -> None:
    hour = timedelta(hours=1)
    parts = read(A, 100, 10), holding(A, 20), issuing(A, 30)
    whole = reduce(merge, parts)
    assert whole.is_fresh(minute(69), hour)
    assert not whole.is_fresh(minute(70), hour)
    for missing in range(3):
        assert not reduce(merge, [part for part in parts if part is not parts[missing]]).is_fresh(minute(31), hour)
    assert whole.read_at == minute(30)


def test_a_merged_account_is_as_of_the_merge_that_ended_it() -> None:
    made, ended = creation("A", "B", 5), end("A", "B", 9)
    assert gone(None, [made], [ended], NOON) == Entry(exists=False, version=96)
    assert gone(read(A, 7, 0), [made], [ended], NOON) == Entry(exists=False, version=96)


def test_an_account_gone_without_a_known_merge_is_later_than_all_that_is_known() -> None:
    made, earlier_end, again = creation("A", "B", 5), end("A", "B", 9), creation("A", "B", 12)
    lives = ([made, again], [earlier_end])
    assert gone(None, *lives, NOON) == Entry(exists=False, version=120)
    known = read(A, 20, 0)
    late = minute(10)
    assert gone(known, *lives, late) == Entry(exists=False, version=210)
    assert merge(known, Profile(account=A, entry=gone(known, *lives, late))).entry == Entry(exists=False, version=210)
    assert merge(
        Profile(account=A, entry=entry(21)), Profile(account=A, entry=gone(known, *lives, late))
    ).entry == entry(21)


def test_an_account_read_a_moment_ago_is_not_believed_to_be_gone() -> None:
    assert gone(read(A, 20, 0), [creation("A", "B", 5)], [], minute(9)) is None


def test_of_an_account_that_nobody_knows_nothing_is_said() -> None:
    assert gone(None, [], [], NOON) is None


def test_an_account_that_stays_gone_keeps_its_version() -> None:
    was = Entry(exists=False, version=96)
    assert gone(Profile(account=A, entry=was, entry_at=NOON), [creation("A", "B", 5)], [], minute(99)) == was


def test_the_present_life_began_with_its_creation() -> None:
    lives = [creation("A", "B", 12), creation("A", "B", 5)]
    assert began_with(lives, [end("A", "B", 9)]) == lives[0].created_op
    assert began_with([], []) == CREATED_UNKNOWN


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("example.org", "example.org"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"[:32]),
        ("a\x00b\nc\u202ed\u200be", "abcde"),
        ("  two   words ", "two words"),
        ("\x07", None),
        ("", None),
        (None, None),
        (7, None),
        ("ü" * 40, "ü" * 32),
    ],
)
def test_a_strangers_text_is_one_short_printable_line(text: object, kept: str | None) -> None:
    assert printable(text, 32) == kept


@given(st.text())
def test_no_text_becomes_longer_or_gains_anything(text: str) -> None:
    kept = printable(text, 32)
    assert kept is None or (len(kept) <= 32 and kept.isprintable() and printable(kept, 32) == kept)
