"""A story that is added at an hour is a planned change, too (0040_planned_addition)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """The choices are the service's alone: no column changes."""

    dependencies = [("digest", "0039_import_in_order")]

    operations = [
        migrations.AlterField(
            model_name="plannedchange",
            name="kind",
            field=models.CharField(choices=[("reword", "Reword"), ("retitle", "Retitle"), ("kill", "Kill"), ("revive", "Revive"), ("pin", "Pin"), ("unpin", "Unpin"), ("move", "Move"), ("add", "Add")], max_length=8),
        ),
    ]
