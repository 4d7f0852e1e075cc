"""Tells the shop what happened: one thread that signs and posts events until each was heard."""

import hashlib
import hmac
import logging
import threading
import time
from collections.abc import Callable

import requests

from payments.sandbox.patience import Patience, patience
from payments.sandbox.tellings import Telling, Tellings
from webstore.deadline import Deadline, WatchedAdapter

_POLL_SECONDS = 0.1
_STUCK_SECONDS = 1.0
# From the name's look-up to the answer's headers. Shorter than a telling's lease.
TRY_SECONDS = 5.0

logger = logging.getLogger(__name__)


class Messenger:
    def __init__(
        self,
        tellings: Tellings,
        *,
        url: str,
        secret: str,
        is_sending: Callable[[], bool] = lambda: True,
        until: Patience = patience,
    ) -> None:
        self._tellings = tellings
        self._url = url
        self._secret = secret
        self._is_sending = is_sending
        self._until = until
        self._is_failing = False
        self._session = requests.Session()
        # No proxy, no .netrc: what the machine's environment says is not meant for the shop.
        self._session.trust_env = False
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, WatchedAdapter())

    def start(self) -> None:
        """Begin in a thread of its own, which ends with the process."""
        threading.Thread(target=self._run, name="messenger", daemon=True).start()

    def _run(self) -> None:
        self._tellings.need_no_disk()
        is_stuck = False
        while not self._until.is_over:
            try:
                has_told = self._is_sending() and self.tell_next()
            except Exception:
                # A broken ledger, most likely: the rows are still due when it is mended.
                if not is_stuck:
                    logger.exception("an event could not be told")
                is_stuck = True
                self._until.wait(_STUCK_SECONDS)
                continue
            is_stuck = False
            if not has_told:
                self._until.wait(_POLL_SECONDS)

    def tell_next(self) -> bool:
        """Try to tell the event that is due the longest; return whether there was one."""
        telling = self._tellings.claim(now=time.time())
        if telling is None:
            return False
        said, is_heard = self._post(telling)
        if is_heard:
            self._tellings.is_heard(telling, now=time.time(), said=said)
        else:
            self._tellings.is_not_heard(telling, now=time.time(), said=said)
        self._log(said, is_heard=is_heard)
        return True

    def _post(self, telling: Telling) -> tuple[str, bool]:
        """Return what was said to it, and whether that means that it was heard."""
        body = telling.body.encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "practice-provider",
            # An idle connection would hold up the end of the shop's web server.
            "Connection": "close",
            "Webhook-Signature": signature(self._secret, body, at=int(time.time())),
        }
        with Deadline(TRY_SECONDS) as deadline:
            said, is_heard = self._answer(body, headers)
        # Headers that end with their connection end without an error.
        return ("Timeout", False) if deadline.has_passed else (said, is_heard)

    def _answer(self, body: bytes, headers: dict[str, str]) -> tuple[str, bool]:
        try:
            with self._session.post(
                self._url,
                data=body,
                headers=headers,
                timeout=TRY_SECONDS,
                allow_redirects=False,
                stream=True,
            ) as response:
                return str(response.status_code), 200 <= response.status_code < 300
        except (requests.RequestException, OSError) as error:
            # The message would quote the address; the kind tells enough.
            return type(error).__name__, False

    def _log(self, said: str, *, is_heard: bool) -> None:
        """Tell when the shop stops listening and when it listens again, not each try."""
        if is_heard and self._is_failing:
            logger.info("the shop hears events again")
        if not is_heard and not self._is_failing:
            logger.warning("the shop does not hear events (%s); they are told again", said)
        self._is_failing = not is_heard


def signature(secret: str, body: bytes, *, at: int) -> str:
    """Return the header that proves who says it and when (Unix seconds)."""
    signed = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256)
    return f"t={at},v1={signed.hexdigest()}"
