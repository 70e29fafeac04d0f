"""Ports of this machine that nobody holds."""

import random
import socket
from contextlib import ExitStack

HOST = "127.0.0.1"
# Below those that the system gives to whoever asks for any: a server that was killed must find its port free again.
RANGE = range(20_000, 32_000)


def free_ports(count: int) -> list[int]:
    """So many ports, all different: held together, then let go. One may be taken before it is used: begin again then."""
    ports: list[int] = []
    with ExitStack() as held:
        for port in random.sample(RANGE, len(RANGE)):
            if len(ports) == count:
                break
            trying = held.enter_context(socket.socket())
            try:
                trying.bind((HOST, port))
            except OSError:
                continue
            ports.append(port)
    return ports


def is_open(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as asking:
        asking.settimeout(1)
        return asking.connect_ex((HOST, port)) == 0
