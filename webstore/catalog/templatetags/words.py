"""Words around numbers and searches in templates."""

from re import IGNORECASE, escape, split

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from webstore.catalog.listing import words_of

register = template.Library()

# Above this a count is said roughly: nobody compares 1 204 331 with 1 204 332.
EXACT_UP_TO = 10_000


@register.filter
def counted(number: int) -> str:
    """Return a count as people say it: "312", or "about 1 200 000" above ten thousand."""
    if number < EXACT_UP_TO:
        return str(number)
    rough = round(number, 2 - len(str(number)))
    words = f"{rough:,}".replace(",", "\u202f")
    return words if number == EXACT_UP_TO else f"about {words}"


@register.filter
def marked(text: str, query: str) -> SafeString:
    """Return the text, escaped, with the beginnings that were searched for in <mark>."""
    words = "|".join(escape(word) for word in words_of(query))
    # Every other piece is a match; with nothing to look for the whole text is the first piece.
    pieces = split(rf"(?<!\w)({words})", text, flags=IGNORECASE) if words else [text]
    marks = (
        (SafeString("<mark>{}</mark>") if odd % 2 else SafeString("{}"), piece)
        for odd, piece in enumerate(pieces)
    )
    return SafeString("".join(format_html(mark, piece) for mark, piece in marks))
