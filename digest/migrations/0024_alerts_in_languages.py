"""What an alert says in other languages than the newsroom's."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A column, empty for all there is."""

    dependencies = [("digest", "0023_alert_order")]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="others",
            field=models.JSONField(
                db_default={},
                default=dict,
                help_text="The same in other languages, by tag: headline and summary.",
            ),
        ),
    ]
