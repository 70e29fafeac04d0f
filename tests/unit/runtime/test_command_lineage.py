"""How a stored lineage is told: whole addresses at any width, and long chains as they are."""

from datetime import UTC, datetime

import pytest

from stellarmap_common.cli.looking import tell_lineage
from stellarmap_common.domain.creation import AccountEnd, Creation, CreationKind, Incarnation, Source, genesis_creation
from stellarmap_common.domain.toid import toid
from stellarmap_common.domain.words import counted
from stellarmap_common.lineage.walk import Walk, WalkState
from stellarmap_common.runtime.reading import StoredLineage
from tests.support.facts import GENESIS, NETWORK, named, ref

LONG = 200


def made(account: str, creator: str, ledger: int) -> Creation:
    return Creation(
        network=NETWORK,
        account=named(account),
        created_op=toid(ledger, 1, 1),
        creator=named(creator),
        kind=CreationKind.CREATE_ACCOUNT,
        source=Source.HORIZON,
        created_at=datetime(2020, 1, 1, tzinfo=UTC),
        starting_balance_stroops=10**17,
    )


def stored(
    *, hops: int, children: int = 0, total: int | None = None, complete: bool = True, exact: bool = True
) -> StoredLineage:
    """A chain of so many hops, whose account has merged, and some of its children."""
    names = ["genesis", *(f"hop {number}" for number in range(1, hops))]
    lives = [Incarnation(genesis_creation(GENESIS))]
    lives += [Incarnation(made(name, names[at], at + 2)) for at, name in enumerate(names[1:])]
    end = AccountEnd(
        network=NETWORK,
        account=named(names[-1]),
        end_op=toid(9_000, 1, 1),
        merged_into=GENESIS.address,
        source=Source.HORIZON,
    )
    lives[-1] = Incarnation(lives[-1].creation, end)
    return StoredLineage(
        account=ref(names[-1]),
        walk=Walk(hops=tuple(reversed(lives)), state=WalkState.GENESIS),
        children=tuple(made(f"child {number}", names[-1], 5_000 + number) for number in range(children)),
        total=children if total is None else total,
        complete=complete,
        exact=complete and exact,
    )


@pytest.mark.parametrize("columns", ["20", "80", "200"])
def test_a_long_chain_is_told_with_whole_addresses_at_any_width(
    columns: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    long = stored(hops=LONG, children=3)
    tell_lineage(long)
    told = capsys.readouterr().out.splitlines()
    creations = [*(hop.creation for hop in reversed(long.walk.hops)), *long.children]
    lines = [line for line in told if "ledger" in line]
    assert [creation.account in line for creation, line in zip(creations, lines, strict=True)] == [True] * (LONG + 3)
    assert [line.index("G") for line in lines[:LONG]] == [5] * LONG  # not a level deeper per hop
    assert f"     merged into {GENESIS.address}" in told
    assert all("10000000000.0000000 XLM" in line for line in lines[1:])


def test_children_that_are_not_shown_and_those_not_read_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    tell_lineage(stored(hops=2, children=2, total=2, complete=False))
    partly = capsys.readouterr().out
    assert "└── not all children were read yet" in partly
    assert "more" not in partly
    tell_lineage(stored(hops=2, children=2, total=1_000))
    told = capsys.readouterr().out
    assert "└── + 998 more: --children 1000 shows them" in told
    assert "not all" not in told


def test_children_whose_source_does_not_tell_of_all_are_at_least_so_many(capsys: pytest.CaptureFixture[str]) -> None:
    tell_lineage(stored(hops=2, children=2, exact=False))
    told = capsys.readouterr().out
    assert "└── at least these: its source does not tell of all" in told
    assert "not all children were read" not in told


def test_one_is_counted_in_the_singular() -> None:
    assert (counted(1, "child", "children"), counted(0, "child", "children")) == ("1 child", "0 children")
    assert (counted(1, "hop"), counted(1_200, "hop")) == ("1 hop", "1,200 hops")
