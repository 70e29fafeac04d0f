-- Creations and merges of accounts, exact: of most accounts on the days on which they can only lie (@days, between @since
-- and @until), of the others (@whole) on every day from @whole_since to @whole_until.
-- @accounts ARRAY<STRING>, @days ARRAY<DATE>, @since TIMESTAMP, @until TIMESTAMP,
-- @whole ARRAY<STRING>, @whole_since TIMESTAMP, @whole_until TIMESTAMP
WITH on_days AS (
  SELECT op_id, closed_at, account, funder, starting_balance, `into` AS merged_into
  FROM `crypto-stellar.crypto_stellar_dbt.enriched_history_operations`
  WHERE
    successful
    AND (funder IS NOT NULL OR `into` IS NOT NULL)
    AND closed_at >= @since
    AND closed_at < @until
    AND DATE(closed_at) IN UNNEST(@days)
    AND account IN UNNEST(@accounts)
),

in_between AS (
  SELECT op_id, closed_at, account, funder, starting_balance, `into` AS merged_into
  FROM `crypto-stellar.crypto_stellar_dbt.enriched_history_operations`
  WHERE
    successful
    AND (funder IS NOT NULL OR `into` IS NOT NULL)
    AND closed_at >= @whole_since
    AND closed_at < @whole_until
    AND account IN UNNEST(@whole)
)

SELECT op_id, closed_at, account, funder, starting_balance, merged_into FROM on_days
UNION ALL
SELECT op_id, closed_at, account, funder, starting_balance, merged_into FROM in_between
ORDER BY op_id, account
