"""Rings read as the documentation says they are written, by nothing that writes them."""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stellarmap_common.domain.creation import Creation

SeenDot = tuple[int | None, int]
"""The minute since 1970, if it is known, and the class of the starting balance."""
ENDS = (0, 2 * 10**7, 10 * 10**7, 100 * 10**7, 10_000 * 10**7)
"""The largest starting balances (in stroops; that of the first included, of the others not) of the classes 1 to 5."""


@dataclass(frozen=True, slots=True)
class SeenRings:
    """What a client has of an answer."""

    version: int
    complete: bool
    as_of_ms: int
    dots: list[SeenDot]


def seen_rings(body: bytes) -> SeenRings:
    """The answer, read."""
    magic, version, flags, header, count, first, length, as_of_ms = struct.unpack_from("<4sBBHIIIQ", body)
    assert magic == b"RING"
    steps, classes = body[header : header + length], body[header + length :]
    return SeenRings(version, bool(flags & 1), as_of_ms, list(seen_dots(first, steps, classes, count)))


def seen_dots(minute: int, steps: bytes, classes: bytes, count: int) -> Iterator[SeenDot]:
    """The dots of these planes."""
    numbers = list(varints(steps))
    assert len(numbers) == len(classes) == count
    for number, told in zip(numbers, classes, strict=True):
        minute += number >> 1 if number % 2 == 0 else -(number + 1 >> 1)
        yield None if told & 0x80 else minute, told & 0x7F


def varints(written: bytes) -> Iterator[int]:
    number, shift = 0, 0
    for byte in written:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield number
            number, shift = 0, 0
    assert shift == 0


def true_dots(children: Iterable[Creation]) -> list[SeenDot]:
    """What rings have to say of these creations."""
    return [
        (
            int(child.created_at.timestamp()) // 60 if child.created_at else None,
            true_class(child.starting_balance_stroops),
        )
        for child in children
    ]


def true_class(stroops: int | None) -> int:
    if stroops is None:
        return 0
    if stroops == 0:
        return 1
    return 2 + sum(stroops >= end for end in ENDS[1:])
