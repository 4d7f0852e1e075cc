"""The compose file: by its schema, one published port, no known password, limits and health everywhere."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from tests.binaries import program
from tests.deploy import composed
from tests.deploy.composed import COMPOSE, SHOP, services
from tests.deploy.containers import free_port
from tests.deploy.sources import DEPLOY
from webstore.telemetry.lifecycle import FLUSH_SECONDS

BIN = Path(sys.prefix) / "bin"
# One-shot programs, and an image that holds one program and nothing that could ask it.
ONE_SHOT = {"migrate", "own-volumes", "verify"}
WITHOUT_HEALTH = {*ONE_SHOT, "collector"}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Return a folder with fresh secrets."""
    shutil.copy(COMPOSE / "make-secrets", tmp_path)
    subprocess.run([tmp_path / "make-secrets"], check=True)
    return tmp_path / "secrets"


@pytest.mark.parametrize("file", ["compose.yml", "notify.yml"])
def test_schema_holds(file: str) -> None:
    command = f"{BIN}/check-jsonschema --builtin-schema vendor.compose-spec {file}"

    done = subprocess.run(command.split(), cwd=COMPOSE, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_only_web_is_published_and_only_to_this_machine() -> None:
    assert {name: service["ports"] for name, service in services().items() if "ports" in service} == {
        "web": ["127.0.0.1:8000:8000"]
    }
    assert not any(service.get("network_mode") == "host" for service in services().values())


def test_only_who_talks_to_the_world_can() -> None:
    networks = composed.composed()["networks"]

    assert networks == {"outside": {}, "data": {"internal": True}, "telemetry": {"internal": True}}
    assert {name for name, each in services().items() if "outside" in each.get("networks", [])} == {
        "web",
        "pager",
        "grafana",
    }


@pytest.mark.parametrize("name", sorted(services()))
def test_each_service_has_few_rights_and_bounds(name: str) -> None:
    service = services()[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] != "0:0" or name == "own-volumes"
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert service["restart"] == ("no" if name in ONE_SHOT else "unless-stopped")


@pytest.mark.parametrize("name", sorted(set(services()) - {"own-volumes"}))
def test_each_image_is_named_by_version(name: str) -> None:
    assert re.fullmatch(
        r"[\w./-]+:(local|v?\d+\.\d+\.\d+|\d+\.\d+(\.\d+)?-bookworm)", services()[name]["image"]
    )


def test_one_service_builds_the_image_of_all() -> None:
    builders = {name for name, each in services().items() if "build" in each}

    assert builders == {"migrate"}
    assert {services()[name]["image"] for name in (*SHOP, *ONE_SHOT)} == {"webstore:local"}


def test_every_other_program_tells_its_health() -> None:
    # The shop's own by its image.
    silent = {name for name, each in services().items() if "healthcheck" not in each and name not in SHOP}

    assert silent == WITHOUT_HEALTH - ONE_SHOT


def test_secrets_are_files_and_all_of_them_are_made(made: Path) -> None:
    named = {secret["file"] for secret in composed.composed()["secrets"].values()}

    assert {f"secrets/{file.name}" for file in made.iterdir()} >= named
    for name in services():
        for variable, value in composed.environment(name).items():
            assert variable.endswith("_FILE") or not re.search("PASSWORD|SECRET|_KEY|TOKEN", variable), (
                variable
            )
            assert "://:" not in value and "@" not in value, variable  # noqa: PT018


def test_secrets_are_long_and_never_the_same_twice(made: Path, tmp_path: Path) -> None:
    first = {file.name: file.read_text() for file in made.iterdir()}
    subprocess.run([tmp_path / "make-secrets"], check=True)

    # What is there stays: a database keeps its first password.
    assert {file.name: file.read_text() for file in made.iterdir()} == first
    assert min(len(text) for text in first.values()) > 40
    assert len(set(first.values())) == len(first)
    assert (made.stat().st_mode & 0o777) == 0o700


def test_git_never_sees_them() -> None:
    done = subprocess.run(["git", "check-ignore", "-q", COMPOSE / "secrets" / "secret_key"], check=False)

    assert done.returncode == 0


@pytest.fixture
def broker(made: Path, tmp_path: Path) -> Iterator[int]:
    with ExitStack() as held:
        port = free_port(held)
    arguments = (made / "redis.conf", "--port", str(port), "--dir", tmp_path)
    process = subprocess.Popen((program("redis-server"), *arguments), stdout=subprocess.DEVNULL)
    yield port
    process.terminate()
    process.wait(10)


def test_redis_starts_with_its_file_and_asks_for_its_password(broker: int, made: Path) -> None:
    password = (made / "redis_password").read_text().strip()
    patient = Retry(ConstantBackoff(0.2), 50)
    with redis.Redis(port=broker, password=password, retry=patient) as ours:
        assert ours.ping()
        assert ours.config_get("save") == {"save": ""}
    with redis.Redis(port=broker) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()
    assert f":{password}@redis:6379/" in (made / "broker_url").read_text()


@pytest.mark.parametrize(("service", "seconds"), [("web", 10), ("worker-payments", 9), ("worker-default", 9)])
def test_grace_outlasts_the_soft_stop_and_the_last_flush(service: str, seconds: int) -> None:
    assert int(services()[service]["stop_grace_period"].removesuffix("s")) > seconds + FLUSH_SECONDS


def test_each_sender_of_telemetry_has_a_name_of_its_own() -> None:
    names = [composed.environment(service)["WEBSTORE_INSTANCE"] for service in SHOP]

    assert len(set(names)) == len(names)


def test_the_judge_reads_the_providers_ledger_and_cannot_write_it() -> None:
    judge, provider = services()["verify"], services()["provider"]

    assert (judge["command"], judge["profiles"]) == (["manage", "verify"], ["verify"])
    assert [f"{mount}:ro" for mount in provider["volumes"]] == judge["volumes"]
    ours = composed.environment("verify")
    assert ours["SANDBOX_LEDGER"] == composed.environment("provider")["SANDBOX_LEDGER"]
    assert ours["DATABASE_URL_FILE"] == composed.environment("web")["DATABASE_URL_FILE"]


def test_every_file_it_mounts_is_there() -> None:
    for service in services().values():
        for mount in service.get("volumes", []):
            source = str(mount).split(":")[0]
            assert not source.startswith(".") or (COMPOSE / source).exists(), source


def test_prometheus_finds_everybody_by_the_names_of_compose() -> None:
    for file in (DEPLOY / "prometheus" / "targets").glob("*.yml"):
        for host in re.findall(r'"([\w-]+):\d+"', file.read_text()):
            assert host in services()
