"""What answers for metrics: which program it is, and how it was started and configured."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from webstore.evidence.asking import Asker, ReadSideError
from webstore.evidence.client import read_json
from webstore.evidence.doctor.exposition import totals


class Store:
    """Prometheus, or something that answers like it (the lens). Everything is asked for once, when needed."""

    def __init__(self, asker: Asker, url: str) -> None:
        self.url = url.rstrip("/")
        self._asker = asker

    @cached_property
    def is_prometheus(self) -> bool:
        """Return whether it tells of itself as Prometheus does; ReadSideError when nobody answers."""
        answer = self._asker.get(f"{self.url}/api/v1/status/buildinfo")
        if answer.status != 200:
            return False
        return read_json(answer, lambda told: isinstance(told["data"]["version"], str))

    @cached_property
    def flags(self) -> Mapping[str, str]:
        """Return the flags it was started with, none when it does not tell."""
        return _texts(self._told("flags"))

    @cached_property
    def configuration(self) -> str:
        """Return its configuration as YAML with every default written out, "" when it does not tell."""
        return str(self._told("config").get("yaml", ""))

    @cached_property
    def own_metrics(self) -> Mapping[str, float]:
        """Return what it measures of itself, nothing when it does not tell."""
        try:
            return totals(self._asker.get(f"{self.url}/metrics").whole().decode(errors="replace"))
        except ReadSideError:
            return {}

    @property
    def features(self) -> frozenset[str]:
        return frozenset(part.strip() for part in self.flags.get("enable-feature", "").split(","))

    def configured(self, key: str) -> str:
        """Return the first value of a key of its configuration, "" when it has none."""
        found = re.search(rf"^ *{re.escape(key)}: *(\S+) *$", self.configuration, re.MULTILINE)
        return found[1] if found else ""

    def _told(self, about: str) -> Mapping[str, Any]:
        try:
            answer = self._asker.get(f"{self.url}/api/v1/status/{about}")
            return read_json(answer, lambda told: dict(told["data"]))
        except ReadSideError:
            return {}


def _texts(data: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in data.items()}
