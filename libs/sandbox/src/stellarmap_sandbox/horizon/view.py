"""The network as one request sees it: how far its history reaches, and under which address its links point."""

from dataclasses import dataclass
from functools import lru_cache

from stellarmap_common.domain.amounts import decimal_from_stroops
from stellarmap_common.domain.strkey import InvalidStrkey
from stellarmap_sandbox.horizon.problems import INVALID_ACCOUNT, invalid_field
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.spec import close_text

Record = dict[str, object]

closed_at = lru_cache(maxsize=4_096)(close_text)
decimal = lru_cache(maxsize=4_096)(decimal_from_stroops)


@dataclass(frozen=True, slots=True)
class View:
    """A network, the oldest ledger Horizon has of it, and the base of all links."""

    network: Network
    elder: int
    base: str

    @property
    def first_row(self) -> int:
        """The first row of the retained history."""
        return self.network.first_row(self.elder)

    def address(self, number: int) -> str:
        """The address of an account or a contract."""
        return self.network.keys.address(number)

    def number(self, address: str) -> int | None:
        """The account; None where the network never saw it. Raises: Problem (400) for anything but a G… address."""
        try:
            return self.network.number_of(address)
        except InvalidStrkey:
            raise invalid_field("account_id", INVALID_ACCOUNT) from None

    def link(self, path: str) -> Record:
        """A link to one place."""
        return {"href": self.base + path}

    def template(self, path: str) -> Record:
        """A link with places for parameters."""
        return {"href": self.base + path, "templated": True}

    def list_template(self, path: str) -> Record:
        """A link to a list that can be paged."""
        return self.template(path + "{?cursor,limit,order}")
