"""What Astra DB does otherwise than Apache Cassandra 5. All else is the same CQL."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The differences, one by one."""

    name: str
    creates_keyspaces: bool  # by CQL
    takes_table_options: bool  # compaction and the like; elsewhere they are the service's own business
    partitions_in: int  # at most so many partitions in one `IN`
    rows_in: int  # at most so many rows of one partition in one `IN`


APACHE = Dialect(
    name="Apache Cassandra",
    creates_keyspaces=True,
    takes_table_options=True,
    partitions_in=100,
    rows_in=1_000,
)
ASTRA = Dialect(name="Astra DB", creates_keyspaces=False, takes_table_options=False, partitions_in=20, rows_in=25)
