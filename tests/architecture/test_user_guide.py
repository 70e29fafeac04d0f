"""The user guide shows the page that there is: its pictures, and the names that stand in URLs."""

import re

from tests.support.guide import FOLDER, SHOTS
from tests.support.tree import ROOT

GUIDE = (ROOT / "docs/user-guide.md").read_text()
SOURCES = ROOT / "services/web/src"
LARGEST = 150_000
ALL = 2_000_000
ENUMERATED = {"view": "VIEWS", "colour": "COLOURINGS", "tab": "TABS", "sort": "SORTS"}


def test_each_picture_is_made_shown_and_small() -> None:
    sizes = {file.stem: file.stat().st_size for file in FOLDER.iterdir()}
    assert set(sizes) == set(SHOTS)
    assert set(re.findall(r"!\[[^\]]+\]\(pictures/([a-z-]+)\.png\)", GUIDE)) == set(SHOTS)
    assert {name for name, size in sizes.items() if size > LARGEST} == set()
    assert sum(sizes.values()) <= ALL


def test_the_table_of_urls_has_every_name_that_the_page_reads() -> None:
    source = "\n".join(path.read_text() for path in (SOURCES / "composables").glob("*.ts"))
    known = set(re.findall(r'query\.value\["(\w+)"\]', source)) | set(constant("FILTERS"))
    assert set(told()) == known


def test_each_value_in_the_table_of_urls_is_one_of_the_pages() -> None:
    assert {name: sorted(told()[name]) for name in ENUMERATED} == {
        name: sorted(constant(values)) for name, values in ENUMERATED.items()
    }


def test_each_word_in_bold_stands_on_the_page() -> None:
    words = [word for word in re.findall(r"\*\*([A-Z][\w ]+…?)\*\*", GUIDE) if len(word.split()) <= 3]
    assert len(words) > 20
    source = "\n".join(path.read_text() for path in SOURCES.rglob("*.vue"))
    assert [word for word in words if word not in source and word not in PARTS_OF_THE_PAGE] == []


PARTS_OF_THE_PAGE = {"Who it is", "The ancestors", "The tree"}
"""What the guide itself calls them."""


def told() -> dict[str, list[str]]:
    """By each name of the table, the values that are said of it."""
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| (.*) \|$", GUIDE, re.MULTILINE)
    return {name: re.findall(r"`([a-z]+)`", says) for names, says in rows for name in re.findall(r"`(\w+)`", names)}


def constant(name: str) -> list[str]:
    """The words of that constant array, with those of the one it begins with."""
    for path in SOURCES.rglob("*.ts"):
        found = re.search(rf"export const {name} = \[([^\]]*)\]", path.read_text())
        if found:
            spread = re.search(r"\.\.\.(\w+)", found[1])
            return [*(constant(spread[1]) if spread else []), *re.findall(r'"(\w+)"', found[1])]
    raise AssertionError(f"no constant {name}")
