"""`manage.py doctor`: which hop loses a dot, by which setting? Exit 1: one does. Exit 2: nobody could say."""

import os
import re
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from opentelemetry.sdk.environment_variables import OTEL_EXPORTER_OTLP_CERTIFICATE

from webstore.demo.forms import Page
from webstore.demo.shopper import Shopper, ShoppingFailed, Wish
from webstore.evidence.doctor.checkout import BuyingFailed
from webstore.evidence.doctor.examination import diagnose
from webstore.evidence.doctor.places import (
    COLLECTOR_METRICS_URL,
    GRAFANA_TOKEN_FILE,
    GRAFANA_URL,
    Places,
    doors,
)
from webstore.evidence.doctor.telling import as_json, as_text
from webstore.evidence.doctor.visit import Limits, Purchase, Visit

_UNKNOWN = 2
# As shells have it for a program that Ctrl-C ended.
_STOPPED = 130
_PAID_SECONDS = 30.0
_BUYING_SECONDS = 120.0
_NUMBER = re.compile(r"· Order (\S+) ·")


class Command(BaseCommand):
    help = "Follow one marked measurement from program to trace, and name the hop and setting that lose it."
    # It reads no table of the shop.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--checkout", action="store_true", help="buy a practice order and follow that too"
        )
        parser.add_argument("--shop", help="the shop's public address, for --checkout")
        parser.add_argument(
            "--seconds", type=float, default=60.0, help="how long it may take, without buying (60)"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        visit = Visit(_places(), limits=_limits(options), buy=_buyer(options))
        try:
            diagnosis = diagnose(visit)
        except KeyboardInterrupt:
            raise CommandError("Stopped.", returncode=_STOPPED) from None
        tell = as_json if options["json"] else as_text
        self.stdout.write(tell(diagnosis, visit.mark, visit.places.trace_url))
        if diagnosis.exit_code:
            sys.exit(diagnosis.exit_code)


def _places() -> Places:
    spans, metrics, off_by = doors(os.environ)
    token_file = os.environ.get(GRAFANA_TOKEN_FILE)
    grafana = Path(settings.BASE_DIR) / "deploy" / "grafana"
    return Places(
        metrics_url=settings.METRICS_URL,
        traces_url=settings.TRACES_URL,
        trace_url=settings.TRACE_URL,
        span_door=spans,
        metric_door=metrics,
        certificate=os.environ.get(OTEL_EXPORTER_OTLP_CERTIFICATE, ""),
        off_by=off_by,
        collector_metrics_url=os.environ.get(COLLECTOR_METRICS_URL, ""),
        grafana_url=os.environ.get(GRAFANA_URL, ""),
        grafana_token_file=Path(token_file) if token_file else None,
        data_sources=_folder(grafana / "provisioning" / "datasources"),
        dashboards=_folder(grafana / "dashboards"),
    )


def _folder(path: Path) -> Path | None:
    # An image holds the programs only.
    return path if path.is_dir() else None


def _limits(options: dict[str, Any]) -> Limits:
    if not 1 <= options["seconds"] <= 600:
        raise CommandError("--seconds is from 1 to 600.", returncode=_UNKNOWN)
    return Limits(most_seconds=options["seconds"] + (_BUYING_SECONDS if options["checkout"] else 0))


def _buyer(options: dict[str, Any]) -> Callable[[], Purchase] | None:
    if not options["checkout"]:
        return None
    own = f"http://{os.environ.get('WEB_BIND', '127.0.0.1:8000')}" if settings.DEMO else ""
    shop = options["shop"] or own
    if not shop:
        raise CommandError(
            "--checkout needs --shop https://…, the shop's public address.", returncode=_UNKNOWN
        )
    return partial(_buy, shop.rstrip("/"))


def _buy(shop: str) -> Purchase:
    """Buy one thing; its payment is a practice token's, so only the practice provider takes it."""
    shopper, began_at = Shopper(shop), time.time()
    wish = Wish(email="doctor@example.com", name="Doctor")
    try:
        order_path = shopper.buy(wish, product_path=_product(shopper))
        state = shopper.wait(order_path, seconds=_PAID_SECONDS)
        title = Page(shopper.session.get(urljoin(shop, order_path), timeout=10).text).title
    except (ShoppingFailed, LookupError) as reason:
        raise BuyingFailed(str(reason)) from reason
    except requests.RequestException as error:
        raise BuyingFailed(f"{shop} does not answer") from error
    found = _NUMBER.search(title)
    if found is None:
        raise BuyingFailed("the order's page shows no number")
    return Purchase(found[1], state, began_at)


def _product(shopper: Shopper) -> str:
    products = shopper.products()
    if not products:
        raise ShoppingFailed("the shop shows no products")
    return products[0]
