"""What the environment decides. A wrong value names itself and stops the start."""

from pathlib import Path

from environs import Env, validate

from webstore.lens.pruning import Limits

_env = Env()
_port = validate.Range(min=1, max=65_535)
_data = _env.path("WEBSTORE_DATA", Path(__file__).resolve().parents[2] / "var")

# Two doors, both on loopback only: pages and read API on one, OTLP on the other.
PAGES_PORT = _env.int("LENS_PORT", 8001, validate=_port)
OTLP_PORT = _env.int("LENS_OTLP_PORT", 4318, validate=_port)

# The store is a window, not a database to grow.
FILE = _env.path("LENS_FILE", _data / "lens.sqlite3")
LIMITS = Limits(
    spans=_env.int("LENS_MAX_SPANS", 1_000_000, validate=validate.Range(min=1)),
    bytes=_env.int("LENS_MAX_BYTES", 512 * 2**20, validate=validate.Range(min=2**20)),
    age_seconds=_env.float("LENS_MAX_AGE_HOURS", 6.0, validate=validate.Range(min=0.001)) * 3_600,
    series=_env.int("LENS_MAX_SERIES", 10_000, validate=validate.Range(min=1)),
)
