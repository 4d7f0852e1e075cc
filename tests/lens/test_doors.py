"""Two ports with routes of their own, open to this machine's names alone."""

import pytest
import requests

from tests.lens.process import LensProcess

PAGES = ("/", "/api/v1/query_exemplars?query=x", "/traces/" + "1" * 32, "/static/lens/lens.css")


@pytest.mark.parametrize("path", PAGES)
def test_the_otlp_port_shows_no_pages(lens: LensProcess, path: str) -> None:
    assert requests.get(lens.otlp_url(path), timeout=5).status_code == 404


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/metrics"])
def test_the_pages_port_takes_no_telemetry(lens: LensProcess, path: str) -> None:
    url = lens.page("/healthz").url.removesuffix("/healthz") + path

    assert (
        requests.post(url, b"{}", headers={"Content-Type": "application/json"}, timeout=5).status_code == 404
    )


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/query?query=up"])
def test_a_strangers_host_name_gets_nothing(lens: LensProcess, path: str) -> None:
    assert lens.page(path, headers={"Host": "attacker.example"}).status_code == 400


def test_telemetry_for_a_strangers_host_name_is_refused(lens: LensProcess) -> None:
    headers = {"Host": "attacker.example", "Content-Type": "application/json"}

    assert lens.post("/v1/traces", b"{}", headers).status_code == 400


def test_a_strangers_host_name_is_one_line_in_the_log_without_it(own_lens: LensProcess) -> None:
    own_lens.page("/", headers={"Host": "attacker.example"})

    log = own_lens.log.read_text()
    assert log.count("django.security.DisallowedHost: a request was refused") == 1
    assert "attacker.example" not in log
    assert "Traceback" not in log


@pytest.mark.parametrize("charset", ["hex", "idna", "unicode_escape"])
def test_text_in_a_codec_of_pythons_own_is_refused(lens: LensProcess, charset: str) -> None:
    headers = {"Content-Type": f"application/json; charset={charset}"}

    assert lens.page("/api/v1/query?query=%ff", headers=headers).status_code == 415
    assert lens.post("/v1/traces", b"{}", headers).status_code == 415


@pytest.mark.parametrize("name", ["SCRIPT_NAME", "PATH_INFO"])
def test_headers_named_like_a_servers_own_words_mean_nothing(lens: LensProcess, name: str) -> None:
    assert lens.page("/healthz", headers={name: "/elsewhere"}).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_telemetry_comes_by_post_alone(lens: LensProcess, method: str) -> None:
    answer = requests.request(method, lens.otlp_url("/v1/traces"), timeout=5)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/", "/api/v1/query", "/api/traces/1", "/traces/1", "/metrics/x"])
def test_pages_change_nothing(lens: LensProcess, path: str) -> None:
    url = lens.page("/healthz").url.removesuffix("/healthz") + path

    assert requests.post(url, timeout=5).status_code == 405


def test_pages_forbid_everything_inline(lens: LensProcess) -> None:
    policy = lens.page("/").headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
