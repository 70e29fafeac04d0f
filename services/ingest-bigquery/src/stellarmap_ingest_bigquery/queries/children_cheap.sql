-- What accounts created over all time, without operations and times: of a child that was created once its ledger is known
-- from its sequence numbers; of any other it is NULL, and such stand first. Another creation may be a contract's, of which no
-- operation tells: then they differ.
-- @creators ARRAY<STRING>
WITH creations AS (
  SELECT account, funder, starting_balance, COUNT(*) OVER (PARTITION BY account) AS lives
  FROM `crypto-stellar.crypto_stellar_dbt.enriched_history_operations`
  WHERE successful AND funder IS NOT NULL
),

made AS (
  SELECT account, funder, starting_balance, lives
  FROM creations
  WHERE funder IN UNNEST(@creators)
)

SELECT
  made.funder AS creator,
  made.account,
  made.starting_balance,
  IF(
    made.lives = 1 AND born.sequence_number >> 32 = born.min_sequence_number >> 32,
    born.min_sequence_number >> 32,
    NULL
  ) AS ledger,
  COUNT(*) OVER (PARTITION BY made.funder) AS total
FROM made
LEFT JOIN `crypto-stellar.crypto_stellar_dbt.accounts_current` AS born ON born.account_id = made.account
ORDER BY creator, ledger IS NOT NULL, ledger, account, starting_balance
