"""Logs are one JSON line an event, and no secret seed is ever in one, nor a token."""

import json
import subprocess
import sys

from stellarmap_common.domain.strkey import StrkeyKind, encode_strkey

SEED = encode_strkey(StrkeyKind.SEED, bytes(32))
CODE = f"""
import logging, structlog
from stellarmap_common.observability.logs import configure_logs
configure_logs("INFO", console=False)
structlog.get_logger("mine").info("asked", pasted="look: {SEED}", accounts=3)
structlog.get_logger("mine").debug("not_told")
structlog.get_logger("mine").info("deep", headers={{"authorization": "Bearer a-token_1.2=="}}, texts=["{SEED}", ("{SEED}",)])
logging.getLogger("theirs").warning("they got {SEED}")
try:
    raise ValueError("{SEED}")
except ValueError:
    structlog.get_logger("mine").exception("failed")
"""


def test_lines_are_json_and_seeds_are_cut_out() -> None:
    told = subprocess.run([sys.executable, "-c", CODE], check=True, capture_output=True, text=True).stderr
    lines = [json.loads(line) for line in told.splitlines()]
    assert [line["event"].split(" [")[0] for line in lines] == ["asked", "deep", "they got", "failed"]
    assert lines[0]["accounts"] == 3
    assert lines[1]["headers"] == {"authorization": "Bearer [redacted]"}
    assert "ValueError" in lines[3]["exception"]
    assert SEED not in told
