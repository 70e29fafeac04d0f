-- Who accounts are. read_at: when Horizon was last asked for the account; watched: it is read again and again.
CREATE TABLE account_profile (
    account INTEGER PRIMARY KEY REFERENCES account,
    network INTEGER NOT NULL REFERENCES network,
    read_at INTEGER,
    watched INTEGER NOT NULL,
    profile TEXT NOT NULL -- JSON
) STRICT;

CREATE INDEX account_profile_watched ON account_profile (network, read_at) WHERE watched = 1;

CREATE TABLE directory_cache (
    account INTEGER PRIMARY KEY REFERENCES account,
    asked_at INTEGER NOT NULL,
    listing TEXT -- JSON, NULL where the directory knows nothing
) STRICT;

CREATE TABLE viewed_account (
    account INTEGER PRIMARY KEY REFERENCES account,
    network INTEGER NOT NULL REFERENCES network,
    viewed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX viewed_account_lately ON viewed_account (network, viewed_at);
CREATE INDEX viewed_account_lapsing ON viewed_account (viewed_at);
