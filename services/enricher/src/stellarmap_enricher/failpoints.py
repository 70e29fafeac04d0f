"""The failpoints of an enrichment, in the order in which it passes them."""

ENRICHMENT = ("after_profile_stored", "after_profile_placed", "after_profile_told", "after_profile_marked")
