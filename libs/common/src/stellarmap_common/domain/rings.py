"""The children of an account as dots in the order of their creation: of each the minute, and the class of its starting balance.

The balance is the one that a child was created with: a fact that never changes, and known of nearly every child. What it holds
today is known only of children that somebody has looked at, so it is told where those are told, and not of a million dots.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

STROOPS = 10_000_000  # of one XLM
UNKNOWN_BALANCE = 0
BALANCES_FROM = (0, 1, 2 * STROOPS, 10 * STROOPS, 100 * STROOPS, 10_000 * STROOPS)
"""Where the classes from 1 on begin, in stroops: nothing, under 2 XLM, 2 – 10, 10 – 100, 100 – 10,000, and 10,000 or more."""
UNDATED = 0x80  # beside the class: the minute is not known
CHUNK = 4_096
"""Children of a full chunk: a few less or more where one operation has several."""

_MINUTE_MICROS = 60_000_000
_CONTINUED = 0x80
_SEVEN_BITS = 0x7F

Dot = tuple[int, int | None, int | None]
"""Operation, creation time in microseconds since 1970, and starting balance in stroops; the last two may be unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RingChunk:
    """A stretch of an account's children, as bytes."""

    first_op: int
    last_op: int
    children: int
    first_minute: int | None  # since 1970, of the first child whose time is known; None: of none of them
    last_minute: int | None  # of the last such child
    steps: bytes  # minutes from child to child as zigzag varints; the first is 0, and so are those to an unknown minute
    classes: bytes  # of the balances, one byte each, with UNDATED


@dataclass(frozen=True, slots=True, kw_only=True)
class Rings:
    """All children of an account."""

    chunks: tuple[RingChunk, ...]

    @property
    def children(self) -> int:
        """How many there are."""
        return sum(chunk.children for chunk in self.chunks)

    @property
    def first_minute(self) -> int:
        """Where the steps begin: the minute of the first child whose time is known; 0 if none is."""
        return next((chunk.first_minute for chunk in self.chunks if chunk.first_minute is not None), 0)

    def steps(self) -> bytes:
        """Of all children: the first of each chunk leads from the chunk before."""
        parts: list[bytes] = []
        minute = self.first_minute
        for chunk in self.chunks:
            if chunk.first_minute is None or chunk.last_minute is None:
                parts.append(chunk.steps)
                continue
            parts += (varint(zigzag(chunk.first_minute - minute)), chunk.steps[1:])
            minute = chunk.last_minute
        return b"".join(parts)

    def classes(self) -> bytes:
        """Of all children."""
        return b"".join(chunk.classes for chunk in self.chunks)

    def place_of(self, index: int) -> tuple[RingChunk, int] | None:
        """The chunk that the child of that index is in, and its index there; None if there are not so many."""
        for chunk in self.chunks:
            if index < chunk.children:
                return chunk, index
            index -= chunk.children
        return None


def balance_class(stroops: int | None) -> int:
    """The class of a starting balance."""
    return UNKNOWN_BALANCE if stroops is None else bisect_right(BALANCES_FROM, stroops)


def minute_of(micros: int) -> int:
    """The minute that a time in microseconds lies in."""
    return micros // _MINUTE_MICROS


def chunk_of(dots: Sequence[Dot]) -> RingChunk:
    """The chunk of these children, at least one, in their order."""
    known = [minute_of(at) for _, at, _ in dots if at is not None]
    steps, classes = bytearray(), bytearray()
    minute = known[0] if known else 0
    for _, at, balance in dots:
        if at is None:
            steps.append(0)
            classes.append(balance_class(balance) | UNDATED)
            continue
        step, minute = minute_of(at) - minute, minute_of(at)
        if 0 <= step <= _SEVEN_BITS >> 1:
            steps.append(step << 1)
        else:
            steps += varint(zigzag(step))
        classes.append(balance_class(balance))
    return RingChunk(
        first_op=dots[0][0],
        last_op=dots[-1][0],
        children=len(dots),
        first_minute=known[0] if known else None,
        last_minute=known[-1] if known else None,
        steps=bytes(steps),
        classes=bytes(classes),
    )


def whole_operations(dots: Sequence[Sequence[Any]], size: int) -> int:
    """How many of the first `size` make a chunk, so that none ends between two children of one operation.

    0: all of them are of one operation, and more of it follow.
    """
    if len(dots) <= size:
        return len(dots)
    end = size
    while end and dots[end - 1][0] == dots[size][0]:
        end -= 1
    return end


def full_chunks(dots: list[Dot]) -> Iterator[RingChunk]:
    """Takes full chunks off the front, as long as more follows them; what is left may be a chunk by itself."""
    size = CHUNK
    while len(dots) > size:
        if count := whole_operations(dots, size):
            yield chunk_of(dots[:count])
            del dots[:count]
            size = CHUNK
        else:
            size *= 2


def zigzag(number: int) -> int:
    """The number without a sign: small ones stay small. Times may go back where a fact has a broken one."""
    return number << 1 if number >= 0 else (-number << 1) - 1


def varint(number: int) -> bytes:
    """The number in as few bytes as it needs, low bits first."""
    written = bytearray()
    while number > _SEVEN_BITS:
        written.append(number & _SEVEN_BITS | _CONTINUED)
        number >>= 7
    written.append(number)
    return bytes(written)
