"""A picture above an alert, where an editor shows one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Alerts that there are have none."""

    dependencies = [("digest", "0044_alert_portions")]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="shown_picture",
            field=models.JSONField(help_text="What stands above it: url, alt and credit. None: no picture.", null=True),
        ),
    ]
