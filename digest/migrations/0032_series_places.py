import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("digest", "0031_address_lookup")]

    operations = [
        migrations.AddField(
            model_name="seriesstep",
            name="stood_after",
            field=models.ForeignKey(
                help_text="Of one taken out: the message before it.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="digest.seriesstep",
            ),
        ),
    ]
