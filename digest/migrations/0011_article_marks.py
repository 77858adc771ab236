import django.db.models.deletion
from django.db import migrations, models

# Copies are looked for among the articles of the last days; older ones need no place here.
FILL = """
INSERT INTO digest_article_mark (mark, article_id)
SELECT DISTINCT mark, a.id FROM digest_article a, unnest(a.fingerprints) AS mark
WHERE a.first_seen_at > statement_timestamp() - interval '4 days' ORDER BY 1, 2
"""


class Migration(migrations.Migration):
    """Fingerprints in a table of their own, instead of an inverted index over arrays."""

    dependencies = [("digest", "0010_send_counts")]

    operations = [
        migrations.CreateModel(
            name="ArticleMark",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "mark", "article", blank=True, editable=False, primary_key=True,
                        serialize=False,
                    ),
                ),
                ("mark", models.BigIntegerField()),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+",
                        to="digest.article",
                    ),
                ),
            ],
            options={"db_table": "digest_article_mark"},
        ),
        migrations.RemoveIndex(model_name="article", name="article_copies"),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]  # fmt: skip
