"""Alertmanager's webhook (version 4) as what the pager needs of it; all else is left unread."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

FIRING, RESOLVED = "firing", "resolved"
_MOST_ALERTS = 1_000


class RefusedError(Exception):
    """Why a body is no notification, in words for its sender."""


@dataclass(frozen=True)
class Alert:
    fingerprint: str
    status: str
    labels: dict[str, str]
    annotations: dict[str, str]

    @property
    def name(self) -> str:
        return self.labels.get("alertname", "")


@dataclass(frozen=True)
class Group:
    key: str
    status: str
    receiver: str
    alerts: tuple[Alert, ...]
    truncated_count: int

    @property
    def firing(self) -> tuple[Alert, ...]:
        return tuple(alert for alert in self.alerts if alert.status == FIRING)

    @property
    def identity(self) -> str:
        """Return what makes two notifications be of one group, short whatever the key."""
        return hashlib.sha256(f"{self.receiver}\0{self.key}".encode()).hexdigest()

    @property
    def state(self) -> str:
        """Return what must differ for a notification to be news: which alerts, and whether they fire."""
        told = sorted((alert.fingerprint, alert.status) for alert in self.alerts)
        return hashlib.sha256(json.dumps([told, self.truncated_count]).encode()).hexdigest()


def parse(body: bytes) -> Group:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusedError("the body is not JSON") from error
    sent = _object(document, "the body")
    if sent.get("version") != "4":
        raise RefusedError('this takes version "4" of Alertmanager\'s webhook')
    return Group(
        key=_text(sent, "groupKey"),
        status=_status(sent),
        receiver=_text(sent, "receiver"),
        alerts=_alerts(sent),
        truncated_count=_count(sent, "truncatedAlerts"),
    )


def _alerts(sent: dict[str, Any]) -> tuple[Alert, ...]:
    alerts = sent.get("alerts")
    if not isinstance(alerts, list) or not alerts:
        raise RefusedError("alerts is no list with alerts in it")
    if len(alerts) > _MOST_ALERTS:
        raise RefusedError(f"more than {_MOST_ALERTS} alerts: give Alertmanager a max_alerts")
    return tuple(_alert(_object(alert, "an alert")) for alert in alerts)


def _alert(sent: dict[str, Any]) -> Alert:
    labels = _texts(sent, "labels")
    fingerprint = _text(sent, "fingerprint") or json.dumps(labels, sort_keys=True)
    return Alert(fingerprint, _status(sent), labels, _texts(sent, "annotations"))


def _object(value: Any, called: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RefusedError(f"{called} is no object")
    return value


def _status(sent: dict[str, Any]) -> str:
    status = sent.get("status")
    if status not in (FIRING, RESOLVED):
        raise RefusedError(f"status is neither {FIRING} nor {RESOLVED}")
    return str(status)


def _text(sent: dict[str, Any], name: str) -> str:
    value = sent.get(name, "")
    if not isinstance(value, str):
        raise RefusedError(f"{name} is no text")
    return _encodable(value)


def _texts(sent: dict[str, Any], name: str) -> dict[str, str]:
    values = _object(sent.get(name) or {}, name)
    if not all(isinstance(value, str) for value in values.values()):
        raise RefusedError(f"{name} holds something that is no text")
    return {_encodable(key): _encodable(value) for key, value in values.items()}


def _encodable(text: str) -> str:
    # JSON can spell half a character, which no encoding can send on.
    return text.encode(errors="replace").decode()


def _count(sent: dict[str, Any], name: str) -> int:
    value = sent.get(name, 0)
    if not isinstance(value, int) or value < 0:
        raise RefusedError(f"{name} is no count")
    return value
