-- high_balance holds what the rows up to this one left; what later ones left stands in their movements. New accounts are in both.
ALTER TABLE tracker ADD COLUMN kept_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tracker ADD COLUMN kept_number INTEGER NOT NULL DEFAULT 0;
UPDATE tracker SET
    kept_at = (SELECT coalesce(max(at), 0) FROM balance_change WHERE network = tracker.network),
    kept_number = (SELECT coalesce(max(number), 0) FROM balance_change WHERE network = tracker.network);
