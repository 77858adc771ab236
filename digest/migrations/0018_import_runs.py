"""Lists of readers that were brought in, so that one may be taken back."""

import django.db.models.deletion
from django.db import migrations, models

FROM_LIST = django.db.models.deletion.SET_NULL


class Migration(migrations.Migration):
    """A table, and two columns that are empty for all there is."""

    dependencies = [("digest", "0017_members")]

    operations = [
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "place",
                    models.CharField(help_text="Which file, in words.", max_length=300),
                ),
                ("basis", models.TextField(help_text="How its readers consented.")),
                (
                    "product",
                    models.CharField(blank=True, help_text="Whose export it was.", max_length=20),
                ),
                ("added", models.PositiveIntegerField(default=0)),
                (
                    "barred",
                    models.PositiveIntegerField(
                        default=0, help_text="Who had left or bounced there."
                    ),
                ),
                (
                    "left_out",
                    models.PositiveIntegerField(default=0, help_text="Lines with an error."),
                ),
                ("at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": "digest_import_run", "ordering": ["-pk"]},
        ),
        migrations.AddField(
            model_name="subscription",
            name="brought_by",
            field=models.ForeignKey(
                db_index=False,
                help_text="The list that it came with.",
                null=True,
                on_delete=FROM_LIST,
                related_name="+",
                to="digest.importrun",
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(brought_by__isnull=False),
                fields=["brought_by"],
                name="subscription_of_import",
            ),
        ),
        migrations.AddField(
            model_name="suppression",
            name="brought_by",
            field=models.ForeignKey(
                help_text="The list that said so.",
                null=True,
                on_delete=FROM_LIST,
                related_name="+",
                to="digest.importrun",
            ),
        ),
    ]
