"""The failpoints of a step, in the order in which it passes them."""

FAILPOINTS = (
    "after_interest",
    "after_take",
    "after_fetch",
    "after_store",
    "after_cursor",
    "after_facts_published",
    "after_grant",
    "after_close_row",
    "after_announce",
    "after_settle",
)
"""Each stands between an effect that is durable and the acknowledgement of its record."""
