"""Management commands find the demo's data when asked to, and never otherwise."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from webstore.demo.places import Places
from webstore.demo.running import write_environment

ROOT = Path(__file__).resolve().parent.parent
ASK = "from django.conf import settings as s; print(s.METRICS_URL, s.DATABASES['default']['NAME'])"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A checkout in which `make run LENS_PORT=8731` ran once."""
    shutil.copy(ROOT / "manage.py", tmp_path)
    places = Places(tmp_path / "var", lens_port=8731)
    places.data.mkdir()
    write_environment(places)
    return places


def _ask(checkout: Path, **environment: str) -> str:
    base = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "SECRET_KEY": "a", "PROVIDER_API_KEY": "b"}
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", ASK]
    done = subprocess.run(
        command, cwd=checkout, env=base | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_demo_commands_know_the_last_run(places: Places) -> None:
    told = _ask(places.data.parent, WEBSTORE_DEMO="1")

    assert told == f"http://127.0.0.1:8731 {places.data}/shop.sqlite3"


def test_demo_commands_know_a_run_with_data_elsewhere(places: Places, tmp_path: Path) -> None:
    elsewhere = places.data.rename(tmp_path / "it's ${HOME}")
    write_environment(Places(elsewhere, lens_port=8732))

    told = _ask(tmp_path, WEBSTORE_DEMO="1", WEBSTORE_DATA=str(elsewhere))

    assert told == f"http://127.0.0.1:8732 {elsewhere}/shop.sqlite3"


def test_real_commands_stay_out_of_the_demo(places: Places) -> None:
    told = _ask(places.data.parent)

    assert told.startswith("http://127.0.0.1:8001 ")
