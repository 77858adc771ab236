"""Alias sets an editor keeps, and when a story was pinned to a topic or barred from it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("digest", "0004_polling")]

    operations = [
        migrations.CreateModel(
            name="AliasList",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(blank=True)),
                ("saved_at", models.DateTimeField()),
                (
                    "member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"db_table": "digest_alias_list", "get_latest_by": "id"},
        ),
        migrations.AddField(
            model_name="storytopic",
            name="decided_at",
            field=models.DateTimeField(help_text="When an editor pinned or barred it.", null=True),
        ),
        migrations.AlterField(
            model_name="storytopic",
            name="share",
            field=models.FloatField(
                default=0.0, help_text="Share of its articles, by weight, that match."
            ),
        ),
    ]
