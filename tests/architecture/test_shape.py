"""Files and functions stay short enough to be read in one go."""

import ast
from pathlib import Path

import pytest

from tests.support.tree import ROOT, tracked_files

LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 50
GENERATED = ("services/web/src/api/schema.ts", "services/web/src/api/schema.d.ts")

SOURCES = [path for path in tracked_files() if path.suffix in {".py", ".ts", ".vue"}]
PYTHON = [path for path in SOURCES if path.suffix == ".py"]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {name(path): len(path.read_text().splitlines()) for path in SOURCES}
    assert {path: lines for path, lines in lengths.items() if lines > LINES_OF_A_FILE and path not in GENERATED} == {}


def test_no_function_is_longer_than_50_lines() -> None:
    assert [found for path in PYTHON for found in long_functions(path.read_text(), name(path))] == []


@pytest.mark.parametrize(("lines", "found"), [(50, []), (51, ["a.py:1 long, 51 lines"])])
def test_a_function_of_51_lines_is_found(lines: int, found: list[str]) -> None:
    body = "\n".join("    pass" for _ in range(lines - 1))
    assert long_functions(f"async def long():\n{body}\n", "a.py") == found


def long_functions(source: str, path: str) -> list[str]:
    """Where functions begin that are too long, decorators not counted, docstrings counted."""
    functions = [
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    lengths = [(node, (node.end_lineno or node.lineno) - node.lineno + 1) for node in functions]
    return [
        f"{path}:{node.lineno} {node.name}, {lines} lines" for node, lines in lengths if lines > LINES_OF_A_FUNCTION
    ]
