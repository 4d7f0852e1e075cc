from datetime import timedelta

from django.db import migrations
from django.db.models.functions import Now


def fill(apps, schema_editor):
    """Give who ordered before reservations ended the usual time from now on."""
    orders = apps.get_model("orders", "Order").objects.using(schema_editor.connection.alias)
    placed = orders.filter(status="placed", reserved_until=None)
    placed.update(reserved_until=Now() + timedelta(minutes=30))
    orders.exclude(status="placed").filter(is_in_review=True).update(is_in_review=False)


class Migration(migrations.Migration):

    dependencies = [("orders", "0002_end_reservations")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
