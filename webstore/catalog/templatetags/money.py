"""Money in templates: `{{ product.price_minor|money }}`."""

from django import template

from webstore.catalog.money import display

register = template.Library()
register.filter("money", display)
