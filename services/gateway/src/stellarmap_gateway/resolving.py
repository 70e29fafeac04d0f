"""From anything that was pasted to an address. What was pasted is never repeated: not in answers, not in logs."""

from stellarmap_common.domain.address_text import (
    AddressKind,
    AddressProblem,
    ParsedAddress,
    UnreadableAddress,
    parse_address,
)
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.ports.federation import Federation, FederationRecord
from stellarmap_common.ports.networks import Network
from stellarmap_common.ports.stores import Stores
from stellarmap_gateway.limits import ClientLimits
from stellarmap_gateway.problems import ApiProblem, Missing, secret_seed, unprocessable
from stellarmap_gateway.schemas.installation import Resolved, ResolveKind

MAX_MEMO = 64
_ADVICE = "Paste the address of an account (G…), a muxed one (M…), or a name*domain."
_MEMO_TYPES = frozenset({"id", "text", "hash"})


class Resolver:
    """Reads pasted text; asks a domain where the text is a federation address."""

    def __init__(self, stores: Stores, federation: Federation, limits: ClientLimits, *, lookups: bool) -> None:
        self._stores = stores
        self._federation = federation
        self._limits = limits
        self._lookups = lookups

    async def resolve(self, network: Network, text: str, client: str) -> Resolved:
        """What the text names. Raises: ApiProblem; SourceUnavailable, SourceRejected of a federation server."""
        parsed = _parsed(text)
        if parsed.federation is None:
            return await self._resolved(network, parsed)
        record = await self._looked_up(parsed.federation, client)
        return await self._resolved(network, _account_in(record), parsed.federation, record)

    async def _looked_up(self, name: str, client: str) -> FederationRecord:
        if not self._lookups:
            raise unprocessable(
                "federation-off",
                "This installation does not look federation addresses up.",
                advice="Paste a G… address.",
            )
        self._limits.ask(client)  # it makes another host work
        record = await self._federation.resolve(name)
        if record is None:
            raise Missing("federation-unknown", "The domain does not know this name.", advice="Check the spelling.")
        return record

    async def _resolved(
        self,
        network: Network,
        parsed: ParsedAddress,
        federation: str | None = None,
        record: FederationRecord | None = None,
    ) -> Resolved:
        contract = parsed.kind is AddressKind.CONTRACT
        known_type = record is not None and record.memo_type in _MEMO_TYPES
        return Resolved(
            kind=ResolveKind.CONTRACT if contract else ResolveKind.FEDERATION if federation else ResolveKind.ACCOUNT,
            address=str(parsed.address),
            muxed_id=None if parsed.muxed_id is None else str(parsed.muxed_id),
            federation=federation,
            memo_type=record.memo_type if record and known_type else None,
            memo=record.memo[:MAX_MEMO] if record and known_type and record.memo else None,
            mapped=not contract and await self._mapped(network, parsed),
        )

    async def _mapped(self, network: Network, parsed: ParsedAddress) -> bool:
        if parsed.address is None:
            return False
        account = AccountRef(network.key, parsed.address)
        return bool(await self._stores.accounts.state_of(account) or await self._stores.creations.creations_of(account))


def _parsed(text: str) -> ParsedAddress:
    try:
        return parse_address(text)
    except UnreadableAddress as error:
        if error.problem is AddressProblem.SECRET_SEED:
            raise secret_seed() from None
        raise unprocessable(f"address-{error.problem}", str(error), advice=_ADVICE, where="body.text") from None


def _account_in(record: FederationRecord) -> ParsedAddress:
    """The account a federation server names; whatever it sends is text of a stranger."""
    try:
        parsed = parse_address(record.account)
    except UnreadableAddress:
        raise _not_an_account() from None
    if parsed.kind is not AddressKind.ACCOUNT:
        raise _not_an_account()
    return parsed


def _not_an_account() -> ApiProblem:
    return unprocessable(
        "federation-answer",
        "The federation server of this domain answers with something that is no account.",
        advice="Look for the account by its address (G…).",
    )
