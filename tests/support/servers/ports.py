"""Ports of this machine that nobody holds."""

import socket
from contextlib import ExitStack

HOST = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """So many ports, all different: held together, then let go."""
    with ExitStack() as held:
        bound = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in bound:
            one.bind((HOST, 0))
        return [int(one.getsockname()[1]) for one in bound]


def is_open(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as asking:
        asking.settimeout(1)
        return asking.connect_ex((HOST, port)) == 0
