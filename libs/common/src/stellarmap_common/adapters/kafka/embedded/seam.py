"""Where FastStream meets our log instead of aiokafka: whatever this seam does not know raises, it never passes silently."""


class NotOnThisSeam(Exception):
    """FastStream asked the embedded broker for something aiokafka has and this seam does not.

    No AttributeError: `getattr(…, default)` must not hide it.
    """


class Seam:
    """Base of what stands in for an aiokafka class."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):  # Python's own protocols ask for these and mean it when they take no for an answer
            raise AttributeError(name)
        raise NotOnThisSeam(
            f"{type(self).__name__} has no {name!r}. Teach it, or pin the FastStream it was written for"
        )


def only_known(given: dict[str, object], meaningless: frozenset[str], where: str) -> None:
    """Passes if every option is one that tunes a network connection, which there is none of. Raises: NotOnThisSeam."""
    unknown = sorted(set(given) - meaningless)
    if unknown:
        raise NotOnThisSeam(f"{where} does not know the options {', '.join(unknown)}")
