from django.db import migrations, models

# What a run holds is known by its own row, and what it intended by a file on its machine: the
# ledger's rows lose the lease and the intent, and with them the indexes that every answer wrote.
# What an old worker still held may have gone out, so it is repeated once.
LEAN = """
UPDATE digest_delivery
SET state = CASE WHEN lost_answers > 0 THEN 4 ELSE 1 END,
    lost_answers = lost_answers + 1, attempts = attempts + 1, next_try_at = now(),
    reply = 'The worker ended before the answer was recorded.'
WHERE state = 2;
UPDATE digest_delivery SET next_try_at = coalesce(next_try_at, now()) WHERE state IN (0, 1);
UPDATE digest_delivery SET next_try_at = NULL WHERE state NOT IN (0, 1) AND next_try_at IS NOT NULL;
DROP INDEX delivery_due;
DROP INDEX delivery_leased;
ALTER TABLE digest_delivery DROP CONSTRAINT delivery_sending_is_leased;
ALTER TABLE digest_delivery DROP COLUMN leased_until, DROP COLUMN intent_at;
UPDATE digest_delivery SET leased_by = NULL WHERE leased_by IS NOT NULL;
ALTER TABLE digest_delivery
    ADD CONSTRAINT delivery_sending_is_held CHECK (state <> 2 OR leased_by IS NOT NULL),
    ADD CONSTRAINT delivery_open_is_due CHECK (state NOT IN (0, 1) OR next_try_at IS NOT NULL);
CREATE INDEX delivery_due ON digest_delivery (send_id, next_try_at, address_id)
    WHERE next_try_at IS NOT NULL;
"""
# Back again: leases per row and their indexes. What a run holds meanwhile may have gone out too.
FAT = """
UPDATE digest_delivery
SET state = CASE WHEN lost_answers > 0 THEN 4 ELSE 1 END, leased_by = NULL,
    lost_answers = lost_answers + 1, attempts = attempts + 1,
    next_try_at = CASE WHEN lost_answers > 0 THEN NULL ELSE now() END,
    reply = 'The worker ended before the answer was recorded.'
WHERE state = 2;
DROP INDEX delivery_due;
ALTER TABLE digest_delivery
    DROP CONSTRAINT delivery_open_is_due, DROP CONSTRAINT delivery_sending_is_held;
ALTER TABLE digest_delivery ADD COLUMN leased_until timestamptz, ADD COLUMN intent_at timestamptz;
ALTER TABLE digest_delivery ADD CONSTRAINT delivery_sending_is_leased CHECK (
    state <> 2 OR (leased_by IS NOT NULL AND leased_until IS NOT NULL)
);
CREATE INDEX delivery_due ON digest_delivery (send_id, next_try_at) WHERE state IN (0, 1);
CREATE INDEX delivery_leased ON digest_delivery (leased_until) WHERE state = 2;
"""


class Migration(migrations.Migration):
    """Leases of runs instead of rows."""

    dependencies = [("digest", "0008_soft_bounces")]

    operations = [
        migrations.CreateModel(
            name="Run",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("send_id", models.BigIntegerField()),
                ("leased_until", models.DateTimeField()),
            ],
            options={"db_table": "digest_run"},
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(LEAN, FAT)],
            state_operations=[
                migrations.RemoveIndex("delivery", "delivery_due"),
                migrations.RemoveIndex("delivery", "delivery_leased"),
                migrations.RemoveField("delivery", "leased_until"),
                migrations.RemoveField("delivery", "intent_at"),
                migrations.AlterField(
                    "delivery",
                    "next_try_at",
                    models.DateTimeField(
                        null=True,
                        help_text="Set as long as something is to be done: pending and deferred.",
                    ),
                ),
                migrations.AddIndex(
                    "delivery",
                    models.Index(
                        fields=["send", "next_try_at", "address"],
                        condition=models.Q(next_try_at__isnull=False),
                        name="delivery_due",
                    ),
                ),
            ],
        ),
    ]
