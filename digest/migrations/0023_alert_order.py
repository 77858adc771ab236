"""The order of a reader's channels for alerts, and the deliveries that the next one takes over."""

from django.db import migrations, models
from django.db.models import CompositePrimaryKey, Q


class Migration(migrations.Migration):
    """Two columns, empty for all there is, and a table."""

    dependencies = [("digest", "0022_followed_links")]

    operations = [
        migrations.AddField(
            model_name="alertrule",
            name="chain",
            field=models.BigIntegerField(
                help_text="The same for all channels that one reader has put in an order.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="alertrule",
            name="place",
            field=models.PositiveSmallIntegerField(
                db_default=0,
                default=0,
                help_text="In that order; an alert goes to the lowest that stands.",
            ),
        ),
        migrations.AddIndex(
            model_name="alertrule",
            index=models.Index(
                condition=Q(chain__isnull=False),
                fields=["chain", "place"],
                name="alert_rule_by_chain",
            ),
        ),
        migrations.CreateModel(
            name="AlertWatch",
            fields=[
                (
                    "pk",
                    CompositePrimaryKey(
                        "send_id",
                        "address_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("send_id", models.BigIntegerField()),
                ("address_id", models.BigIntegerField()),
                (
                    "due_at",
                    models.DateTimeField(help_text="When it was to leave, after quiet hours."),
                ),
                ("look_at", models.DateTimeField(null=True)),
                (
                    "taken_by",
                    models.BigIntegerField(help_text="The send that took it over.", null=True),
                ),
                ("taken_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "digest_alert_watch",
                "indexes": [
                    models.Index(
                        condition=Q(look_at__isnull=False),
                        fields=["look_at"],
                        name="alert_watch_due",
                    ),
                    models.Index(
                        condition=Q(taken_by__isnull=False),
                        fields=["taken_by"],
                        name="alert_watch_taken",
                    ),
                ],
            },
        ),
    ]
