"""A cell of CSV is what it says, in every spreadsheet."""

import csv
import io
from datetime import UTC, datetime
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stellarmap_common.domain.csv_lines import csv_lines

RUN = "=+-@\t\r\n＝＋－＠"


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", " =1", "＝1", '=HYPERLINK("x")'])
def test_text_that_might_be_run_has_an_apostrophe_before_it(text: str) -> None:
    assert read(csv_lines([[text]])) == [[f"'{text}"]]


def test_numbers_times_and_nothing_are_written_plainly() -> None:
    values = [-12, 1.5, None, True, datetime(2026, 11, 1, tzinfo=UTC), 'a, "b"\nc']
    assert read(csv_lines([values])) == [["-12", "1.5", "", "true", "2026-11-01T00:00:00+00:00", 'a, "b"\nc']]


@given(st.lists(st.lists(st.text(), min_size=2, max_size=3), min_size=1))
def test_every_cell_is_read_back_and_none_is_run(rows: list[list[str]]) -> None:
    found = [cell for row in read(csv_lines(rows)) for cell in row]
    for cell, text in zip(found, (visible(text) for row in rows for text in row), strict=True):
        assert cell in {text, f"'{text}"}
        assert cell.lstrip(" ")[:1] not in {*RUN}


def visible(text: str) -> str:
    return "".join("�" if category(each) == "Cc" and each not in "\t\r\n" else each for each in text)


def test_what_a_terminal_obeys_hides_no_formula() -> None:
    assert read(csv_lines([["\x1b[31m=1"]])) == [["�[31m=1"]]
