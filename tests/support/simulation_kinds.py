"""Kinds of schedules: what may go wrong in them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What may go wrong in a schedule."""

    name: str
    trouble: float = 0.0  # chance of some at each tick: calls that fail, processes that die, partitions that move
    late: bool = False  # workers go on although their partition is another's, and leases end under them
    lost: float = 0.0  # chance that a step's event never arrives
    recovery: bool = False
    poison: float = 0.0  # chance that a step of an account fails for good
    people: bool = False  # they cancel, try again, and go away in the middle of asking
    crowd: bool = False  # everybody asks for the same account at once


CALM = Kind(name="calm")
FAULTS = Kind(name="faults", trouble=0.03, poison=0.1)  # nothing is lost, so everything must end without recovery
CROWD = Kind(name="crowd", trouble=0.01, poison=0.1, crowd=True)
EVERYTHING = Kind(name="everything", trouble=0.04, late=True, recovery=True, poison=0.1, people=True)
LOSSES = Kind(name="losses", trouble=0.02, late=True, lost=0.15, recovery=True, poison=0.05, people=True)

KINDS = (CALM, *[FAULTS] * 3, CROWD, *[EVERYTHING] * 4, LOSSES)


def kind_of(seed: int) -> Kind:
    """The kind of the schedule of a seed."""
    return KINDS[seed % len(KINDS)]
