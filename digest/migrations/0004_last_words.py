from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("digest", "0003_returns")]

    operations = [
        migrations.AddField(
            model_name="feedmemory",
            name="last_words",
            field=models.JSONField(
                db_default=[],
                default=list,
                help_text="How its latest items ended, of different ones.",
            ),
        ),
    ]
