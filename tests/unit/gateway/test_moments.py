"""A month and a day are all of themselves; everything else is refused without being repeated."""

from datetime import UTC, datetime

import pytest

from stellarmap_gateway.moments import first_moment, last_moment
from stellarmap_gateway.problems import ApiProblem


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024-02", datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("2023-12", datetime(2023, 12, 1, tzinfo=UTC), datetime(2023, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC), datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("2024-02-29T10:00:00Z", *[datetime(2024, 2, 29, 10, tzinfo=UTC)] * 2),
        ("2024-02-29 10:00:00", *[datetime(2024, 2, 29, 10, tzinfo=UTC)] * 2),
        ("2024-02-29T10:00:00", *[datetime(2024, 2, 29, 10, tzinfo=UTC)] * 2),
        ("2024-02-29T10:00:00+02:00", *[datetime(2024, 2, 29, 8, tzinfo=UTC)] * 2),
    ],
)
def test_what_people_write_is_a_span(text: str, first: datetime, last: datetime) -> None:
    assert (first_moment(text, "q"), last_moment(text, "q")) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024",
        "2024-13",
        "0000-01",
        "9999-12",
        "2023-02-29",
        "yesterday",
        "٢٠٢٤-٠٥",
        "20240501",
        "2024-W01",
        "2024-122",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ApiProblem) as refused:
        last_moment(text, "query.to")
    assert refused.value.type_ == "invalid-time"
    assert len(text) < 5 or text not in refused.value.detail
