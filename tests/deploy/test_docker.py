"""The Dockerfile: linted, small, without root and without secrets."""

import subprocess
import sys
from pathlib import Path

from tests.deploy import image
from tests.deploy.image import DOCKER, instructions

BIN = Path(sys.prefix) / "bin"


def _last_stage(name: str) -> list[str]:
    last = instructions()[-1].stage
    return [each.rest for each in instructions() if each.stage == last and each.name == name]


def test_hadolint_finds_nothing() -> None:
    done = subprocess.run(
        [BIN / "hadolint", "--no-color", DOCKER / "Dockerfile"], capture_output=True, text=True, check=False
    )

    assert done.stdout == ""
    assert done.returncode == 0


def test_last_stage_has_what_the_build_made_and_nothing_of_the_build() -> None:
    assert [each.name for each in instructions()].count("FROM") == 2
    assert _last_stage("COPY") == [
        "--from=build /opt/venv /opt/venv",
        "--from=build /app /app",
        "--chmod=0555 deploy/docker/webstore deploy/docker/webstore-health /usr/local/bin/",
    ]
    assert not any("pip" in command or "apt" in command for command in _last_stage("RUN"))


def test_user_is_a_fixed_number_and_not_root() -> None:
    assert _last_stage("USER") == [f"{image.USER}:{image.USER}"]


def test_base_image_is_named_by_version() -> None:
    assert [each.rest for each in instructions() if each.stage == -1] == [
        "PYTHON_IMAGE=python:3.11.14-slim-bookworm"
    ]
    assert {each.rest.split()[0] for each in instructions() if each.name == "FROM"} == {"${PYTHON_IMAGE}"}


def test_libraries_are_installed_by_hash() -> None:
    [install] = [each.rest for each in instructions() if "pip install" in each.rest]

    assert "--require-hashes" in install


def test_no_secret_is_built_in() -> None:
    built_in = [each.rest for each in instructions() if each.name in {"ENV", "ARG"}]

    assert not [text for text in built_in if "SECRET" in text or "KEY" in text or "DEMO" in text]


def test_it_says_how_it_is() -> None:
    [health] = _last_stage("HEALTHCHECK")

    assert health.endswith('CMD ["webstore-health"]')
    assert _last_stage("ENTRYPOINT") == ['["webstore"]']


def test_tests_demo_and_data_stay_outside() -> None:
    inside = [
        str(file) for source in ("webstore", "deploy", "tests", "var") for file in image.context(source)
    ]

    assert [file for file in inside if "__pycache__" in file or file.startswith(("tests", "var"))] == []
    assert {file for file in inside if file.startswith(("deploy", "webstore/demo"))} == {
        "deploy/docker/webstore",
        "deploy/docker/webstore-health",
        # The doctor's shopper.
        "webstore/demo/__init__.py",
        "webstore/demo/forms.py",
        "webstore/demo/shopper.py",
    }
