"""What a program is, and the shop's own ones, which are the same wherever it runs."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

from environs import Env, validate

from webstore.demo.places import Places


@dataclass(frozen=True)
class Program:
    """One long-lived process. It is ready when its address answers 200, or its log holds a phrase."""

    name: str
    group: str
    command: tuple[str, ...]
    stop_seconds: float = 2
    environment: dict[str, str] = field(default_factory=dict)
    answers_at: str = ""
    says: str = ""
    # Some other user, for a server that refuses to be root's.
    user: str = ""
    folder: Path | None = None
    stop_signal: str = "TERM"


def programs(places: Places) -> tuple[Program, ...]:
    """Return every program of the demo, in the order they start."""
    socket = str(places.broker_socket)
    broker = (sys.executable, "-m", "webstore.demo.broker", socket)
    return (Program("broker", "ends", broker, says="ready"), lens(places), *shop_programs(places))


def lens(places: Places) -> Program:
    address = places.url(places.lens_port, "/healthz")
    return Program("lens", "ends", (sys.executable, "-m", "webstore.lens"), answers_at=address)


def shop_programs(places: Places) -> tuple[Program, ...]:
    """Return the shop's own programs, and the payment provider it practises with."""
    # As modules: the scripts in .venv/bin carry a path that not every shell can read.
    python = sys.executable
    beat = (*_celery("beat"), "--schedule", str(places.runtime / "beat"), "--pidfile", "")
    return (
        Program(
            "provider",
            "provider",
            (python, "-m", "gunicorn", "-c", "payments/sandbox/gunicorn.py", "payments.sandbox.wsgi"),
            environment={"WEBSTORE_INSTANCE": "provider"},
            answers_at=places.url(places.provider_port, "/healthz"),
        ),
        _worker("payments", children=_payment_workers()),
        _worker("default", children=1),
        Program("beat", "front", beat, environment={"WEBSTORE_INSTANCE": "beat"}),
        Program(
            "web",
            "front",
            (python, "-m", "gunicorn", "-c", "webstore/gunicorn.py", "webstore.wsgi"),
            # A browser's idle connection would use up the time of the last flush.
            environment={"WEBSTORE_INSTANCE": "web", "WEB_GRACEFUL_SECONDS": "2"},
            answers_at=places.url(places.web_port, "/readyz"),
        ),
    )


def _payment_workers() -> int:
    return Env().int("PAYMENT_WORKERS", 2, validate=validate.Range(min=1, max=64))


def _celery(command: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "celery", "-A", "webstore", command, "--loglevel", "INFO")


def _worker(queue: str, *, children: int) -> Program:
    alone = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    named = ("-Q", queue, "-n", f"{queue}@%h", "-c", str(children))
    return Program(
        f"worker-{queue}",
        "workers",
        (*_celery("worker"), *named, *alone),
        stop_seconds=3,
        environment={"WEBSTORE_INSTANCE": f"worker-{queue}"},
        says="ready",
    )
