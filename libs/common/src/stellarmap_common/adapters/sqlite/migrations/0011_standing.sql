-- The books of the trackers, and what is read of them. `number` is that of the journal row that wrote a row: a larger one is
-- newer, whoever writes it when. Accounts are not checked by REFERENCES, as those of creations are not: whoever writes a row has
-- just looked their integers up.

-- Who owns a network's book: rows of earlier epochs are refused. applied is the latest row that was applied and told.
CREATE TABLE tracker (
    network INTEGER PRIMARY KEY REFERENCES network,
    epoch INTEGER NOT NULL,
    applied INTEGER NOT NULL
) STRICT;

CREATE TABLE tracker_journal (
    network INTEGER NOT NULL REFERENCES network,
    number INTEGER NOT NULL,
    row BLOB NOT NULL, -- MessagePack
    PRIMARY KEY (network, number)
) STRICT;

-- The latest balance of every account that is known, whatever it is.
CREATE TABLE high_balance (
    account INTEGER PRIMARY KEY,
    number INTEGER NOT NULL,
    balance_stroops INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_op INTEGER NOT NULL,
    ledger INTEGER NOT NULL,
    at INTEGER NOT NULL,
    home_domain TEXT
) STRICT;

-- The last recorded standings. Where an account left a threshold its row stays, without a rank: so no older one comes back.
CREATE TABLE standing (
    account INTEGER NOT NULL,
    threshold_xlm INTEGER NOT NULL,
    number INTEGER NOT NULL,
    rank INTEGER,
    balance_stroops INTEGER,
    PRIMARY KEY (account, threshold_xlm)
) STRICT, WITHOUT ROWID;

CREATE TABLE standing_change (
    account INTEGER NOT NULL,
    at INTEGER NOT NULL,
    id BLOB NOT NULL, -- the bytes of a UUID
    change BLOB NOT NULL, -- MessagePack
    PRIMARY KEY (account, at, id)
) STRICT, WITHOUT ROWID;

-- A network's changes at a threshold: those of one type are one stretch, however many others there are.
CREATE TABLE standing_change_step (
    network INTEGER NOT NULL REFERENCES network,
    threshold_xlm INTEGER NOT NULL,
    type TEXT NOT NULL,
    at INTEGER NOT NULL,
    id BLOB NOT NULL,
    account INTEGER NOT NULL,
    PRIMARY KEY (network, threshold_xlm, type, at, id)
) STRICT, WITHOUT ROWID;

-- The movements of one journal row, of all balances. Removed after 31 days.
CREATE TABLE balance_change (
    network INTEGER NOT NULL REFERENCES network,
    at INTEGER NOT NULL,
    number INTEGER NOT NULL,
    movements BLOB NOT NULL, -- MessagePack
    PRIMARY KEY (network, at, number)
) STRICT;

-- day counts from 0001-01-01, which is 1. Without a rank, the account was not on the board any more. Removed after 62 days.
CREATE TABLE standing_close (
    account INTEGER NOT NULL,
    day INTEGER NOT NULL,
    number INTEGER NOT NULL,
    rank INTEGER,
    balance_stroops INTEGER,
    PRIMARY KEY (account, day)
) STRICT, WITHOUT ROWID;

-- The board that is read: the head of the latest one, and its rows in chunks of fifty ranks, of which only those are written
-- that changed.
CREATE TABLE leaderboard (
    network INTEGER PRIMARY KEY REFERENCES network,
    number INTEGER NOT NULL,
    as_of INTEGER NOT NULL,
    head BLOB NOT NULL -- MessagePack
) STRICT;

CREATE TABLE leaderboard_chunk (
    network INTEGER NOT NULL REFERENCES network,
    chunk INTEGER NOT NULL,
    rows BLOB NOT NULL, -- MessagePack
    PRIMARY KEY (network, chunk)
) STRICT;
