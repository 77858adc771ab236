"""Alerts that are written down in portions (0044_alert_portions)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """All sends that there are were written at once."""

    dependencies = [("digest", "0043_story_names")]

    operations = [
        migrations.AddField(
            model_name="send",
            name="fan_out_after",
            field=models.BigIntegerField(help_text="Up to which address it is written, as long as more are to come.", null=True),
        ),
        migrations.AddIndex(
            model_name="send",
            index=models.Index(condition=models.Q(("fan_out_after__isnull", False)), fields=["due_at"], name="send_half_written"),
        ),
        migrations.AddIndex(
            model_name="address",
            index=models.Index(fields=["channel", "id"], name="address_by_channel"),
        ),
    ]
