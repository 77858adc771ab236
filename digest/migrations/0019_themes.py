"""A look of its own for the mails of a newsletter."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A column that is empty for all there is."""

    dependencies = [("digest", "0018_import_runs")]

    operations = [
        migrations.AddField(
            model_name="newsletter",
            name="theme",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="How its mails look, e.g. accent=#0b57d0 type=sans; empty: as all mails.",
                max_length=300,
            ),
        ),
    ]
