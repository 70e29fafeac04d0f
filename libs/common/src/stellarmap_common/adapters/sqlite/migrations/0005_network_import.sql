-- Imports of whole networks. While `indexes` holds the definitions of indexes, these and all derived tables are missing: an
-- import is under way, or was interrupted, and nothing but an import may use the store.
CREATE TABLE network_import (
    network TEXT NOT NULL PRIMARY KEY,
    indexes TEXT, -- JSON
    state TEXT NOT NULL -- JSON
) STRICT, WITHOUT ROWID;
