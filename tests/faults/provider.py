"""The practice provider's switches, as whoever breaks it on purpose uses them."""

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
        """Change how events are sent; whatever was wrong besides is over."""
        self._control("PUT", {"webhooks": manner})

    def reset(self) -> None:
        """Make all as it should be."""
        self._control("DELETE")

    @contextmanager
    def faulty(self, fault: str, **details: Any) -> Iterator[None]:
        """Do what `switch` does, for as long as the block takes."""
        self.switch(fault, **details)
        try:
            yield
        finally:
            self.reset()

    def _control(self, method: str, switches: dict[str, Any] | None = None) -> None:
        answer = requests.request(
            method,
            f"{self.base}/v1/control",
            json=switches,
            headers={"Authorization": f"Bearer {_API_KEY}"},
            timeout=_TIMEOUT_SECONDS,
        )
        answer.raise_for_status()
