-- What accounts created from @since on, and the merges into them, exact; each creator's in order of operation.
-- @creators ARRAY<STRING>, @since TIMESTAMP
WITH facts AS (
  SELECT op_id, closed_at, account, funder, starting_balance, `into` AS merged_into
  FROM `crypto-stellar.crypto_stellar_dbt.enriched_history_operations`
  WHERE
    successful
    AND (funder IN UNNEST(@creators) OR `into` IN UNNEST(@creators))
    AND closed_at >= @since
)

SELECT
  COALESCE(funder, merged_into) AS creator,
  op_id,
  closed_at,
  account,
  funder,
  starting_balance,
  merged_into,
  COUNT(*) OVER (PARTITION BY COALESCE(funder, merged_into)) AS total
FROM facts
ORDER BY creator, op_id, account
