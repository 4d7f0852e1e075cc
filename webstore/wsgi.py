"""The shop as a WSGI app. Trace headers from outside end here, before anything reads them."""

import os

from django.core.wsgi import get_wsgi_application

from webstore.telemetry.propagation import strip_trace_headers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webstore.settings")

application = strip_trace_headers(get_wsgi_application())
