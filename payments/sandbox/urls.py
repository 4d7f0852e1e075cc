from django.urls import path

from payments.sandbox import api, pages, switch_page

urlpatterns = [
    path("", pages.ledger, name="ledger"),
    path("switches", switch_page.switches, name="switches"),
    path("switches/mend", switch_page.mend, name="mend"),
    path("v1/charges", api.charges, name="charges"),
    path("v1/charges/<str:charge_id>", api.charge, name="charge"),
    path("v1/refunds", api.refunds, name="refunds"),
    path("v1/control", api.control, name="control"),
    path("healthz", pages.health, name="healthz"),
]
