from django.urls import path

from payments.sandbox import api, pages

urlpatterns = [
    path("", pages.ledger, name="ledger"),
    path("v1/charges", api.charges, name="charges"),
    path("v1/charges/<str:charge_id>", api.charge, name="charge"),
    path("v1/refunds", api.refunds, name="refunds"),
    path("v1/control", api.control, name="control"),
    path("healthz", pages.health, name="healthz"),
]
