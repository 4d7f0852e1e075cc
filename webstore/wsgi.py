"""The shop as a WSGI app. What it could not read, and trace headers, end here before anything reads them."""

import os

from django.core.wsgi import get_wsgi_application

from webstore.charsets import refuse_other_charsets
from webstore.telemetry.propagation import strip_trace_headers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webstore.settings")

application = refuse_other_charsets(strip_trace_headers(get_wsgi_application()))
