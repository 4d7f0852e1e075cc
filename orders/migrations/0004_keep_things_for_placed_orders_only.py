from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("orders", "0003_fill_reserved_until")]

    operations = [
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'placed'), _negated=True), ('reserved_until__isnull', False), _connector='OR'), name='order_placed_is_reserved'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('is_in_review', False), ('status', 'placed'), _connector='OR'), name='order_in_review_is_placed'),
        ),
    ]
