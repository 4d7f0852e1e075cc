"""Text comes in UTF-8, or it is refused at the edge.

A Content-Type may name any codec Python has for query and form. Django uses it while it still makes the
request, before anything of ours could catch an error: `hex` and a broken parameter raise, which gunicorn
answers with a bare 500 and logs with its path, and a path may hold an order's token. Others (`utf-7`,
`unicode_escape`) make halves of signs that no database takes.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.utils.http import parse_header_parameters

WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

# Not by `codecs.lookup`, which tries to import what a stranger names, and remembers each name for ever.
_UTF_8 = re.compile(r"utf[-_]?8", re.IGNORECASE)
_CHARSET = re.compile(r"""(;\s*charset\s*=\s*)("[^"]*"|[^;"]*)""", re.IGNORECASE)
_REFUSAL = b"WebStore reads text in UTF-8 only.\n"


def refuse_other_charsets(app: WSGIApp) -> WSGIApp:
    """Return `app`, asked only what Django can read."""

    def edge(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        content_type = environ.get("CONTENT_TYPE", "")
        if _is_readable(content_type):
            if content_type:
                # Django takes a form in `utf8` for one in another encoding.
                environ["CONTENT_TYPE"] = _CHARSET.sub(r"\1utf-8", content_type)
            return app(environ, start_response)
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(_REFUSAL)))]
        start_response("415 Unsupported Media Type", headers)
        return [_REFUSAL]

    return edge


def _is_readable(content_type: str) -> bool:
    try:
        _, parameters = parse_header_parameters(content_type)
    except (LookupError, ValueError):
        return False
    return _UTF_8.fullmatch(parameters.get("charset", "utf-8")) is not None
