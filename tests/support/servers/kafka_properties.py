"""What a Kafka node is told: broker and controller at once, quick to notice that another one died."""

from dataclasses import dataclass
from pathlib import Path

from tests.support.servers.ports import HOST
from tests.support.servers.secured import Secured

COMMON = """\
process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
listeners=PLAINTEXT://{host}:{broker},CONTROLLER://{known_as}:{controller}{more_listeners}
advertised.listeners=PLAINTEXT://{known_as}:{broker}{more_listeners}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL
inter.broker.listener.name=PLAINTEXT
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=100
offsets.topic.num.partitions=3
transaction.state.log.num.partitions=3
share.coordinator.state.topic.num.partitions=3
log.cleaner.dedupe.buffer.size=8388608
offsets.topic.replication.factor={replication}
transaction.state.log.replication.factor={replication}
transaction.state.log.min.isr={min_isr}
share.coordinator.state.topic.replication.factor={replication}
share.coordinator.state.topic.min.isr={min_isr}
default.replication.factor={replication}
min.insync.replicas={min_isr}
"""
# A broker that was killed is taken for dead soon, so that it may come back soon: 4 s instead of 12.
ALONE = """\
broker.session.timeout.ms=1000
broker.heartbeat.interval.ms=200
"""
AMONG_THREE = """\
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
controller.quorum.election.timeout.ms=500
controller.quorum.fetch.timeout.ms=1000
replica.lag.time.max.ms=3000
"""


@dataclass(frozen=True, slots=True)
class NodePorts:
    """Where one node listens."""

    broker: int
    controller: int
    ssl: int = 0
    sasl: int = 0


def properties(
    node: int, ports: list[NodePorts], *, data: Path | None = None, host: str = HOST, secured: Secured | None = None
) -> str:
    """The settings of this node; it listens on `host`, and is known by the address of this machine."""
    nodes, own = len(ports), ports[node]
    text = COMMON.format(
        node=node + 1,
        voters=",".join(f"{number}@{HOST}:{each.controller}" for number, each in enumerate(ports, 1)),
        host=host,
        known_as=HOST,
        broker=own.broker,
        controller=own.controller,
        replication=nodes,
        min_isr=max(1, nodes - 1),
        more_listeners=f",SSL://{HOST}:{own.ssl},SASL_SSL://{HOST}:{own.sasl}" if secured else "",
    )
    text += ALONE if nodes == 1 else AMONG_THREE
    text += secured.properties() if secured else ""
    return text + (f"log.dirs={data}\n" if data else "")
