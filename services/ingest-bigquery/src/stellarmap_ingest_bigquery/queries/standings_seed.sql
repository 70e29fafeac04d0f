-- Every account that has at least so much now, the largest balance first, and the latest ledger that is loaded.
-- @lowest FLOAT64, in XLM
WITH loaded AS (
  SELECT MAX(last_modified_ledger) AS ledger
  FROM `crypto-stellar.crypto_stellar_dbt.accounts_current`
)

SELECT
  account.account_id,
  account.balance,
  account.home_domain,
  account.last_modified_ledger,
  loaded.ledger AS loaded_ledger
FROM `crypto-stellar.crypto_stellar_dbt.accounts_current` AS account
CROSS JOIN loaded
WHERE NOT account.deleted AND account.balance >= @lowest
ORDER BY account.balance DESC, account.account_id
