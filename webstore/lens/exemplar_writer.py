"""Exemplars in: repeated until their sender knows they arrived, so repeats are ignored."""

import math
import sqlite3
from collections.abc import Iterable, Iterator

from opentelemetry.proto.metrics.v1.metrics_pb2 import Exemplar

from webstore.lens.attributes import canonical

Row = tuple[int, int, float, str, str, str]


def record_exemplars(db: sqlite3.Connection, series_id: int, exemplars: Iterable[Exemplar]) -> None:
    db.executemany(
        "INSERT OR IGNORE INTO exemplars VALUES (?, ?, ?, ?, ?, ?)", list(_rows(series_id, exemplars))
    )


def _rows(series_id: int, exemplars: Iterable[Exemplar]) -> Iterator[Row]:
    for exemplar in exemplars:
        value = float(exemplar.as_int) if exemplar.WhichOneof("value") == "as_int" else exemplar.as_double
        # One that names no span opens nothing.
        if len(exemplar.trace_id) == 16 and len(exemplar.span_id) == 8 and math.isfinite(value):
            yield (
                series_id,
                exemplar.time_unix_nano,
                value,
                exemplar.trace_id.hex(),
                exemplar.span_id.hex(),
                canonical(exemplar.filtered_attributes),
            )
