from django.db import migrations
from django.db.models import F


def fill(apps, schema_editor):
    """Take every approved attempt for charged, whole."""
    attempts = apps.get_model("payments", "PaymentAttempt").objects.using(schema_editor.connection.alias)
    attempts.filter(state="approved", charged_minor=0).update(charged_minor=F("amount_minor"))


class Migration(migrations.Migration):

    dependencies = [("payments", "0004_add_refunds")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
