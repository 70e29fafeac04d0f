"""One Kafka and one Cassandra with data that are kept: `python -m tests.support.servers --data DIR`, until Ctrl-C.

Prints where they answer, as settings of StellarMap.
"""

import argparse
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

from tests.support.servers.cassandra import cassandra_server
from tests.support.servers.kafka import kafka_servers

LOOK_S = 1


def main() -> None:
    """Both have answered until a signal came, and have stopped in order."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.servers", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder where they keep their data")
    parser.add_argument("--heap", default="512m", help="of Cassandra; 2g to measure")
    chosen = parser.parse_args()
    stop = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    data = chosen.data.resolve()
    with ExitStack() as running:
        cassandra = running.enter_context(cassandra_server(data, chosen.heap, keep=True))
        kafka = running.enter_context(kafka_servers(data, keep=True))
        sys.stdout.write(
            f"STELLARMAP_KAFKA_BOOTSTRAP_SERVERS={','.join(kafka.bootstrap)}\n"
            f"STELLARMAP_CASSANDRA_CONTACT_POINTS={cassandra.host}\n"
            f"STELLARMAP_CASSANDRA_PORT={cassandra.port}\n"
        )
        sys.stdout.flush()
        while not stop.wait(LOOK_S):
            kafka.must_live()
            cassandra.must_live()


if __name__ == "__main__":
    main()
