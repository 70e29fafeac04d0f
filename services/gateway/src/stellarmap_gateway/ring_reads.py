"""Rings are read once by those who ask for one hub at the same time, or point at its dots."""

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.rings import Rings
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.ring_store import RingStore
from stellarmap_gateway.shared_reads import Bounds, SharedReads

BOUNDS = Bounds(at_once=2, patience_s=2.0, most_kept=64 * 2**20)  # bytes: 32 million children
_CHUNK_BYTES = 400  # beside what it says of its children


def ring_reads(store: RingStore, clock: Clock, bounds: Bounds = BOUNDS) -> SharedReads[AccountRef, Rings]:
    """Rings as they were read last."""
    return SharedReads(store.rings_of, clock, bounds, bytes_of)


def bytes_of(rings: Rings) -> int:
    """About how much memory they take."""
    return sum(_CHUNK_BYTES + len(chunk.steps) + len(chunk.classes) for chunk in rings.chunks)
