"""The failpoints of the way of a request: each stands between an effect and what acknowledges it.

The effect is durable, but for facts: after_facts_published stands where they are sent, and they may be lost with the process.
The record at hand is acknowledged once they are durable, so it is read again and they are sent again.
"""

ASKING = ("after_ask_noted", "after_ask_opened", "after_ask_shown")
"""Passed by the gateway before it answers, in this order."""

STEP = (
    "after_interest",
    "after_take",
    "after_fetch",
    "after_store",
    "after_cursor",
    "after_facts_published",
    "after_grant",
    "after_close_row",
    "after_note",
    "after_announce",
    "after_settle",
    "after_completed_told",
    "after_completed",
)
"""Passed by a step before its record is acknowledged, in this order."""

BUS = ("after_publish", "after_handle", "before_commit", "after_commit")
"""Passed by the bus around every step."""

GIVING_UP = ("after_run_failed", "after_given_up", "after_set_aside")
"""Passed where a record becomes a dead letter, in this order."""

RECOVERY = ("after_recovery_noted",)
"""Passed where a step that nobody works on is taken up again."""

RESET = ("after_epoch_began", "after_reset_told", "after_reset_request")
"""Passed where the next epoch of a network begins, and what was unfinished in the one before is ended, in this order."""

IMPORT = ("after_import_kept", "after_import_index")
"""Of an import of a whole network: after each of its parts."""
