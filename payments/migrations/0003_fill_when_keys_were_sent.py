from django.db import migrations
from django.db.models import F


def fill(apps, schema_editor):
    """Take every key of an attempt that was tried for one that may be known to the provider."""
    attempts = apps.get_model("payments", "PaymentAttempt").objects.using(schema_editor.connection.alias)
    attempts.filter(tries__gt=0, asked_count=0).update(asked_count=F("tries"), asked_at=F("created_at"))


class Migration(migrations.Migration):

    dependencies = [("payments", "0002_note_when_keys_were_sent")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
