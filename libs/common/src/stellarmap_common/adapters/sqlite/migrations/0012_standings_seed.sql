-- Seeds of standings: how far the latest answer is told, and when somebody wished for one. Either may stand without the other.
CREATE TABLE standings_seed (
    network TEXT NOT NULL PRIMARY KEY,
    seed TEXT, -- JSON
    wished_at INTEGER -- in microseconds
) STRICT, WITHOUT ROWID;
