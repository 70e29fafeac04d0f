-- Every account that has at least so much now.
-- @lowest FLOAT64, in XLM
SELECT account_id, balance, sequence_number, home_domain, last_modified_ledger
FROM `crypto-stellar.crypto_stellar_dbt.accounts_current`
WHERE NOT deleted AND balance >= @lowest
ORDER BY balance DESC, account_id
