"""Whether a reader has chosen since what a list had brought."""

from django.db import migrations, models

# Who paused it cannot be told any more: it stays.
_PAUSED = """
UPDATE digest_subscription SET is_own = true WHERE brought_by_id IS NOT NULL AND state = 'paused'
"""


class Migration(migrations.Migration):
    """A column that is false for all there is, but for what is paused."""

    dependencies = [("digest", "0019_themes")]

    operations = [
        migrations.AddField(
            model_name="subscription",
            name="is_own",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="It came with a list, and its reader has chosen it since.",
            ),
        ),
        migrations.RunSQL(_PAUSED, migrations.RunSQL.noop),
    ]
