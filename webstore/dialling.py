"""Opening a connection within a total time, be names slow to resolve and addresses dead."""

import contextlib
import queue
import socket
import threading
import time
from typing import Any

_LONGEST_TRY_SECONDS = 2.0

# As the socket module has it: family, kind, protocol, canonical name, address.
_Place = tuple[Any, ...]


def dial(host: str, port: int, *, until: float, options: Any) -> socket.socket:
    """Return a connection that is open by then (monotonic); raise an `OSError` where there is none."""
    places = _resolve(host, port, until=until)
    failure: OSError = TimeoutError("no time was left to connect")
    for count, place in enumerate(places):
        seconds = until - time.monotonic()
        if seconds <= 0:
            break
        # Each of those that are left gets its share: the last one may be the one that lives.
        share = min(_LONGEST_TRY_SECONDS, seconds / (len(places) - count))
        try:
            return _connect(place, seconds=share, options=options)
        except OSError as error:
            failure = error
    raise failure


def _connect(place: _Place, *, seconds: float, options: Any) -> socket.socket:
    family, kind, protocol, _, address = place
    with contextlib.ExitStack() as undo:
        opened = undo.enter_context(socket.socket(family, kind, protocol))
        for option in options or ():
            opened.setsockopt(*option)
        opened.settimeout(seconds)
        opened.connect(address)
        undo.pop_all()
    return opened


def _resolve(host: str, port: int, *, until: float) -> list[_Place]:
    with contextlib.suppress(socket.gaierror):
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    answers: queue.SimpleQueue[list[_Place] | OSError] = queue.SimpleQueue()
    # No call of the resolver can be broken off. It ends by itself, after half a minute at the latest.
    asking = threading.Thread(target=_ask, args=(host, port, answers), name="resolver", daemon=True)
    asking.start()
    try:
        answer = answers.get(timeout=max(0.0, until - time.monotonic()))
    except queue.Empty:
        raise TimeoutError("the name was not resolved in time") from None
    if isinstance(answer, OSError):
        raise answer
    return answer


def _ask(host: str, port: int, answers: "queue.SimpleQueue[list[_Place] | OSError]") -> None:
    try:
        answers.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
    except OSError as error:
        answers.put(error)
    except UnicodeError as error:
        answers.put(OSError(f"{host!r} is no name: {error}"))
