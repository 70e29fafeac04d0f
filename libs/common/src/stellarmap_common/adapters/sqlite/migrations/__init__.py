"""The schema of the store, step by step: numbered files, applied once each and never changed afterwards."""

from stellarmap_common.adapters.sqlite.migrations.runner import (
    SchemaRefused,
    SchemaState,
    apply_in_memory,
    migrate,
    require_current,
    schema_state,
)

__all__ = ["SchemaRefused", "SchemaState", "apply_in_memory", "migrate", "require_current", "schema_state"]
