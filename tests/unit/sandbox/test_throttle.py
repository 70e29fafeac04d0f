"""The rate limit flows evenly after a burst, and is counted for each client."""

from datetime import UTC, datetime

from stellarmap_sandbox.horizon.throttle import BURST, Throttle


class StandingClock:
    """Time that tests move."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def test_a_burst_passes_and_then_one_request_for_each_interval() -> None:
    clock = StandingClock()
    throttle = Throttle(3_600, clock)
    assert all(throttle.ask("a").allowed for _ in range(BURST))
    refused = throttle.ask("a")
    assert not refused.allowed
    assert refused.headers["Retry-After"] == "1"
    clock.seconds += 1
    assert throttle.ask("a").allowed
    assert not throttle.ask("a").allowed


def test_the_headers_tell_the_burst_and_what_is_left_of_it() -> None:
    throttle = Throttle(3_600, StandingClock())
    first, second = throttle.ask("a").headers, throttle.ask("a").headers
    assert first == {"X-Ratelimit-Limit": "101", "X-Ratelimit-Remaining": "100", "X-Ratelimit-Reset": "1"}
    assert second["X-Ratelimit-Remaining"] == "99"


def test_a_slow_limit_says_how_long_to_wait_for_one_token() -> None:
    throttle = Throttle(5, StandingClock())
    for _ in range(BURST):
        throttle.ask("a")
    assert throttle.ask("a").headers["Retry-After"] == "720"


def test_each_client_has_a_burst_of_its_own() -> None:
    throttle = Throttle(3_600, StandingClock())
    for _ in range(BURST + 1):
        throttle.ask("a")
    assert throttle.ask("b").allowed


def test_no_limit_has_no_headers() -> None:
    throttle = Throttle(0, StandingClock())
    assert all(throttle.ask("a").headers == {} and throttle.ask("a").allowed for _ in range(BURST * 2))
