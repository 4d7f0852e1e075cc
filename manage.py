#!/usr/bin/env python
"""Run the shop's management commands; in a checkout that ran `make run`, on the demo's data."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line
from environs import Env

DEMO_ENVIRONMENT = Path(__file__).resolve().parent / "var" / "demo.env"

if __name__ == "__main__":
    if DEMO_ENVIRONMENT.exists():
        Env.read_env(DEMO_ENVIRONMENT, override=False)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webstore.settings")
    execute_from_command_line(sys.argv)
