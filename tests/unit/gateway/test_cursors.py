"""Cursors come back as they were written, to their own question alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stellarmap_gateway.cursors import MAX_OPERATION, VERSION, ChildrenCursor, question_of, read_cursor, written
from stellarmap_gateway.problems import ApiProblem


@given(operation=st.integers(0, MAX_OPERATION), child=st.text(max_size=60))
def test_a_cursor_survives_being_text(operation: int, child: str) -> None:
    cursor = ChildrenCursor(VERSION, question_of("a"), operation, child)
    text = written(cursor)
    assert text.isascii()
    assert "=" not in text
    assert read_cursor(text, question_of("a"), ChildrenCursor) == cursor


@given(text=st.text(max_size=80))
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ApiProblem) as refused:
        read_cursor(text, question_of("a"), ChildrenCursor)
    assert refused.value.type_ == "invalid-cursor"


def test_a_cursor_of_another_question_or_version_is_refused() -> None:
    for cursor in (
        ChildrenCursor(VERSION, question_of("b"), 1, ""),
        ChildrenCursor(VERSION + 1, question_of("a"), 1, ""),
    ):
        with pytest.raises(ApiProblem):
            read_cursor(written(cursor), question_of("a"), ChildrenCursor)
