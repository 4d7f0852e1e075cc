"""Load on one page from a process of its own, over a few connections that are kept open.

Reads one order per line and answers each with one line, both JSON. It does as little as
possible: it shares the machine with what it measures.
"""

import json
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Self

_TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Order:
    port: int
    path: str
    seconds: float
    connections: int = 8
    # 0: as many as possible
    per_second: float = 0.0


@dataclass(frozen=True)
class Done:
    count: int
    seconds: float


class Load:
    """The process, seen from the benchmark."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.load"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(self, order: Order) -> Done:
        """Return when the load is over."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(asdict(order)), file=self._process.stdin, flush=True)
        return Done(**json.loads(self._process.stdout.readline()))


def obey(order: Order) -> Done:
    counts: list[int] = []
    began = time.monotonic()
    askers = [
        threading.Thread(target=lambda: counts.append(_ask(order, began))) for _ in range(order.connections)
    ]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    if len(counts) < len(askers):
        raise RuntimeError("a connection failed")
    return Done(sum(counts), time.monotonic() - began)


def _ask(order: Order, began: float) -> int:
    request = (
        f"GET {order.path} HTTP/1.1\r\nHost: 127.0.0.1:{order.port}\r\nUser-Agent: bench\r\n\r\n".encode()
    )
    pause = order.connections / order.per_second if order.per_second else 0.0
    count = 0
    with closing(socket.create_connection(("127.0.0.1", order.port), _TIMEOUT_SECONDS)) as connection:
        while (now := time.monotonic() - began) < order.seconds:
            if now < count * pause:
                time.sleep(count * pause - now)
            connection.sendall(request)
            _receive(connection)
            count += 1
    return count


def _receive(connection: socket.socket) -> None:
    """Read one whole answer; anything but 200 ends the benchmark."""
    answer = connection.recv(65_536)
    while b"\r\n\r\n" not in answer:
        more = connection.recv(65_536)
        if not more:
            raise ConnectionError(answer)
        answer += more
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head)
    _, _, after = head.lower().partition(b"content-length:")
    missing = int(after.partition(b"\r\n")[0]) - len(body)
    while missing > 0:
        missing -= len(connection.recv(65_536))


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(asdict(obey(Order(**json.loads(line))))), flush=True)


if __name__ == "__main__":
    main()
