-- Epochs of networks that reset: an epoch is over once the next one has its row. kept_ledger and kept_hash are a ledger by
-- which the epoch is known again; highest is the latest ledger ever seen of it.
CREATE TABLE network_epoch (
    network TEXT NOT NULL, -- its name
    number INTEGER NOT NULL,
    began_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    highest INTEGER NOT NULL,
    kept_ledger INTEGER,
    kept_hash TEXT,
    PRIMARY KEY (network, number)
) STRICT, WITHOUT ROWID;
