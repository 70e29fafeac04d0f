-- Every creation and merge of the network, exact, in order of operation. Close times come from the ledgers: to read them
-- with the operations would cost as much as all the rest.
SELECT
  operation.op_id,
  ledger.closed_at,
  operation.account,
  operation.funder,
  operation.starting_balance,
  operation.`into` AS merged_into
FROM `crypto-stellar.crypto_stellar_dbt.enriched_history_operations` AS operation
LEFT JOIN `crypto-stellar.crypto_stellar.history_ledgers` AS ledger ON ledger.sequence = operation.op_id >> 32
WHERE
  operation.successful
  AND (operation.funder IS NOT NULL OR operation.`into` IS NOT NULL)
ORDER BY op_id, account
