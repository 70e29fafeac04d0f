"""The queries: each a file of BigQuery SQL, whose parameters stand in its head."""
