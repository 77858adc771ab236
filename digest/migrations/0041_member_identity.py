"""Which account at the newsroom's provider is which member's (0041_member_identity)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """A table of its own; nobody has a row before they came by the provider."""

    dependencies = [("digest", "0040_planned_addition")]

    operations = [
        migrations.CreateModel(
            name="MemberIdentity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("issuer", models.CharField(max_length=300)),
                ("subject", models.CharField(max_length=255)),
                ("linked_at", models.DateTimeField()),
                ("member", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="identities", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "db_table": "digest_member_identity",
                "constraints": [
                    models.UniqueConstraint(fields=("issuer", "subject"), name="identity_of_one_member"),
                    models.UniqueConstraint(fields=("issuer", "member"), name="identity_one_a_member"),
                ],
            },
        ),
    ]
