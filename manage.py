#!/usr/bin/env python
"""Run the shop's management commands; with WEBSTORE_DEMO=1 on the data of the last `make run`."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line
from dotenv import load_dotenv
from environs import Env

ROOT = Path(__file__).resolve().parent

if __name__ == "__main__":
    env = Env()
    # Never unasked: whoever manages a real shop must not end up in the demo's database.
    if env.bool("WEBSTORE_DEMO", False):
        load_dotenv(env.path("WEBSTORE_DATA", ROOT / "var") / "demo.env", interpolate=False)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webstore.settings")
    execute_from_command_line(sys.argv)
