from django.urls import path

from webstore.catalog import views

urlpatterns = [
    path("", views.home, name="home"),
    path("products", views.product_list, name="product-list"),
    path("products/<slug:slug>", views.product_detail, name="product-detail"),
]
