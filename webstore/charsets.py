"""Text comes in UTF-8, or it is refused at the edge.

A Content-Type may name any codec Python has for query and form. Django uses it while it still makes the
request, before anything of ours could catch an error: `hex` and a broken parameter raise, which gunicorn
answers with a bare 500 and logs with its path, and a path may hold an order's token. Others (`utf-7`,
`unicode_escape`) make halves of signs that no database takes.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.http import parse_header_parameters

WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_REFUSAL = b"WebStore reads text in UTF-8 only.\n"


def refuse_other_charsets(app: WSGIApp) -> WSGIApp:
    """Return `app`, asked only what Django can read."""

    def edge(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if _is_readable(environ.get("CONTENT_TYPE", "")):
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
    return parameters.get("charset", "utf-8").lower() == "utf-8"
