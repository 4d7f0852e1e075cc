"""What strangers send to an API, and a caller that can send it."""

import http.client
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, example, settings
from hypothesis import strategies as st

from tests.sandbox.provider import API_KEY, Provider

# The same examples at every run, wherever it is.
FUZZ = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# Each of them broke some program once: tried every time.
_NASTY: tuple[object, ...] = (
    None,
    True,
    0,
    -1,
    2**64,
    10**400,
    0.5,
    float("nan"),
    "",
    "\0",
    "\ud800",
    "x" * 600,
    "usd\n",
    [],
    {},
)
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
BODIES = st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode())
# Any byte but those that end a header: http.client refuses to send them.
HEADERS = st.text(
    st.characters(min_codepoint=1, max_codepoint=255, exclude_characters="\r\n"), max_size=300
) | st.sampled_from(["", " ", "Bearer", "chunked", "100-continue", "-1", "9" * 30, "é" * 200])
TEXTS = st.text(max_size=120) | st.sampled_from(["", "\0", "%00", "../..", "ch_", "x" * 5000, "' OR 1=1"])


def with_nasty_values(test: Callable[..., None]) -> Callable[..., None]:
    for value in _NASTY:
        test = example(value=value)(test)
    return test


@dataclass(frozen=True)
class Heard:
    status: int
    body: bytes

    @property
    def is_kept(self) -> bool:
        """Return whether the ledger keeps it: what was done, or why it could not be."""
        return self.status == 200 or b"charge_not_refundable" in self.body

    @property
    def error(self) -> dict[str, str]:
        error: dict[str, str] = json.loads(self.body)["error"]
        return error


def send(
    provider: Provider, method: str, path: str, *, body: bytes = b"", headers: dict[str, str] | None = None
) -> Heard:
    sent = {"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": "wild", **(headers or {})}
    with closing(http.client.HTTPConnection("127.0.0.1", provider.port, timeout=10)) as connection:
        connection.request(
            method, path, body, {name: value.encode("latin-1") for name, value in sent.items()}
        )
        response = connection.getresponse()
        return Heard(response.status, response.read())


class Kept:
    """How many rows of each kind the ledger holds. It reads them from outside, on one connection."""

    _SQL = " UNION ALL ".join(
        f"SELECT '{table}', count(*) FROM {table}"  # noqa: S608
        for table in ("requests", "charges", "refunds", "events", "tellings")
    )

    def __init__(self, ledger: Path) -> None:
        self._ledger = sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)

    def __call__(self) -> dict[str, int]:
        return dict(self._ledger.execute(self._SQL).fetchall())

    def close(self) -> None:
        self._ledger.close()
