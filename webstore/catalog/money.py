"""Money is whole minor units of one currency; floats never touch it."""

CURRENCY = "USD"


def display(minor: int) -> str:
    """Return cents as people read them: 123456 is "$1,234.56"."""
    sign = "-" if minor < 0 else ""
    dollars, cents = divmod(abs(minor), 100)
    return f"{sign}${dollars:,}.{cents:02d}"
