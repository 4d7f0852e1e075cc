#!/usr/bin/env python3
"""Build Collector, Prometheus and promtool from the pins in deploy/binaries, once, into a cache folder.

Usage: build-backends.py [--renew]   (--renew: pin what deploy/binaries/collector/manifest.yaml asks for)
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from webstore.demo import backends

_LOCKS = ("go.mod", "go.sum")
_WORKSHOP = ".building-"
_SMALL = ("-trimpath", "-ldflags=-s -w")
# Ours reads its targets from files; finding them in every cloud is half of Prometheus' code.
_FILES_ONLY = "-tags=remove_all_sd"


def main(arguments: list[str]) -> None:
    if arguments not in ([], ["--renew"]):
        sys.exit(__doc__)
    if shutil.which("go") is None:
        sys.exit("This needs Go, 1.21 or newer (it fetches the version it wants by itself).")
    folder = backends.folder()
    folder.mkdir(parents=True, exist_ok=True)
    with _alone_in(folder), tempfile.TemporaryDirectory(prefix=_WORKSHOP, dir=folder) as workshop:
        if arguments:
            _renew(Path(workshop))
        elif all(backends.find(name) for name in backends.BUILT):
            print(f"Built already: {folder}")
        else:
            print(f"Building {', '.join(backends.BUILT)} into {folder} (minutes, once) ...", flush=True)
            _build(Path(workshop), folder)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Wait for whoever builds here already, and clear away what a killed build left."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in folder.glob(f"{_WORKSHOP}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield


def _build(workshop: Path, folder: Path) -> None:
    made = workshop / "bin"
    collector = _collector_source(workshop)
    for name in _LOCKS:
        shutil.copy(backends.PINS / "collector" / name, collector)
    _go("build", *_SMALL, "-o", str(made / "otelcol"), ".", at=collector)
    _go("install", *_SMALL, _FILES_ONLY, "tool", at=_copy(workshop, "prometheus"), into=made)
    for name in backends.BUILT:
        # Whole or not at all, whoever looks meanwhile.
        (made / name).replace(folder / name)


def _renew(workshop: Path) -> None:
    """Pin every module the manifest leads to, as the Collector's own builder resolves them."""
    collector = _collector_source(workshop)
    _go("mod", "tidy", "-compat=1.26", at=collector)
    for name in _LOCKS:
        shutil.copy(collector / name, backends.PINS / "collector" / name)


def _collector_source(workshop: Path) -> Path:
    """Return the folder with a Collector's main package, as the builder writes it from the manifest."""
    _go("install", "-trimpath", "tool", at=_copy(workshop, "builder"), into=workshop / "bin")
    collector = _copy(workshop, "collector")
    generate = ("--config", "manifest.yaml", "--skip-get-modules", "--skip-compilation")
    _run(str(workshop / "bin" / "builder"), *generate, at=collector)
    return collector


def _copy(workshop: Path, pins: str) -> Path:
    return Path(shutil.copytree(backends.PINS / pins, workshop / pins))


def _go(*arguments: str, at: Path, into: Path | None = None) -> None:
    _run("go", *arguments, at=at, GOBIN=str(into or ""))


def _run(*command: str, at: Path, **more: str) -> None:
    # Not what somebody set for another project.
    ours = {"CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false", "GOWORK": "off", "GO111MODULE": "on"}
    done = subprocess.run(
        command, cwd=at, env=os.environ | ours | more, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        sys.exit(f"{Path(command[0]).name} {command[1]} failed, as told above.")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("Stopped. The next time goes on from here.")
