import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("digest", "0033_open_pauses")]

    operations = [
        migrations.AddField(
            model_name="address",
            name="moved_at",
            field=models.DateTimeField(
                help_text="Since when it is this value: its reader's own change of address.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="address",
            name="seen_on",
            field=models.DateField(
                help_text="Last day of a counted click; kept only where quiet readers are asked.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="letter",
            name="kind",
            field=models.CharField(
                choices=[
                    ("confirm", "Asks to confirm sign-ups"),
                    ("link", "Brings the link to the reader's own page"),
                    ("renewed", "Brings the new link after all older ones were revoked"),
                    ("export", "Brings the link to a download of all that is stored"),
                    ("erase", "Brings the link to the button that erases everything"),
                    ("move", "Asks a new address to confirm a change of address"),
                    ("notice", "Tells the old address of it, which may stop it or agree"),
                    ("known", "Tells a reader that another address was to become theirs"),
                ],
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="AddressChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("channel", models.CharField(max_length=32)),
                ("value", models.TextField(blank=True)),
                ("asked_at", models.DateTimeField()),
                (
                    "told_at",
                    models.DateTimeField(
                        help_text="When the old address was written to.", null=True
                    ),
                ),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("agreed_at", models.DateTimeField(null=True)),
                ("over_at", models.DateTimeField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Not over yet"),
                            ("made", "The new address counts"),
                            ("stopped", "The reader called it off"),
                            ("lapsed", "The new address never confirmed"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                (
                    "address",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="digest.address",
                    ),
                ),
                (
                    "to",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="changes_to",
                        to="digest.address",
                    ),
                ),
            ],
            options={"db_table": "digest_address_change"},
        ),
        migrations.AddConstraint(
            model_name="addresschange",
            constraint=models.UniqueConstraint(
                condition=models.Q(("over_at__isnull", True)),
                fields=("address",),
                name="address_change_once",
            ),
        ),
    ]
