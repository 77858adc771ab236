-- The ledger is partitioned by ranges of send_id. delivery/ledger/partitions.py adds ranges ahead of
-- use; the default partition takes what no range covers yet, so that an insert never fails.
-- What a run holds is known by its own row (digest_run), and what it intended by a file on its
-- machine, so that an answer writes no index.
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
    sent_at timestamptz,
    code integer,
    reply text,
    provider_id text,
    outcome smallint CHECK (outcome BETWEEN 1 AND 4),
    outcome_at timestamptz,
    PRIMARY KEY (send_id, address_id),
    CONSTRAINT delivery_sending_is_held CHECK (state <> 2 OR leased_by IS NOT NULL),
    CONSTRAINT delivery_sent_has_time CHECK (state <> 3 OR sent_at IS NOT NULL),
    CONSTRAINT delivery_open_is_due CHECK (state NOT IN (0, 1) OR next_try_at IS NOT NULL)
) PARTITION BY RANGE (send_id);
CREATE INDEX delivery_due ON digest_delivery (send_id, next_try_at, address_id)
    WHERE next_try_at IS NOT NULL;
CREATE TABLE digest_delivery_default PARTITION OF digest_delivery DEFAULT;
