"""How numbers are written in the report.

Belongs here: numbers as text. Does not belong here: words (``texts``).
"""


def percent(value: float | None, digits: int = 1) -> str:
    """A share in percent."""
    return "–" if value is None else f"{value:.{digits}%}"


def signed(value: int) -> str:
    """A change of a count, with its sign."""
    return f"{value:+,}".replace("-", "−") if value else "±0"


def number(value: float | None) -> str:
    """A measure with three significant digits."""
    return "–" if value is None else f"{value:.3g}".replace("-", "−")


def points(value: float | None) -> str:
    """A change of a share in percentage points."""
    if value is None:
        return "–"
    return f"{value * 100:+.1f}".replace("-", "−")
