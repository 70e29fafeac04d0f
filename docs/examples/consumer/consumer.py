"""Rebuilds lineage from StellarMap's topics alone: who created an account, back to genesis; and a digest of all facts.

It uses what is published and nothing of StellarMap's own code: aiokafka, and the JSON Schemas of docs/reference/schemas.
Facts are merged, never counted: records may repeat, come late, or in any order of topics and partitions.
"""

import argparse
import asyncio
import json
import logging
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # its stubs are another package
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.helpers import create_ssl_context

LINEAGE = "stellarmap.lineage.recorded.v1"  # compacted: the newest summary of every account that was looked into
CHILDREN = "stellarmap.children.recorded.v1"  # kept for 7 days: what those accounts created, page by page
SCHEMAS = Path(__file__).resolve().parents[2] / "reference" / "schemas"
PASSWORD = "KAFKA_PASSWORD"  # noqa: S105 - the name of a variable: a password is no argument, the list of processes shows those
PRECISION = {"genesis": 6, "horizon": 6, "bigquery": 3, "expert": 0}
PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
NOT_ANSWERED = ("FAILED", "ERROR")
LOW_BITS = (1 << 32) - 1
FAILED, SOME_INVALID, INTERRUPTED = 1, 3, 130

Json = dict[str, Any]


class Told(Exception):
    """What went wrong, for the person who started this."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A life of an account begins (`other` made it; None: genesis) or ends (it was merged into `other`)."""

    what: str  # created, merged
    network: str
    account: str
    op: int  # SEP-35: ledger << 32 | transaction << 12 | operation; low half 0: only the ledger is known; 0: not even that
    other: str | None
    kind: str = ""
    source: str = ""
    balance: int | None = None
    at: str | None = None  # when, RFC 3339, UTC

    @property
    def ledger(self) -> int:
        return self.op >> 32

    @property
    def exact(self) -> bool:
        return self.kind == "genesis" or self.op & LOW_BITS != 0

    @property
    def version(self) -> int:
        """Of two readings with one identity, the larger is kept."""
        return self.ledger * 10 + (PRECISION[self.source] if self.exact else 0)

    def may_precede(self, op: int) -> bool:
        """True when this came before the operation, or may have: of one ledger, and one of them is provisional."""
        if not self.op & LOW_BITS or not op & LOW_BITS:
            return self.ledger <= op >> 32
        return self.op < op

    def not_after(self, other: "Fact") -> bool:
        """The same by the time, as far as both are known; to the second."""
        return not (self.at and other.at and self.at[:19] > other.at[:19])

    def told(self) -> Json:
        """One line of the output. Ids are text: they are larger than what many JSON readers keep exactly (2^53)."""
        who = {"account": self.account, "creator" if self.what == "created" else "merged_into": self.other}
        ledger, operation = (self.ledger or None), (str(self.op) if self.exact else None)
        return {"fact": self.what, "network": self.network, **who, "ledger": ledger, "operation_id": operation}


@dataclass(slots=True)
class Account:
    """What was told of one account."""

    lives: dict[int, Fact] = field(default_factory=dict)  # by operation
    ends: dict[int, Fact] = field(default_factory=dict)
    unplaced: dict[str | None, Fact] = field(default_factory=dict)  # by creator: lives without even a ledger
    summary: int = -1  # version of the newest lineage.recorded; -1: none yet, so lives may be missing
    answered: bool = False
    reason: str | None = None  # why its creator is unknown
    total: int = 0  # children that StellarMap had read


@dataclass(slots=True)
class Network:
    """Everything told of one network key: `public`, `testnet-<epoch>`, `sandbox-<seed>-<accounts>`. Keys never mix."""

    key: str
    accounts: dict[str, Account] = field(default_factory=dict)

    def of(self, address: str) -> Account:
        return self.accounts.setdefault(address, Account())

    def merge(self, topic: str, value: Json) -> Iterator[Fact]:
        """Takes an event in, in any order and any number of times; what of it was new."""
        for row in value.get("lives", []) + value.get("children", []):
            life = created(row)
            self.of(life.account).unplaced.pop(life.other, None)
            yield from self._keep(self.of(life.account).lives, life)
        for row in value.get("ends", []):
            yield from self._keep(self.of(row["account"]).ends, merged(row))
        for row in value.get("unplaced", []):
            account = self.of(row["account"])
            if row["creator"] not in {life.other for life in account.lives.values()}:
                account.unplaced[row["creator"]] = created({"created_op": 0, "kind": "create_account", **row})
        if topic == CHILDREN:
            parent = self.of(value["creator"])
            parent.total = max(parent.total, value["total"])
        elif value.get("version", 0) >= (account := self.of(value["account"])).summary:  # an older one tells only facts
            account.summary = value.get("version", 0)
            account.answered = value.get("status", "COMPLETE") not in NOT_ANSWERED
            account.reason = value.get("creator_unknown_reason")

    def facts(self) -> list[Fact]:
        kept = [facts for account in self.accounts.values() for facts in (account.lives, account.ends)]
        return [fact for facts in kept for fact in facts.values()]

    def digest(self) -> Json:
        """The same text as `stellarmap digest` exactly when both know the same facts; README.md has the definition."""
        facts = self.facts()
        made = Counter(fact.other for fact in facts if fact.what == "created")
        exact = ((fact, (fact.kind, fact.balance) if fact.kind else ()) for fact in facts if fact.exact)
        return {
            "network": self.key,
            "creations": made.total(),
            "ends": len(facts) - made.total(),
            "facts": added((fact.what, fact.account, fact.other, fact.ledger) for fact in facts),
            "exact": added((fact.what, fact.account, fact.other, fact.op, *more) for fact, more in exact),
            "gaps": sum(made[address] < account.total for address, account in self.accounts.items()),
        }

    @staticmethod
    def _keep(known: dict[int, Fact], fact: Fact) -> Iterator[Fact]:
        """The better reading stays; one that names the operation takes the place of one that knew only the ledger."""
        same = [one for one in known.values() if one.other == fact.other and one.ledger == fact.ledger]
        if not fact.exact and any(one.exact for one in same):
            return
        for one in same:
            if fact.exact and not one.exact:
                del known[one.op]
        present = known.get(fact.op)
        if present is None or fact.version > present.version:
            known[fact.op] = fact
            yield fact


def created(row: Json) -> Fact:
    where = (row["network"], row["account"], row["created_op"], row["creator"], row["kind"], row["source"])
    return Fact("created", *where, balance=row.get("starting_balance_stroops"), at=row.get("created_at"))


def merged(row: Json) -> Fact:
    where = (row["network"], row["account"], row["end_op"], row["merged_into"])
    return Fact("merged", *where, source=row["source"], at=row.get("ended_at"))


def added(facts: Iterable[tuple[object, ...]]) -> str:
    """SHA-256 of each fact's parts joined by `|`, added up modulo 2^256; the first 32 hexadecimal digits of the sum."""
    texts = ("|".join(map(str, parts)).encode() for parts in facts)
    total = sum(int.from_bytes(sha256(text).digest(), "big") for text in texts)
    return f"{total % (1 << 256):064x}"[:32]


def chain(network: Network, address: str, genesis: str | None) -> Iterator[Json]:
    """The hops from the account's present life to genesis, then one line that says how the chain ends."""
    walked: set[Fact] = set()
    at, child = address, None
    while at != genesis:
        account = network.accounts.get(at, Account())
        life = life_that_made(account, child, walked)
        if life is None:
            yield broken_off(at, account, child)
            return
        walked.add(life)
        end = closing(account, life)
        yield {**life.told(), "merged_into": end.other if end else None, "all_lives_known": account.answered}
        if life.other is None:
            break
        if life.other.startswith("C"):
            yield {"chain": "contract", "reason": f"{life.other} is a contract, which nobody created as an account"}
            return
        at, child = life.other, life
    yield {"chain": "genesis", "reason": None}


def life_that_made(account: Account, child: Fact | None, walked: set[Fact]) -> Fact | None:
    """Its latest life begun before the child, and not merged away before; its present one where there is no child."""
    lives = [account.lives[op] for op in sorted(account.lives)]
    if child is None:
        fitting = lives
    elif child.op:
        earlier = [life for life in lives if life.may_precede(child.op) and life not in walked]
        surely = [life for life in earlier if life.other != child.account or not child.may_precede(life.op)]
        fitting = surely or earlier
        end = closing(account, fitting[-1]) if fitting else None
        if end and not child.may_precede(end.op):
            fitting = []
    else:
        fitting = [life for life in lives if life not in walked and life.not_after(child)]
    heard = [life for life in account.unplaced.values() if life not in walked]
    return next(reversed(fitting or [life for life in heard if not child or life.not_after(child)]), None)


def broken_off(at: str, account: Account, child: Fact | None) -> Json:
    if account.answered:
        nothing = (
            f"no life of {at} is known in which it could have created {child.account}" if child else "nobody knows"
        )
        return {"chain": "unknown", "reason": account.reason or nothing}
    hint = "ask StellarMap for it, or, if it is the network's first account, name it with --genesis"
    return {"chain": "open", "reason": f"no {LINEAGE} of {at} was seen: {hint}"}


def closing(account: Account, life: Fact) -> Fact | None:
    """The first merge between a life and the next one."""
    later = min((op for op in account.lives if op > life.op), default=None)
    ends = [account.ends[op] for op in sorted(account.ends)]
    return next((end for end in ends if life.may_precede(end.op) and (not later or end.may_precede(later))), None)


class Reader:
    """Reads both topics in full, in no group: what it knows is in memory, so it begins at the beginning."""

    def __init__(self, schemas: Path, prefix: str) -> None:
        self.topics = (prefix + LINEAGE, prefix + CHILDREN)
        self.networks: dict[str, Network] = {}
        self.invalid = 0
        self._prefix = prefix
        try:
            texts = {topic: (schemas / f"{topic}.json").read_text() for topic in (LINEAGE, CHILDREN)}
        except OSError as error:
            raise Told(
                f"{error.filename} cannot be read ({error.strerror}): where are the schemas? (--schemas)"
            ) from error
        self._validators = {topic: jsonschema.Draft202012Validator(json.loads(text)) for topic, text in texts.items()}

    def take(self, record: ConsumerRecord) -> list[Fact]:
        """The new facts of a record. One that is not as published is told and left out."""
        if record.value is None:
            return []  # a tombstone: nobody publishes one, and it takes no fact back
        try:
            value = self._valid(record, record.value)
        except (ValueError, jsonschema.ValidationError) as error:
            self.invalid += 1
            where, why = f"{record.topic}:{record.partition}:{record.offset}", getattr(error, "message", error)
            print(f"✗ {where} is not as published, and left out: {why}", file=sys.stderr)
            return []
        network = self.networks.setdefault(value["network"], Network(value["network"]))
        return list(network.merge(record.topic.removeprefix(self._prefix), value))

    def chosen(self, wanted: str) -> list[Network]:
        """The network of that key or name; of testnet, the newest epoch. All that were seen where none is wanted."""
        keys = [key for key in sorted(self.networks) if not wanted or wanted in (key, key.split("-", 1)[0])]
        if wanted == "testnet":
            keys = sorted(keys, key=lambda key: int(key.split("-", 1)[1]))[-1:]
        return [self.networks[key] for key in keys]

    def _valid(self, record: ConsumerRecord, text: bytes) -> Json:
        topic = record.topic.removeprefix(self._prefix)
        if (kind := dict(record.headers).get("ce_type")) != topic.encode():
            raise ValueError(f"its ce_type is {kind!r}")
        value: Json = json.loads(text)
        self._validators[topic].validate(value)
        return value


async def run(asked: argparse.Namespace) -> int:
    reader = Reader(asked.schemas, asked.topic_prefix)
    consumer = AIOKafkaConsumer(auto_offset_reset="earliest", enable_auto_commit=False, group_id=None, **access(asked))
    try:
        await consumer.start()
        async with asyncio.timeout(asked.within if asked.once else None):
            await read_up_to(consumer, reader, await assigned(consumer, reader))
        show(told := lines(asked, reader))
        while not asked.once:
            new = await taken(consumer, reader, wait_s=1)
            if asked.what == "facts":
                wanted = {network.key for network in reader.chosen(asked.network)}
                show(fact.told() for fact in new if fact.network in wanted)
            elif (now := lines(asked, reader)) != told:
                show(told := now)
    except TimeoutError:
        raise Told(f"not caught up within {asked.within:g} s; --within gives it more time") from None
    except KafkaError as error:
        raise Told(f"Kafka at {asked.bootstrap_servers}: {error}") from error
    finally:
        await consumer.stop()
    return SOME_INVALID if reader.invalid else 0


async def assigned(consumer: AIOKafkaConsumer, reader: Reader) -> dict[TopicPartition, int]:
    """Afterwards every partition of both topics is read from its beginning; where each ends now."""
    present = await consumer.topics()  # first: to ask for a topic by its name may create it
    if missing := [topic for topic in reader.topics if topic not in present]:
        raise Told(f"there is no topic {' and '.join(missing)} here; `stellarmap topics apply` makes them")
    consumer.subscribe(reader.topics)
    while {part.topic for part in consumer.assignment()} != set(reader.topics):
        await taken(consumer, reader, wait_s=0.1)
    ends: dict[TopicPartition, int] = await consumer.end_offsets(consumer.assignment())
    return ends


async def read_up_to(consumer: AIOKafkaConsumer, reader: Reader, ends: dict[TopicPartition, int]) -> None:
    while [part for part, end in ends.items() if await consumer.position(part) < end]:
        await taken(consumer, reader, wait_s=0.2)


async def taken(consumer: AIOKafkaConsumer, reader: Reader, *, wait_s: float) -> list[Fact]:
    batches = await consumer.getmany(timeout_ms=int(wait_s * 1_000))
    return [fact for records in batches.values() for record in records for fact in reader.take(record)]


def lines(asked: argparse.Namespace, reader: Reader) -> list[Json]:
    networks = reader.chosen(asked.network)
    if asked.what == "digest":
        return [network.digest() for network in networks]
    if asked.what == "facts":
        return [fact.told() for network in networks for fact in network.facts()]
    if len(networks) == 1:
        return list(chain(networks[0], asked.address, asked.genesis))
    if networks or asked.once:
        seen = ", ".join(sorted(reader.networks)) or "none"
        raise Told(f"name one network with --network: of those seen ({seen}), {len(networks)} are meant")
    return []


def show(lines: Iterable[Json]) -> None:
    for line in lines:
        print(json.dumps(line), flush=True)


def access(asked: argparse.Namespace) -> Json:
    told: Json = {"bootstrap_servers": asked.bootstrap_servers.split(","), "security_protocol": asked.security_protocol}
    if "SSL" in asked.security_protocol:
        files = {"cafile": asked.ca_file, "certfile": asked.certificate_file, "keyfile": asked.key_file}
        try:
            told["ssl_context"] = create_ssl_context(**files)
        except OSError as error:
            raise Told(f"the certificates cannot be used: {error}") from error
    if "SASL" in asked.security_protocol:
        if not asked.username or PASSWORD not in os.environ:
            raise Told(f"{asked.security_protocol} wants --username, and the password in the variable {PASSWORD}")
        told |= {"sasl_mechanism": asked.sasl_mechanism, "sasl_plain_username": asked.username}
        told["sasl_plain_password"] = os.environ[PASSWORD]
    return told


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap-servers", default="127.0.0.1:9092", help="host:port, separated by commas")
    parser.add_argument("--topic-prefix", default="", help="what a mirror puts before the names of topics")
    parser.add_argument("--network", default="", help="key or name; testnet is its newest epoch (default: all seen)")
    parser.add_argument("--once", action="store_true", help="leave when caught up with what is there; else go on")
    parser.add_argument("--within", type=float, default=600, metavar="SECONDS", help="give up --once after (600)")
    parser.add_argument("--schemas", type=Path, default=SCHEMAS, help="folder of the published JSON Schemas")
    parser.add_argument("--security-protocol", choices=PROTOCOLS, default=PROTOCOLS[0])
    parser.add_argument("--sasl-mechanism", choices=MECHANISMS, default=MECHANISMS[-1])
    parser.add_argument("--username", default="", help=f"with SASL; its password stands in the variable {PASSWORD}")
    parser.add_argument("--ca-file", help="PEM of the certificates to trust (default: the system's)")
    parser.add_argument("--certificate-file", help="PEM of our own certificate, where brokers ask for one")
    parser.add_argument("--key-file", help="PEM of its key")
    asked = parser.add_subparsers(dest="what", required=True, metavar="chain | facts | digest")
    one = asked.add_parser("chain", help="who created an account, back to genesis")
    one.add_argument("address", metavar="ADDRESS")
    one.add_argument("--genesis", help="the network's first account, as GET /api/v1/networks names it")
    asked.add_parser("facts", help="every creation and merge, one a line")
    asked.add_parser("digest", help="one short text for all facts of each network")
    return parser


def main() -> int:
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what matters of it becomes a sentence of ours
    try:
        return asyncio.run(run(arguments().parse_args()))
    except Told as told:
        print(f"✗ {told}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
