-- The journal of queries that are paid by the byte. month is 2026-11 and day 2026-11-29 (UTC), of the reservation.
CREATE TABLE query_job (
    job_id TEXT NOT NULL PRIMARY KEY,
    month TEXT NOT NULL,
    day TEXT NOT NULL,
    reserved_at INTEGER NOT NULL,
    counted INTEGER NOT NULL, -- bytes: reserved, or billed once that is known
    settled INTEGER NOT NULL,
    job TEXT NOT NULL -- as JSON
) STRICT, WITHOUT ROWID;
CREATE INDEX query_job_by_month ON query_job (month, settled, reserved_at);
