"""A pytest beside this one, which starts trees of its own and may not go on for ever."""

import signal
import subprocess
from typing import Any

# It stops its programs, and writes its report.
_END_SECONDS = 120


def ends_in_time(pytest: "subprocess.Popen[Any]", *, within: float) -> bool:
    """Return whether it came to its end; if not it is stopped, as by Ctrl-C: with all it has started."""
    try:
        pytest.wait(within)
    except subprocess.TimeoutExpired:
        pytest.send_signal(signal.SIGINT)
        _await_end(pytest)
        return False
    return True


def _await_end(pytest: "subprocess.Popen[Any]") -> None:
    try:
        pytest.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        pytest.kill()
        pytest.wait()
