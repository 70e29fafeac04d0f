-- Accounts by what people type. kind: address (term is empty), domain, tag.
CREATE TABLE account_by_term (
    network INTEGER NOT NULL REFERENCES network,
    kind TEXT NOT NULL,
    term TEXT NOT NULL,
    address TEXT NOT NULL,
    put_at INTEGER NOT NULL, -- in microseconds
    PRIMARY KEY (network, kind, term, address)
) STRICT, WITHOUT ROWID;
