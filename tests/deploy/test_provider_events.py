"""The practice provider's events find the shop, and the shop knows what they are signed with."""

from urllib.parse import urlsplit

import pytest
from django.urls import resolve

from tests.deploy import composed, manifests

OF_COMPOSE = (composed.environment("provider"), composed.environment("web"))
OF_LOCAL = tuple(
    manifests.environment("local", manifests.programs("local")[name]) for name in ("provider", "web")
)
EACH_WAY = pytest.mark.parametrize(("provider", "web"), [OF_COMPOSE, OF_LOCAL], ids=["compose", "local"])


@EACH_WAY
def test_they_go_to_the_page_that_takes_them(provider: dict[str, str], web: dict[str, str]) -> None:
    address = urlsplit(provider["SANDBOX_WEBHOOK_URL"])

    assert address.hostname in web["ALLOWED_HOSTS"].split(",")
    assert resolve(address.path).url_name == "webhook-payments"


@EACH_WAY
def test_both_read_one_secret(provider: dict[str, str], web: dict[str, str]) -> None:
    name = "PROVIDER_WEBHOOK_SECRETS_FILE"

    assert provider[name] == web[name] == "/run/secrets/provider_webhook_secrets"
