-- What was searched for. entry: JSON; a row lapses 30 days after updated_at.
CREATE TABLE search_cache (
    account INTEGER PRIMARY KEY REFERENCES account,
    updated_at INTEGER NOT NULL, -- in microseconds
    entry TEXT NOT NULL
) STRICT;

CREATE INDEX search_cache_lapsing ON search_cache (updated_at);
