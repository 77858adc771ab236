"""Headlines that a newsroom gives its stories itself (0043_story_names)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """No story has one yet: each goes on showing what its reports say."""

    dependencies = [("digest", "0042_feed_left_alone")]

    operations = [
        migrations.AddField(
            model_name="story",
            name="names",
            field=models.JSONField(default=dict, db_default={}, help_text="The newsroom's own headlines, by language."),
        ),
        migrations.AddField(
            model_name="story",
            name="reported",
            field=models.CharField(blank=True, default="", db_default="", max_length=500, help_text="What the reports say where the headline is the newsroom's own."),
        ),
        migrations.AlterField(
            model_name="story",
            name="headline",
            field=models.CharField(max_length=500, help_text="What it shows: the newsroom's own words, else its reports'."),
        ),
    ]
