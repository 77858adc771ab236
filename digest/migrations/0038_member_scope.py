"""The newsletters that a member changes and sends alone (0038_member_scope)."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    """A column that is null for everybody who is there."""

    dependencies = [("digest", "0037_planned_change")]

    operations = [
        migrations.AddField(
            model_name='member',
            name='scope',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, help_text='Ids of the newsletters that they change and send alone; none: all.', null=True, size=None),
        ),
    ]
