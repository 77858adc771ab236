"""What a list brought, in the order in which it is taken back (0039_import_in_order)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """The index by list has the rows of each in order."""

    dependencies = [("digest", "0038_member_scope")]

    operations = [
        migrations.RemoveIndex(
            model_name='subscription',
            name='subscription_of_import',
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(condition=models.Q(('brought_by__isnull', False)), fields=['brought_by', 'id'], name='subscription_of_import'),
        ),
    ]
