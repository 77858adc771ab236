"""Feeds that were first with breaking news, which are looked at more often."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A column that is empty for all."""

    dependencies = [("digest", "0010_newsletter_senders")]

    operations = [
        migrations.AddField(
            model_name="feed",
            name="broke_news_at",
            field=models.DateTimeField(help_text="When it was last first to tell.", null=True),
        ),
    ]
