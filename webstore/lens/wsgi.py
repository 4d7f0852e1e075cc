"""The lens as a WSGI app, with its store open."""

import os

from django.core.wsgi import get_wsgi_application

from webstore.lens.opening import open_store

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webstore.lens.settings")

application = get_wsgi_application()
open_store()
