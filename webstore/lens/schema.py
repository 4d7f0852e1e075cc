"""The file: what it holds, and how it is opened."""

import logging
import sqlite3
from pathlib import Path

logger = logging.getLogger(__name__)

VERSION = 1

# Ids are lower-case hex, times are Unix nanoseconds. "arrived" and "seen" are our own clock.
TABLES = """
CREATE TABLE resources (
    id INTEGER PRIMARY KEY,
    body BLOB NOT NULL UNIQUE,
    namespace TEXT NOT NULL,
    service TEXT NOT NULL,
    instance TEXT NOT NULL,
    seen_ns INTEGER NOT NULL
);
CREATE TABLE traces (
    trace_id TEXT PRIMARY KEY,
    arrived_ns INTEGER NOT NULL,
    span_count INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX traces_by_arrival ON traces (arrived_ns);
CREATE TABLE spans (
    trace_id TEXT NOT NULL,
    span_id TEXT NOT NULL,
    parent_id TEXT NOT NULL,
    resource_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    kind INTEGER NOT NULL,
    start_ns INTEGER NOT NULL,
    end_ns INTEGER NOT NULL,
    status INTEGER NOT NULL,
    attributes TEXT NOT NULL,
    scope BLOB NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (trace_id, span_id)
);
CREATE INDEX spans_by_resource ON spans (resource_id);
CREATE TABLE totals (spans INTEGER NOT NULL);
INSERT INTO totals VALUES (0);
CREATE TABLE departed (
    trace_id TEXT PRIMARY KEY,
    left_ns INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    metric TEXT NOT NULL,
    kind TEXT NOT NULL,
    unit TEXT NOT NULL,
    description TEXT NOT NULL,
    namespace TEXT NOT NULL,
    service TEXT NOT NULL,
    instance TEXT NOT NULL,
    attributes TEXT NOT NULL,
    bounds TEXT NOT NULL,
    seen_ns INTEGER NOT NULL,
    UNIQUE (metric, kind, unit, namespace, service, instance, attributes, bounds)
);
CREATE TABLE runs (
    series_id INTEGER NOT NULL,
    start_ns INTEGER NOT NULL,
    last_ns INTEGER NOT NULL,
    last TEXT NOT NULL,
    total TEXT NOT NULL,
    PRIMARY KEY (series_id, start_ns)
) WITHOUT ROWID;
CREATE TABLE points (
    series_id INTEGER NOT NULL,
    time_ns INTEGER NOT NULL,
    count INTEGER NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (series_id, time_ns)
) WITHOUT ROWID;
CREATE INDEX points_by_time ON points (time_ns);
CREATE TABLE cells (
    series_id INTEGER NOT NULL,
    time_ns INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (series_id, time_ns, bucket)
) WITHOUT ROWID;
CREATE INDEX cells_by_time ON cells (time_ns);
CREATE TABLE exemplars (
    series_id INTEGER NOT NULL,
    time_ns INTEGER NOT NULL,
    value REAL NOT NULL,
    trace_id TEXT NOT NULL,
    span_id TEXT NOT NULL,
    attributes TEXT NOT NULL,
    PRIMARY KEY (series_id, time_ns, value, trace_id, span_id)
) WITHOUT ROWID;
CREATE INDEX exemplars_by_trace ON exemplars (trace_id);
CREATE INDEX exemplars_by_time ON exemplars (time_ns);
"""


class OtherVersionError(Exception):
    pass


def connect(path: Path) -> sqlite3.Connection:
    """Return the writer's connection; it may be used by any thread that holds the store's lock."""
    db = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
    # With NORMAL a commit survives the death of the process, which is what an answer promises here.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "cache_size=-8192",
        "journal_size_limit=33554432",
    ):
        db.execute(f"PRAGMA {pragma}")
    return db


def open_file(path: Path) -> sqlite3.Connection:
    """Return a connection to the store at `path`; a file that cannot be used is moved aside."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _opened(path)
    except (OtherVersionError, sqlite3.DatabaseError) as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        _move_aside(path, error)
    return _opened(path)


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path)
    try:
        (found,) = db.execute("PRAGMA user_version").fetchone()
        (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables and found != VERSION:
            raise OtherVersionError(f"it has version {found}, this program writes {VERSION}")
        (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
    finally:
        db.close()
    opened = connect(path)
    if not tables:
        opened.executescript(f"BEGIN; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
    return opened


def _move_aside(path: Path, reason: Exception) -> None:
    aside = path.with_name(f"{path.name}.aside")
    for ending in ("", "-wal", "-shm"):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.replace(aside.with_name(aside.name + ending))
    logger.error("the lens cannot use %s (%s); it is now %s, and a new one begins", path, reason, aside)
