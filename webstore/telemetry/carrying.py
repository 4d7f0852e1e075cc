"""The current trace, carried to where the library does not take it: a body that streams, a thread.

A server span ends when the view has answered; the parts of a streaming body are made later,
outside of it. What they do would be traces of their own, one for each span.
"""

import contextvars
from collections.abc import Callable, Iterable, Iterator
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
Part = TypeVar("Part")
Result = TypeVar("Result")


def streamed(parts: Iterable[Part]) -> "Streamed[Part]":
    """Return `parts`, each made in the trace that is current now: `StreamingHttpResponse(streamed(…))`.

    Its spans end after their root and share the root's fate. Measurements in it that should be
    able to speak for their bucket belong before the answer.
    """
    return Streamed(contextvars.copy_context(), iter(parts))


class Streamed(Iterator[Part]):
    """Parts that are made in a trace which is not the reader's."""

    def __init__(self, carried: contextvars.Context, parts: Iterator[Part]) -> None:
        self._carried = carried
        self._parts = parts

    def __next__(self) -> Part:
        return self._carried.run(next, self._parts)

    def close(self) -> None:
        """End the body early, as a server does when its reader went away."""
        close = getattr(self._parts, "close", None)
        if close is not None:
            self._carried.run(close)


def carried(work: Callable[P, Result]) -> Callable[P, Result]:
    """Return `work`, to be called once in the trace that is current now: `Thread(target=carried(work))`."""
    here = contextvars.copy_context()

    def run(*args: P.args, **kwargs: P.kwargs) -> Result:
        return here.run(work, *args, **kwargs)

    return run
