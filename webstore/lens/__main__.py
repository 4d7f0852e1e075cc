"""Start the lens: `python -m webstore.lens`."""

import os
import sys
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication

from webstore.lens import environment

THREADS = 8


class Lens(BaseApplication):  # type: ignore[misc]
    """One process, because the store has one writer; threads, because readers need not wait for it."""

    def __init__(self, ports: tuple[int, ...]) -> None:
        self._ports = ports
        super().__init__()

    def load_config(self) -> None:
        options = {
            "bind": [f"127.0.0.1:{port}" for port in self._ports],
            "workers": 1,
            "threads": THREADS,
            "worker_class": "gthread",
            "keepalive": 30,
            "timeout": 60,
            "graceful_timeout": 3,
            "proc_name": "lens",
            # No proxy stands in front of it; SCRIPT_NAME from a stranger on loopback would be a 500.
            "forwarder_headers": "",
            "control_socket_disable": True,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        # Only the worker may load it: threads and database connections do not survive a fork.
        from webstore.lens.wsgi import application  # noqa: PLC0415

        return application


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "webstore.lens.settings"
    if environment.PAGES_PORT == environment.OTLP_PORT:
        sys.exit("LENS_PORT and LENS_OTLP_PORT must differ")
    Lens((environment.PAGES_PORT, environment.OTLP_PORT)).run()


if __name__ == "__main__":
    main()
