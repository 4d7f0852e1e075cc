"""Every page of the shop. Routes have no trailing slash: span names are "METHOD /route"."""

from django.contrib import admin
from django.urls import include, path

from webstore import health

urlpatterns = [
    path("", include("webstore.catalog.urls")),
    path("", include("orders.urls")),
    path("", include("payments.urls")),
    path("admin/", admin.site.urls),
    path("healthz", health.process, name="healthz"),
    path("readyz", health.database, name="readyz"),
]

handler400 = "webstore.errors.bad_request"
handler404 = "webstore.errors.not_found"
handler500 = "webstore.errors.server_error"
