-- The first XLM that accounts were sent in a ledger, on the days on which they were created: who sent it created the
-- account, where no creation of it is known (protocol 26: a transfer by a contract creates an account).
-- @accounts ARRAY<STRING>, @days ARRAY<DATE>, @since TIMESTAMP, @until TIMESTAMP
SELECT
  `to` AS account,
  `from` AS creator,
  operation_id AS op_id,
  closed_at,
  transaction_hash,
  amount_raw
FROM `crypto-stellar.crypto_stellar.token_transfers_raw`
WHERE
  event_topic = 'transfer'
  AND asset_type = 'native'
  AND closed_at >= @since
  AND closed_at < @until
  AND DATE(closed_at) IN UNNEST(@days)
  AND `to` IN UNNEST(@accounts)
QUALIFY ROW_NUMBER() OVER (PARTITION BY `to`, ledger_sequence ORDER BY operation_id) = 1
ORDER BY operation_id, account
