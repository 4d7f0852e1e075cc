"""The practice provider as a WSGI app. It keeps trace headers: its spans join the caller's trace."""

import os

from django.core.wsgi import get_wsgi_application

from payments.sandbox.till import open_till
from webstore.charsets import refuse_other_charsets

# Not a default: the environment may carry the shop's settings.
os.environ["DJANGO_SETTINGS_MODULE"] = "payments.sandbox.settings"

application = refuse_other_charsets(get_wsgi_application())
# A ledger that cannot be opened stops the start, not the first charge.
open_till()
