-- What the days of accounts' rows do not tell: the first XLM that accounts (@accounts) were sent in a ledger, on the days on
-- which they were created: who sent it created the account, where no creation of it is known (protocol 26: a transfer by a
-- contract creates an account); and merges of others (@whole) on every day from @whole_since to @whole_until.
-- @accounts ARRAY<STRING>, @days ARRAY<DATE>, @since TIMESTAMP, @until TIMESTAMP,
-- @whole ARRAY<STRING>, @whole_since TIMESTAMP, @whole_until TIMESTAMP
WITH first_transfers AS (
  SELECT `to` AS account, `from` AS creator, operation_id AS op_id, closed_at, transaction_hash, amount_raw
  FROM `crypto-stellar.crypto_stellar.token_transfers_raw`
  WHERE
    event_topic = 'transfer'
    AND asset_type = 'native'
    AND closed_at >= @since
    AND closed_at < @until
    AND DATE(closed_at) IN UNNEST(@days)
    AND `to` IN UNNEST(@accounts)
  QUALIFY ROW_NUMBER() OVER (PARTITION BY `to`, ledger_sequence ORDER BY operation_id) = 1
),

merges AS (
  SELECT account, `into` AS merged_into, op_id, closed_at
  FROM `crypto-stellar.crypto_stellar_dbt.enriched_history_operations`
  WHERE
    successful
    AND `into` IS NOT NULL
    AND closed_at >= @whole_since
    AND closed_at < @whole_until
    AND account IN UNNEST(@whole)
)

SELECT op_id, closed_at, account, creator, CAST(NULL AS STRING) AS merged_into, transaction_hash, amount_raw
FROM first_transfers
UNION ALL
SELECT op_id, closed_at, account, CAST(NULL AS STRING), merged_into, CAST(NULL AS STRING), CAST(NULL AS STRING)
FROM merges
ORDER BY op_id, account
