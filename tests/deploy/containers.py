"""Programs of the image as in a container: its user, its variables, two folders to write to."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from socket import socket
from tempfile import mkdtemp

from tests.deploy import composed
from tests.deploy.image import Image, environment, user_id

# For what ends by itself.
_PATIENCE_SECONDS = 120


@contextmanager
def folder_for_anybody(name: str) -> Iterator[Path]:
    """Give a folder that the image's user can reach, which pytest's own are not."""
    folder = Path(mkdtemp(prefix=f"webstore-{name}-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        _open(folder)
        shutil.rmtree(folder)


def _open(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)


def free_port(held: ExitStack) -> int:
    """Return a port that is free now, and taken until `held` is closed."""
    probe = held.enter_context(closing(socket()))
    probe.bind(("127.0.0.1", 0))
    return int(probe.getsockname()[1])


def secrets(folder: Path) -> Path:
    """Make the secrets of compose in a folder, by its own script."""
    shutil.copy(composed.COMPOSE / "make-secrets", folder)
    subprocess.run([folder / "make-secrets"], check=True)
    # Docker mounts each file by itself: whose folder it lies in is nothing to the program.
    (folder / "secrets").chmod(0o755)
    return folder / "secrets"


def _placed(value: str, places: dict[str, Path]) -> str | None:
    """Return a path below one of these folders of the image as it is here, None for another."""
    for inside, here in places.items():
        if value == inside or value.startswith(f"{inside}/"):
            return f"{here}{value.removeprefix(inside)}"
    return None


class Container:
    """One service of compose, run from the image; `told` comes before what compose tells it."""

    def __init__(self, image: Image, service: str, *, folder: Path, told: dict[str, str]) -> None:
        self.service = service
        self.log = folder / f"{service}.log"
        self._image = image
        self._temporary = folder / f"tmp-{service}"
        self._data = folder / f"data-{service}"
        for writable in (self._temporary, self._data):
            writable.mkdir()
            writable.chmod(0o777)
        self._environment = self._whole_environment(folder) | told
        self._process: subprocess.Popen[bytes] | None = None

    def _whole_environment(self, folder: Path) -> dict[str, str]:
        places = {"/run/secrets": folder / "secrets", "/tmp": self._temporary, "/data": self._data}  # noqa: S108
        given = environment() | composed.environment(self.service)
        here = {name: _placed(value, places) or self._image.moved(value) for name, value in given.items()}
        here["PATH"] = here["PATH"].replace("$PATH", "/usr/local/bin:/usr/bin:/bin")
        return here | {"TMPDIR": str(self._temporary)}

    @property
    def address(self) -> str:
        return "http://localhost:" + self._environment["WEB_BIND"].rpartition(":")[2]

    def start(self) -> None:
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [self._program("webstore"), *composed.services()[self.service]["command"]],
                cwd=self._image.folder / "app",
                env=self._environment,
                user=user_id(),
                group=user_id(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run another role beside the container's program, as `docker exec` does."""
        return self._run(self._program("webstore"), *command)

    def health(self) -> int:
        return self._run(self._program("webstore-health")).returncode

    def _program(self, name: str) -> str:
        return f"{self._image.folder}/usr/local/bin/{name}"

    def _run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command,
            cwd=self._image.folder / "app",
            env=self._environment,
            user=user_id(),
            group=user_id(),
            timeout=_PATIENCE_SECONDS,
            capture_output=True,
            text=True,
            check=False,
        )

    def stop(self, *, within: float) -> int:
        """Ask it to stop as Docker does; return its exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(within)

    def end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()
