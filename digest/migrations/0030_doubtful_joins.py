"""An index for the joins that may be wrong."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("digest", "0029_saved_searches"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="storyarticle",
            index=models.Index(
                condition=models.Q(("assigned_by", "rule"), ("score__lt", 0.8)),
                fields=["assigned_at"],
                name="story_article_in_doubt",
            ),
        ),
    ]
