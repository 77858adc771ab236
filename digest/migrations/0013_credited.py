from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("digest", "0012_editions_alike")]

    operations = [
        migrations.AddField(
            model_name="feedmemory",
            name="credited",
            field=models.JSONField(
                db_default={},
                default=dict,
                help_text="How often its items named whom no list knows.",
            ),
        ),
    ]
