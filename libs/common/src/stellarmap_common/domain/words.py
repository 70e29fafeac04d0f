"""Words that commands of every member say alike."""


def counted(number: int, one: str, many: str = "") -> str:
    """The number and what is counted, in the singular for one: "1 child", "1,200 children"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
