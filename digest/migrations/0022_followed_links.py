"""0022_followed_links: links that were followed, and how many followed them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("digest", "0021_story_places")]

    operations = [
        migrations.CreateModel(
            name="FollowCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("send_id", models.BigIntegerField()),
                ("story", models.UUIDField()),
                ("readers", models.BigIntegerField()),
            ],
            options={
                "db_table": "digest_follow_count",
                "constraints": [
                    models.UniqueConstraint(fields=("send_id", "story"), name="follow_count_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="FollowedLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("send_id", models.BigIntegerField()),
                (
                    "story",
                    models.UUIDField(help_text="What it told of, by its public id.", null=True),
                ),
                (
                    "link",
                    models.CharField(help_text="Tells the links of one copy apart.", max_length=32),
                ),
                ("at", models.DateTimeField(db_index=True)),
                ("by_machine", models.BooleanField(help_text="By method, name or network.")),
                ("judged", models.BooleanField(null=True)),
                (
                    "address",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="digest.address",
                    ),
                ),
            ],
            options={
                "db_table": "digest_followed_link",
                "indexes": [
                    models.Index(fields=["send_id", "address"], name="followed_link_by_copy"),
                    models.Index(
                        condition=models.Q(("judged__isnull", True)),
                        fields=["send_id", "address", "at"],
                        name="followed_link_unjudged",
                    ),
                ],
            },
        ),
    ]
