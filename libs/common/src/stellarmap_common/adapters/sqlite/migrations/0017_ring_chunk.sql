-- The children of a creator as dots, from the first on without a gap: a chunk reaches from the last_op before it to its own. It is
-- removed, with all that follow it, when a creation up to its last_op changes. Nobody but readers writes it.
CREATE TABLE ring_chunk (
    creator INTEGER NOT NULL,
    last_op INTEGER NOT NULL,
    chunk BLOB NOT NULL, -- MessagePack
    PRIMARY KEY (creator, last_op)
) STRICT;
