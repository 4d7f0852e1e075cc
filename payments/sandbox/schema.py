"""The tables of the ledger's file. Each statement can be run again on a file that has them."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    idempotency_key TEXT UNIQUE, -- NULL once it is forgotten
    fingerprint TEXT NOT NULL,
    source TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    reference TEXT NOT NULL,
    description TEXT NOT NULL,
    asked_at REAL NOT NULL,
    asked_count INTEGER NOT NULL DEFAULT 1,
    replayed_count INTEGER NOT NULL DEFAULT 0,
    answer_status INTEGER, -- NULL until the first answer
    answer_body TEXT,
    CHECK ((answer_status IS NULL) = (answer_body IS NULL))
);
CREATE INDEX IF NOT EXISTS requests_remembered ON requests (asked_at)
    WHERE idempotency_key IS NOT NULL;
CREATE TABLE IF NOT EXISTS charges (
    id TEXT PRIMARY KEY,
    request_id INTEGER NOT NULL UNIQUE REFERENCES requests (id),
    status TEXT NOT NULL CHECK (status IN ('succeeded', 'failed')),
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    reference TEXT NOT NULL,
    created INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS charges_reference ON charges (reference);
CREATE TABLE IF NOT EXISTS refunds (
    id TEXT PRIMARY KEY,
    request_id INTEGER NOT NULL UNIQUE REFERENCES requests (id),
    charge_id TEXT NOT NULL REFERENCES charges (id),
    amount INTEGER NOT NULL CHECK (amount > 0),
    reference TEXT NOT NULL,
    created INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS refunds_charge ON refunds (charge_id);
CREATE TABLE IF NOT EXISTS events (
    id TEXT PRIMARY KEY,
    type TEXT NOT NULL,
    thing_id TEXT NOT NULL, -- the charge or refund it tells of
    reference TEXT NOT NULL,
    body TEXT NOT NULL, -- as it is sent, byte for byte
    created REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS tellings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL REFERENCES events (id),
    due_at REAL, -- NULL: told, or given up
    tried_count INTEGER NOT NULL DEFAULT 0,
    told_at REAL,
    said TEXT NOT NULL DEFAULT '' -- what was heard at the last try
);
CREATE INDEX IF NOT EXISTS tellings_due ON tellings (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS tellings_event ON tellings (event_id);
"""
