-- Children that are worth naming for who they are. face: JSON.
CREATE TABLE child_notable (
    creator INTEGER NOT NULL REFERENCES account,
    child TEXT NOT NULL,
    face TEXT NOT NULL,
    put_at INTEGER NOT NULL, -- in microseconds
    PRIMARY KEY (creator, child)
) STRICT, WITHOUT ROWID;
