"""The schema of the keyspace, step by step: numbered files, applied once each and never changed afterwards."""

from stellarmap_common.adapters.cassandra.migrations.runner import (
    SchemaRefused,
    SchemaState,
    migrate,
    require_current,
    schema_state,
)

__all__ = ["SchemaRefused", "SchemaState", "migrate", "require_current", "schema_state"]
