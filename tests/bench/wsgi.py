"""The shop as gunicorn serves it, with one page more."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from webstore.telemetry.propagation import strip_trace_headers

settings.ROOT_URLCONF = "tests.bench.urls"
application = strip_trace_headers(get_wsgi_application())
