-- Facts, runs and requests of the lineage path. Times are microseconds since 1970, UTC; codes of kinds, sources and the
-- like are those of encoding.py. Accounts and networks are integers here: half the size of a table of addresses.

CREATE TABLE network (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE
) STRICT;

-- Addresses come in no order, so every new one touches another page of their index. Indexed by ten letters instead of 56,
-- three times as many fit on a page, and an import writes half as much. Nine of the letters are random: 45 bits.
CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    network INTEGER NOT NULL REFERENCES network,
    address TEXT NOT NULL,
    start TEXT NOT NULL AS (substr(address, 2, 10)) VIRTUAL
) STRICT;

CREATE INDEX account_by_start ON account (start, network);

-- No REFERENCES here: to look four accounts up for each row costs a tenth of an import, and the transaction that writes a
-- creation has just given its accounts their integers.
CREATE TABLE creation (
    network INTEGER NOT NULL,
    op INTEGER NOT NULL,
    account INTEGER NOT NULL,
    creator INTEGER,
    kind INTEGER NOT NULL,
    source INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER,
    transaction_hash BLOB,
    transaction_source INTEGER,
    sponsor INTEGER,
    starting_balance_stroops INTEGER,
    PRIMARY KEY (network, op, account)
) STRICT, WITHOUT ROWID;

CREATE INDEX creation_by_account ON creation (account, op);
CREATE INDEX creation_by_creator ON creation (creator, op);

CREATE TABLE creation_unplaced (
    account INTEGER NOT NULL REFERENCES account,
    creator INTEGER NOT NULL REFERENCES account,
    source INTEGER NOT NULL,
    created_at INTEGER,
    PRIMARY KEY (account, creator, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE account_end (
    network INTEGER NOT NULL,
    op INTEGER NOT NULL,
    account INTEGER NOT NULL REFERENCES account,
    merged_into INTEGER NOT NULL REFERENCES account,
    source INTEGER NOT NULL,
    version INTEGER NOT NULL,
    ended_at INTEGER,
    transaction_hash BLOB,
    amount_stroops INTEGER,
    PRIMARY KEY (network, op, account)
) STRICT, WITHOUT ROWID;

CREATE INDEX account_end_by_account ON account_end (account, op);

-- Exact counts, changed in the transaction of the facts they count.
CREATE TABLE fact_count (
    network INTEGER PRIMARY KEY REFERENCES network,
    creations INTEGER NOT NULL,
    ends INTEGER NOT NULL
) STRICT;

-- bucket = op >> 50: about 16 days of ledgers, so a count over any range reads whole buckets and two edges.
CREATE TABLE child_count (
    creator INTEGER NOT NULL REFERENCES account,
    bucket INTEGER NOT NULL,
    children INTEGER NOT NULL,
    PRIMARY KEY (creator, bucket)
) STRICT, WITHOUT ROWID;

-- Children who made creations themselves: how many, and the latest operation in which their creator made them.
CREATE TABLE child_with_children (
    creator INTEGER NOT NULL REFERENCES account,
    child INTEGER NOT NULL REFERENCES account,
    children INTEGER NOT NULL,
    op INTEGER NOT NULL,
    PRIMARY KEY (creator, child)
) STRICT, WITHOUT ROWID;

CREATE INDEX child_with_most_children ON child_with_children (creator, children DESC, op);

CREATE TABLE ledger_anchor (
    network INTEGER NOT NULL REFERENCES network,
    ledger INTEGER NOT NULL,
    closed_at INTEGER NOT NULL,
    PRIMARY KEY (network, ledger)
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
    account INTEGER NOT NULL REFERENCES account,
    step TEXT NOT NULL,
    revision INTEGER NOT NULL,
    state TEXT NOT NULL,
    holder TEXT NOT NULL,
    lease_until INTEGER,
    progress TEXT NOT NULL, -- JSON
    takes INTEGER NOT NULL,
    lane TEXT NOT NULL,
    reopened_by TEXT NOT NULL, -- JSON list of request ids
    PRIMARY KEY (account, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_interest (
    account INTEGER NOT NULL REFERENCES account,
    step TEXT NOT NULL,
    request_id TEXT NOT NULL,
    pages_to INTEGER NOT NULL,
    depth_left INTEGER NOT NULL,
    lane TEXT NOT NULL,
    retry INTEGER NOT NULL,
    PRIMARY KEY (account, step, request_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE request (
    id INTEGER PRIMARY KEY,
    network INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    account INTEGER NOT NULL REFERENCES account,
    budget INTEGER NOT NULL,
    depth INTEGER NOT NULL,
    pages INTEGER NOT NULL,
    lane TEXT NOT NULL,
    route TEXT NOT NULL,
    retry INTEGER NOT NULL,
    client TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used INTEGER NOT NULL DEFAULT 0,
    cancelled INTEGER NOT NULL DEFAULT 0,
    completed INTEGER NOT NULL DEFAULT 0,
    completed_at INTEGER,
    UNIQUE (network, request_id)
) STRICT;

CREATE INDEX request_open ON request (network, created_at DESC) WHERE completed = 0;
CREATE INDEX request_open_of_client ON request (network, client, created_at DESC) WHERE completed = 0;
CREATE INDEX request_open_about ON request (account, created_at DESC) WHERE completed = 0;

CREATE TABLE request_row (
    request INTEGER NOT NULL REFERENCES request,
    account INTEGER NOT NULL REFERENCES account,
    parent INTEGER REFERENCES account,
    depth_left INTEGER NOT NULL,
    operation_id INTEGER NOT NULL,
    announced INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (request, account)
) STRICT, WITHOUT ROWID;

CREATE INDEX request_row_open ON request_row (request) WHERE state = 'open';
CREATE INDEX request_row_granted ON request_row (request, parent, operation_id);
CREATE INDEX request_row_unannounced ON request_row (request, parent, operation_id) WHERE announced = 0;

-- slot = begun_at / ten minutes; rows of slots a day older than the newest are removed when a new slot begins.
CREATE TABLE attempt (
    network INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    account INTEGER NOT NULL REFERENCES account,
    step TEXT NOT NULL,
    request_id TEXT NOT NULL,
    begun_at INTEGER NOT NULL,
    recoveries INTEGER NOT NULL,
    PRIMARY KEY (network, slot, account, step, request_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE account_status (
    account INTEGER PRIMARY KEY REFERENCES account,
    network INTEGER NOT NULL,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    pipeline_source TEXT NOT NULL,
    request_id TEXT NOT NULL,
    requested INTEGER NOT NULL,
    requested_at INTEGER,
    processing_started_at INTEGER,
    last_pipeline_attempt INTEGER,
    completed_at INTEGER,
    retry_count INTEGER NOT NULL,
    last_error TEXT,
    newest_at INTEGER NOT NULL -- the latest of its moments, 0 without any: what lists are sorted by
) STRICT;

CREATE INDEX account_status_newest ON account_status (network, status, requested, newest_at DESC);

CREATE TABLE status_count (
    network INTEGER NOT NULL REFERENCES network,
    status TEXT NOT NULL,
    accounts INTEGER NOT NULL,
    PRIMARY KEY (network, status)
) STRICT, WITHOUT ROWID;

-- progress orders the states of one attempt; begun_at is the earliest moment any state of the stage was told.
CREATE TABLE stage_execution (
    account INTEGER NOT NULL REFERENCES account,
    request_id TEXT NOT NULL,
    stage INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    progress INTEGER NOT NULL,
    told_at INTEGER NOT NULL,
    begun_at INTEGER NOT NULL,
    execution TEXT NOT NULL, -- JSON
    PRIMARY KEY (account, request_id, stage)
) STRICT, WITHOUT ROWID;

CREATE INDEX stage_execution_begun ON stage_execution (begun_at);

-- window = number of a span of ten seconds
CREATE TABLE token_block (
    source TEXT NOT NULL,
    window INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    PRIMARY KEY (source, window)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_status (
    source TEXT NOT NULL,
    process TEXT NOT NULL,
    reported_at INTEGER NOT NULL,
    status TEXT NOT NULL, -- JSON
    PRIMARY KEY (source, process)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency_key (
    key TEXT NOT NULL PRIMARY KEY,
    answer TEXT NOT NULL,
    kept_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_key_kept ON idempotency_key (kept_at);
