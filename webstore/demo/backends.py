"""Where this machine has the real back ends, and how to get those it hasn't."""

import hashlib
import os
import shutil
from pathlib import Path

PINS = Path(__file__).resolve().parents[2] / "deploy" / "binaries"
BUILT = ("otelcol", "prometheus", "promtool")

_DEBIAN_POSTGRES = Path("/usr/lib/postgresql")
# Debian calls it by its package's name, others by its own.
_ALSO_CALLED = {"alertmanager": ("prometheus-alertmanager",)}
_HOW_TO_GET = {
    **dict.fromkeys(BUILT, "build it (minutes, once): scripts/build-backends.py"),
    "alertmanager": "on Debian: apt-get install prometheus-alertmanager",
    "amtool": "on Debian: apt-get install prometheus-alertmanager",
    "postgres": "on Debian: apt-get install postgresql",
    "redis-server": "on Debian: apt-get install redis-server",
    "tempo": "let TEMPO_BIN name the program of a Tempo 3 release",
}
NAMES = tuple(_HOW_TO_GET)


def folder() -> Path:
    """Return where `scripts/build-backends.py` puts what it builds: another folder for other pins."""
    if chosen := os.environ.get("WEBSTORE_BACKENDS"):
        return Path(chosen).absolute()
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "webstore" / f"backends-{_fingerprint()}"


def find(name: str) -> Path | None:
    """Return the program of one of `NAMES`, None when this machine hasn't got it."""
    if name in BUILT:
        return _executable(folder() / name)
    if name == "tempo":
        named = os.environ.get("TEMPO_BIN")
        return _executable(Path(named)) if named else None
    if name == "postgres" and (found := _newest_debian_postgres()):
        return found
    return _on_path((name, *_ALSO_CALLED.get(name, ())))


def missing(*names: str) -> str:
    """Return one sentence on what this machine lacks of these and how to get it, "" when all are here."""
    lacks = [f"{name} ({_HOW_TO_GET[name]})" for name in names if find(name) is None]
    return f"needs {'; '.join(lacks)}" if lacks else ""


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for pin in sorted(path for path in PINS.rglob("*") if path.is_file()):
        digest.update(pin.relative_to(PINS).as_posix().encode() + b"\0" + pin.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _newest_debian_postgres() -> Path | None:
    # Debian keeps the server's programs off the PATH, one folder for each major version.
    versions = sorted((int(found.parts[-3]), found) for found in _DEBIAN_POSTGRES.glob("[0-9]*/bin/postgres"))
    return versions[-1][1] if versions else None


def _on_path(names: tuple[str, ...]) -> Path | None:
    return next((Path(found) for name in names if (found := shutil.which(name))), None)


def _executable(path: Path) -> Path | None:
    return path if path.is_file() and os.access(path, os.X_OK) else None
