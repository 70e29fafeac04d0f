"""What Google's client fails with, as an error of ours: it passes, or somebody must change something."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from google.api_core import exceptions
from google.auth.exceptions import DefaultCredentialsError, RefreshError, TransportError
from google.cloud.bigquery import Client

from stellarmap_common.errors import SourceUnavailable, StellarmapError
from stellarmap_ingest_bigquery import query
from stellarmap_ingest_bigquery.client import BigQueryApi
from stellarmap_ingest_bigquery.guard import Check, Refused


def of_google(kind: Callable[..., Exception], told: str, **more: object) -> Exception:
    return kind(told, **more)


def refusal(reason: str, message: str) -> Exception:
    return of_google(exceptions.Forbidden, "POST https://…", errors=[{"reason": reason, "message": message}])


TO_BE_CHANGED = [
    of_google(DefaultCredentialsError, "Your default credentials were not found."),
    of_google(RefreshError, "invalid_grant: Invalid JWT Signature."),
    of_google(exceptions.Unauthorized, "Request had invalid authentication credentials."),
    refusal("accessDenied", "Access Denied: Project ours"),
    refusal("billingNotEnabled", "Billing is off"),
]
PASSING = [
    of_google(RefreshError, "503", retryable=True),
    of_google(TransportError, "no route to host"),
    refusal("quotaExceeded", "Quota exceeded"),
    of_google(exceptions.ServiceUnavailable, "away"),
]


async def told(error: Exception) -> StellarmapError:
    """What whoever asks is told, when Google's client fails so."""

    def connect() -> Client:
        raise error

    with ThreadPoolExecutor(1) as threads, pytest.raises(StellarmapError) as ours:
        await BigQueryApi(connect, threads).estimate(query.network())
    return ours.value


@pytest.mark.parametrize("error", TO_BE_CHANGED, ids=str)
async def test_what_waiting_does_not_mend_is_a_refusal_that_says_what_does(error: Exception) -> None:
    ours = await told(error)
    assert isinstance(ours, Refused)
    assert ours.check is Check.ACCESS
    assert "roles/bigquery.jobUser" in str(ours)
    assert "https://" not in str(ours)


@pytest.mark.parametrize("error", PASSING, ids=str)
async def test_what_may_pass_is_waited_for(error: Exception) -> None:
    assert isinstance(await told(error), SourceUnavailable)
