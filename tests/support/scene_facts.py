"""What of a painted scene is not true: its dots, nodes, folds and counts, held against the simulated network."""

import re
from collections import defaultdict
from typing import Any

from stellarmap_common.domain.network import Address
from stellarmap_sandbox.spec import close_time
from tests.support.page_facts import LISTED, PageFacts, day, short

NODE = re.compile(r"(G[A-Z2-7]{55})@(\d+|\?)")
COUNT = re.compile(r"(≥ )?([\d,]+)")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
YEAR = re.compile(r"\d{4}")
FOLDED = re.compile(r"\+([\d,]+) (?:to root|ancestors|earlier.*|more.*)")


def untrue(marks: list[dict[str, Any]], facts: PageFacts) -> list[str]:
    """What is wrong; an empty scene is."""
    told: dict[str, list[str]] = defaultdict(list)
    for mark in marks:
        told[mark["id"]] += [mark["text"]] if mark["text"] else []
    own = f"{facts.address}@{facts.lives[-1].operation_id}"
    if own not in told:
        return ["the account itself is not drawn"]
    form = _disc(marks, told, own, facts) if len(facts.children) > LISTED else _cards(told, own, facts)
    return [*form, *_nodes(told, own, facts), *_chain(told, facts), *_lives(told, facts)]


def _disc(marks: list[dict[str, Any]], told: dict[str, list[str]], own: str, facts: PageFacts) -> list[str]:
    """One dot with its colour for each child, and no year in which none was created."""
    discs = {mark["id"]: mark for mark in marks if mark["kind"] == "disc"}
    dots = (discs[own]["dots"], discs[own]["coloured"]) if own in discs else None
    years = {close_time(child.ledger).strftime("%Y") for child in facts.children}
    wrong = [f"the year {year}" for year in told[own] if YEAR.fullmatch(year) and year not in years]
    total = len(facts.children)
    return wrong if dots == (total, total) else [*wrong, f"{dots} dots for {total} children"]


def _cards(told: dict[str, list[str]], own: str, facts: PageFacts) -> list[str]:
    """The card of the account says how many children it has; so many are drawn or stand in a fold."""
    total = len(facts.children)
    words = "no children" if total == 0 else f"{total:,} child{'' if total == 1 else 'ren'}"
    merged = "" if facts.truth.exists(facts.address) else " · merged"
    lives = len(facts.lives)
    life = f" · life {lives} of {lives}" if lives > 1 else ""
    wrong = [] if told[own] == [short(facts.address), f"{words}{merged}{life}"] else [f"its own card says {told[own]}"]
    ids = {f"{child.account}@{child.operation_id}" for child in facts.children}
    hidden = sum(folded(texts) for id_, texts in told.items() if id_.startswith(f"more:{own}:"))
    drawn = len(ids & set(told))
    return wrong if drawn + hidden == total else [*wrong, f"{drawn} cards and {hidden} folded for {total} children"]


def _nodes(told: dict[str, list[str]], own: str, facts: PageFacts) -> list[str]:
    """Every account that is drawn was created by that operation; what stands beside its name is its count, or its day."""
    wrong = []
    for id_, texts in told.items():
        found = NODE.fullmatch(id_)
        if not found or id_ == own or found[1] == facts.truth.genesis:
            continue
        account, operation = Address(found[1]), found[2]
        life = next((each for each in facts.truth.creations(account) if str(each.operation_id) == operation), None)
        if life is None:
            wrong.append(f"{id_} was never created")
            continue
        children = len(facts.truth.children(account))
        for text in texts:
            count = COUNT.fullmatch(text)
            value = int(count[2].replace(",", "")) if count else 0
            if count and (value > children or (not count[1] and value != children)):
                wrong.append(f"{account} has {children} children, not {text}")
            if DAY.fullmatch(text) and text != day(life.ledger):
                wrong.append(f"{account} was created on {day(life.ledger)}, not {text}")
    return wrong


def _chain(told: dict[str, list[str]], facts: PageFacts) -> list[str]:
    """All hops are drawn, or stand in the fold; a contract at the end is named."""
    hops = len(facts.chain) - 1 if facts.contract else len(facts.chain)
    ancestors = {f"{life.account}@{life.operation_id}" for life in facts.chain[1:]}
    drawn = sum(id_ in ancestors or id_.startswith(facts.truth.genesis) for id_ in told)
    hidden = sum(folded(texts) for id_, texts in told.items() if id_.startswith("more:ancestors:"))
    end = [text for id_, texts in told.items() if id_.startswith("end:") for text in texts]
    wrong = [] if drawn + hidden == hops else [f"{drawn} ancestors and {hidden} folded for {hops} hops"]
    named = ["contract", short(facts.contract)] if facts.contract else []
    return wrong if end == named else [*wrong, f"the chain ends in {end}"]


def _lives(told: dict[str, list[str]], facts: PageFacts) -> list[str]:
    """Every earlier life is drawn, by its number and with who created it, or stands in the fold."""
    wrong, drawn = [], 0
    earlier = facts.lives[:-1]
    for number, life in enumerate(earlier, 1):
        id_ = f"{life.account}@{life.operation_id}"
        if id_ not in told:
            continue
        drawn += 1
        if f"life {number} of {len(facts.lives)}" not in told[id_]:
            wrong.append(f"life {number} says {told[id_]}")
        maker = told.get(f"maker:{id_}")
        names = [text for text in maker or [] if "…" in text]
        if maker is None or any(not str(life.creator).startswith(name.split("…")[0]) for name in names):
            wrong.append(f"life {number} was created by {life.creator}, not {maker}")
    hidden = sum(folded(texts) for id_, texts in told.items() if id_.startswith("more:lives:"))
    return (
        wrong
        if drawn + hidden == len(earlier)
        else [*wrong, f"{drawn} and {hidden} folded of {len(earlier)} earlier lives"]
    )


def folded(texts: list[str]) -> int:
    """How many a fold says that it stands for."""
    found = next(filter(None, map(FOLDED.fullmatch, texts)), None)
    return int(found[1].replace(",", "")) if found else 0
