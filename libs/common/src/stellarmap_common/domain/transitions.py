"""Which status of an account may follow which."""

from stellarmap_common.domain.status import AccountStatus

_PENDING, _PROCESSING = AccountStatus.PENDING, AccountStatus.PROCESSING
_COMPLETE, _FAILED, _NOT_FOUND = AccountStatus.COMPLETE, AccountStatus.FAILED, AccountStatus.NOT_FOUND
_RE_INQUIRY, _ERROR = AccountStatus.RE_INQUIRY, AccountStatus.ERROR

TERMINAL = frozenset({_COMPLETE, _FAILED, _NOT_FOUND})
"""Left only when a user asks: by a retry, a refresh or a larger request."""

_BY_THE_PIPELINE: dict[AccountStatus | None, frozenset[AccountStatus]] = {
    None: frozenset({_PENDING, _PROCESSING}),  # PROCESSING at once: an ancestor, or a granted child, nobody asked for
    _PENDING: frozenset({_PROCESSING, _FAILED}),  # FAILED at once: a dead letter, or three recoveries without a step
    _RE_INQUIRY: frozenset({_PROCESSING, _FAILED}),
    _PROCESSING: frozenset({_COMPLETE, _FAILED, _NOT_FOUND, _ERROR}),
    _ERROR: frozenset({_PENDING, _PROCESSING, _FAILED}),
}
_BY_A_USER = dict.fromkeys(TERMINAL | {_ERROR}, frozenset({_PENDING, _RE_INQUIRY}))


def may_become(before: AccountStatus | None, after: AccountStatus, *, asked_by_user: bool = False) -> bool:
    """True when an account of status `before` (None: it has none) may get `after`; it may always stay as it is."""
    if before is after:
        return True
    allowed = _BY_THE_PIPELINE.get(before, frozenset())
    if asked_by_user and before is not None:
        allowed |= _BY_A_USER.get(before, frozenset())
    return after in allowed
