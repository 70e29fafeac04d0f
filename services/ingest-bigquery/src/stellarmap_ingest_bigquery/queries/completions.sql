-- What the days of accounts' rows do not tell: the first XLM that accounts (@accounts) were sent in a ledger, on the days on
-- which they were created, if a contract call sent it: that created the account, where no creation of it is known (since
-- protocol 26; a creation may be told as a transfer, too, and is none of these); and merges of others (@whole) on every day
-- from @whole_since to @whole_until.
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

contract_calls AS (
  SELECT op_id
  FROM `crypto-stellar.crypto_stellar_dbt.enriched_history_operations`
  WHERE
    successful
    AND type = 24
    AND closed_at >= @since
    AND closed_at < @until
    AND DATE(closed_at) IN UNNEST(@days)
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
WHERE op_id IN (SELECT op_id FROM contract_calls)
UNION ALL
SELECT op_id, closed_at, account, CAST(NULL AS STRING), merged_into, CAST(NULL AS STRING), CAST(NULL AS STRING)
FROM merges
ORDER BY op_id, account
