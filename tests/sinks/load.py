"""Bounded load: so many product list pages by a few customers at once."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import requests

_AT_ONCE = 8


@dataclass
class Load:
    """What customers saw."""

    statuses: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    @property
    def errors(self) -> dict[str, int]:
        return {told: count for told, count in self.statuses.items() if told != "200"}


def browse(shop: str, *, requests_count: int = 10**9, seconds: float = 60) -> Load:
    """Ask for the product list until so many requests were made, or the time is over."""
    load = Load()
    ends_at = time.monotonic() + seconds
    share = -(-requests_count // _AT_ONCE)
    threads = [threading.Thread(target=_browse, args=(shop, load, share, ends_at)) for _ in range(_AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return load


def _browse(shop: str, load: Load, count: int, ends_at: float) -> None:
    with requests.Session() as session:
        session.trust_env = False
        for _ in range(count):
            began = time.monotonic()
            if began > ends_at:
                return
            try:
                told = str(session.get(f"{shop}/products", timeout=20).status_code)
            except requests.RequestException as error:
                told = type(error).__name__
            load.seconds.append(time.monotonic() - began)
            load.statuses[told] += 1
