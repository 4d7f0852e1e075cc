import os
import tempfile
from pathlib import Path

import pytest

from webstore.demo.real.places import RealPlaces


@pytest.mark.parametrize("folder", ["50% é", "a" * 100])
def test_socket_lies_elsewhere_when_the_folder_will_not_do(folder: str) -> None:
    places = RealPlaces(Path("/srv") / folder)

    assert places.postgres.parent == Path(tempfile.gettempdir())


def test_folder_nobody_else_gets_into_will_not_do_for_root(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("own")
    folder.chmod(0o700)
    for user, name in ((1000, "postgres"), (0, "webstore-postgres-0-")):
        monkeypatch.setattr(os, "getuid", lambda user=user: user)

        assert RealPlaces(folder / "data").postgres.name.startswith(name)


def test_ports_are_those_of_what_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEMPO_BIN", raising=False)
    tempo = tmp_path / "tempo"
    tempo.touch(mode=0o700)
    with_lens = RealPlaces(tmp_path).ports
    monkeypatch.setenv("TEMPO_BIN", str(tempo))
    with_tempo = RealPlaces(tmp_path).ports

    assert with_lens.keys() - with_tempo.keys() == {"LENS_PORT"}
    assert with_tempo.keys() - with_lens.keys() == {"TEMPO_PORT", "TEMPO_GRPC_PORT"}
