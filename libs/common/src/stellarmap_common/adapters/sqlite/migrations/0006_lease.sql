-- Who may do what only one process at a time may do. holder is empty where it was released.
CREATE TABLE lease (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    term INTEGER NOT NULL,
    until INTEGER NOT NULL -- in microseconds
) STRICT, WITHOUT ROWID;
