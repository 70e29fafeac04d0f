-- Creations and merges of accounts over all time, without their operations and times: the columns read are NULL in nearly
-- every row, and cost nothing there.
-- @accounts ARRAY<STRING>
SELECT account, funder, starting_balance, `into` AS merged_into
FROM `crypto-stellar.crypto_stellar_dbt.enriched_history_operations`
WHERE
  successful
  AND (funder IS NOT NULL OR `into` IS NOT NULL)
  AND account IN UNNEST(@accounts)
ORDER BY account, funder, merged_into, starting_balance
