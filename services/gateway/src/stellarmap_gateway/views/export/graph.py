"""Lineage and children as GraphML: each life of an account is a node, each creation an edge from the life that made it.

A life is known by its address and the operation that began it, so an account that was made twice is two nodes, and no address
has to be remembered: only those of the chain are.
"""

import io
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from stellarmap_gateway.schemas.common import Life
from stellarmap_gateway.views.export.portions import Exported

NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
OF_GRAPH = {
    **dict.fromkeys(("network", "network_key", "as_of", "address", "lineage", "since", "until", "q"), "string"),
    "total": "long",
    "complete": "boolean",
    "exported": "long",  # children; the last there is
}
OF_NODE = {
    **dict.fromkeys(("role", "address", "created_op", "kind", "created_at", "transaction_hash"), "string"),
    **dict.fromkeys(("transaction_source", "sponsor", "ended_op", "ended_at", "merged_into", "source"), "string"),
    "exact": "boolean",
    "ledger": "long",
    "starting_balance_stroops": "long",
}


async def as_graphml(what: Exported) -> AsyncIterator[str]:
    """A directed graph: ancestors, the account's own lives, its children. One cut short has no end tag."""
    head, text = what.head, io.StringIO()
    graph = _Graph(XMLGenerator(text, "UTF-8", short_empty_elements=True))
    graph.begin({name: getattr(head, name) for name in OF_GRAPH if name != "exported"})
    for life in reversed(head.ancestors):
        graph.add_of_chain(life, "ancestor")
    for life in head.incarnations:
        graph.add_of_chain(life, "account")
    yield _taken(text)
    exported = 0
    async for lives in what.portions:
        graph.add_children(lives)
        exported += len(lives)
        yield _taken(text)
    graph.end(exported)
    yield _taken(text)


class _Graph:
    """Writes nodes and edges, none of those of the chain twice: a child may be an ancestor, where accounts were made again."""

    def __init__(self, xml: XMLGenerator) -> None:
        self._xml = xml
        self._chain: set[str] = set()  # nodes of ancestors, of the account's lives, and of those who made them
        self._joined: set[tuple[str, str]] = set()  # edges among them

    def begin(self, facts: Mapping[str, object]) -> None:
        self._xml.startDocument()
        self._begin("graphml", xmlns=NAMESPACE)
        for domain, names in (("graph", OF_GRAPH), ("node", OF_NODE)):
            for name, type_ in names.items():
                key = {"id": f"{domain}.{name}", "for": domain, "attr.name": name, "attr.type": type_}
                self._empty("key", **key)
        self._begin("graph", edgedefault="directed")
        self._data("graph", facts)

    def add_of_chain(self, life: Life, role: str) -> None:
        """A life of the chain, and how it was made."""
        node = _node_of(life)
        self._chain_node(node, lambda: {"role": role, **_facts(life)})
        if life.creator is None:
            return
        maker = _id(life.creator, life.creator_created_op)
        self._chain_node(maker, lambda: {"role": "creator", "address": life.creator})
        if (maker, node) not in self._joined:
            self._joined.add((maker, node))
            self._empty("edge", source=maker, target=node)

    def add_children(self, lives: Iterable[Life]) -> None:
        for life in lives:
            node = _node_of(life)
            maker = _id(life.creator or "", life.creator_created_op)
            if node in self._chain or maker not in self._chain:
                self.add_of_chain(life, "child")
                continue
            self._node(node, {"role": "child", **_facts(life)})
            self._empty("edge", source=maker, target=node)

    def end(self, exported: int) -> None:
        self._data("graph", {"exported": exported})
        self._xml.endElement("graph")
        self._xml.endElement("graphml")
        self._xml.endDocument()

    def _chain_node(self, node: str, facts: Callable[[], Mapping[str, object]]) -> None:
        if node not in self._chain:
            self._chain.add(node)
            self._node(node, facts())

    def _node(self, node: str, facts: Mapping[str, object]) -> None:
        self._begin("node", id=node)
        self._data("node", facts)
        self._xml.endElement("node")

    def _data(self, domain: str, facts: Mapping[str, object]) -> None:
        for name, value in facts.items():
            if value is not None:
                self._begin("data", key=f"{domain}.{name}")
                self._xml.characters(_written(value))
                self._xml.endElement("data")
        self._xml.ignorableWhitespace("\n")

    def _begin(self, element: str, **attributes: str) -> None:
        self._xml.startElement(element, AttributesImpl(attributes))

    def _empty(self, element: str, **attributes: str) -> None:
        self._begin(element, **attributes)
        self._xml.endElement(element)


def _node_of(life: Life) -> str:
    return _id(life.address, life.created_op)


def _id(address: str, created_op: str | None) -> str:
    """An address alone is an account of which it is not known which of its lives it was."""
    return f"{address}@{created_op}" if created_op else address


def _facts(life: Life) -> dict[str, object]:
    return {name: value for name, value in life if name in OF_NODE}


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    isoformat = getattr(value, "isoformat", None)
    return isoformat() if isoformat else str(value)


def _taken(text: io.StringIO) -> str:
    """What was written since it was last taken."""
    written = text.getvalue()
    text.seek(0)
    text.truncate()
    return written
