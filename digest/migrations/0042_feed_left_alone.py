"""Until when a feed's host asked to be left alone (0042_feed_left_alone)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Nobody is known to have asked; the next 429 says so."""

    dependencies = [("digest", "0041_member_identity")]

    operations = [
        migrations.AddField(
            model_name="feed",
            name="left_alone_until",
            field=models.DateTimeField(null=True, help_text="As its host asked."),
        ),
    ]
