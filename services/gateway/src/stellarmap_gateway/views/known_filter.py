"""Which children are meant, by what is known of them: whether they issue assets, which, and how much they have."""

import re
from dataclasses import dataclass, replace
from typing import Self

from stellarmap_common.domain.address_text import contains_seed
from stellarmap_common.domain.amounts import DECIMALS, InvalidAmount, stroops_from_decimal
from stellarmap_common.domain.lookup import Notable
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.strkey import InvalidStrkey, StrkeyKind, decode_strkey
from stellarmap_common.ports.horizon import HORIZON_PAGE
from stellarmap_gateway.problems import AMOUNT_ADVICE, secret_seed, unprocessable

_ASSET = re.compile(r"(?P<code>[A-Za-z0-9]{1,12})(-(?P<issuer>G[A-Z2-7]{55}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFilter:
    """Which of the children that are known are meant; without anything, all."""

    issuers: bool = False
    least: int | None = None  # stroops
    most: int | None = None
    code: str | None = None  # of an asset that it issues
    issuer: Address | None = None

    @classmethod
    def read(
        cls, *, issuers: bool = False, balance_min: str | None, balance_max: str | None, asset: str | None
    ) -> Self:
        """The filter that the parameters say. Raises: ApiProblem."""
        code, issuer = _asset(asset)
        return cls(
            issuers=issuers,
            least=_stroops(balance_min, "query.balance_min"),
            most=_stroops(balance_max, "query.balance_max"),
            code=code,
            issuer=issuer,
        )

    def can_tell(self, face: Notable) -> bool:
        """True where what it asks for is known of the child."""
        about_assets = self.issuers or self.code is not None
        about_balance = self.least is not None or self.most is not None
        return not (
            (about_assets and face.issues is None)
            or (about_balance and face.balance_stroops is None)
            or self._is_beyond(face)
        )

    def fits(self, face: Notable) -> bool:
        """True where what is known of the child is what is asked for."""
        balance, issues = face.balance_stroops, face.issues or ()
        return (
            self.can_tell(face)
            and (not self.issuers or bool(issues))
            and (self.code is None or self.code in issues)
            and (self.issuer is None or self.issuer == face.child)
            and (self.least is None or (balance is not None and balance >= self.least))
            and (self.most is None or (balance is not None and balance <= self.most))
        )

    def may_fit(self, face: Notable) -> bool:
        """True where all fits but the asset, and that may be one of those of the child that were not read."""
        return self._is_beyond(face) and replace(self, code=None, issuer=None).fits(face)

    def _is_beyond(self, face: Notable) -> bool:
        return (
            self.code is not None
            and self.issuer in {None, face.child}
            and self.code not in (face.issues or ())
            and _is_cut(face)
        )


EVERY_KNOWN = KnownFilter()


def _is_cut(face: Notable) -> bool:
    """True where the child issues more than was read of it, or may: a page was full before it was kept that it was."""
    if face.issues_complete is None:
        return len(face.issues or ()) >= HORIZON_PAGE
    return not face.issues_complete


def _stroops(text: str | None, where: str) -> int | None:
    if text is None:
        return None
    try:
        return stroops_from_decimal(text.strip())
    except InvalidAmount:
        raise unprocessable(
            "invalid-amount",
            f"This is not an amount of XLM with at most {DECIMALS} decimals.",
            advice=AMOUNT_ADVICE,
            where=where,
        ) from None


def _asset(text: str | None) -> tuple[str | None, Address | None]:
    """Code and issuer. Raises: ApiProblem; the text itself is never repeated."""
    if text is None:
        return None, None
    if contains_seed(text):
        raise secret_seed()
    match = _ASSET.fullmatch(text.strip())
    issuer = match["issuer"] if match else None
    if match is None or (issuer and not _is_account(issuer)):
        raise unprocessable(
            "invalid-asset",
            "This names no asset: a code has 1 to 12 letters and digits, and may have a dash and its issuer (G…) behind it.",
            advice="Write the code in the letters it was issued in, for example USD; or USD-G… for that of one issuer.",
            where="query.asset",
        )
    return match["code"], Address(issuer) if issuer else None


def _is_account(text: str) -> bool:
    try:
        return decode_strkey(text)[0] is StrkeyKind.ACCOUNT
    except InvalidStrkey:
        return False
