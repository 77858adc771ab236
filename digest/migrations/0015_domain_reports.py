"""What receiving hosts report about the newsroom's domains: DMARC and TLS."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A table of its own."""

    dependencies = [("digest", "0014_approval_and_breaks")]

    operations = [
        migrations.CreateModel(
            name="StoredDomainReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("dmarc", "DMARC"), ("tls", "TLS")], max_length=5)),
                ("reporter", models.CharField(help_text="As it calls itself.", max_length=255)),
                ("report_id", models.CharField(max_length=255)),
                ("domain", models.CharField(max_length=255)),
                ("begins_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("policy", models.CharField(blank=True, max_length=64)),
                ("passed", models.BigIntegerField(help_text="Mails, or sessions of TLS.")),
                ("failed", models.BigIntegerField()),
                ("sources", models.JSONField(default=list)),
                ("received_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "verbose_name": "report on our domain",
                "verbose_name_plural": "reports on our domain",
                "db_table": "digest_domain_report",
                "ordering": ["-begins_at", "reporter"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "reporter", "report_id", "domain"),
                        name="domain_report_once",
                    )
                ],
            },
        ),
    ]
