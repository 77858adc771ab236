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
            name="AlertWatch",
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
                        condition=models.Q(("look_at__isnull", False)),
                        fields=["look_at"],
                        name="alert_watch_due",
                    ),
                    models.Index(
                        condition=models.Q(("taken_by__isnull", False)),
                        fields=["taken_by"],
                        name="alert_watch_taken",
                    ),
                ],
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
                    "duplicate_of",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="duplicates",
                        to="digest.article",
                    ),
                ),
                (
                    "fingerprints",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        default=list,
                        help_text="Of its words, to find copies by.",
                        size=None,
                    ),
                ),
            ],
            options={
                "db_table": "digest_article",
                "indexes": [
                    models.Index(fields=["-published_at"], name="article_latest"),
                    models.Index(fields=["first_seen_at"], name="article_arrival"),
                    models.Index(fields=["updated_at"], name="article_changed"),
                ],
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
            name="BounceHold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("site", models.CharField(max_length=255)),
                ("opened_at", models.DateTimeField()),
                ("readers", models.PositiveIntegerField(help_text="That we have at the site.")),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[("shut", "They are gone"), ("forget", "Our fault, or theirs")],
                        max_length=6,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "digest_bounce_hold",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("decision", "")),
                        fields=("site",),
                        name="bounce_hold_open_once",
                    )
                ],
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
            name="ChannelFact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("channel", models.CharField(max_length=32)),
                ("name", models.CharField(max_length=200)),
                ("value", models.JSONField()),
                ("told_at", models.DateTimeField()),
            ],
            options={
                "db_table": "digest_channel_fact",
                "constraints": [
                    models.UniqueConstraint(fields=("channel", "name"), name="channel_fact_once")
                ],
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
                (
                    "is_muted",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="Read, but its reports count for nothing.",
                    ),
                ),
                (
                    "muted_until",
                    models.DateTimeField(help_text="For good, when there is none.", null=True),
                ),
                ("next_check_at", models.DateTimeField()),
                (
                    "left_alone_until",
                    models.DateTimeField(help_text="As its host asked.", null=True),
                ),
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
                    "broke_news_at",
                    models.DateTimeField(help_text="When it was last first to tell.", null=True),
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
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "active")),
                        fields=["next_check_at"],
                        name="feed_due",
                    ),
                    models.Index(
                        condition=models.Q(("hub_url", ""), _negated=True),
                        fields=["hub_next_at"],
                        name="feed_hub_due",
                    ),
                    models.Index(fields=["host"], name="feed_host"),
                ],
            },
        ),
        migrations.CreateModel(
            name="FollowCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("send_id", models.BigIntegerField()),
                ("story", models.UUIDField()),
                ("readers", models.BigIntegerField()),
            ],
            options={
                "db_table": "digest_follow_count",
                "constraints": [
                    models.UniqueConstraint(fields=("send_id", "story"), name="follow_count_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.CharField(help_text="Which file, in words.", max_length=300)),
                ("basis", models.TextField(help_text="How its readers consented.")),
                (
                    "product",
                    models.CharField(blank=True, help_text="Whose export it was.", max_length=20),
                ),
                ("added", models.PositiveIntegerField(default=0)),
                (
                    "barred",
                    models.PositiveIntegerField(
                        default=0, help_text="Who had left or bounced there."
                    ),
                ),
                (
                    "left_out",
                    models.PositiveIntegerField(default=0, help_text="Lines with an error."),
                ),
                ("at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "digest_import_run",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="LinkWish",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("channel", models.CharField(max_length=32)),
                ("value", models.TextField()),
                ("mailbox", models.CharField(max_length=330)),
                ("site", models.CharField(blank=True, max_length=255)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "digest_link_wish",
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
                            ("services", "Reader services"),
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
                    "scope",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        blank=True,
                        help_text="Ids of the newsletters that they change and send alone; none: all.",
                        null=True,
                        size=None,
                    ),
                ),
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
                            ("welcome", "Welcomes"),
                            ("series", "Series"),
                            ("ask", "Questions to quiet readers"),
                            ("test", "Test"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "source_id",
                    models.BigIntegerField(
                        help_text="Edition, alert, letter, note or step, by kind."
                    ),
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "source_id", "revision", "channel", "language", "variant"),
                        name="message_once",
                    )
                ],
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
                "indexes": [
                    models.Index(
                        condition=models.Q(("processed_at__isnull", True)),
                        fields=["id"],
                        name="provider_event_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("provider", "event_id"), name="provider_event_once"
                    )
                ],
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
                            ("welcome", "Welcomes"),
                            ("series", "Series"),
                            ("ask", "Questions to quiet readers"),
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
                (
                    "held_up_by",
                    models.TextField(
                        blank=True,
                        db_default="",
                        help_text="What the other side says while nothing gets through.",
                    ),
                ),
                ("held_up_since", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField()),
                (
                    "grace",
                    models.DurationField(
                        help_text="Later than this after due_at it waits for an editor."
                    ),
                ),
                ("fanned_out_at", models.DateTimeField(null=True)),
                (
                    "fan_out_after",
                    models.BigIntegerField(
                        help_text="Up to which address it is written, as long as more are to come.",
                        null=True,
                    ),
                ),
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
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["pending", "running"])),
                        fields=["lane", "due_at"],
                        name="send_due",
                    ),
                    models.Index(
                        condition=models.Q(("fan_out_after__isnull", False)),
                        fields=["due_at"],
                        name="send_half_written",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "source_id", "revision", "channel"), name="send_once"
                    )
                ],
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
                ("language", models.CharField(help_text="Our own words are in it.", max_length=16)),
                ("base", models.CharField(db_default="", db_index=True, default="", max_length=64)),
                (
                    "languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8),
                        db_default=[],
                        default=list,
                        help_text="That they read.",
                        size=None,
                    ),
                ),
                (
                    "newsletters",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        db_default=[],
                        default=list,
                        help_text="Newsletters they get beside it.",
                        size=None,
                    ),
                ),
                ("alerts", models.BooleanField(db_default=False, default=False)),
                (
                    "muted",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        db_default=[],
                        default=list,
                        help_text="Stories, by id.",
                        size=None,
                    ),
                ),
                (
                    "earlier",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64),
                        db_default=[],
                        default=list,
                        size=None,
                    ),
                ),
            ],
            options={
                "db_table": "digest_signature",
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
            name="StoredDomainReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(choices=[("dmarc", "DMARC"), ("tls", "TLS")], max_length=5),
                ),
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
                    "languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8),
                        blank=True,
                        db_default=[],
                        default=list,
                        help_text="Languages they read, primary subtags, the best first; none: their locale's.",
                        size=None,
                    ),
                ),
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
                (
                    "names",
                    models.JSONField(
                        blank=True,
                        db_default={},
                        default=dict,
                        help_text="The name in other languages, by tag: zh-Hant, ms.",
                    ),
                ),
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
            name="WebhookToken",
            fields=[
                ("token", models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ("said", models.BinaryField(max_length=32)),
                ("seen_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "db_table": "digest_webhook_token",
            },
        ),
        migrations.CreateModel(
            name="Address",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "subscriber",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="addresses",
                        to="digest.subscriber",
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
                    "link_generation",
                    models.PositiveIntegerField(
                        db_default=0,
                        default=0,
                        help_text="Links to the reader's own page count in this generation alone.",
                    ),
                ),
                (
                    "seen_on",
                    models.DateField(
                        help_text="Last day of a counted click; kept only where quiet readers are asked.",
                        null=True,
                    ),
                ),
                (
                    "moved_at",
                    models.DateTimeField(
                        help_text="Since when it is this value: its reader's own change of address.",
                        null=True,
                    ),
                ),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "digest_address",
                "indexes": [
                    models.Index(fields=["fingerprint"], name="address_fingerprint"),
                    models.Index(fields=["channel", "id"], name="address_by_channel"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("channel", "value"), name="address_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="AddressLookup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("typed", models.TextField(help_text="As the editor gave it.")),
                (
                    "url",
                    models.TextField(help_text="Canonical; after it was read, the page's own."),
                ),
                (
                    "edition",
                    models.UUIDField(
                        help_text="Public id of the edition that it is for.", null=True
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("read", "Read"),
                            ("failed", "Failed"),
                            ("stored", "Stored"),
                            ("done", "Done"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                (
                    "reason",
                    models.TextField(
                        blank=True, help_text="Why it failed, or did not come further."
                    ),
                ),
                ("found", models.JSONField(default=dict, help_text="What the page said, by name.")),
                (
                    "text",
                    models.TextField(
                        blank=True, help_text="The article's whole text, where it was found."
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("claimed_until", models.DateTimeField(null=True)),
                (
                    "article",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="digest.article",
                    ),
                ),
                ("stored_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "digest_address_lookup",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ("waiting", "stored"))),
                        fields=["asked_at"],
                        name="address_lookup_open",
                    ),
                    models.Index(fields=["member", "-asked_at"], name="address_lookup_latest"),
                ],
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
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="revisions",
                        to="digest.article",
                    ),
                ),
                ("revision", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=500)),
                ("summary", models.TextField(blank=True)),
                ("text", models.TextField(blank=True)),
                ("replaced_at", models.DateTimeField()),
            ],
            options={
                "db_table": "digest_article_revision",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("article", "revision"), name="article_revision_once"
                    )
                ],
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
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="topics",
                        to="digest.article",
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="digest.topic",
                    ),
                ),
                ("query_version", models.PositiveIntegerField()),
            ],
            options={
                "db_table": "digest_article_topic",
                "constraints": [
                    models.UniqueConstraint(fields=("article", "topic"), name="article_topic_once")
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
                    "member",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
            ],
            options={
                "db_table": "digest_audit_entry",
                "indexes": [
                    models.Index(
                        fields=["subject_kind", "subject_id", "at"], name="audit_by_subject"
                    )
                ],
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
                (
                    "subscriber",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="digest.subscriber",
                    ),
                ),
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
                "indexes": [models.Index(fields=["fingerprint", "at"], name="consent_by_address")],
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
                (
                    "feed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="checks",
                        to="digest.feed",
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
                "indexes": [models.Index(fields=["feed", "-at"], name="feed_check_latest")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("feed", "place"), name="feed_check_one_per_place"
                    )
                ],
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
                (
                    "last_words",
                    models.JSONField(
                        db_default=[],
                        default=list,
                        help_text="How its latest items ended, of different ones.",
                    ),
                ),
                (
                    "credited",
                    models.JSONField(
                        db_default={},
                        default=dict,
                        help_text="How often its items named whom no list knows.",
                    ),
                ),
            ],
            options={
                "db_table": "digest_feed_memory",
            },
        ),
        migrations.CreateModel(
            name="HardBounce",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("address_id", models.BigIntegerField()),
                ("site", models.CharField(max_length=255)),
                ("noted_at", models.DateTimeField()),
                ("words", models.CharField(blank=True, max_length=500)),
                ("why", models.CharField(blank=True, max_length=200)),
                (
                    "hold",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="digest.bouncehold",
                    ),
                ),
                ("shut_at", models.DateTimeField(null=True)),
                ("before", models.JSONField(default=list)),
            ],
            options={
                "db_table": "digest_hard_bounce",
                "indexes": [models.Index(fields=["site", "noted_at"], name="hard_bounce_by_site")],
            },
        ),
        migrations.CreateModel(
            name="ImportJob",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("name", models.CharField(help_text="The file's name.", max_length=200)),
                ("basis", models.TextField(help_text="How its readers consented.")),
                (
                    "newsletters",
                    models.JSONField(default=list, help_text="Slugs that all of them follow."),
                ),
                ("topics", models.JSONField(default=list)),
                ("alerts", models.BooleanField(default=False)),
                ("content", models.BinaryField(default=bytes, help_text="The file, packed.")),
                (
                    "rejected",
                    models.BinaryField(default=bytes, help_text="Lines left out, as CSV, packed."),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("checking", "being looked through"),
                            ("checked", "looked through"),
                            ("importing", "being brought in"),
                            ("done", "brought in"),
                            ("undoing", "being taken back"),
                            ("undone", "taken back"),
                            ("failed", "given up"),
                            ("discarded", "thrown away"),
                        ],
                        default="checking",
                        max_length=12,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500)),
                (
                    "total",
                    models.PositiveIntegerField(default=0, help_text="Lines that hold something."),
                ),
                (
                    "done",
                    models.PositiveIntegerField(
                        default=0, help_text="Of these, worked on in this state."
                    ),
                ),
                (
                    "line",
                    models.PositiveIntegerField(
                        default=0, help_text="The file's last line worked on."
                    ),
                ),
                ("report", models.JSONField(default=dict)),
                ("errors", models.JSONField(default=list, help_text="Line numbers and reasons.")),
                (
                    "run",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="jobs",
                        to="digest.importrun",
                    ),
                ),
                ("by", models.CharField(help_text="Who handed it in.", max_length=200)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField(help_text="When the state last changed.")),
                (
                    "leased_until",
                    models.DateTimeField(help_text="A worker has it until then.", null=True),
                ),
                (
                    "attempts",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="Begun without getting on."
                    ),
                ),
            ],
            options={
                "db_table": "digest_import_job",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="MemberIdentity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="identities",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("issuer", models.CharField(max_length=300)),
                ("subject", models.CharField(max_length=255)),
                ("linked_at", models.DateTimeField()),
            ],
            options={
                "db_table": "digest_member_identity",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("issuer", "subject"), name="identity_of_one_member"
                    ),
                    models.UniqueConstraint(
                        fields=("issuer", "member"), name="identity_one_a_member"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MemberLetter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="letters",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("invitation", "Invitation"), ("lost password", "Recovery")],
                        max_length=16,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("due", "On its way"),
                            ("sent", "Taken by the relay"),
                            ("failed", "Not taken"),
                        ],
                        default="due",
                        max_length=8,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("asked_by", models.CharField(blank=True, max_length=200)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("next_try_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("answer", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "db_table": "digest_member_letter",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "due")),
                        fields=("member", "kind"),
                        name="one_due_member_letter",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MemberSession",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("key", models.CharField(max_length=40, unique=True)),
                ("began_at", models.DateTimeField()),
                ("network", models.CharField(blank=True, max_length=45)),
                ("agent", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "db_table": "digest_member_session",
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
                    "cut_off",
                    models.DurationField(
                        blank=True,
                        help_text="By rule: so long before its slot it is approved, changed or not, unless an editor stops it. Empty: at its slot, and only when nobody changed it.",
                        null=True,
                    ),
                ),
                (
                    "pairs_of_eyes",
                    models.PositiveSmallIntegerField(
                        default=1,
                        help_text="How many members must have seen an edition that goes by an editor's word; with 2 nobody approves what they changed last.",
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
                (
                    "sender_name",
                    models.CharField(
                        blank=True,
                        help_text="Whom its mails are from; empty: the newsroom.",
                        max_length=120,
                    ),
                ),
                (
                    "reply_to",
                    models.EmailField(
                        blank=True,
                        help_text="Where answers to its mails go; empty: as for all mails.",
                        max_length=254,
                    ),
                ),
                (
                    "theme",
                    models.CharField(
                        blank=True,
                        db_default="",
                        help_text="How its mails look, e.g. accent=#0b57d0 type=sans; empty: as all mails.",
                        max_length=300,
                    ),
                ),
                ("is_open", models.BooleanField(default=True, help_text="Readers may subscribe.")),
                ("position", models.PositiveIntegerField(default=0)),
                (
                    "topics",
                    models.ManyToManyField(
                        blank=True, related_name="newsletters", to="digest.topic"
                    ),
                ),
            ],
            options={
                "db_table": "digest_newsletter",
                "ordering": ["position", "name"],
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
                    "article",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="page",
                        to="digest.article",
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
                "indexes": [
                    models.Index(
                        condition=models.Q(("due_at__isnull", False)),
                        fields=["due_at"],
                        name="page_due",
                    )
                ],
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
                (
                    "feed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pushes",
                        to="digest.feed",
                    ),
                ),
                ("received_at", models.DateTimeField()),
                ("content_type", models.CharField(blank=True, max_length=200)),
                ("body", models.BinaryField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "db_table": "digest_push",
                "indexes": [models.Index(fields=["feed", "id"], name="push_by_feed")],
            },
        ),
        migrations.CreateModel(
            name="SavedSearch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_searches",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                (
                    "asked",
                    models.JSONField(help_text="What stands in the wire's address, by name."),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "digest_saved_search",
                "ordering": ("name", "pk"),
                "constraints": [
                    models.UniqueConstraint(fields=("member", "name"), name="saved_search_once")
                ],
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
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sightings",
                        to="digest.article",
                    ),
                ),
                (
                    "feed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sightings",
                        to="digest.feed",
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("feed", "entry_key"), name="sighting_once_per_feed"
                    )
                ],
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
                (
                    "headline",
                    models.CharField(
                        help_text="What it shows: the newsroom's own words, else its reports'.",
                        max_length=500,
                    ),
                ),
                (
                    "names",
                    models.JSONField(
                        db_default={},
                        default=dict,
                        help_text="The newsroom's own headlines, by language.",
                    ),
                ),
                (
                    "reported",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="What the reports say where the headline is the newsroom's own.",
                        max_length=500,
                    ),
                ),
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
                    "lead_article",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="digest.article",
                    ),
                ),
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
                (
                    "merged_into",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="absorbed",
                        to="digest.story",
                    ),
                ),
                ("shard", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "db_table": "digest_story",
                "indexes": [
                    models.Index(
                        condition=models.Q(("merged_into__isnull", True)),
                        fields=["-last_at"],
                        name="story_latest",
                    )
                ],
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
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="digest.article",
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="digest.article",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("must", "Must"), ("cannot", "Cannot")], max_length=8
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "digest_story_link",
                "constraints": [
                    models.UniqueConstraint(fields=("article", "other"), name="story_link_once"),
                    models.CheckConstraint(
                        condition=models.Q(("article__lt", models.F("other"))),
                        name="story_link_ordered",
                    ),
                ],
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
                (
                    "brought_by",
                    models.ForeignKey(
                        help_text="The list that said so.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="digest.importrun",
                    ),
                ),
            ],
            options={
                "db_table": "digest_suppression",
            },
        ),
        migrations.CreateModel(
            name="TopicModel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "topic",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="model",
                        to="digest.topic",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=0)),
                (
                    "decisions",
                    models.PositiveIntegerField(default=0, help_text="Editors' words in it."),
                ),
                ("body", models.JSONField(default=dict, help_text="As teaching.model reads it.")),
                ("learned_at", models.DateTimeField(null=True)),
                (
                    "stale_since",
                    models.DateTimeField(
                        help_text="When an editor last said something that is not in it.", null=True
                    ),
                ),
            ],
            options={
                "db_table": "digest_topic_model",
            },
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
            ],
            options={
                "db_table": "digest_address_change",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("over_at__isnull", True)),
                        fields=("address",),
                        name="address_change_once",
                    )
                ],
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
                    "story",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alerts",
                        to="digest.story",
                    ),
                ),
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
                    "others",
                    models.JSONField(
                        db_default={},
                        default=dict,
                        help_text="The same in other languages, by tag: headline and summary.",
                    ),
                ),
                (
                    "shown_picture",
                    models.JSONField(
                        help_text="What stands above it: url, alt and credit. None: no picture.",
                        null=True,
                    ),
                ),
                (
                    "is_biggest",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="Goes to those, too, who want only the biggest.",
                    ),
                ),
                (
                    "revision",
                    models.PositiveIntegerField(default=0, help_text="0 until first issued."),
                ),
                ("lock_version", models.PositiveIntegerField(default=0)),
                (
                    "raised_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("raised_at", models.DateTimeField()),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("approved_at", models.DateTimeField(null=True)),
                ("issued_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "digest_alert",
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
                    "story",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="candidates",
                        to="digest.story",
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
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "digest_candidate",
                "indexes": [models.Index(fields=["-raised_at"], name="candidate_latest")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("story", "level"), name="candidate_once_per_level"
                    )
                ],
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
                (
                    "newsletter",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="editions",
                        to="digest.newsletter",
                    ),
                ),
                ("signature_key", models.CharField(max_length=64, null=True)),
                ("language", models.CharField(default="en", max_length=16)),
                (
                    "languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8),
                        db_default=[],
                        default=list,
                        help_text="That its readers read, the best first; none: the edition's own.",
                        size=None,
                    ),
                ),
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
                (
                    "touched_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "seen_by",
                    models.ForeignKey(
                        help_text="Who has approved it as it stands where two must; no change since.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "stopped_at",
                    models.DateTimeField(
                        help_text="When an editor stopped it from going by rule.", null=True
                    ),
                ),
                ("approved_at", models.DateTimeField(null=True)),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("published_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "content_hash",
                    models.CharField(
                        help_text="Of a personal digest: what it tells its readers.",
                        max_length=64,
                        null=True,
                    ),
                ),
                (
                    "same_as",
                    models.ForeignKey(
                        help_text="The edition of another signature that tells the same: its items, its messages.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="digest.edition",
                    ),
                ),
            ],
            options={
                "db_table": "digest_edition",
                "indexes": [
                    models.Index(fields=["state", "slot_at"], name="edition_due"),
                    models.Index(
                        condition=models.Q(("content_hash__isnull", False), ("same_as", None)),
                        fields=["content_hash"],
                        name="edition_content",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("newsletter__isnull", False), ("signature_key__isnull", True)
                            ),
                            models.Q(
                                ("newsletter__isnull", True), ("signature_key__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="edition_of_newsletter_or_signature",
                    ),
                    models.UniqueConstraint(
                        fields=("newsletter", "slot_at"), name="edition_once_per_newsletter_slot"
                    ),
                    models.UniqueConstraint(
                        fields=("signature_key", "window_start", "window_end"),
                        name="edition_once_per_signature_window",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("window_start__lt", models.F("window_end"))),
                        name="edition_window_forward",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExemptDates",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "newsletter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exempt",
                        to="digest.newsletter",
                    ),
                ),
                ("first", models.DateField()),
                ("last", models.DateField()),
                (
                    "at",
                    models.TimeField(
                        help_text="When it goes on them; empty: it does not go.", null=True
                    ),
                ),
                (
                    "words",
                    models.CharField(
                        blank=True, help_text="Why, for the calendar.", max_length=120
                    ),
                ),
            ],
            options={
                "db_table": "digest_exempt_dates",
                "ordering": [models.OrderBy(models.F("at"), nulls_first=True), "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("first__lte", models.F("last"))),
                        name="exempt_dates_forward",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FollowedLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("send_id", models.BigIntegerField()),
                (
                    "address",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="digest.address",
                    ),
                ),
                (
                    "story",
                    models.UUIDField(help_text="What it told of, by its public id.", null=True),
                ),
                (
                    "link",
                    models.CharField(help_text="Tells the links of one copy apart.", max_length=32),
                ),
                ("at", models.DateTimeField(db_index=True)),
                ("by_machine", models.BooleanField(help_text="By method, name or network.")),
                ("judged", models.BooleanField(null=True)),
            ],
            options={
                "db_table": "digest_followed_link",
                "indexes": [
                    models.Index(fields=["send_id", "address"], name="followed_link_by_copy"),
                    models.Index(
                        condition=models.Q(("judged__isnull", True)),
                        fields=["send_id", "address", "at"],
                        name="followed_link_unjudged",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="JoinRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "address",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="join_requests",
                        to="digest.address",
                    ),
                ),
                (
                    "subscriptions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
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
                ("days", models.CharField(default="1234567", max_length=7)),
                ("local_time", models.TimeField()),
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                ("locale", models.CharField(default="en", max_length=16)),
                (
                    "languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=16), default=list, size=None
                    ),
                ),
                (
                    "article",
                    models.CharField(
                        blank=True, help_text="Address of the article.", max_length=500
                    ),
                ),
                (
                    "box",
                    models.CharField(
                        blank=True, help_text="Which box, or which page of ours.", max_length=20
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "digest_join_request",
                "indexes": [models.Index(fields=["asked_at"], name="join_request_by_time")],
            },
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "address",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="letters",
                        to="digest.address",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
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
                (
                    "requests",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("mailbox", models.BinaryField(max_length=32)),
                ("site", models.BinaryField(default=b"", max_length=32)),
                ("created_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
            ],
            options={
                "db_table": "digest_letter",
                "indexes": [
                    models.Index(fields=["mailbox", "kind", "due_at"], name="letter_by_mailbox"),
                    models.Index(fields=["site", "due_at"], name="letter_by_site"),
                    models.Index(fields=["due_at"], name="letter_due"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Mute",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "subscriber",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mutes",
                        to="digest.subscriber",
                    ),
                ),
                (
                    "story",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="digest.story",
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "digest_mute",
                "constraints": [
                    models.UniqueConstraint(fields=("subscriber", "story"), name="mute_once")
                ],
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
                (
                    "subscriber",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="schedules",
                        to="digest.subscriber",
                    ),
                ),
                (
                    "address",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="schedules",
                        to="digest.address",
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
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_active", True)),
                        fields=["next_due_at"],
                        name="schedule_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("subscriber", "channel"), name="schedule_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Series",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("name", models.CharField(max_length=120)),
                (
                    "newsletter",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="digest.newsletter",
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="digest.topic",
                    ),
                ),
                ("language", models.CharField(default="en", max_length=16)),
                (
                    "local_time",
                    models.TimeField(help_text="When its messages come, where their reader lives."),
                ),
                (
                    "running_since",
                    models.DateTimeField(
                        help_text="Empty: it rests, and nobody enters.", null=True
                    ),
                ),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "series",
                "db_table": "digest_series",
                "ordering": ["name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("newsletter__isnull", False), ("topic__isnull", True)),
                            models.Q(("newsletter__isnull", True), ("topic__isnull", False)),
                            _connector="OR",
                        ),
                        name="series_one_target",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Sponsorship",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "newsletter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sponsorships",
                        to="digest.newsletter",
                    ),
                ),
                ("first", models.DateField()),
                ("last", models.DateField()),
                (
                    "name",
                    models.CharField(
                        help_text="Who pays for it, as readers see it.", max_length=80
                    ),
                ),
                ("text", models.CharField(max_length=300)),
                ("url", models.CharField(max_length=500)),
                ("picture", models.CharField(blank=True, max_length=500)),
                ("picture_alt", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "digest_sponsorship",
                "ordering": ["first", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("first__lte", models.F("last"))),
                        name="sponsorship_forward",
                    )
                ],
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
                    "story",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="members",
                        to="digest.story",
                    ),
                ),
                (
                    "article",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="story_article",
                        to="digest.article",
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
                (
                    "is_muted",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="Of muted feeds alone: shown, and not counted.",
                    ),
                ),
                ("tagged_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "digest_story_article",
                "indexes": [
                    models.Index(
                        condition=models.Q(("tagged_at__isnull", True)),
                        fields=["id"],
                        name="story_untagged",
                    ),
                    models.Index(
                        condition=models.Q(("assigned_by", "rule"), ("score__lt", 0.8)),
                        fields=["assigned_at"],
                        name="story_article_in_doubt",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("shard", "sequence"), name="story_article_in_sequence"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StoryPlace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "story",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="place",
                        to="digest.story",
                    ),
                ),
                (
                    "made_by",
                    models.CharField(help_text="The model and what computed it.", max_length=200),
                ),
                (
                    "place",
                    models.BinaryField(help_text="Numbers of 16 bits, the length of the row 1."),
                ),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "db_table": "digest_story_place",
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
                    "story",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="topics",
                        to="digest.story",
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stories",
                        to="digest.topic",
                    ),
                ),
                (
                    "by",
                    models.CharField(
                        choices=[
                            ("rule", "Rule"),
                            ("learned", "Learned"),
                            ("pinned", "Pinned"),
                            ("barred", "Barred"),
                        ],
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
                    "member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                "constraints": [
                    models.UniqueConstraint(fields=("story", "topic"), name="story_topic_once")
                ],
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
                (
                    "subscriber",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="subscriptions",
                        to="digest.subscriber",
                    ),
                ),
                (
                    "address",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="subscriptions",
                        to="digest.address",
                    ),
                ),
                (
                    "newsletter",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subscriptions",
                        to="digest.newsletter",
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subscriptions",
                        to="digest.topic",
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
                            ("quiet", "Never answered whether they still want it"),
                            ("erased", "The reader asked to be forgotten"),
                        ],
                        max_length=12,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("paused_until", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "brought_by",
                    models.ForeignKey(
                        db_index=False,
                        help_text="The list that it came with.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="digest.importrun",
                    ),
                ),
                (
                    "is_own",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="It came with a list, and its reader has chosen it since.",
                    ),
                ),
            ],
            options={
                "db_table": "digest_subscription",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "active")),
                        fields=["newsletter", "address"],
                        name="subscription_by_newsletter",
                    ),
                    models.Index(
                        condition=models.Q(("alerts", True), ("state", "active")),
                        fields=["address"],
                        name="subscription_for_alerts",
                    ),
                    models.Index(
                        condition=models.Q(("brought_by__isnull", False)),
                        fields=["brought_by", "id"],
                        name="subscription_of_import",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("alerts", False),
                                ("newsletter__isnull", False),
                                ("topic__isnull", True),
                            ),
                            models.Q(
                                ("alerts", False),
                                ("newsletter__isnull", True),
                                ("topic__isnull", False),
                            ),
                            models.Q(
                                ("alerts", True),
                                ("newsletter__isnull", True),
                                ("topic__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="subscription_one_target",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_at__isnull", False),
                                ("state", "ended"),
                                models.Q(("ended_reason", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "ended"), _negated=True),
                                ("ended_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="subscription_end_has_reason",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            models.Q(("state", "ended"), _negated=True),
                            ("newsletter__isnull", False),
                        ),
                        fields=("address", "newsletter"),
                        name="subscription_newsletter_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            models.Q(("state", "ended"), _negated=True), ("topic__isnull", False)
                        ),
                        fields=("address", "topic"),
                        name="subscription_topic_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            models.Q(("state", "ended"), _negated=True), ("alerts", True)
                        ),
                        fields=("address",),
                        name="subscription_alerts_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TopicOpinion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "story",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="digest.story",
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="opinions",
                        to="digest.topic",
                    ),
                ),
                (
                    "word",
                    models.CharField(
                        choices=[("accept", "Accept"), ("reject", "Reject"), ("ask", "Ask")],
                        max_length=8,
                    ),
                ),
                ("probability", models.FloatField()),
                (
                    "because",
                    models.JSONField(default=list, help_text="What speaks for it or against it."),
                ),
                (
                    "like",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="Pinned stories that are alike."
                    ),
                ),
                ("version", models.PositiveIntegerField(help_text="The model's.")),
            ],
            options={
                "db_table": "digest_topic_opinion",
                "constraints": [
                    models.UniqueConstraint(fields=("story", "topic"), name="topic_opinion_once")
                ],
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
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revisions",
                        to="digest.alert",
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
                ("is_biggest", models.BooleanField(db_default=False, default=False)),
                (
                    "topic_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        db_default=[],
                        default=list,
                        help_text="Of its story, then.",
                        size=None,
                    ),
                ),
                ("issued_at", models.DateTimeField()),
                ("issued_by", models.CharField(max_length=200)),
            ],
            options={
                "db_table": "digest_alert_revision",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("alert", "revision"), name="alert_revision_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AlertRule",
            fields=[
                (
                    "subscription",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="alert_rule",
                        serialize=False,
                        to="digest.subscription",
                    ),
                ),
                (
                    "topic_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        default=list,
                        help_text="Only about these; empty means all.",
                        size=None,
                    ),
                ),
                ("biggest_only", models.BooleanField(default=False)),
                ("most_a_day", models.PositiveSmallIntegerField(null=True)),
                ("quiet_from", models.TimeField(help_text="In the reader's zone.", null=True)),
                ("quiet_until", models.TimeField(null=True)),
                (
                    "chain",
                    models.BigIntegerField(
                        help_text="The same for all channels that one reader has put in an order.",
                        null=True,
                    ),
                ),
                (
                    "place",
                    models.PositiveSmallIntegerField(
                        db_default=0,
                        default=0,
                        help_text="In that order; an alert goes to the lowest that stands.",
                    ),
                ),
            ],
            options={
                "db_table": "digest_alert_rule",
                "indexes": [
                    models.Index(
                        condition=models.Q(("chain__isnull", False)),
                        fields=["chain", "place"],
                        name="alert_rule_by_chain",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("quiet_from__isnull", True), ("quiet_until__isnull", True)),
                            models.Q(("quiet_from__isnull", False), ("quiet_until__isnull", False)),
                            _connector="OR",
                        ),
                        name="alert_rule_quiet_has_both_ends",
                    )
                ],
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
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revisions",
                        to="digest.edition",
                    ),
                ),
                ("revision", models.PositiveIntegerField()),
                (
                    "content",
                    models.JSONField(help_text="The frozen EditionContent, as a plain document."),
                ),
                ("published_at", models.DateTimeField()),
                ("published_by", models.CharField(max_length=200)),
            ],
            options={
                "db_table": "digest_edition_revision",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("edition", "revision"), name="edition_revision_once"
                    )
                ],
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
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="digest.edition",
                    ),
                ),
                (
                    "story",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="digest.story",
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
                (
                    "had_at",
                    models.DateTimeField(
                        help_text="When its readers last had the story.", null=True
                    ),
                ),
            ],
            options={
                "db_table": "digest_item",
                "ordering": ["position", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("edition", "story"), name="item_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="PlannedChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="planned_changes",
                        to="digest.edition",
                    ),
                ),
                (
                    "item_id",
                    models.BigIntegerField(
                        help_text="Its item, which may be gone by then.", null=True
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("reword", "Reword"),
                            ("retitle", "Retitle"),
                            ("kill", "Kill"),
                            ("revive", "Revive"),
                            ("pin", "Pin"),
                            ("unpin", "Unpin"),
                            ("move", "Move"),
                            ("add", "Add"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "asked",
                    models.JSONField(
                        default=dict, help_text="What is to stand: words, or a place."
                    ),
                ),
                (
                    "base",
                    models.JSONField(
                        default=dict, help_text="What stood there when it was planned."
                    ),
                ),
                (
                    "says",
                    models.CharField(
                        help_text="What it does, as an editor reads it.", max_length=400
                    ),
                ),
                ("due_at", models.DateTimeField()),
                (
                    "member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("planned_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("done", "Done"),
                            ("refused", "Refused"),
                            ("cancelled", "Cancelled"),
                            ("undone", "Undone"),
                        ],
                        default="waiting",
                        max_length=9,
                    ),
                ),
                ("reason", models.TextField(blank=True, help_text="Why it was refused.")),
                ("opposite", models.JSONField(default=dict, help_text="What takes it back.")),
                ("settled_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "digest_planned_change",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["due_at"],
                        name="planned_change_due",
                    ),
                    models.Index(fields=["edition", "due_at"], name="planned_change_of_edition"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SeriesStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="digest.series",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("wait_days", models.PositiveSmallIntegerField(default=1)),
                ("subject", models.CharField(max_length=150)),
                ("body", models.TextField()),
                ("link_words", models.CharField(blank=True, max_length=60)),
                ("link_url", models.CharField(blank=True, max_length=500)),
                ("revision", models.PositiveIntegerField(default=1)),
                (
                    "stood_after",
                    models.ForeignKey(
                        help_text="Of one taken out: the message before it.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="digest.seriesstep",
                    ),
                ),
            ],
            options={
                "db_table": "digest_series_step",
                "ordering": ["position", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("position__gt", 0)),
                        fields=("series", "position"),
                        name="series_step_place",
                    )
                ],
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
                (
                    "schedule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="slots",
                        to="digest.schedule",
                    ),
                ),
                ("local_date", models.DateField()),
                ("due_at", models.DateTimeField()),
                ("window_start", models.DateTimeField()),
                ("window_end", models.DateTimeField()),
                (
                    "signature",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slots",
                        to="digest.signature",
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slots",
                        to="digest.edition",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slots",
                        to="digest.slotbatch",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Waiting for its edition"),
                            (
                                "empty",
                                "Nothing for its reader in the window: nothing sent, and why",
                            ),
                            ("ready", "Its edition is composed"),
                            ("batched", "Handed to a send"),
                            ("missed", "Overtaken by a later slot of the same schedule"),
                        ],
                        default="open",
                        max_length=8,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Why nothing went.",
                        max_length=100,
                    ),
                ),
            ],
            options={
                "db_table": "digest_slot",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["open", "ready"])),
                        fields=["state", "due_at"],
                        name="slot_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("schedule", "local_date"), name="slot_once"),
                    models.CheckConstraint(
                        condition=models.Q(("window_start__lt", models.F("window_end"))),
                        name="slot_window_forward",
                    ),
                ],
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
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="wordings",
                        to="digest.item",
                    ),
                ),
                ("channel", models.CharField(blank=True, max_length=32)),
                ("language", models.CharField(blank=True, max_length=16)),
                ("headline", models.CharField(blank=True, max_length=300)),
                ("blurb", models.TextField(blank=True)),
                (
                    "member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "digest_item_wording",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("item", "channel", "language"), name="wording_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="NoteBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=8)),
                ("channel", models.CharField(max_length=32)),
                (
                    "step",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="digest.seriesstep",
                    ),
                ),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "digest_note_batch",
            },
        ),
        migrations.CreateModel(
            name="Note",
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
                            ("welcome", "Welcomes to what was just confirmed"),
                            ("series", "A step of a series"),
                            ("ask", "Asks whether they still want it"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "address",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to="digest.address",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to="digest.subscription",
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to="digest.seriesstep",
                    ),
                ),
                (
                    "about",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Until it is due"),
                            ("planned", "Handed to a send"),
                            ("dropped", "Not sent, and why"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                (
                    "first_due_at",
                    models.DateTimeField(
                        help_text="Before it was put off, the reader's day being full.", null=True
                    ),
                ),
                ("planned_at", models.DateTimeField(null=True)),
                (
                    "answered_at",
                    models.DateTimeField(
                        help_text="Of a question: when its reader pressed the button, or gave a sign.",
                        null=True,
                    ),
                ),
                (
                    "let_go_at",
                    models.DateTimeField(
                        help_text="Of a question without answer: when what it is about was let go.",
                        null=True,
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to="digest.notebatch",
                    ),
                ),
            ],
            options={
                "db_table": "digest_note",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["kind", "due_at"],
                        name="note_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "welcome")),
                        fields=("subscription",),
                        name="note_welcome_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "series")),
                        fields=("subscription", "step"),
                        name="note_step_once",
                    ),
                ],
            },
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
                            "send",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="digest.send",
                            ),
                        ),
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
