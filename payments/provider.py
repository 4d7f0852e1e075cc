"""The payment provider's API: the only place that speaks HTTP to it. One call, one try.

ProviderFailure
├── TryAgain        nothing is decided: ask again, with the same key
│   └── NoAnswer    the time was up
└── NeverAgain      asking again cannot help: a person must look
"""

import json
from dataclasses import dataclass
from typing import Any

import requests
import urllib3
from django.conf import settings

from payments.deadline import Deadline, WatchedAdapter
from webstore.telemetry import contract

_CONNECT_SECONDS = 2.0
_LONGEST_BODY = 64 * 1024
# These two answers alone promise that nothing was stored there.
_NOTHING_STORED = (429, 503)


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


class NeverAgain(ProviderFailure):
    def __init__(self, code: str, *, reference: str = "") -> None:
        super().__init__(f"the provider refuses: {code}")
        self.code = code
        self.reference = reference


@dataclass(frozen=True)
class ChargeRequest:
    """What to charge. Equal requests with one key are charged once."""

    key: str
    amount_minor: int
    currency: str
    source: str
    reference: str


@dataclass(frozen=True)
class Answer:
    """The provider's decision; `reference` is the charge's id there."""

    is_approved: bool
    reference: str
    failure_code: str = ""

    @property
    def outcome(self) -> str:
        return contract.APPROVED if self.is_approved else contract.DECLINED


@dataclass(frozen=True)
class _Reply:
    status: int
    retry_after: str
    body: bytes


def charge(request: ChargeRequest) -> Answer:
    """Return the provider's decision, within `PROVIDER_DEADLINE_SECONDS`."""
    reply = _exchange(request)
    if reply.status == 200:
        return _approved(_parsed(reply), request)
    if reply.status == 402:
        return _declined(_parsed(reply))
    if reply.status in (409, 429) or not 400 <= reply.status < 500:
        raise TryAgain(
            f"the provider answered {reply.status}",
            may_have_charged=reply.status not in _NOTHING_STORED,
            retry_after_seconds=float(reply.retry_after) if reply.retry_after.isdecimal() else 0,
        )
    raise NeverAgain(_error_of(_parsed(reply)).get("code") or f"http_{reply.status}")


def _exchange(request: ChargeRequest) -> _Reply:
    seconds = settings.PROVIDER_DEADLINE_SECONDS
    # A session of its own for each call: nothing is shared between threads or across a fork.
    with Deadline(seconds) as deadline, _new_session() as session:
        try:
            reply = _send(session, request, timeout=(min(_CONNECT_SECONDS, seconds), seconds))
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            is_late = deadline.has_passed or isinstance(error, requests.Timeout)
            kind = NoAnswer if is_late else TryAgain
            raise kind("no answer from the provider", may_have_charged=deadline.was_connected) from error
    if deadline.has_passed:  # a body that ends with its connection ends here without an error
        raise NoAnswer("the provider's answer took too long")
    return reply


def _new_session() -> requests.Session:
    session = requests.Session()
    # No proxy, no .netrc: what the machine's environment says is not meant for payments.
    session.trust_env = False
    session.mount("http://", WatchedAdapter())
    session.mount("https://", WatchedAdapter())
    return session


def _send(session: requests.Session, request: ChargeRequest, *, timeout: tuple[float, float]) -> _Reply:
    response = session.post(
        f"{settings.PROVIDER_URL.rstrip('/')}/v1/charges",
        json={
            "amount": request.amount_minor,
            "currency": request.currency,
            "source": request.source,
            "reference": request.reference,
        },
        headers={
            "Authorization": f"Bearer {settings.PROVIDER_API_KEY}",
            "Idempotency-Key": request.key,
            "Accept-Encoding": "identity",
        },
        timeout=timeout,
        allow_redirects=False,
        stream=True,
    )
    body = response.raw.read(_LONGEST_BODY + 1, decode_content=False)
    return _Reply(response.status_code, response.headers.get("Retry-After", ""), body)


def _parsed(reply: _Reply) -> dict[str, Any]:
    if len(reply.body) > _LONGEST_BODY:
        raise TryAgain("the provider's answer is too long")
    try:
        parsed = json.loads(reply.body)
    except ValueError as error:
        raise TryAgain("the provider's answer is not JSON") from error
    if not isinstance(parsed, dict):
        raise TryAgain("the provider's answer is not an object")
    return parsed


def _approved(payload: dict[str, Any], request: ChargeRequest) -> Answer:
    reference = payload.get("id")
    if payload.get("status") != "succeeded" or not isinstance(reference, str) or not reference:
        raise TryAgain("the provider's answer names no charge that succeeded")
    charged = (payload.get("amount"), payload.get("currency"), payload.get("reference"))
    if charged != (request.amount_minor, request.currency, request.reference):
        raise NeverAgain("charged_something_else", reference=reference[:64])
    return Answer(is_approved=True, reference=reference[:64])


def _declined(payload: dict[str, Any]) -> Answer:
    error = _error_of(payload)
    if error.get("type") != "card_error":
        raise TryAgain("the provider's answer names no decline")
    return Answer(is_approved=False, reference=error.get("charge", ""), failure_code=error.get("code", ""))


def _error_of(payload: dict[str, Any]) -> dict[str, str]:
    """Return the error's texts, each short enough for its column."""
    error = payload.get("error")
    if not isinstance(error, dict):
        return {}
    return {key: value[:64] for key, value in error.items() if isinstance(value, str)}
