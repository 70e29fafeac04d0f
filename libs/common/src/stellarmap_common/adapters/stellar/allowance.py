"""How many calls a window of a limit holds, and how many of them every lane may use. Pure integer arithmetic.

The calls of a limit are numbered through all time; a window holds the numbers that fall into it. So fractions are never
lost, any run of windows holds what its length allows, and every process counts the same without asking another.
"""

from dataclasses import dataclass

WINDOW_S = 2  # short, so that nobody waits long for the next one to begin
WINDOWS_PER_HOUR = 3_600 // WINDOW_S
WINDOWS_PER_BLOCK = 5  # an unused call is kept so long: the burst is what ten seconds hold
RESERVED_OF_TEN = 3  # calls in ten that are the user lane's alone
FULL_PACE = 320  # a pace counts in parts of what the limit allows
SMALLEST_BURST = 4  # a step needs a few calls at once, however low the limit


@dataclass(frozen=True, slots=True)
class Allowance:
    """The calls that a limit allows us."""

    per_hour: int  # the source's own maximum; 0 = no limit
    percentage: int  # of it that we use

    @property
    def ours_per_hour(self) -> int:
        """What we allow ourselves an hour, rounded down."""
        return self.per_hour * self.percentage // 100

    def per_window(self, pace: int = FULL_PACE) -> float:
        """The mean number of calls in a window."""
        return self.per_hour * self.percentage * pace / (100 * WINDOWS_PER_HOUR * FULL_PACE)

    def calls_in(self, window: int, pace: int = FULL_PACE) -> tuple[int, int]:
        """The calls that any lane may make in that window, and all of them, which the user lane may make."""
        first, end = (self._before(each) * pace // FULL_PACE for each in (window, window + 1))
        reserved = end * RESERVED_OF_TEN // 10 - first * RESERVED_OF_TEN // 10
        return end - first - reserved, end - first

    def windows_kept(self, pace: int = FULL_PACE) -> int:
        """For how many windows an unused call is kept: ten seconds, unless the smallest burst takes longer to come together."""
        return max(WINDOWS_PER_BLOCK, -int(-SMALLEST_BURST // self.per_window(pace)))

    def _before(self, window: int) -> int:
        return window * self.per_hour * self.percentage // (100 * WINDOWS_PER_HOUR)
