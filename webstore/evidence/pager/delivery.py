"""One notification to the outgoing webhook: few tries, one total deadline, and an address nobody sees.

DeliveryError   it did not arrive; the message holds nothing of the address
"""

import logging
import time

import requests
import urllib3

from webstore.deadline import Deadline, WatchedAdapter

_MOST_TRIES = 3
_PAUSE_SECONDS = 0.25
_CONNECT_SECONDS = 2.0

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
        with Deadline(seconds), _session() as session:
            response = session.post(
                url,
                json={"text": text},
                timeout=(min(_CONNECT_SECONDS, seconds), seconds),
                allow_redirects=False,
                stream=True,
            )
            status = response.status_code
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        # Its text would show the address, which is a secret.
        raise DeliveryError(f"the webhook does not answer ({type(error).__name__})") from None
    if status == 429 or status >= 500:
        raise DeliveryError(f"the webhook answered {status}")
    if not 200 <= status < 300:
        raise ContentRefused(f"the webhook answered {status}")


def _session() -> requests.Session:
    session = requests.Session()
    # No proxy, no .netrc: the address alone decides who gets it.
    session.trust_env = False
    session.mount("http://", WatchedAdapter())
    session.mount("https://", WatchedAdapter())
    return session
