"""The one policy by which a call to a source is repeated in place."""

from dataclasses import dataclass

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential_jitter,
)

from stellarmap_common.errors import SourceUnavailable
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.tries import goes_on

_MAX_ATTEMPTS = 6


@dataclass(frozen=True, slots=True)
class Retries:
    """How often: the first repeat after `first_s`, doubled each time, with jitter, until `total_s` would be over."""

    first_s: float = 0.1
    total_s: float = 5.0

    def policy(self, clock: Clock) -> AsyncRetrying:
        """The policy. What comes after it is up to the bus, which pauses and reads the record again."""
        backoff = wait_exponential_jitter(multiplier=self.first_s, max=self.total_s, jitter=self.first_s)

        def wait(state: RetryCallState) -> float:
            return max(backoff(state), _asked_to_wait_s(state))

        def worth_it(error: BaseException) -> bool:
            if not isinstance(error, SourceUnavailable) or (error.retry_after_s or 0.0) >= self.total_s:
                return False
            return goes_on.get()(error)

        return AsyncRetrying(
            sleep=clock.sleep,
            wait=wait,
            retry=retry_if_exception(worth_it),
            stop=stop_after_attempt(_MAX_ATTEMPTS) | stop_before_delay(self.total_s),
            reraise=True,
        )


IN_PLACE = Retries()
ONCE = Retries(total_s=0.0)
"""Nothing is repeated: for tests that count calls."""


def _asked_to_wait_s(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return (error.retry_after_s or 0.0) if isinstance(error, SourceUnavailable) else 0.0
