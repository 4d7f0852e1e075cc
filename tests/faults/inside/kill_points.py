"""Five moments of a charge at which the worker's child may be killed, as if its machine had lost power.

One process dies for each wish: either of the environment (FAULT_KILL_AT, and FAULT_KILL_ONCE, a file
that the victim makes), or of a file in FAULT_FOLDER, which the victim takes away: "kill-at-<point>"
is for whoever comes by, "kill-at-<point>-<checkout token>" for who works on that order. A
"poison-<order number>" stays: whoever takes that order dies, every time.
"""

import functools
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from urllib3.connection import HTTPConnection

from tests.faults.inside import switch
from tests.faults.inside.switch import Original

CLAIM = "payments.claiming:claim"


@dataclass
class _Hand:
    """What this process works on, one order at a time: its checkout token."""

    token: str = ""


_hand = _Hand()


def install() -> None:
    """Put all points in; they do nothing until they are told to."""
    told = os.environ.get("FAULT_KILL_AT")
    if told is not None and told not in POINTS:
        raise switch.Disarmed(f"there is no kill point {told!r}")
    if told is None and switch.folder() is None:
        return
    for point, (name, wrapper) in POINTS.items():
        switch.wrap(name, functools.partial(wrapper, point))
    switch.wrap(CLAIM, _poisoned)


def _before(point: str, original: Original) -> Original:
    @functools.wraps(original)
    def killed_before(*args: Any, **kwargs: Any) -> Any:
        if _is_wanted(point):
            _die()
        return original(*args, **kwargs)

    return killed_before


def _before_claim(point: str, original: Original) -> Original:
    killed_before = _before(point, original)

    @functools.wraps(original)
    def claim(attempt_id: int) -> Any:
        _hand.token = _token_of(attempt_id)
        return killed_before(attempt_id)

    return claim


def _token_of(attempt_id: int) -> str:
    from payments.models import PaymentAttempt  # noqa: PLC0415 - known only once the apps are there

    tokens = PaymentAttempt.objects.filter(pk=attempt_id).values_list("order__checkout_token", flat=True)
    return str(tokens.first() or "")


def _before_provider(point: str, original: Original) -> Original:
    killed_before = _before(point, original)

    @functools.wraps(original)
    def answer(connection: HTTPConnection, *args: Any, **kwargs: Any) -> Any:
        # The telemetry's sink is asked by the same kind of connection.
        is_provider = connection.port == urlsplit(settings.PROVIDER_URL).port
        return (killed_before if is_provider else original)(connection, *args, **kwargs)

    return answer


def _after(point: str, original: Original) -> Original:
    @functools.wraps(original)
    def killed_after(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        # Of a claim: it was not ours.
        if result is not None and _is_wanted(point):
            _die()
        return result

    return killed_after


def _poisoned(original: Original) -> Original:
    @functools.wraps(original)
    def claim(attempt_id: int) -> Any:
        attempt = original(attempt_id)
        folder = switch.folder()
        if attempt and folder and (folder / f"poison-{attempt.order.number}").exists():
            _die()
        return attempt

    return claim


def _is_wanted(point: str) -> bool:
    """Return whether this very process shall die here; of many at once one is told so."""
    folder = switch.folder()
    if folder is not None:
        wishes = (f"kill-at-{point}", f"kill-at-{point}-{_hand.token}")
        if any(_takes(folder / wish) for wish in wishes):
            return True
    return os.environ.get("FAULT_KILL_AT") == point and _is_first()


def _takes(wish: Path) -> bool:
    try:
        wish.unlink()
    except FileNotFoundError:
        return False
    return True


def _is_first() -> bool:
    once = os.environ.get("FAULT_KILL_ONCE")
    if not once:
        return True
    try:
        os.close(os.open(once, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


POINTS: Mapping[str, tuple[str, Any]] = {
    "before_claim": (CLAIM, _before_claim),
    "after_claim": (CLAIM, _after),
    # The whole request is in the provider's hands, and nobody waits for what it says.
    "request_sent": ("webstore.deadline:_WatchedHTTPConnection.getresponse", _before_provider),
    "answer_in": ("payments.provider:charge", _after),
    # Inside the transaction: all is written and nothing kept.
    "before_commit": ("payments.recording:write", _after),
}
