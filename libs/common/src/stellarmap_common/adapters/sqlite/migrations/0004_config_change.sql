-- Every change of the configuration at run time; of each key the largest version holds.
CREATE TABLE config_change (
    key TEXT NOT NULL,
    version INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    change TEXT NOT NULL, -- as JSON
    PRIMARY KEY (key, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX config_change_by_time ON config_change (changed_at);
