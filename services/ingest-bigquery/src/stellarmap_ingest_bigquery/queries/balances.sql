-- What accounts have now, and whether they are gone.
-- @accounts ARRAY<STRING>
SELECT account_id, balance, home_domain, last_modified_ledger, deleted
FROM `crypto-stellar.crypto_stellar_dbt.accounts_current`
WHERE account_id IN UNNEST(@accounts)
ORDER BY account_id
