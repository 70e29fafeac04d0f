"""The failpoints of the tracker, in the order in which a journal row passes them."""

JOURNAL = ("after_decision", "after_journal", "after_standings", "after_standings_told", "after_journal_marked")
