"""The image without containers: what the Dockerfile's build stage does, done below a folder.

COPY and RUN are taken from the file as they stand; only absolute paths move below the folder.
"""

import fnmatch
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.deploy.sources import DEPLOY

ROOT = DEPLOY.parent
DOCKER = DEPLOY / "docker"
USER = 10_001
# Absolute paths of the image that its instructions name.
_MOVED = re.compile(r"(?<![\w./])/(opt/venv|app|data|tmp|usr/local/bin)\b")


@dataclass(frozen=True)
class Instruction:
    stage: int
    name: str
    rest: str


@cache
def instructions() -> tuple[Instruction, ...]:
    """Return the Dockerfile's instructions, each with the number of its stage (ARG before any: -1)."""
    lines = [line for line in (DOCKER / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    found: list[Instruction] = []
    stage = -1
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            name, _, rest = line.strip().partition(" ")
            stage += name == "FROM"
            found.append(Instruction(stage, name, rest.strip()))
    return tuple(found)


def environment() -> dict[str, str]:
    """Return the variables of the last stage."""
    last = instructions()[-1].stage
    texts = [each.rest for each in instructions() if each.name == "ENV" and each.stage == last]
    return dict(pair.split("=", 1) for text in texts for pair in text.split())


class Image:
    """The build stage's result below a folder, and the last stage's environment."""

    def __init__(self, folder: Path, python: Path) -> None:
        self.folder = folder
        (folder / "usr/local/bin").mkdir(parents=True)
        (folder / "usr/local/bin/python").symlink_to(python)
        (folder / "app").mkdir()

    def moved(self, text: str) -> str:
        return _MOVED.sub(rf"{self.folder}/\1", text)

    def build(self) -> None:
        for each in instructions():
            if each.name == "RUN" and each.stage == 0:
                self._run(each.rest)
            if each.name == "COPY" and "--from" not in each.rest:
                self._copy(each.rest, self.folder if each.stage else self.folder / "app")

    def _copy(self, rest: str, working_directory: Path) -> None:
        *sources, target = [word for word in rest.split() if not word.startswith("--")]
        to = working_directory / self.moved(target)
        for source in sources:
            for file in context(source):
                beside = file.relative_to(source) if (ROOT / source).is_dir() else file.name
                place = to / beside
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / file, place)

    def _run(self, command: str) -> None:
        done = subprocess.run(
            ["sh", "-ec", self.moved(command)],
            cwd=self.folder / "app",
            env=_builders() | {"PATH": f"{self.folder}/usr/local/bin:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def seal(self) -> None:
        """Take away from everybody the right to write, as a read-only root does."""
        for path in self.folder.rglob("*"):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode & ~0o222 | (0o555 if path.is_dir() else 0o444))


def _builders() -> dict[str, str]:
    """Return what a build takes over from outside: how to reach the package index, nothing of the shop."""
    ours = ("DJANGO_", "PYTHON", "STATIC", "VIRTUAL_ENV", "WEBSTORE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1"}


@cache
def context(source: str) -> list[Path]:
    """Return the files below a source that .dockerignore lets into the build, relative to the checkout."""
    start = ROOT / source
    files = [start] if start.is_file() else [path for path in start.rglob("*") if path.is_file()]
    return [path.relative_to(ROOT) for path in files if not _is_ignored(str(path.relative_to(ROOT)))]


def _is_ignored(path: str) -> bool:
    ignored = False
    for line in (DOCKER / "Dockerfile.dockerignore").read_text().splitlines():
        if line and not line.startswith("#") and _matches(path, line.removeprefix("!")):
            ignored = not line.startswith("!")
    return ignored


def _matches(path: str, pattern: str) -> bool:
    """Return whether a pattern means this path or a folder above it."""
    parts = path.split("/")
    above = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    if pattern.startswith("**/"):
        return any(fnmatch.fnmatch(part, pattern[3:]) for part in parts)
    return any(fnmatch.fnmatch(each, pattern) for each in above)


def python_for_anybody() -> Path | None:
    """Return a Python of the image's version that the image's user can run here."""
    for candidate in (Path(sys.base_prefix) / "bin/python3", Path("/usr/bin/python3")):
        if candidate.exists() and _runs(candidate):
            return candidate
    return None


def _runs(python: Path) -> bool:
    test = "import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))"
    try:
        done = subprocess.run(
            [python, "-c", test], user=user_id(), group=user_id(), capture_output=True, check=False
        )
    except OSError:
        return False
    return done.returncode == 0


def user_id() -> int | None:
    """Return who a process of the image is: its user, if we may choose; None for ourselves."""
    return USER if os.getuid() == 0 else None
