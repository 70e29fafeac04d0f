"""Failpoints cost nothing until they are armed, and then act once, where and when they were asked to."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from stellarmap_common.observability.failpoints import FailpointHit, InvalidFailpoint, arm_failpoint, failpoint


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    arm_failpoint("")


def test_nothing_happens_where_none_is_set() -> None:
    failpoint("after_store")


def test_it_acts_the_time_it_was_asked_to_and_never_again() -> None:
    arm_failpoint("after_store:3:raise")
    failpoint("after_store")
    failpoint("after_publish")
    failpoint("after_store")
    with pytest.raises(FailpointHit, match="after_store"):
        failpoint("after_store")
    failpoint("after_store")


@pytest.mark.parametrize("wrong", ["after_store", "after_store:x:kill", ":1:kill", "after_store:1:explode"])
def test_a_wrong_form_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidFailpoint):
        arm_failpoint(wrong)


def test_kill_ends_the_process_without_a_last_word() -> None:
    code = (
        "import atexit; from stellarmap_common.observability.failpoints import *; atexit.register(print, 'last word');"
        "arm_failpoint('here:1:kill'); failpoint('here'); print('still alive')"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert (ended.returncode, ended.stdout) == (-9, b"")


def test_stop_holds_the_process_still_until_it_is_told_to_go_on() -> None:
    code = (
        "from stellarmap_common.observability.failpoints import *; arm_failpoint('here:1:stop');"
        "failpoint('here'); print('goes on'); failpoint('here')"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        process.send_signal(signal.SIGCONT)
        assert process.communicate()[0] == b"goes on\n"
    assert process.returncode == 0
