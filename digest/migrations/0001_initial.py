"""The tables of 0.1.0. What Django's model state cannot say stands in ``sql/`` beside this file."""

import datetime
import uuid
from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import digest.outbound.delivery.models


def sql(name: str) -> str:
    """A file of ``sql/``: partitions, triggers and rows nobody may change."""
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="Address",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("channel", models.CharField(max_length=32)),
                (
                    "value",
                    models.TextField(
                        help_text="Normalised: an email address, an E.164 number, a URL."
                    ),
                ),
                (
                    "fingerprint",
                    models.BinaryField(
                        help_text="HMAC of channel and value; suppressions are keyed by it.",
                        max_length=32,
                    ),
                ),
                ("verified_at", models.DateTimeField(null=True)),
                (
                    "verified_by",
                    models.CharField(blank=True, help_text="mail, import, inbound…", max_length=20),
                ),
                (
                    "window_ends_at",
                    models.DateTimeField(
                        help_text="WhatsApp: free text may be sent until then.", null=True
                    ),
                ),
                (
                    "channel_data",
                    models.JSONField(
                        help_text="What the channel must know beside the value, such as push keys.",
                        null=True,
                    ),
                ),
                (
                    "confirm_round",
                    models.PositiveIntegerField(
                        default=0, help_text="How many times a confirmation was asked for."
                    ),
                ),
                ("confirm_asked_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "digest_address",
            },
        ),
        migrations.CreateModel(
            name="BurstLevel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "1 worth a look"), (2, "2 breaking"), (3, "3 major")],
                        unique=True,
                    ),
                ),
                (
                    "score",
                    models.FloatField(
                        help_text="How surprising the pace must be: 8 is one chance in a hundred million. Lower finds more, and cries wolf more."
                    ),
                ),
                (
                    "sources",
                    models.PositiveIntegerField(help_text="Independent sources at the least."),
                ),
            ],
            options={
                "db_table": "digest_burst_level",
                "ordering": ["level"],
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("channel", models.CharField(max_length=32)),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("asked", "Asked"),
                            ("confirmed", "Confirmed"),
                            ("changed", "Changed"),
                            ("withdrawn", "Withdrawn"),
                            ("imported", "Imported"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "subject",
                    models.JSONField(default=list, help_text="Names of what it was about."),
                ),
                ("text", models.TextField(blank=True, help_text="The words the reader saw.")),
                ("text_version", models.CharField(blank=True, max_length=20)),
                (
                    "place",
                    models.CharField(
                        blank=True, help_text="The page, or the import.", max_length=300
                    ),
                ),
                ("ip", models.GenericIPAddressField(null=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "digest_consent",
            },
        ),
        migrations.CreateModel(
            name="Feed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("url", models.TextField(unique=True)),
                (
                    "host",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.comparison.Coalesce(
                            django.db.models.functions.text.Lower(
                                models.Func(
                                    models.F("url"),
                                    models.Value("^[A-Za-z]+://(?:[^/@#]*@)?([^/:#]+)"),
                                    function="SUBSTRING",
                                    output_field=models.TextField(),
                                )
                            ),
                            models.Value(""),
                            output_field=models.TextField(),
                        ),
                        output_field=models.TextField(),
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=300)),
                ("site_url", models.TextField(blank=True)),
                (
                    "source",
                    models.CharField(
                        blank=True, help_text="Outlet, as readers see it.", max_length=200
                    ),
                ),
                ("language", models.CharField(blank=True, max_length=16)),
                ("folder", models.CharField(blank=True, max_length=200)),
                (
                    "weight",
                    models.FloatField(
                        default=1.0, help_text="How much a report here counts in ranking."
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("active", "Active"),
                            ("paused", "Paused"),
                            ("retired", "Retired"),
                        ],
                        default="active",
                        max_length=8,
                    ),
                ),
                ("state_reason", models.TextField(blank=True)),
                ("next_check_at", models.DateTimeField()),
                ("claimed_until", models.DateTimeField(null=True)),
                ("claimed_by", models.CharField(blank=True, max_length=64)),
                (
                    "check_every",
                    models.DurationField(help_text="An editor's own interval.", null=True),
                ),
                (
                    "interval",
                    models.DurationField(help_text="The interval last computed.", null=True),
                ),
                (
                    "usual_gap",
                    models.DurationField(help_text="Between two items, as observed.", null=True),
                ),
                (
                    "newest_at",
                    models.DateTimeField(help_text="When its latest item appeared.", null=True),
                ),
                (
                    "wishes",
                    models.JSONField(
                        default=dict, help_text="ttl, skipHours and the like, as it said."
                    ),
                ),
                ("etag", models.TextField(blank=True)),
                ("last_modified", models.TextField(blank=True)),
                ("body_hash", models.BinaryField(max_length=32, null=True)),
                (
                    "moved_to",
                    models.TextField(blank=True, help_text="Where a permanent redirect leads."),
                ),
                ("moved_looks", models.PositiveSmallIntegerField(default=0, help_text="In a row.")),
                ("hub_url", models.TextField(blank=True)),
                ("hub_topic", models.TextField(blank=True)),
                ("hub_secret", models.CharField(blank=True, max_length=128)),
                ("hub_lease_until", models.DateTimeField(null=True)),
                (
                    "hub_state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "None"),
                            ("asked", "Asked"),
                            ("live", "Live"),
                            ("denied", "Denied"),
                            ("leaving", "Leaving"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                (
                    "hub_next_at",
                    models.DateTimeField(help_text="When to ask the hub next.", null=True),
                ),
                (
                    "hub_failures",
                    models.PositiveSmallIntegerField(default=0, help_text="In a row."),
                ),
                ("hub_reason", models.TextField(blank=True)),
                (
                    "full_text",
                    models.BooleanField(default=False, help_text="Read the articles' pages, too."),
                ),
                ("checked_at", models.DateTimeField(null=True)),
                ("succeeded_at", models.DateTimeField(null=True)),
                ("last_status", models.PositiveSmallIntegerField(null=True)),
                (
                    "latency_ms",
                    models.PositiveIntegerField(default=0, help_text="Smoothed over its looks."),
                ),
                ("failures", models.PositiveIntegerField(default=0, help_text="In a row.")),
                ("error_kind", models.CharField(blank=True, max_length=40)),
                ("error_reason", models.TextField(blank=True)),
                (
                    "unchanged_looks",
                    models.PositiveIntegerField(default=0, help_text="Since the last check kept."),
                ),
                (
                    "checks_kept",
                    models.PositiveIntegerField(
                        default=0, help_text="Ever; the latest 50 are there."
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "db_table": "digest_feed",
            },
        ),
        migrations.CreateModel(
            name="FeedCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveSmallIntegerField(default=0)),
                ("at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(help_text="ok, or the kind of failure.", max_length=40),
                ),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("took_ms", models.PositiveIntegerField(default=0)),
                ("size_bytes", models.PositiveIntegerField(default=0)),
                ("entries", models.PositiveIntegerField(default=0)),
                ("new_articles", models.PositiveIntegerField(default=0)),
                (
                    "unchanged_before",
                    models.PositiveIntegerField(default=0, help_text="Looks without news."),
                ),
                ("reason", models.TextField(blank=True)),
            ],
            options={
                "db_table": "digest_feed_check",
            },
        ),
        migrations.CreateModel(
            name="Item",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                ("pinned", models.BooleanField(default=False)),
                ("killed", models.BooleanField(default=False)),
                ("score", models.FloatField(default=0.0)),
                (
                    "reason",
                    models.CharField(blank=True, help_text="Why it is here.", max_length=300),
                ),
                (
                    "section",
                    models.CharField(
                        blank=True, help_text="Topic it stands under.", max_length=120
                    ),
                ),
                (
                    "is_update",
                    models.BooleanField(default=False, help_text="Was in an earlier edition."),
                ),
            ],
            options={
                "db_table": "digest_item",
                "ordering": ["position", "id"],
            },
        ),
        migrations.CreateModel(
            name="ItemWording",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("channel", models.CharField(blank=True, max_length=32)),
                ("language", models.CharField(blank=True, max_length=16)),
                ("headline", models.CharField(blank=True, max_length=300)),
                ("blurb", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "digest_item_wording",
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("edition", "Edition"),
                            ("alert", "Alert"),
                            ("slots", "Personal digests"),
                            ("service", "Service mail"),
                            ("test", "Test"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "source_id",
                    models.BigIntegerField(help_text="Edition, alert or address, by kind."),
                ),
                ("revision", models.PositiveIntegerField()),
                ("channel", models.CharField(max_length=32)),
                ("language", models.CharField(max_length=16)),
                ("variant", models.CharField(blank=True, max_length=20)),
                ("template", models.CharField(max_length=80)),
                ("template_version", models.CharField(max_length=64)),
                ("content_hash", models.CharField(max_length=64)),
                (
                    "words",
                    models.JSONField(
                        help_text="The channel's own fields: subject, text, html, slots…"
                    ),
                ),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "digest_message",
            },
        ),
        migrations.CreateModel(
            name="Newsletter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("description", models.CharField(blank=True, max_length=300)),
                ("language", models.CharField(default="en", max_length=16)),
                (
                    "time_zone",
                    models.CharField(default="UTC", help_text="IANA name.", max_length=64),
                ),
                (
                    "days",
                    models.CharField(
                        default="1234567", help_text="ISO weekdays on which it goes.", max_length=7
                    ),
                ),
                ("local_time", models.TimeField(default=datetime.time(7, 0))),
                (
                    "lead",
                    models.DurationField(
                        default=datetime.timedelta(seconds=1800),
                        help_text="How long before the slot a draft is composed.",
                    ),
                ),
                (
                    "grace",
                    models.DurationField(
                        default=datetime.timedelta(seconds=1800),
                        help_text="Later than this after the slot: ask an editor.",
                    ),
                ),
                (
                    "spread",
                    models.DurationField(
                        default=datetime.timedelta(0),
                        help_text="Over how long an edition goes out; readers are mixed. 0: at once.",
                    ),
                ),
                (
                    "publishes_by_rule",
                    models.BooleanField(
                        default=False, help_text="An edition nobody touched goes out at its slot."
                    ),
                ),
                (
                    "size",
                    models.PositiveSmallIntegerField(
                        default=5, help_text="Items composed by rule."
                    ),
                ),
                (
                    "channels",
                    models.JSONField(default=list, help_text="Channels it is offered on."),
                ),
                ("is_open", models.BooleanField(default=True, help_text="Readers may subscribe.")),
                ("position", models.PositiveIntegerField(default=0)),
            ],
            options={
                "db_table": "digest_newsletter",
                "ordering": ["position", "name"],
            },
        ),
        migrations.CreateModel(
            name="NewsPace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("learned_at", models.DateTimeField()),
                ("weeks", models.FloatField(help_text="How much history stands behind it.")),
                (
                    "counts",
                    models.JSONField(help_text="Reports by source and hour of the week (UTC)."),
                ),
                (
                    "gained",
                    models.JSONField(
                        help_text="Hour of the week, sources gained, spans they came in."
                    ),
                ),
                (
                    "shouted",
                    models.JSONField(help_text="By source: titles labelled urgent, titles."),
                ),
            ],
            options={
                "db_table": "digest_news_pace",
            },
        ),
        migrations.CreateModel(
            name="Page",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "due_at",
                    models.DateTimeField(help_text="Empty when nothing is left to do.", null=True),
                ),
                ("claimed_until", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                (
                    "read_at",
                    models.DateTimeField(help_text="When its text was last taken.", null=True),
                ),
                (
                    "reason",
                    models.TextField(blank=True, help_text="Why the last try brought nothing."),
                ),
            ],
            options={
                "db_table": "digest_page",
            },
        ),
        migrations.CreateModel(
            name="ProviderEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("provider", models.CharField(max_length=32)),
                ("event_id", models.CharField(max_length=200)),
                ("body", models.JSONField()),
                ("received_at", models.DateTimeField()),
                ("processed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "digest_provider_event",
            },
        ),
        migrations.CreateModel(
            name="Push",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("received_at", models.DateTimeField()),
                ("content_type", models.CharField(blank=True, max_length=200)),
                ("body", models.BinaryField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "db_table": "digest_push",
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("send_id", models.BigIntegerField()),
                ("leased_until", models.DateTimeField()),
            ],
            options={
                "db_table": "digest_run",
            },
        ),
        migrations.CreateModel(
            name="Schedule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("channel", models.CharField(max_length=32)),
                (
                    "frequency",
                    models.CharField(
                        choices=[
                            ("daily", "Daily"),
                            ("weekdays", "Weekdays"),
                            ("weekly", "Weekly"),
                        ],
                        default="daily",
                        max_length=8,
                    ),
                ),
                (
                    "days",
                    models.CharField(default="1234567", help_text="ISO weekdays.", max_length=7),
                ),
                ("local_time", models.TimeField()),
                (
                    "time_zone",
                    models.CharField(help_text="IANA name, the subscriber's.", max_length=64),
                ),
                ("is_active", models.BooleanField(default=True)),
                (
                    "next_due_at",
                    models.DateTimeField(help_text="UTC moment of the next slot.", null=True),
                ),
                (
                    "last_window_end",
                    models.DateTimeField(
                        help_text="The next window starts here, so that nothing falls between.",
                        null=True,
                    ),
                ),
            ],
            options={
                "db_table": "digest_schedule",
            },
        ),
        migrations.CreateModel(
            name="Send",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("edition", "Edition"),
                            ("alert", "Alert"),
                            ("slots", "Personal digests"),
                            ("service", "Service mail"),
                            ("test", "Test"),
                        ],
                        max_length=8,
                    ),
                ),
                ("source_id", models.BigIntegerField()),
                ("revision", models.PositiveIntegerField(default=1)),
                ("channel", models.CharField(max_length=32)),
                (
                    "lane",
                    models.CharField(
                        choices=[
                            ("alerts", "Alerts"),
                            ("transactional", "Transactional"),
                            ("digests", "Digests"),
                        ],
                        max_length=13,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Waiting to be fanned out"),
                            ("running", "Running"),
                            ("paused", "Paused"),
                            ("held", "Too late: waiting for an editor"),
                            ("done", "Done"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="pending",
                        max_length=9,
                    ),
                ),
                ("state_reason", models.TextField(blank=True)),
                ("due_at", models.DateTimeField()),
                (
                    "grace",
                    models.DurationField(
                        help_text="Later than this after due_at it waits for an editor."
                    ),
                ),
                ("fanned_out_at", models.DateTimeField(null=True)),
                ("total", models.PositiveIntegerField(default=0)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "message_id_suffix",
                    models.CharField(
                        default=digest.outbound.delivery.models.new_message_id_suffix,
                        editable=False,
                        max_length=15,
                    ),
                ),
            ],
            options={
                "db_table": "digest_send",
            },
        ),
        migrations.CreateModel(
            name="SendCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "send_id",
                        "backend",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("send_id", models.BigIntegerField()),
                ("backend", models.IntegerField()),
                ("deferred", models.BigIntegerField(db_default=0, default=0)),
                ("sending", models.BigIntegerField(db_default=0, default=0)),
                ("sent", models.BigIntegerField(db_default=0, default=0)),
                ("unknown", models.BigIntegerField(db_default=0, default=0)),
                ("failed", models.BigIntegerField(db_default=0, default=0)),
                ("skipped", models.BigIntegerField(db_default=0, default=0)),
                ("cancelled", models.BigIntegerField(db_default=0, default=0)),
                ("put_off", models.BigIntegerField(db_default=0, default=0)),
                ("refused", models.BigIntegerField(db_default=0, default=0)),
                ("bounced", models.BigIntegerField(db_default=0, default=0)),
                ("complained", models.BigIntegerField(db_default=0, default=0)),
                ("span", models.BigIntegerField(db_default=0, default=0)),
                ("lately", models.BigIntegerField(db_default=0, default=0)),
                ("before", models.BigIntegerField(db_default=0, default=0)),
            ],
            options={
                "db_table": "digest_send_count",
            },
        ),
        migrations.CreateModel(
            name="Sighting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "entry_key",
                    models.BinaryField(help_text="SHA-256 of the entry's id.", max_length=32),
                ),
                (
                    "entry_hash",
                    models.BinaryField(help_text="SHA-256 of the entry's content.", max_length=32),
                ),
                (
                    "entry_url",
                    models.TextField(blank=True, help_text="The link as the feed gave it."),
                ),
                ("seen_at", models.DateTimeField()),
            ],
            options={
                "db_table": "digest_sighting",
            },
        ),
        migrations.CreateModel(
            name="Signature",
            fields=[
                (
                    "key",
                    models.CharField(
                        help_text="SHA-256, hexadecimal.",
                        max_length=64,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "topics",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        help_text="Topic ids, ascending.",
                        size=None,
                    ),
                ),
                ("language", models.CharField(max_length=16)),
            ],
            options={
                "db_table": "digest_signature",
            },
        ),
        migrations.CreateModel(
            name="Slot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("local_date", models.DateField()),
                ("due_at", models.DateTimeField()),
                ("window_start", models.DateTimeField()),
                ("window_end", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Waiting for its edition"),
                            ("empty", "Nothing new in the window: nothing sent"),
                            ("ready", "Its edition is composed"),
                            ("batched", "Handed to a send"),
                            ("missed", "Overtaken by a later slot of the same schedule"),
                        ],
                        default="open",
                        max_length=8,
                    ),
                ),
            ],
            options={
                "db_table": "digest_slot",
            },
        ),
        migrations.CreateModel(
            name="SlotBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("channel", models.CharField(max_length=32)),
                ("due_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "digest_slot_batch",
            },
        ),
        migrations.CreateModel(
            name="SoftBounces",
            fields=[
                ("address_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("days", models.PositiveSmallIntegerField()),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
            ],
            options={
                "db_table": "digest_soft_bounces",
            },
        ),
        migrations.CreateModel(
            name="Story",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("headline", models.CharField(max_length=500)),
                ("summary", models.TextField(blank=True)),
                (
                    "summary_source",
                    models.CharField(
                        blank=True,
                        help_text="Whose sentences the summary is made of.",
                        max_length=200,
                    ),
                ),
                ("language", models.CharField(blank=True, max_length=16)),
                (
                    "first_at",
                    models.DateTimeField(help_text="Published time of the earliest article."),
                ),
                (
                    "last_at",
                    models.DateTimeField(help_text="Published time of the latest article."),
                ),
                ("article_count", models.PositiveIntegerField(default=0)),
                ("source_count", models.PositiveIntegerField(default=0)),
                ("shard", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "db_table": "digest_story",
            },
        ),
        migrations.CreateModel(
            name="StoryArticle",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "assigned_by",
                    models.CharField(
                        choices=[("rule", "Rule"), ("editor", "Editor")],
                        default="rule",
                        max_length=8,
                    ),
                ),
                ("assigned_at", models.DateTimeField()),
                (
                    "sequence",
                    models.BigIntegerField(help_text="Order of assignment within the shard."),
                ),
                ("shard", models.PositiveSmallIntegerField(default=0)),
                ("first_story_id", models.BigIntegerField(help_text="The label on arrival.")),
                ("score", models.FloatField(default=0.0)),
                ("tagged_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "digest_story_article",
            },
        ),
        migrations.CreateModel(
            name="StoryLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("must", "Must"), ("cannot", "Cannot")], max_length=8
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "digest_story_link",
            },
        ),
        migrations.CreateModel(
            name="StoryTopic",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "by",
                    models.CharField(
                        choices=[("rule", "Rule"), ("pinned", "Pinned"), ("barred", "Barred")],
                        default="rule",
                        max_length=8,
                    ),
                ),
                (
                    "share",
                    models.FloatField(
                        default=0.0, help_text="Share of its articles, by weight, that match."
                    ),
                ),
                (
                    "decided_at",
                    models.DateTimeField(
                        help_text="When an editor pinned or barred it.", null=True
                    ),
                ),
            ],
            options={
                "db_table": "digest_story_topic",
            },
        ),
        migrations.CreateModel(
            name="Subscriber",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("locale", models.CharField(default="en", max_length=16)),
                (
                    "time_zone",
                    models.CharField(default="UTC", help_text="IANA name.", max_length=64),
                ),
                ("created_at", models.DateTimeField()),
                ("erased_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "digest_subscriber",
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("alerts", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("active", "Active"),
                            ("paused", "Paused"),
                            ("ended", "Ended"),
                        ],
                        default="pending",
                        max_length=8,
                    ),
                ),
                (
                    "ended_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("reader", "The reader unsubscribed"),
                            ("complaint", "The reader reported spam"),
                            ("bounce", "The address does not exist"),
                            ("editor", "A member of the newsroom ended it"),
                            ("expired", "Never confirmed"),
                            ("erased", "The reader asked to be forgotten"),
                        ],
                        max_length=12,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("paused_until", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "digest_subscription",
            },
        ),
        migrations.CreateModel(
            name="Suppression",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("fingerprint", models.BinaryField(max_length=32, unique=True)),
                ("channel", models.CharField(max_length=32)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("bounce", "Bounce"),
                            ("complaint", "Complaint"),
                            ("reader", "Reader"),
                            ("editor", "Editor"),
                        ],
                        max_length=10,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "digest_suppression",
            },
        ),
        migrations.CreateModel(
            name="Topic",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("description", models.CharField(blank=True, max_length=300)),
                ("query", models.TextField()),
                ("query_version", models.PositiveIntegerField(default=1)),
                (
                    "tagged_version",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="The version that articles of the last days were last held against.",
                    ),
                ),
                ("is_open", models.BooleanField(default=True, help_text="Readers may subscribe.")),
                ("position", models.PositiveIntegerField(default=0)),
            ],
            options={
                "db_table": "digest_topic",
                "ordering": ["position", "name"],
            },
        ),
        migrations.CreateModel(
            name="Member",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "first_name",
                    models.CharField(blank=True, max_length=150, verbose_name="first name"),
                ),
                (
                    "last_name",
                    models.CharField(blank=True, max_length=150, verbose_name="last name"),
                ),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                (
                    "date_joined",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="date joined"
                    ),
                ),
                ("email", models.EmailField(max_length=254, unique=True)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("reader", "Reader"),
                            ("editor", "Editor"),
                            ("chief", "Chief"),
                            ("operator", "Operator"),
                        ],
                        default="editor",
                        max_length=16,
                    ),
                ),
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "db_table": "digest_member",
            },
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("approved", "Approved"),
                            ("issued", "Issued"),
                            ("withdrawn", "Withdrawn"),
                            ("discarded", "Discarded"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("headline", models.CharField(max_length=300)),
                ("summary", models.TextField(blank=True)),
                ("language", models.CharField(default="en", max_length=16)),
                (
                    "revision",
                    models.PositiveIntegerField(default=0, help_text="0 until first issued."),
                ),
                ("lock_version", models.PositiveIntegerField(default=0)),
                ("raised_at", models.DateTimeField()),
                ("approved_at", models.DateTimeField(null=True)),
                ("issued_at", models.DateTimeField(null=True)),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "raised_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "digest_alert",
            },
        ),
        migrations.CreateModel(
            name="AlertRevision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("revision", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("first", "First"),
                            ("correction", "Correction"),
                            ("withdrawal", "Withdrawal"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "content",
                    models.JSONField(help_text="The frozen AlertContent, as a plain document."),
                ),
                ("issued_at", models.DateTimeField()),
                ("issued_by", models.CharField(max_length=200)),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revisions",
                        to="digest.alert",
                    ),
                ),
            ],
            options={
                "db_table": "digest_alert_revision",
            },
        ),
        migrations.CreateModel(
            name="AliasList",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(blank=True)),
                ("saved_at", models.DateTimeField()),
                (
                    "member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "digest_alias_list",
                "get_latest_by": "id",
            },
        ),
        migrations.CreateModel(
            name="Article",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("url", models.TextField(help_text="Canonical.")),
                (
                    "url_hash",
                    models.BinaryField(help_text="SHA-256 of the URL.", max_length=32, unique=True),
                ),
                ("title", models.CharField(max_length=500)),
                ("summary", models.TextField(blank=True)),
                (
                    "text",
                    models.TextField(
                        blank=True, help_text="Clean text, as far as the feed gave it."
                    ),
                ),
                ("author", models.CharField(blank=True, max_length=300)),
                ("source", models.CharField(blank=True, help_text="The outlet.", max_length=200)),
                (
                    "agency",
                    models.CharField(blank=True, help_text="The wire it credits.", max_length=200),
                ),
                ("language", models.CharField(blank=True, max_length=16)),
                ("image_url", models.TextField(blank=True)),
                ("image_alt", models.TextField(blank=True)),
                ("image_credit", models.CharField(blank=True, max_length=300)),
                ("categories", models.JSONField(default=list)),
                (
                    "published_at",
                    models.DateTimeField(help_text="The feed's word, repaired when absurd."),
                ),
                ("published_repaired", models.BooleanField(default=False)),
                ("first_seen_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField(help_text="Last time its words changed.")),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("content_hash", models.BinaryField(max_length=32)),
                ("revision", models.PositiveIntegerField(default=1)),
                (
                    "fingerprints",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        default=list,
                        help_text="Of its words, to find copies by.",
                        size=None,
                    ),
                ),
                (
                    "duplicate_of",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="duplicates",
                        to="digest.article",
                    ),
                ),
            ],
            options={
                "db_table": "digest_article",
            },
        ),
        migrations.CreateModel(
            name="ArticleFingerprint",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "fingerprint",
                        "article",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("fingerprint", models.BigIntegerField()),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="digest.article",
                    ),
                ),
            ],
            options={
                "db_table": "digest_article_fingerprint",
            },
        ),
        migrations.CreateModel(
            name="ArticleRevision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("revision", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=500)),
                ("summary", models.TextField(blank=True)),
                ("text", models.TextField(blank=True)),
                ("replaced_at", models.DateTimeField()),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="revisions",
                        to="digest.article",
                    ),
                ),
            ],
            options={
                "db_table": "digest_article_revision",
            },
        ),
        migrations.CreateModel(
            name="ArticleTopic",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("query_version", models.PositiveIntegerField()),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="topics",
                        to="digest.article",
                    ),
                ),
            ],
            options={
                "db_table": "digest_article_topic",
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("send_id", models.BigIntegerField()),
                ("address_id", models.BigIntegerField()),
                ("number", models.SmallIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "result",
                    models.CharField(help_text="deferred, failed or unknown", max_length=12),
                ),
                ("code", models.IntegerField(null=True)),
                ("reply", models.TextField(blank=True)),
            ],
            options={
                "db_table": "digest_attempt",
                "indexes": [
                    models.Index(fields=["send_id", "address_id"], name="attempt_by_delivery")
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "who",
                    models.CharField(
                        help_text="Name at the time, or the rule that acted.", max_length=200
                    ),
                ),
                ("verb", models.CharField(max_length=40)),
                ("subject_kind", models.CharField(max_length=40)),
                ("subject_id", models.BigIntegerField(null=True)),
                ("detail", models.JSONField(default=dict)),
                (
                    "member",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "digest_audit_entry",
            },
        ),
        migrations.CreateModel(
            name="Candidate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        help_text="1 worth a look, 2 breaking, 3 major."
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("raised", "Raised"),
                            ("dismissed", "Dismissed"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                (
                    "reason",
                    models.CharField(help_text="In words, as the desk shows it.", max_length=300),
                ),
                ("score", models.FloatField()),
                ("sources", models.PositiveIntegerField()),
                ("minutes", models.PositiveIntegerField()),
                ("usual", models.FloatField()),
                ("raised_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "digest_candidate",
            },
        ),
        migrations.CreateModel(
            name="Edition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("signature_key", models.CharField(max_length=64, null=True)),
                ("language", models.CharField(default="en", max_length=16)),
                (
                    "local_date",
                    models.DateField(help_text="The date it carries, in its own time zone."),
                ),
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                ("slot_at", models.DateTimeField(help_text="When it is due, UTC.")),
                ("window_start", models.DateTimeField()),
                ("window_end", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("approved", "Approved"),
                            ("published", "Published"),
                            ("held", "Held"),
                            ("skipped", "Skipped"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("state_reason", models.TextField(blank=True)),
                ("title", models.CharField(max_length=200)),
                ("intro", models.TextField(blank=True)),
                ("revision", models.PositiveIntegerField(default=1)),
                ("lock_version", models.PositiveIntegerField(default=0)),
                (
                    "touched_at",
                    models.DateTimeField(help_text="Last change by an editor.", null=True),
                ),
                ("approved_at", models.DateTimeField(null=True)),
                ("published_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "digest_edition",
            },
        ),
        migrations.CreateModel(
            name="EditionRevision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("revision", models.PositiveIntegerField()),
                (
                    "content",
                    models.JSONField(help_text="The frozen EditionContent, as a plain document."),
                ),
                ("published_at", models.DateTimeField()),
                ("published_by", models.CharField(max_length=200)),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revisions",
                        to="digest.edition",
                    ),
                ),
            ],
            options={
                "db_table": "digest_edition_revision",
            },
        ),
        migrations.CreateModel(
            name="FeedMemory",
            fields=[
                (
                    "feed",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="memory",
                        serialize=False,
                        to="digest.feed",
                    ),
                ),
                ("item_hashes", models.BinaryField(default=b"")),
            ],
            options={
                "db_table": "digest_feed_memory",
            },
        ),
        migrations.AddIndex(
            model_name="feed",
            index=models.Index(
                condition=models.Q(("state", "active")), fields=["next_check_at"], name="feed_due"
            ),
        ),
        migrations.AddIndex(
            model_name="feed",
            index=models.Index(
                condition=models.Q(("hub_url", ""), _negated=True),
                fields=["hub_next_at"],
                name="feed_hub_due",
            ),
        ),
        migrations.AddIndex(
            model_name="feed",
            index=models.Index(fields=["host"], name="feed_host"),
        ),
        migrations.AddField(
            model_name="feedcheck",
            name="feed",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="checks", to="digest.feed"
            ),
        ),
        migrations.AddField(
            model_name="item",
            name="edition",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="items",
                to="digest.edition",
            ),
        ),
        migrations.AddField(
            model_name="itemwording",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="wordings",
                to="digest.item",
            ),
        ),
        migrations.AddField(
            model_name="itemwording",
            name="member",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                fields=("kind", "source_id", "revision", "channel", "language", "variant"),
                name="message_once",
            ),
        ),
        migrations.AddField(
            model_name="edition",
            name="newsletter",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="editions",
                to="digest.newsletter",
            ),
        ),
        migrations.AddField(
            model_name="page",
            name="article",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="page",
                to="digest.article",
            ),
        ),
        migrations.AddIndex(
            model_name="providerevent",
            index=models.Index(
                condition=models.Q(("processed_at__isnull", True)),
                fields=["id"],
                name="provider_event_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="providerevent",
            constraint=models.UniqueConstraint(
                fields=("provider", "event_id"), name="provider_event_once"
            ),
        ),
        migrations.AddField(
            model_name="push",
            name="feed",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="pushes", to="digest.feed"
            ),
        ),
        migrations.AddField(
            model_name="schedule",
            name="address",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="schedules",
                to="digest.address",
            ),
        ),
        migrations.AddIndex(
            model_name="send",
            index=models.Index(
                condition=models.Q(("state__in", ["pending", "running"])),
                fields=["lane", "due_at"],
                name="send_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="send",
            constraint=models.UniqueConstraint(
                fields=("kind", "source_id", "revision", "channel"), name="send_once"
            ),
        ),
        migrations.AddField(
            model_name="sighting",
            name="article",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sightings",
                to="digest.article",
            ),
        ),
        migrations.AddField(
            model_name="sighting",
            name="feed",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sightings",
                to="digest.feed",
            ),
        ),
        migrations.AddField(
            model_name="slot",
            name="edition",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="slots",
                to="digest.edition",
            ),
        ),
        migrations.AddField(
            model_name="slot",
            name="schedule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="slots",
                to="digest.schedule",
            ),
        ),
        migrations.AddField(
            model_name="slot",
            name="signature",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="slots",
                to="digest.signature",
            ),
        ),
        migrations.AddField(
            model_name="slot",
            name="batch",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="slots",
                to="digest.slotbatch",
            ),
        ),
        migrations.AddField(
            model_name="story",
            name="lead_article",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="digest.article",
            ),
        ),
        migrations.AddField(
            model_name="story",
            name="merged_into",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="absorbed",
                to="digest.story",
            ),
        ),
        migrations.AddField(
            model_name="item",
            name="story",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="digest.story"
            ),
        ),
        migrations.AddField(
            model_name="candidate",
            name="story",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="candidates",
                to="digest.story",
            ),
        ),
        migrations.AddField(
            model_name="alert",
            name="story",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="alerts",
                to="digest.story",
            ),
        ),
        migrations.AddField(
            model_name="storyarticle",
            name="article",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="story_article",
                to="digest.article",
            ),
        ),
        migrations.AddField(
            model_name="storyarticle",
            name="story",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="members",
                to="digest.story",
            ),
        ),
        migrations.AddField(
            model_name="storylink",
            name="article",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="digest.article"
            ),
        ),
        migrations.AddField(
            model_name="storylink",
            name="member",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="storylink",
            name="other",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="digest.article"
            ),
        ),
        migrations.AddField(
            model_name="storytopic",
            name="member",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="storytopic",
            name="story",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="topics",
                to="digest.story",
            ),
        ),
        migrations.AddField(
            model_name="schedule",
            name="subscriber",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="schedules",
                to="digest.subscriber",
            ),
        ),
        migrations.AddField(
            model_name="consent",
            name="subscriber",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                to="digest.subscriber",
            ),
        ),
        migrations.AddField(
            model_name="address",
            name="subscriber",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="addresses",
                to="digest.subscriber",
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="address",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="subscriptions",
                to="digest.address",
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="newsletter",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="subscriptions",
                to="digest.newsletter",
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="subscriber",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="subscriptions",
                to="digest.subscriber",
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="topic",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="subscriptions",
                to="digest.topic",
            ),
        ),
        migrations.AddField(
            model_name="storytopic",
            name="topic",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="stories",
                to="digest.topic",
            ),
        ),
        migrations.AddField(
            model_name="newsletter",
            name="topics",
            field=models.ManyToManyField(blank=True, related_name="newsletters", to="digest.topic"),
        ),
        migrations.AddField(
            model_name="articletopic",
            name="topic",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="digest.topic"
            ),
        ),
        migrations.AddConstraint(
            model_name="alertrevision",
            constraint=models.UniqueConstraint(
                fields=("alert", "revision"), name="alert_revision_once"
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(fields=["-published_at"], name="article_latest"),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(fields=["first_seen_at"], name="article_arrival"),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(fields=["updated_at"], name="article_changed"),
        ),
        migrations.AddConstraint(
            model_name="articlerevision",
            constraint=models.UniqueConstraint(
                fields=("article", "revision"), name="article_revision_once"
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                fields=["subject_kind", "subject_id", "at"], name="audit_by_subject"
            ),
        ),
        migrations.AddConstraint(
            model_name="editionrevision",
            constraint=models.UniqueConstraint(
                fields=("edition", "revision"), name="edition_revision_once"
            ),
        ),
        migrations.AddIndex(
            model_name="feedcheck",
            index=models.Index(fields=["feed", "-at"], name="feed_check_latest"),
        ),
        migrations.AddConstraint(
            model_name="feedcheck",
            constraint=models.UniqueConstraint(
                fields=("feed", "place"), name="feed_check_one_per_place"
            ),
        ),
        migrations.AddConstraint(
            model_name="itemwording",
            constraint=models.UniqueConstraint(
                fields=("item", "channel", "language"), name="wording_once"
            ),
        ),
        migrations.AddIndex(
            model_name="edition",
            index=models.Index(fields=["state", "slot_at"], name="edition_due"),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("newsletter__isnull", False), ("signature_key__isnull", True)),
                    models.Q(("newsletter__isnull", True), ("signature_key__isnull", False)),
                    _connector="OR",
                ),
                name="edition_of_newsletter_or_signature",
            ),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.UniqueConstraint(
                fields=("newsletter", "slot_at"), name="edition_once_per_newsletter_slot"
            ),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.UniqueConstraint(
                fields=("signature_key", "window_start", "window_end"),
                name="edition_once_per_signature_window",
            ),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.CheckConstraint(
                condition=models.Q(("window_start__lt", models.F("window_end"))),
                name="edition_window_forward",
            ),
        ),
        migrations.AddIndex(
            model_name="page",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="page_due"
            ),
        ),
        migrations.AddIndex(
            model_name="push",
            index=models.Index(fields=["feed", "id"], name="push_by_feed"),
        ),
        migrations.AddConstraint(
            model_name="sighting",
            constraint=models.UniqueConstraint(
                fields=("feed", "entry_key"), name="sighting_once_per_feed"
            ),
        ),
        migrations.AddIndex(
            model_name="slot",
            index=models.Index(
                condition=models.Q(("state__in", ["open", "ready"])),
                fields=["state", "due_at"],
                name="slot_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="slot",
            constraint=models.UniqueConstraint(fields=("schedule", "local_date"), name="slot_once"),
        ),
        migrations.AddConstraint(
            model_name="slot",
            constraint=models.CheckConstraint(
                condition=models.Q(("window_start__lt", models.F("window_end"))),
                name="slot_window_forward",
            ),
        ),
        migrations.AddIndex(
            model_name="story",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", True)),
                fields=["-last_at"],
                name="story_latest",
            ),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.UniqueConstraint(fields=("edition", "story"), name="item_once"),
        ),
        migrations.AddIndex(
            model_name="candidate",
            index=models.Index(fields=["-raised_at"], name="candidate_latest"),
        ),
        migrations.AddConstraint(
            model_name="candidate",
            constraint=models.UniqueConstraint(
                fields=("story", "level"), name="candidate_once_per_level"
            ),
        ),
        migrations.AddIndex(
            model_name="storyarticle",
            index=models.Index(
                condition=models.Q(("tagged_at__isnull", True)),
                fields=["id"],
                name="story_untagged",
            ),
        ),
        migrations.AddConstraint(
            model_name="storyarticle",
            constraint=models.UniqueConstraint(
                fields=("shard", "sequence"), name="story_article_in_sequence"
            ),
        ),
        migrations.AddConstraint(
            model_name="storylink",
            constraint=models.UniqueConstraint(fields=("article", "other"), name="story_link_once"),
        ),
        migrations.AddConstraint(
            model_name="storylink",
            constraint=models.CheckConstraint(
                condition=models.Q(("article__lt", models.F("other"))), name="story_link_ordered"
            ),
        ),
        migrations.AddIndex(
            model_name="schedule",
            index=models.Index(
                condition=models.Q(("is_active", True)), fields=["next_due_at"], name="schedule_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="schedule",
            constraint=models.UniqueConstraint(
                fields=("subscriber", "channel"), name="schedule_once"
            ),
        ),
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(fields=["fingerprint", "at"], name="consent_by_address"),
        ),
        migrations.AddIndex(
            model_name="address",
            index=models.Index(fields=["fingerprint"], name="address_fingerprint"),
        ),
        migrations.AddConstraint(
            model_name="address",
            constraint=models.UniqueConstraint(fields=("channel", "value"), name="address_once"),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(("state", "active")),
                fields=["newsletter", "address"],
                name="subscription_by_newsletter",
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(("alerts", True), ("state", "active")),
                fields=["address"],
                name="subscription_for_alerts",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("alerts", False), ("newsletter__isnull", False), ("topic__isnull", True)
                    ),
                    models.Q(
                        ("alerts", False), ("newsletter__isnull", True), ("topic__isnull", False)
                    ),
                    models.Q(
                        ("alerts", True), ("newsletter__isnull", True), ("topic__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="subscription_one_target",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("ended_at__isnull", False),
                        ("state", "ended"),
                        models.Q(("ended_reason", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("state", "ended"), _negated=True), ("ended_at__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="subscription_end_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("state", "ended"), _negated=True), ("newsletter__isnull", False)
                ),
                fields=("address", "newsletter"),
                name="subscription_newsletter_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("state", "ended"), _negated=True), ("topic__isnull", False)
                ),
                fields=("address", "topic"),
                name="subscription_topic_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("state", "ended"), _negated=True), ("alerts", True)),
                fields=("address",),
                name="subscription_alerts_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="storytopic",
            constraint=models.UniqueConstraint(fields=("story", "topic"), name="story_topic_once"),
        ),
        migrations.AddConstraint(
            model_name="articletopic",
            constraint=models.UniqueConstraint(
                fields=("article", "topic"), name="article_topic_once"
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(sql("ledger"), "DROP TABLE digest_delivery")],
            state_operations=[
                migrations.CreateModel(
                    name="Delivery",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "send_id",
                                "address_id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "subscription_id",
                            models.BigIntegerField(help_text="What it goes out for.", null=True),
                        ),
                        (
                            "slot_id",
                            models.BigIntegerField(help_text="Of a personal digest.", null=True),
                        ),
                        (
                            "state",
                            models.SmallIntegerField(
                                choices=[
                                    (0, "Pending"),
                                    (1, "Deferred"),
                                    (2, "Sending"),
                                    (3, "Sent"),
                                    (4, "Unknown"),
                                    (5, "Failed"),
                                    (6, "Skipped"),
                                    (7, "Cancelled"),
                                ],
                                default=0,
                            ),
                        ),
                        ("attempts", models.SmallIntegerField(db_default=0, default=0)),
                        (
                            "lost_answers",
                            models.SmallIntegerField(
                                db_default=0,
                                default=0,
                                help_text="Attempts that may have arrived; repeated once at most.",
                            ),
                        ),
                        (
                            "next_try_at",
                            models.DateTimeField(
                                help_text="Set as long as something is to be done: pending and deferred.",
                                null=True,
                            ),
                        ),
                        (
                            "leased_by",
                            models.UUIDField(help_text="The run that holds it.", null=True),
                        ),
                        ("sent_at", models.DateTimeField(null=True)),
                        ("code", models.IntegerField(help_text="Last answer's code.", null=True)),
                        (
                            "reply",
                            models.TextField(
                                help_text="Last answer, or why it was skipped.", null=True
                            ),
                        ),
                        (
                            "provider_id",
                            models.TextField(
                                help_text="The provider's name for the message.", null=True
                            ),
                        ),
                        (
                            "outcome",
                            models.SmallIntegerField(
                                choices=[
                                    (1, "Delivered"),
                                    (2, "Soft Bounce"),
                                    (3, "Hard Bounce"),
                                    (4, "Complaint"),
                                ],
                                null=True,
                            ),
                        ),
                        ("outcome_at", models.DateTimeField(null=True)),
                        (
                            "address",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="digest.address",
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="digest.message",
                            ),
                        ),
                        (
                            "send",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="digest.send",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "digest_delivery",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("next_try_at__isnull", False)),
                                fields=["send", "next_try_at", "address"],
                                name="delivery_due",
                            )
                        ],
                    },
                ),
            ],
        ),
        migrations.RunSQL(sql("send_counts"), "DROP FUNCTION digest_count_deliveries CASCADE"),
        migrations.RunSQL(sql("append_only"), "DROP FUNCTION digest_append_only CASCADE"),
    ]
