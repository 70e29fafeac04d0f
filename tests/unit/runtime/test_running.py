"""The process that holds a data folder, as commands find it."""

import json
import os
from pathlib import Path

import httpx
import pytest

from stellarmap_common.cli.asking import _followed
from stellarmap_common.errors import NotFound, PermanentError, RateLimited, TransientError
from stellarmap_common.runtime.folder import FolderUnusable, data_folder
from stellarmap_common.runtime.running import LocalApi, announced, running_url
from stellarmap_common.runtime.settings import ProcessSettings

URL = "http://127.0.0.1:8400"


def answering(*answers: httpx.Response) -> LocalApi:
    left = iter(answers)
    transport = httpx.MockTransport(lambda _: next(left))
    return LocalApi(httpx.AsyncClient(transport=transport, base_url=URL))


def test_a_process_is_found_while_it_runs(tmp_path: Path) -> None:
    assert running_url(tmp_path) is None
    with announced(tmp_path, URL):
        assert running_url(tmp_path) == URL
    assert running_url(tmp_path) is None


@pytest.mark.parametrize(
    "left", [pytest.param(json.dumps({"pid": os.getpid(), "url": URL}), id="ours"), "", "[]", '{"pid": 1']
)
def test_what_a_killed_process_left_names_none_even_if_its_id_is_anothers(tmp_path: Path, left: str) -> None:
    (tmp_path / "running.json").write_text(left)
    assert running_url(tmp_path) is None
    with announced(tmp_path, URL):
        assert running_url(tmp_path) == URL


@pytest.mark.parametrize(
    ("status", "kind"), [(404, NotFound), (422, PermanentError), (429, RateLimited), (503, TransientError)]
)
async def test_a_refusal_becomes_the_error_that_says_whether_to_try_again(status: int, kind: type[Exception]) -> None:
    api = answering(httpx.Response(status, json={"detail": "No.", "advice": "Wait.", "retry_after_s": 3.5}))
    with pytest.raises(kind, match=r"No\. Wait\.") as raised:
        await api.get("/networks")
    if isinstance(raised.value, RateLimited):
        assert raised.value.retry_after_s == 3.5


async def test_who_follows_a_request_and_looks_too_often_waits_and_looks_again() -> None:
    lineage = {"hops": 1, "state": "genesis", "reason": None}
    expansion = {"children": 0, "children_complete": True, "granted": 0}
    done = {"address": "G", "request_id": "r", "completed": True, "lineage": lineage, "expansion": expansion}
    limited = httpx.Response(429, json={"detail": "Too often.", "retry_after_s": 0.01})
    api = answering(limited, httpx.Response(200, json=done))
    queue = {"waits_for": None, "source_away_since": None, "ahead": None, "reason": None}
    assert await _followed(api, "sandbox", {**done, "completed": False, "queue": queue}) == done


def test_a_data_folder_that_cannot_be_made_names_the_setting_that_changes_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(FolderUnusable, match="STELLARMAP_DATA_DIR"):
            data_folder(ProcessSettings.model_validate({"data_dir": path}))
