"""One notification to the outgoing webhook: few tries, one total deadline, and an address nobody sees.

DeliveryError   it did not arrive; the message holds nothing of the address
"""

import json
import logging
import time
from http import HTTPStatus

from webstore.evidence.asking import Asker, ReadSideError

_MOST_TRIES = 3
_PAUSE_SECONDS = 0.25
_HEADERS = {"Content-Type": "application/json"}

logger = logging.getLogger(__name__)


class DeliveryError(Exception):
    pass


class ContentRefused(DeliveryError):
    """The receiver takes no such notification; the same one again cannot help."""


def send(url: str, text: str, *, give_up_at: float) -> None:
    """Deliver before a moment of the monotonic clock, or raise DeliveryError."""
    for number in range(1, _MOST_TRIES + 1):
        remaining = give_up_at - time.monotonic()
        if remaining <= 0:
            raise DeliveryError("no time is left")
        try:
            _post(url, text, seconds=remaining)
        except ContentRefused:
            raise
        except DeliveryError as reason:
            logger.warning("try %d of %d: %s", number, _MOST_TRIES, reason)
            pause = _PAUSE_SECONDS * 2 ** (number - 1)
            if number == _MOST_TRIES or time.monotonic() + pause > give_up_at:
                raise
            time.sleep(pause)
        else:
            return


def _post(url: str, text: str, *, seconds: float) -> None:
    try:
        with Asker(timeout_seconds=seconds) as asker:
            status = asker.post(url, json.dumps({"text": text}).encode(), _HEADERS).status
    except ReadSideError as error:
        # Its text would show the address, which is a secret.
        kind = type(error.__cause__ or error).__name__
        raise DeliveryError(f"the webhook gave no answer ({kind})") from None
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise DeliveryError(f"the webhook answered {status}")
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise ContentRefused(f"the webhook answered {status}")
