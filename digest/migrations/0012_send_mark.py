import digest.outbound.delivery.models
from django.db import migrations, models


class Migration(migrations.Migration):
    """Sends of before have no mark: what is left of them goes out under the Message-IDs of before."""

    dependencies = [("digest", "0011_article_marks")]

    operations = [
        migrations.AddField(
            model_name="send",
            name="mark",
            field=models.CharField(db_default="", editable=False, max_length=15),
        ),
        migrations.AlterField(
            model_name="send",
            name="mark",
            field=models.CharField(
                db_default="",
                default=digest.outbound.delivery.models.new_mark,
                editable=False,
                max_length=15,
            ),
        ),
    ]
