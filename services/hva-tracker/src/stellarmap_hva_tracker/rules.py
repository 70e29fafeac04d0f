"""When a standing has changed: at each threshold by itself, compared with what was last recorded there."""

from stellarmap_common.domain.standing import BALANCE_STEP_PCT, RANK_STEP, ChangeType, Standing

NEVER = 2**63  # no rank is as large


def change_due(recorded: Standing | None, balance_stroops: int, rank: int, board_size: int) -> ChangeType | None:
    """What has become of an account that stands at a threshold; None: nothing that is told. `recorded` None: it did not stand."""
    if recorded is None:
        return ChangeType.ENTERED
    on_board = (
        rank <= board_size or recorded.rank <= board_size
    )  # nine of ten are not: their ranks need not be compared
    change = rank_change_due(recorded.rank, rank, board_size) if on_board else None
    return change or balance_change_due(recorded.balance_stroops, balance_stroops)


def rank_change_due(recorded: int, rank: int, board_size: int) -> ChangeType | None:
    """Up or down, from ten positions on, where one of the two ranks is on the board: so all ranks behind it by ten are alike."""
    if rank <= rank_up_at(recorded, board_size):
        return ChangeType.RANK_UP
    return ChangeType.RANK_DOWN if rank >= rank_down_at(recorded, board_size) else None


def rank_up_at(recorded: int, board_size: int) -> int:
    """The largest rank that counts as a rise."""
    highest = recorded - RANK_STEP
    return highest if highest < board_size else board_size  # noqa: FURB136 - on the way of every balance: `min` takes twice as long


def rank_down_at(recorded: int, board_size: int) -> int:
    """The smallest rank that counts as a fall."""
    return recorded + RANK_STEP if recorded <= board_size else NEVER


def balance_change_due(recorded_stroops: int, now_stroops: int) -> ChangeType | None:
    """More or less, from five percent on."""
    won = now_stroops - recorded_stroops
    if abs(won) * 100 < recorded_stroops * BALANCE_STEP_PCT:
        return None
    return ChangeType.BALANCE_INCREASE if won > 0 else ChangeType.BALANCE_DECREASE
