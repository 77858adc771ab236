"""Searches of the wire that editors keep (0029_saved_searches)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """A table that begins empty."""

    dependencies = [("digest", "0028_quiet")]

    operations = [
        migrations.CreateModel(
            name="SavedSearch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("asked", models.JSONField(help_text="What stands in the wire's address, by name.")),
                ("at", models.DateTimeField()),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_searches",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "digest_saved_search",
                "ordering": ("name", "pk"),
                "constraints": [
                    models.UniqueConstraint(fields=("member", "name"), name="saved_search_once")
                ],
            },
        ),
    ]
