"""The bytes that the web client is tested with are those that the server writes.

`python -m tests.unit.gateway.test_rings_fixture` writes them anew.
"""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stellarmap_common.domain import rings as domain
from stellarmap_common.domain.rings import Dot, Rings, chunk_of, full_chunks
from stellarmap_gateway.views.rings import rings_body
from tests.support.rings import seen_rings, true_class

FIXTURE = Path(__file__).parents[3] / "services/web/tests/tree/rings.json"
AS_OF = datetime(2026, 11, 1, 12, 0, 0, 123_000, tzinfo=UTC)
MINUTE = 60_000_000
SOME: list[Dot] = [
    (number, (24_061_000 + number**3) * MINUTE + number, amount)
    for number, amount in enumerate((None, 0, 1, 2 * 10**7, 10**8, 10**9, 10**11, 2**63 - 1))
]
BROKEN: list[Dot] = [  # times that are not known, and times that go back, by a little and by decades
    (1, None, 0),
    (2, 24_061_000 * MINUTE, 5),
    (3, None, None),
    (4, 24_060_999 * MINUTE, 10**12),
    (5, 0, 10**8),
    (6, 4_000_000_000 * MINUTE, 10**8),
]
CASES: dict[str, list[Dot]] = {"some": SOME, "none": [], "broken times": BROKEN, "no time at all": [(1, None, 3)] * 3}


def fixture() -> dict[str, Any]:
    return {
        name: {
            "body": base64.b64encode(rings_body(rings_of(dots), as_of=AS_OF, complete=name != "broken times")).decode(),
            "complete": name != "broken times",
            "as_of_ms": round(AS_OF.timestamp() * 1_000),
            "dots": [[None if at is None else at // MINUTE, true_class(balance)] for _, at, balance in dots],
        }
        for name, dots in CASES.items()
    }


def rings_of(dots: list[Dot]) -> Rings:
    """In chunks of two, so that the fixture has their seams."""
    left = list(dots)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(domain, "CHUNK", 2)
        chunks = [*full_chunks(left)]
    return Rings(chunks=(*chunks, *([chunk_of(left)] if left else [])))


def test_the_fixture_of_the_web_client_is_what_the_server_writes() -> None:
    assert json.loads(FIXTURE.read_text()) == fixture()


@pytest.mark.parametrize("name", CASES)
def test_what_is_written_is_read_the_same_by_another_reader(name: str) -> None:
    case = fixture()[name]
    found = seen_rings(base64.b64decode(case["body"]))
    assert [list(dot) for dot in found.dots] == case["dots"]
    assert (found.complete, found.as_of_ms) == (case["complete"], case["as_of_ms"])


if __name__ == "__main__":
    FIXTURE.write_text(json.dumps(fixture(), indent=1) + "\n")
