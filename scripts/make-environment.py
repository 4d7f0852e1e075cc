#!/usr/bin/env python3
"""Make .venv and install what the project needs, once. Runs on any Python 3.6+ to be able to refuse it.

Usage: make-environment.py requirements.txt [more.txt ...]
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST = (3, 11)
# Programs need 130 MB, programs and tests 490 MB, and an installation passes through a cache.
NEEDED_MB = 700


def main(requirements: "list[str]") -> None:
    if sys.version_info < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:2])
        _refuse(
            f"WebStore needs Python 3.11 or newer; {sys.executable} is {found}. Add PYTHON=python3.12, say."
        )
    stamp = VENV / f"installed-{_fingerprint(requirements)}"
    if stamp.exists():
        return
    free_mb = shutil.disk_usage(str(ROOT)).free // 2**20
    if free_mb < NEEDED_MB:
        _refuse(
            f"The disk is nearly full: {free_mb} MB free in {ROOT}, {NEEDED_MB} MB needed. Free some space."
        )
    print("Installing the libraries into .venv (a minute, once) ...", flush=True)
    _make_venv()
    _install(requirements)
    stamp.touch()


def _fingerprint(requirements: "list[str]") -> str:
    digest = hashlib.sha256(sys.version.encode())
    for name in requirements:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()[:16]


def _make_venv() -> None:
    if (VENV / "bin" / "pip").exists():
        return
    done = _run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        _refuse("Python could not make a virtual environment. On Debian and Ubuntu: apt install python3-venv")


def _install(requirements: "list[str]") -> None:
    command = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes"]
    command += ["--disable-pip-version-check", "--no-deps"]
    for name in requirements:
        command += ["-r", str(ROOT / name)]
    done = _run(command)
    if done.returncode:
        sys.stderr.write(done.stderr)
        _refuse(
            "Installing the libraries failed, as told above. Is the package index reachable, the disk full?"
        )


def _run(command: "list[str]") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _refuse(sentence: str) -> None:
    sys.exit(sentence)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        _refuse("Stopped. The next time goes on from here.")
