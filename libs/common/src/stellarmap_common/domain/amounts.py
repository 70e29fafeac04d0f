"""Amounts: integer stroops inside, decimal text outside. The one place where either becomes the other."""

import re

STROOPS_PER_XLM = 10_000_000
DECIMALS = 7
MAX_STROOPS = 2**63 - 1  # the ledger keeps amounts as signed 64-bit integers

_DECIMAL = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,7}))?")  # [0-9], not \d: \d also matches other scripts' digits


class InvalidAmount(ValueError):
    """Text or a number that is no amount of XLM."""


def stroops_from_decimal(text: str) -> int:
    """The stroops that decimal text of XLM stands for, exactly; InvalidAmount for anything else, never a rounding."""
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise InvalidAmount(f"not an amount of at most {DECIMALS} decimals: {text[:40]!r}")
    sign, whole, fraction = match.groups()
    stroops = int(whole) * STROOPS_PER_XLM + int((fraction or "").ljust(DECIMALS, "0"))
    if stroops > MAX_STROOPS:
        raise InvalidAmount(f"more than a ledger can hold: {text}")
    return -stroops if sign else stroops


def decimal_from_stroops(stroops: int) -> str:
    """Decimal text of XLM with all seven decimals, as Horizon writes it."""
    whole, fraction = divmod(abs(stroops), STROOPS_PER_XLM)
    return f"{'-' if stroops < 0 else ''}{whole}.{fraction:0{DECIMALS}}"


def stroops_from_float(xlm: float) -> int | None:
    """The stroops a FLOAT64 of XLM stands for; None where it does not tell which amount was meant.

    Exact below 2**29 XLM (about 537 million). Above, neighbouring doubles are more than a stroop apart, so two amounts
    share one double; an answer is given only where a single amount has it.
    """
    if not abs(xlm) <= MAX_STROOPS / STROOPS_PER_XLM:  # also refuses NaN
        return None
    stroops = round(xlm * STROOPS_PER_XLM)
    # Division of integers is rounded correctly, so these are the very doubles the amounts are written as.
    meant = [near for near in range(stroops - 2, stroops + 3) if near / STROOPS_PER_XLM == xlm]
    return meant[0] if len(meant) == 1 else None
