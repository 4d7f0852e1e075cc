"""Run the shop with the real back ends: `python -m webstore.demo.real`, or `make run-real`."""

import sys
from functools import partial

from webstore.demo.places import ROOT
from webstore.demo.real.places import RealPlaces
from webstore.demo.real.programs import check, programs
from webstore.demo.real.setting_up import prepare
from webstore.demo.running import play
from webstore.demo.stage import Stage

QUERY = "/api/v1/query_exemplars?query=webstore_payment_duration_bucket"


def main() -> int:
    return play(_build)


def _build() -> Stage:
    check()
    return stage(RealPlaces.from_environment(ROOT / "var" / "real"))


def stage(places: RealPlaces) -> Stage:
    return Stage(places, programs(places), _welcome(places), prepare=partial(prepare, places))


def _welcome(places: RealPlaces) -> str:
    shop = places.url(places.web_port, "")
    viewer = "Tempo" if places.has_tempo else "the lens, for want of a Tempo"
    return f"""
  The shop          {places.url(places.web_port)}
  Its orders        {places.url(places.web_port, "/admin/")}    user demo, password demo
  Dots              {places.prometheus}{QUERY}
  Traces            {places.trace_page}    {viewer}
  Alerts            {places.alertmanager}/api/v2/alerts    what was made of them: pager.log
  The provider      {places.url(places.provider_port)}    what was really charged

  Buy something, then open a dot; or, in a second terminal, let others buy, and ask for every dot's trace:
  scripts/generate-traffic.sh --shop {shop} --lens {places.prometheus} --trace '{places.trace_page}'
  WEBSTORE_DEMO=1 WEBSTORE_DATA='{places.data}' .venv/bin/python manage.py audit

  Logs are in {places.logs}. Ctrl-C stops everything.
"""


if __name__ == "__main__":
    sys.exit(main())
