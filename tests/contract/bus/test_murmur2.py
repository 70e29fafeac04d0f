"""A key has one partition in both modes."""

from typing import Any

from aiokafka.partitioner import murmur2 as kafkas
from hypothesis import given
from hypothesis import strategies as st

from stellarmap_common.adapters.kafka.embedded.murmur2 import murmur2

_kafkas: Any = kafkas  # aiokafka gives it no types


@given(st.binary(max_size=100))
def test_a_key_has_the_hash_that_a_client_of_kafka_gives_it(key: bytes) -> None:
    assert murmur2(key) == _kafkas(key) & 0xFFFFFFFF
