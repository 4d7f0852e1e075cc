"""The lens as a WSGI app, with its store open."""

import os

from django.core.wsgi import get_wsgi_application

from webstore.charsets import refuse_other_charsets
from webstore.lens.opening import open_store

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webstore.lens.settings")

application = refuse_other_charsets(get_wsgi_application())
open_store()
