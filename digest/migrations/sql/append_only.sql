-- Erasure may still remove what a reader has the right to have removed: it says so for the length
-- of one transaction with SET LOCAL digest.erasing = 'on'.
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
