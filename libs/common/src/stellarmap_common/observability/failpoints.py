"""Named places between an effect and its acknowledgement where a fault test may end the process, or hold it still.

`STELLARMAP_FAILPOINT=after_store:7:kill` ends it, as a power cut would, the seventh time it passes `after_store`; `…:stop`
leaves it standing there until SIGCONT. Unset, `failpoint` does nothing.
"""

import os
import signal
from collections.abc import Callable

from stellarmap_common.errors import StellarmapError

ACTIONS = ("kill", "stop", "raise")


class FailpointHit(Exception):
    """The failpoint of a test whose action is `raise`."""


class InvalidFailpoint(StellarmapError):
    """STELLARMAP_FAILPOINT is not of the form name:count:action."""


def _nothing(name: str) -> None:
    """No failpoint is set."""


_passed: Callable[[str], None] = _nothing


def failpoint(name: str) -> None:
    """Marks a step that is not acknowledged. Its effect is durable, or, of what was only sent, may be lost with the process."""
    _passed(name)


def arm_failpoint(specification: str) -> None:
    """Afterwards the failpoint of `name:count:action` acts when it is passed for the count-th time; "" disarms."""
    global _passed  # noqa: PLW0603 - one per process, by intent: it must cost nothing to pass where none is set
    _passed = _armed(specification) if specification else _nothing


def _armed(specification: str) -> Callable[[str], None]:
    name, _, rest = specification.partition(":")
    count, _, action = rest.partition(":")
    if not name or not count.isdigit() or action not in ACTIONS:
        raise InvalidFailpoint("STELLARMAP_FAILPOINT has the form name:count:action, action kill, stop or raise")
    left = int(count)

    def passed(at: str) -> None:
        nonlocal left
        if at != name:
            return
        left -= 1
        if left == 0:
            _act(action, at)

    return passed


def _act(action: str, name: str) -> None:
    if action == "raise":
        raise FailpointHit(name)
    os.kill(os.getpid(), signal.SIGKILL if action == "kill" else signal.SIGSTOP)
