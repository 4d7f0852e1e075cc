"""The practice provider's switches, as whoever breaks it on purpose uses them."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

_API_KEY = "demo-provider_api_key"
_TIMEOUT_SECONDS = 10

# Webhooks for a test of the shop's own retries: an event would end the wait for an answer.
SILENT = {"send": False}


@dataclass(frozen=True)
class Provider:
    base: str

    def switch(self, fault: str, **details: Any) -> None:
        """Make this wrong with the provider; the details are those of its control API."""
        self._control("PUT", {"fault": fault, **details})

    def set_webhooks(self, **manner: Any) -> None:
        """Change how events are sent; whatever else is wrong stays so."""
        self._control("PUT", {"webhooks": manner})

    def reset(self) -> None:
        """Make all as it should be."""
        self._control("DELETE")

    def charge(self, *, amount_minor: int, reference: str) -> None:
        """Ask for a charge in the shop's name, with a key the shop does not know."""
        wanted = {"amount": amount_minor, "currency": "usd", "source": "tok_approve", "reference": reference}
        self._ask("POST", "/v1/charges", wanted, {"Idempotency-Key": uuid.uuid4().hex})

    @contextmanager
    def faulty(self, fault: str, **details: Any) -> Iterator[None]:
        """Do what `switch` does, for as long as the block takes."""
        self.switch(fault, **details)
        try:
            yield
        finally:
            self.reset()

    def _control(self, method: str, switches: dict[str, Any] | None = None) -> None:
        self._ask(method, "/v1/control", switches, {})

    def _ask(self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]) -> None:
        answer = requests.request(
            method,
            f"{self.base}{path}",
            json=body,
            headers={"Authorization": f"Bearer {_API_KEY}", **headers},
            timeout=_TIMEOUT_SECONDS,
        )
        answer.raise_for_status()
