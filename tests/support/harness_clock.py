"""The wall clock of a system, which jumps when a test says so."""

from pathlib import Path
from typing import Any

from stellarmap_common.runtime.clock import JUMPS

MINUTE, HOUR, DAY = 60, 3_600, 86_400


class JumpingClock:
    """How wrong the wall clock of a system is; it stays so when the system is started again."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.jump(0)

    def jump(self, seconds: float) -> None:
        """Afterwards the clock is wrong by so much. Written at once, so that it is never half written."""
        making = self._file.with_suffix(".making")
        making.write_text(str(seconds))
        making.replace(self._file)

    def settings(self) -> dict[str, Any]:
        """What makes a system go by it."""
        return {JUMPS.removeprefix("STELLARMAP_").lower(): self._file}
