from django.db import migrations
from django.db.models import F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

PAID = ("paid", "partly_refunded", "refunded")


def fill(apps, schema_editor):
    """Take what is on hand or was sold for what each product came with."""
    alias = schema_editor.connection.alias
    adjustments = apps.get_model("catalog", "StockAdjustment").objects.using(alias)
    lines = apps.get_model("orders", "OrderLine").objects.using(alias).order_by()
    sold = lines.filter(product=OuterRef("pk"), order__status__in=PAID).values("product")
    products = apps.get_model("catalog", "Product").objects.using(alias).filter(adjustments=None)
    # One statement: a sale that comes between two would be counted twice, or not at all.
    first = products.annotate(
        first=F("on_hand") + Coalesce(Subquery(sold.annotate(sold=Sum("quantity")).values("sold")), 0)
    ).filter(first__gt=0)
    rows = first.values_list("pk", "first")
    adjustments.bulk_create(
        [
            adjustments.model(product_id=product_id, delta=delta, reason="first stock")
            for product_id, delta in rows
        ],
        batch_size=1000,
    )


class Migration(migrations.Migration):

    dependencies = [
        ("orders", "0008_let_old_programs_insert"),
        ("catalog", "0002_add_stock_adjustments"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
