-- The same from a day on.
-- @since TIMESTAMP
SELECT op_id, closed_at, account, funder, starting_balance, `into` AS merged_into
FROM `crypto-stellar.crypto_stellar_dbt.enriched_history_operations`
WHERE
  successful
  AND (funder IS NOT NULL OR `into` IS NOT NULL)
  AND closed_at >= @since
ORDER BY op_id, account
