"""The statements on a request's partition."""

from stellarmap_common.adapters.cassandra.request_columns import A_PLACE, A_ROW, ASKED, ROW, THE_REQUEST
from stellarmap_common.adapters.cassandra.session import Statement

_PARTITION = "network = ? AND request_id = ?"
_ITSELF = f"{_PARTITION} AND kind = {THE_REQUEST} AND account = '' AND op = 0 AND child = ''"
_THE_ROW = f"{_PARTITION} AND kind = {A_ROW} AND account = ? AND op = 0 AND child = ''"
_KEY = "network, request_id, kind, account, op, child"
_NEW_ROW = "parent, depth_left, operation_id, announced, state"

OPEN = Statement(
    "request open",
    f"INSERT INTO request ({ASKED}, {_KEY})"
    f" VALUES ({'?, ' * (ASKED.count(',') + 1)}?, ?, {THE_REQUEST}, '', 0, '') IF NOT EXISTS",
)
ROW_OF = Statement(
    "request row",
    f"INSERT INTO request ({_NEW_ROW}, {_KEY}) VALUES (?, ?, ?, ?, ?, ?, ?, {A_ROW}, ?, 0, '')",
)
PLACE = Statement("request place", f"INSERT INTO request ({_KEY}) VALUES (?, ?, {A_PLACE}, ?, ?, ?)")

ONE = Statement("request", f"SELECT {ASKED} FROM request WHERE {_ITSELF}")
FIND = Statement(
    "request find",
    f"SELECT kind, account, {ASKED}, {ROW} FROM request WHERE {_PARTITION} AND (kind, account, op, child) IN ?",
)
ROWS = Statement("request rows", f"SELECT account, {ROW} FROM request WHERE {_PARTITION} AND kind = {A_ROW}")
PLACES = Statement(
    "request places",
    f"SELECT op, child FROM request WHERE {_PARTITION} AND kind = {A_PLACE} AND account = ? AND (op, child) > (?, ?)"
    " LIMIT ?",
)

SPEND = Statement(
    "request grant",
    f"UPDATE request SET used = ?, open_rows = ?, revision = ? WHERE {_ITSELF}"
    " IF revision = ? AND cancelled = false AND completed = false",
)
GRANTED = Statement(
    "request granted",
    f"UPDATE request SET granted_to = ?, unannounced = ?, told_op = ?, told_child = ? WHERE {_THE_ROW}",
)
COUNT = Statement("request change", f"UPDATE request SET open_rows = ?, revision = ? WHERE {_ITSELF} IF revision = ?")
TOLD = Statement("request told", f"UPDATE request SET unannounced = ?, told_op = ?, told_child = ? WHERE {_THE_ROW}")
ANNOUNCE = Statement("request announce", f"UPDATE request SET announced = true WHERE {_THE_ROW}")
CLOSE = Statement("request close", f"UPDATE request SET state = ? WHERE {_THE_ROW}")
CANCEL = Statement("request cancel", f"UPDATE request SET cancelled = true WHERE {_ITSELF} IF cancelled = false")
COMPLETE = Statement(
    "request complete",
    f"UPDATE request SET completed = true, completed_at = ? WHERE {_ITSELF} IF completed = false",
)
