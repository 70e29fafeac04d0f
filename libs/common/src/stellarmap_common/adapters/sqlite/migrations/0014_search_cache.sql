-- What was searched for, by the day on which it first was. entry: JSON; a row lapses 30 days after updated_at.
CREATE TABLE search_cache (
    account INTEGER PRIMARY KEY REFERENCES account,
    network INTEGER NOT NULL REFERENCES network,
    created_at INTEGER NOT NULL, -- in microseconds, as the next
    updated_at INTEGER NOT NULL,
    entry TEXT NOT NULL
) STRICT;

CREATE INDEX search_cache_created ON search_cache (network, created_at);
CREATE INDEX search_cache_lapsing ON search_cache (updated_at);
