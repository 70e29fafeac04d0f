"""The failpoints of a query, and of a seed of standings, each in the order in which it passes them."""

QUERY = ("after_reserve", "after_job_begun", "before_settle", "after_settle_job")
SEED = ("after_seed_begun", "after_seed_portion")
