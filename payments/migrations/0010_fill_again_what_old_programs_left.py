from django.db import migrations
from django.db.models import F


def fill(apps, schema_editor):
    """Do what 0003 and 0005 did for what programs of before wrote after those had run."""
    attempts = apps.get_model("payments", "PaymentAttempt").objects.using(schema_editor.connection.alias)
    # A new key in an old one's place was not asked with; to take it for known is slower and as safe.
    attempts.filter(tries__gt=0, asked_count=0).update(asked_count=F("tries"), asked_at=F("created_at"))
    attempts.filter(state="approved", charged_minor=0).update(charged_minor=F("amount_minor"))


class Migration(migrations.Migration):

    dependencies = [("payments", "0009_let_charges_be_settled_by_hand")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
