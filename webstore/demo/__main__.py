"""Run the whole shop on this machine: `python -m webstore.demo`, or `make run`."""

import sys

from webstore.demo.places import ROOT, Places
from webstore.demo.programs import programs
from webstore.demo.running import fill_database, play
from webstore.demo.stage import Stage


def main() -> int:
    return play(lambda: stage(Places.from_environment(ROOT / "var")))


def stage(places: Places) -> Stage:
    return Stage(places, programs(places), _welcome(places), prepare=fill_database)


def _welcome(places: Places) -> str:
    return f"""
  The shop          {places.url(places.web_port)}
  Its orders        {places.url(places.web_port, "/admin/")}    user demo, password demo
  Dots and traces   {places.url(places.lens_port)}
  The provider      {places.url(places.provider_port)}    what was really charged

  Buy something, then open a dot. Logs are in {places.logs}. Ctrl-C stops everything.
"""


if __name__ == "__main__":
    sys.exit(main())
