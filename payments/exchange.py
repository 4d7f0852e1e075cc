"""One call to the payment provider's API: sent once, under a total time limit.

ProviderFailure
├── TryAgain        nothing is decided: ask again, with the same key
│   ├── NoAnswer    the time was up
│   └── KeySpent    the key's first answer was a failure, and it will hear that one for ever
└── NeverAgain      asking again cannot help: a person must look
"""

import json
import logging
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
import urllib3
from django.conf import settings

from webstore.deadline import Deadline, WatchedAdapter
from webstore.telemetry import contract

_LONGEST_BODY = 64 * 1024
# Our key is wrong, or was changed there and not yet here: no fault of any order's.
_KEY_REFUSED = (401, 403)
# These answers alone promise that nothing was stored there.
_NOTHING_STORED = (*_KEY_REFUSED, 429, 503)
# That these refuse is not for ever.
_PASSING = (*_KEY_REFUSED, 408, 409, 429)

logger = logging.getLogger(__name__)


class ProviderFailure(Exception):
    outcome = contract.ERROR


class TryAgain(ProviderFailure):
    def __init__(
        self, message: str, *, may_have_charged: bool = True, retry_after_seconds: float = 0
    ) -> None:
        super().__init__(message)
        self.may_have_charged = may_have_charged
        self.retry_after_seconds = retry_after_seconds


class NoAnswer(TryAgain):
    outcome = contract.TIMEOUT


class KeySpent(TryAgain):
    pass


class NeverAgain(ProviderFailure):
    def __init__(self, code: str, *, reference: str = "") -> None:
        super().__init__(f"the provider refuses: {code}")
        self.code = code
        self.reference = reference


@dataclass(frozen=True)
class Call:
    """What to ask. `until` is the moment (monotonic) by which everything must be over."""

    method: str
    path: str
    until: float
    key: str = ""
    payload: Mapping[str, object] | None = None
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def parsed(self) -> dict[str, Any]:
        if len(self.body) > _LONGEST_BODY:
            raise TryAgain("the provider's answer is too long")
        try:
            parsed = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise TryAgain("the provider's answer is not JSON") from error
        if not isinstance(parsed, dict):
            raise TryAgain("the provider's answer is not an object")
        return parsed

    def error(self) -> dict[str, str]:
        """Return the error's texts, each short enough for its column."""
        error = self.parsed().get("error")
        if not isinstance(error, dict):
            return {}
        return {key: value[:64] for key, value in error.items() if isinstance(value, str)}

    def failure(self) -> ProviderFailure:
        """Return what an answer means that decides nothing."""
        if self.status not in _PASSING and 400 <= self.status < 500:
            return NeverAgain(self.error().get("code") or f"http_{self.status}")
        is_replayed = self.headers.get("Idempotent-Replayed", "").lower() == "true"
        kind = KeySpent if self.status >= 500 and is_replayed else TryAgain
        return kind(
            f"the provider answered {self.status}",
            may_have_charged=self.status not in _NOTHING_STORED,
            retry_after_seconds=_patience(self.headers.get("Retry-After", "")),
        )


def time_limit() -> float:
    """Return by when a conversation that begins now must be over."""
    return time.monotonic() + float(settings.PROVIDER_DEADLINE_SECONDS)


def exchange(call: Call) -> Reply:
    """Return the provider's reply, whatever it says; raise `TryAgain` when there is none in time."""
    seconds = call.until - time.monotonic()
    if seconds <= 0:
        raise NoAnswer("no time is left to ask the provider", may_have_charged=False)
    # A session of its own for each call: nothing is shared between threads or across a fork.
    with Deadline(seconds) as deadline, _new_session() as session:
        try:
            reply = _send(session, call, timeout=seconds)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            is_late = deadline.has_passed or isinstance(error, requests.Timeout)
            kind = NoAnswer if is_late else TryAgain
            raise kind("no answer from the provider", may_have_charged=deadline.was_connected) from error
    if deadline.has_passed:  # a body that ends with its connection ends here without an error
        raise NoAnswer("the provider's answer took too long")
    if reply.status in _KEY_REFUSED:
        logger.error("the provider answered %d: it refuses PROVIDER_API_KEY", reply.status)
    return reply


def _new_session() -> requests.Session:
    session = requests.Session()
    # No proxy, no .netrc: what the machine's environment says is not meant for payments.
    session.trust_env = False
    session.mount("http://", WatchedAdapter())
    session.mount("https://", WatchedAdapter())
    return session


def _send(session: requests.Session, call: Call, *, timeout: float) -> Reply:
    headers = {"Authorization": f"Bearer {settings.PROVIDER_API_KEY}", "Accept-Encoding": "identity"}
    if call.key:
        headers["Idempotency-Key"] = call.key
    response = session.request(
        call.method,
        f"{settings.PROVIDER_URL.rstrip('/')}{call.path}",
        params=dict(call.query),
        json=call.payload,
        headers=headers,
        timeout=timeout,
        allow_redirects=False,
        stream=True,
    )
    body = response.raw.read(_LONGEST_BODY + 1, decode_content=False)
    return Reply(response.status_code, response.headers, body)


def _patience(header: str) -> float:
    """Return the seconds a `Retry-After` asks for, by number or by date; 0 for anything else."""
    if header.isdecimal():
        return float(header) if len(header) < 10 else math.inf
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return 0.0
    until = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
