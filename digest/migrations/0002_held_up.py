from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("digest", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="send",
            name="held_up_by",
            field=models.TextField(
                blank=True,
                db_default="",
                help_text="What the other side says while nothing gets through.",
            ),
        ),
        migrations.AddField(
            model_name="send",
            name="held_up_since",
            field=models.DateTimeField(null=True),
        ),
    ]
