from django.db import migrations

# The ledger is partitioned by ranges of send_id. delivery/partitions.py adds ranges ahead of use;
# the default partition takes what no range covers yet, so that an insert never fails.
PARTITION = """
DROP TABLE digest_delivery;
CREATE TABLE digest_delivery (
    send_id bigint NOT NULL,
    address_id bigint NOT NULL,
    message_id bigint NOT NULL,
    subscription_id bigint,
    slot_id bigint,
    state smallint NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 7),
    attempts smallint NOT NULL DEFAULT 0,
    lost_answers smallint NOT NULL DEFAULT 0 CHECK (lost_answers <= 2),
    next_try_at timestamptz,
    leased_by uuid,
    leased_until timestamptz,
    intent_at timestamptz,
    sent_at timestamptz,
    code integer,
    reply text,
    provider_id text,
    outcome smallint CHECK (outcome BETWEEN 1 AND 4),
    outcome_at timestamptz,
    PRIMARY KEY (send_id, address_id),
    CONSTRAINT delivery_sending_is_leased CHECK (
        state <> 2 OR (leased_by IS NOT NULL AND leased_until IS NOT NULL)
    ),
    CONSTRAINT delivery_sent_has_time CHECK (state <> 3 OR sent_at IS NOT NULL)
) PARTITION BY RANGE (send_id);
CREATE INDEX delivery_due ON digest_delivery (send_id, next_try_at) WHERE state IN (0, 1);
CREATE INDEX delivery_leased ON digest_delivery (leased_until) WHERE state = 2;
CREATE TABLE digest_delivery_default PARTITION OF digest_delivery DEFAULT;
"""

# Erasure may still remove what a reader has the right to have removed: it says so for the length
# of one transaction with SET LOCAL digest.erasing = 'on'.
APPEND_ONLY = """
CREATE FUNCTION digest_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('digest.erasing', true) = 'on' THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON digest_audit_entry
    FOR EACH ROW EXECUTE FUNCTION digest_append_only();
CREATE TRIGGER consent_append_only BEFORE UPDATE OR DELETE ON digest_consent
    FOR EACH ROW EXECUTE FUNCTION digest_append_only();
CREATE TRIGGER edition_revision_frozen BEFORE UPDATE OR DELETE ON digest_edition_revision
    FOR EACH ROW EXECUTE FUNCTION digest_append_only();
CREATE TRIGGER alert_revision_frozen BEFORE UPDATE OR DELETE ON digest_alert_revision
    FOR EACH ROW EXECUTE FUNCTION digest_append_only();
CREATE TRIGGER message_frozen BEFORE UPDATE OR DELETE ON digest_message
    FOR EACH ROW EXECUTE FUNCTION digest_append_only();
"""


class Migration(migrations.Migration):
    """What Django's model state cannot say: partitions, and rows nobody may change."""

    dependencies = [("digest", "0001_initial")]

    operations = [
        migrations.RunSQL(PARTITION, migrations.RunSQL.noop),
        migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop),
    ]
