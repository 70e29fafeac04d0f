"""The failpoints of a query, in the order in which it passes them."""

QUERY = ("after_reserve", "after_job_begun", "before_settle", "after_settle_job")
