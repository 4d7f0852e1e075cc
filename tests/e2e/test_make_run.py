"""`make run` as a newcomer meets it: clear words, a clean stop, the same data next time."""

import os
import signal
import socket
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.buying import buy
from tests.e2e.evidence import dots, eventually
from tests.e2e.running import free_places, running_demo, start_demo
from webstore.demo.__main__ import stage
from webstore.demo.places import Places
from webstore.demo.readiness import not_ready
from webstore.demo.running import watch
from webstore.demo.supervision import Supervisor


def _processes_of(session_leader: int) -> list[int]:
    """Return the living processes of the supervisor's session."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session_leader and fields[0] != "Z":
            found.append(int(folder.name))
    return found


def test_ctrl_c_stops_everything_within_five_seconds(tmp_path: Path) -> None:
    with running_demo(tmp_path) as demo:
        supervisor = int((demo.places.runtime / "supervisor.pid").read_text())
        assert len(_processes_of(supervisor)) > 8
        buy(demo)

        began = time.monotonic()
        status = demo.interrupt()
        took = time.monotonic() - began

    assert (status, _processes_of(supervisor)) == (0, [])
    assert took <= 5


def test_next_start_goes_on_with_the_same_orders(tmp_path: Path) -> None:
    places = free_places(tmp_path)
    with running_demo(tmp_path, places) as first:
        order = buy(first)

    with running_demo(tmp_path, places) as second:
        assert second.shopper().wait(order.path, seconds=30) == "Paid"
        assert second.ledger(order.number) == [("succeeded", order.total_minor)]


def test_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    places = free_places(tmp_path)
    with closing(socket.create_server(("127.0.0.1", places.lens_port))):
        output, _ = start_demo(places).communicate(timeout=30)

    assert output.count("\n") == 1
    assert f"Port {places.lens_port}" in output
    assert "make run LENS_PORT=" in output


def test_same_port_twice_is_one_clear_line(tmp_path: Path) -> None:
    output, _ = start_demo(Places(tmp_path, web_port=8731, lens_port=8731)).communicate(timeout=30)

    assert output == "WEB_PORT and LENS_PORT are both 8731. Choose another: make run LENS_PORT=8831\n"


def test_start_that_never_answers_says_who(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places = free_places(tmp_path)
    with subprocess.Popen(["sleep", "30"]) as silent:
        status = watch(stage(places), silent, Supervisor(places), start_seconds=0)
        silent.kill()

    said = capsys.readouterr().out
    assert status == 1
    assert said.startswith(
        "No answer after 0 s from broker, worker-payments, worker-default, lens, provider,"
    )
    assert f" {places.logs}/web.log" in said


def test_second_start_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with running_demo(tmp_path) as demo:
        output, _ = start_demo(demo.places).communicate(timeout=30)

        assert output.startswith("The demo already runs on this data.")
        assert demo.shopper().products()


def test_dying_program_takes_the_demo_down_loudly(tmp_path: Path) -> None:
    with running_demo(tmp_path) as demo:
        supervisor = int((demo.places.runtime / "supervisor.pid").read_text())
        os.kill(demo.supervisor.pid("provider"), signal.SIGKILL)
        status = demo.process.wait(20)
        time.sleep(0.2)

    assert status == 1
    assert "provider died" in "".join(demo.output)
    assert _processes_of(supervisor) == []


def test_dead_supervisor_leaves_no_program_behind(tmp_path: Path) -> None:
    with running_demo(tmp_path) as demo:
        supervisor = int((demo.places.runtime / "supervisor.pid").read_text())
        os.kill(supervisor, signal.SIGKILL)
        status = demo.process.wait(20)
        time.sleep(0.2)

    assert status == 1
    assert "supervisord died" in "".join(demo.output)
    assert _processes_of(supervisor) == []


def test_dead_broker_leaves_no_server_behind(tmp_path: Path) -> None:
    with running_demo(tmp_path) as demo:
        supervisor = int((demo.places.runtime / "supervisor.pid").read_text())
        os.kill(demo.supervisor.pid("broker"), signal.SIGKILL)
        demo.process.wait(20)
        time.sleep(0.2)

    assert _processes_of(supervisor) == []


def test_closed_terminal_stops_everything(tmp_path: Path) -> None:
    process = start_demo(places := free_places(tmp_path))
    eventually(lambda: places.control_socket.exists() and not not_ready(stage(places)), seconds=60)
    supervisor = int((places.runtime / "supervisor.pid").read_text())

    assert process.stdout
    process.stdout.close()
    process.send_signal(signal.SIGHUP)
    process.wait(20)

    assert _processes_of(supervisor) == []


def test_what_the_shell_was_set_up_for_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "celery.py").write_text("raise SystemExit('not ours')")
    foreign = {
        "ALLOWED_HOSTS": "shop.example",
        "BEHIND_TLS": "1",
        "CELERY_CONFIG_MODULE": "nowhere",
        "DATABASE_URL": "postgres://127.0.0.1:9/other",
        "DJANGO_SETTINGS_MODULE": "other.settings",
        "GUNICORN_CMD_ARGS": "--bind 127.0.0.1:1",
        "LOG_LEVEL": "ERROR",
        "OTEL_SDK_DISABLED": "true",
        "PYTHONPATH": str(tmp_path),
        "SECRET_KEY": "",
        "http_proxy": "http://127.0.0.1:9",
    }
    with running_demo(tmp_path / "50%s 'é", None, **foreign) as demo:
        order = buy(demo)

        assert demo.shopper().wait(order.path, seconds=30) == "Paid"
        eventually(lambda: dots(demo.lens, "webstore_payment_duration_bucket"), seconds=20)


@pytest.mark.parametrize("python", ["/nonexistent/python3", "false"])
def test_python_that_does_not_run_is_named(python: str) -> None:
    root = Path(__file__).resolve().parents[2]
    command = ["make", "-s", "run", f"PYTHON={python}"]

    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)

    assert done.stderr.splitlines()[0] == (
        f"{python} does not run. WebStore needs Python 3.11 or newer: make run PYTHON=python3.12, say."
    )


def test_old_python_is_refused_in_one_line(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    old = tmp_path / "old.py"
    script = (root / "scripts" / "make-environment.py").read_text()
    old.write_text(script.replace("OLDEST = (3, 11)", "OLDEST = (99, 0)"))

    done = subprocess.run(["python3", str(old)], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr.startswith("WebStore needs Python 3.11 or newer;")
    assert done.stderr.count("\n") == 1
