"""Offsets that may be committed: whatever order records end in, nothing that is not done is ever behind one."""

import random

from aiokafka.structs import ConsumerRecord, TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from stellarmap_common.adapters.kafka.decoding import Record
from stellarmap_common.adapters.kafka.lines import Line, Lines

PARTITIONS = 3


def record(partition: int, offset: int, key: int) -> Record:
    return ConsumerRecord("t", partition, offset, 0, 0, b"%d" % key, b"", None, 0, 0, [])


@given(keys=st.lists(st.integers(0, 5), max_size=60), seed=st.integers(0, 2**32), steps=st.integers(0, 200))
def test_a_partition_is_committed_up_to_its_first_open_record(keys: list[int], seed: int, steps: int) -> None:
    chance = random.Random(seed)
    lines, known, undone, next_offset = Lines(), list[Line](), set[tuple[int, int]](), [0] * PARTITIONS
    arriving = iter(keys)
    for _ in range(steps):
        if chance.random() < 0.5 and (key := next(arriving, None)) is not None:
            partition = key % PARTITIONS  # a key has one partition
            if (line := lines.accept(record(partition, next_offset[partition], key))) is not None:
                known.append(line)
            undone.add((partition, next_offset[partition]))
            next_offset[partition] += 1
        elif known:
            line = chance.choice(known)
            if line.waits:
                lines.go_on(line)
            elif chance.random() < 0.3:
                lines.wait(line, "public")
            else:
                undone.discard((line.records[0].partition, line.records[0].offset))
                lines.done(line)
        known = [line for line in known if line.records]
        assert lines.busy == sum(len(line.records) for line in known if not line.waits)
        assert lines.waiting == sum(len(line.records) for line in known if line.waits)
        assert lines.keys == sum(not line.waits for line in known)
        for partition in range(PARTITIONS):
            mine = [offset for at, offset in undone if at == partition]
            reached = lines.advanced().get(TopicPartition("t", partition), 0)
            assert reached == min(mine, default=next_offset[partition])


def test_what_is_committed_is_not_committed_again() -> None:
    lines = Lines()
    line = lines.accept(record(0, 5, 1))
    assert line is not None
    lines.done(line)
    lines.committed(lines.advanced())
    assert lines.advanced() == {}


def test_a_partition_that_is_let_go_takes_its_records_along() -> None:
    lines = Lines()
    moving, staying = lines.accept(record(0, 5, 1)), lines.accept(record(1, 7, 2))
    assert moving is not None
    assert staying is not None
    lines.wait(moving, "public")
    lines.let_go({("t", 0)})
    assert (lines.busy, lines.waiting, lines.keys) == (1, 0, 1)
    assert list(moving.records) == []
    assert lines.advanced() == {TopicPartition("t", 1): 7}
