-- Where the lives of accounts lie: the ledger of the first creation, the ledger that the latest one cannot be later than,
-- and, of an account that is gone, the ledger of its merge; each with its close time.
-- @accounts ARRAY<STRING>
WITH asked AS (
  SELECT
    account_id,
    min_sequence_number >> 32 AS first_ledger,
    sequence_number >> 32 AS latest_ledger,
    deleted,
    last_modified_ledger
  FROM `crypto-stellar.crypto_stellar_dbt.accounts_current`
  WHERE account_id IN UNNEST(@accounts)
),

closed AS (
  SELECT sequence, closed_at
  FROM `crypto-stellar.crypto_stellar.history_ledgers`
  WHERE sequence IN (
    SELECT first_ledger FROM asked
    UNION DISTINCT
    SELECT latest_ledger FROM asked
    UNION DISTINCT
    SELECT last_modified_ledger FROM asked WHERE deleted
  )
)

SELECT
  asked.account_id,
  asked.first_ledger,
  asked.latest_ledger,
  asked.deleted,
  asked.last_modified_ledger,
  first_close.closed_at AS first_closed_at,
  latest_close.closed_at AS latest_closed_at,
  modified_close.closed_at AS modified_closed_at
FROM asked
LEFT JOIN closed AS first_close ON first_close.sequence = asked.first_ledger
LEFT JOIN closed AS latest_close ON latest_close.sequence = asked.latest_ledger
LEFT JOIN closed AS modified_close ON modified_close.sequence = asked.last_modified_ledger
ORDER BY asked.account_id
