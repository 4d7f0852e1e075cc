"""Series as they are stored, and as Prometheus would name them."""

import json
import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

from webstore.lens.attributes import Plain, as_text


@dataclass(frozen=True)
class Series:
    id: int
    metric: str
    kind: str
    unit: str
    description: str
    namespace: str
    service: str
    instance: str
    attributes: dict[str, Plain]
    bounds: tuple[float, ...]

    @property
    def family(self) -> str:
        """The metric's name in Prometheus, without a suffix for the unit."""
        return _identifier(self.metric)

    @property
    def labels(self) -> dict[str, str]:
        """The labels Prometheus gives it, with service name and instance promoted from the resource."""
        own = {_identifier(key): as_text(value) for key, value in self.attributes.items()}
        job = f"{self.namespace}/{self.service}" if self.namespace else self.service
        place = {"instance": self.instance, "service_instance_id": self.instance} if self.instance else {}
        return own | {"job": job, "service_name": self.service} | place

    def upper_bound_of(self, value: float) -> str:
        """Return `le` of the bucket a value falls into."""
        return next((number(bound) for bound in self.bounds if value <= bound), "+Inf")


def all_series(db: sqlite3.Connection, metric: str | None = None) -> list[Series]:
    """Return the series of a metric, or of all; one query."""
    rows = db.execute(
        "SELECT * FROM series WHERE :metric IS NULL OR metric = :metric"
        " ORDER BY metric, service, instance, id",
        {"metric": metric},
    )
    return _read(rows)


def _read(rows: Iterable[sqlite3.Row]) -> list[Series]:
    return [
        Series(
            **{key: row[key] for key in row.keys() if key not in {"attributes", "bounds", "seen_ns"}},  # noqa: SIM118
            attributes=json.loads(row["attributes"]),
            bounds=tuple(json.loads(row["bounds"])),
        )
        for row in rows
    ]


def _identifier(name: str) -> str:
    identifier = re.sub(r"[^a-zA-Z0-9_]", "_", name)
    return f"key_{identifier}" if identifier[:1].isdigit() else identifier


def number(value: float) -> str:
    """Return a number as Prometheus writes it: the shortest digits that are exact, never an exponent."""
    if not isfinite(value):
        return {"inf": "+Inf", "-inf": "-Inf"}.get(str(value), "NaN")
    text = format(Decimal(repr(float(value))), "f")
    return text.removesuffix(".0") if "." in text else text
