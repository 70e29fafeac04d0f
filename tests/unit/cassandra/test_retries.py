"""What may be done twice is asked again, and a lightweight transaction never is."""

from collections.abc import Callable
from typing import Any

import pytest
from cassandra.query import SimpleStatement

from stellarmap_common.adapters.cassandra.access import AskAgain

ASKED: list[Callable[..., Any]] = [
    AskAgain.on_read_timeout,
    AskAgain.on_write_timeout,
    AskAgain.on_unavailable,
    AskAgain.on_request_error,
]


@pytest.mark.parametrize("hook", ASKED, ids=lambda hook: hook.__name__)
def test_only_what_may_be_done_twice_is_asked_again_and_not_for_ever(hook: Callable[..., Any]) -> None:
    def decided(*, twice: bool, retries: int) -> int:
        statement = SimpleStatement("SELECT a FROM t", is_idempotent=twice)
        decision, _ = hook(AskAgain(), statement, retry_num=retries)
        return int(decision)

    assert decided(twice=True, retries=0) != AskAgain.RETHROW
    assert decided(twice=True, retries=9) == AskAgain.RETHROW
    assert decided(twice=False, retries=0) == AskAgain.RETHROW
