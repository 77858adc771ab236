-- Counts of a send's deliveries by state, kept by the statements that change them, so that a look
-- at a send of a million costs a few rows. Each database connection adds to a row of its own:
-- nobody waits for anybody. Rows enter the ledger pending, which is what the others leave of the
-- total. "lately" is what was sent in the ten seconds of "span", "before" in those before.
CREATE FUNCTION digest_count_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO digest_send_count AS c (
        send_id, backend, deferred, sending, sent, unknown, failed, skipped, cancelled,
        put_off, refused, bounced, complained, span, lately, before
    )
    SELECT send_id, pg_backend_pid(),
        coalesce(sum(n) FILTER (WHERE state = 1), 0), coalesce(sum(n) FILTER (WHERE state = 2), 0),
        coalesce(sum(n) FILTER (WHERE state = 3), 0), coalesce(sum(n) FILTER (WHERE state = 4), 0),
        coalesce(sum(n) FILTER (WHERE state = 5), 0), coalesce(sum(n) FILTER (WHERE state = 6), 0),
        coalesce(sum(n) FILTER (WHERE state = 7), 0),
        coalesce(sum(n) FILTER (WHERE state = 1 AND answered), 0),
        coalesce(sum(n) FILTER (WHERE state = 5 AND answered), 0),
        coalesce(sum(n) FILTER (WHERE outcome = 3), 0),
        coalesce(sum(n) FILTER (WHERE outcome = 4), 0),
        floor(extract(epoch FROM statement_timestamp()) / 10),
        coalesce(sum(n) FILTER (WHERE state = 3), 0), 0
    FROM (
        SELECT send_id, state, outcome, code IS NOT NULL AS answered, count(*) AS n
        FROM fresh GROUP BY 1, 2, 3, 4
        UNION ALL
        SELECT send_id, state, outcome, code IS NOT NULL, -count(*) FROM stale GROUP BY 1, 2, 3, 4
    ) AS moved
    GROUP BY send_id
    ON CONFLICT (send_id, backend) DO UPDATE SET
        deferred = c.deferred + excluded.deferred, sending = c.sending + excluded.sending,
        sent = c.sent + excluded.sent, unknown = c.unknown + excluded.unknown,
        failed = c.failed + excluded.failed, skipped = c.skipped + excluded.skipped,
        cancelled = c.cancelled + excluded.cancelled, put_off = c.put_off + excluded.put_off,
        refused = c.refused + excluded.refused, bounced = c.bounced + excluded.bounced,
        complained = c.complained + excluded.complained, span = excluded.span,
        lately = excluded.lately + CASE WHEN c.span = excluded.span THEN c.lately ELSE 0 END,
        before = CASE excluded.span - c.span WHEN 0 THEN c.before WHEN 1 THEN c.lately ELSE 0 END;
    RETURN NULL;
END $$;
CREATE TRIGGER delivery_counted AFTER UPDATE ON digest_delivery
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION digest_count_deliveries();
ALTER TABLE digest_send_count SET (fillfactor = 50);
