"""Personal digests that tell the same are one to their readers, and many rows are written fast."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Two columns that are empty for all there is."""

    dependencies = [("digest", "0011_swift_feeds")]

    operations = [
        migrations.AddField(
            model_name="edition",
            name="content_hash",
            field=models.CharField(
                help_text="Of a personal digest: what it tells its readers.",
                max_length=64,
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="edition",
            name="same_as",
            field=models.ForeignKey(
                help_text=(
                    "The edition of another signature that tells the same: its items, its messages."
                ),
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="digest.edition",
            ),
        ),
        migrations.AddIndex(
            model_name="edition",
            index=models.Index(
                condition=models.Q(content_hash__isnull=False, same_as=None),
                fields=["content_hash"],
                name="edition_content",
            ),
        ),
    ]
