"""Kinds of schedules: what may go wrong in them."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What may go wrong in a schedule, and what may happen beside."""

    name: str
    trouble: float = 0.0  # chance of some at each tick: calls that fail, processes that die, partitions that move
    late: bool = False  # workers go on although their partition is another's, and leases end under them
    lost: float = 0.0  # chance that a step's event never arrives
    recovery: bool = False
    poison: float = 0.0  # chance that a step of an account fails for good
    bugs: bool = False  # a record may be given up wherever its handling stands
    people: bool = False  # they cancel, try again, and go away in the middle of asking
    cancels: bool = False  # they cancel, and do it again if that was cut off
    crowd: bool = False  # everybody asks for the same account at once
    refresh: bool = False  # people ask again about what is complete, for the same or for more
    vague: bool = False  # the source tells some creations by their ledger or their creator alone
    grows: bool = False  # the network goes on while it is read
    replays: bool = False  # what was set aside is handed to its handler again, some time
    fallback: float = 0.0  # chance that the other route takes a step and hands it over


CALM = Kind(name="calm")
FAULTS = Kind(name="faults", trouble=0.03, poison=0.1)  # nothing is lost, so everything must end without recovery
CROWD = Kind(name="crowd", trouble=0.01, poison=0.1, crowd=True)
BUGS = replace(FAULTS, name="bugs", bugs=True)
REPLAYS = replace(BUGS, name="replays", replays=True, recovery=True)
FALLBACK = replace(FAULTS, name="fallback", fallback=0.4)
VAGUE = replace(FAULTS, name="vague", vague=True, people=True, refresh=True, recovery=True)
GROWING = replace(FAULTS, name="growing", grows=True, people=True, refresh=True, recovery=True)
EVERYTHING = Kind(name="everything", trouble=0.04, late=True, recovery=True, poison=0.1, people=True)
LOSSES = Kind(name="losses", trouble=0.02, late=True, lost=0.15, recovery=True, poison=0.05, people=True)
WILD = replace(
    EVERYTHING, name="wild", refresh=True, bugs=True, vague=True, grows=True, replays=True, fallback=0.15, lost=0.02
)

KINDS = (
    CALM,
    FAULTS,
    FAULTS,
    CROWD,
    BUGS,
    REPLAYS,
    FALLBACK,
    VAGUE,
    GROWING,
    EVERYTHING,
    EVERYTHING,
    LOSSES,
    WILD,
    WILD,
)


def kind_of(seed: int) -> Kind:
    """The kind of the schedule of a seed."""
    return KINDS[seed % len(KINDS)]
