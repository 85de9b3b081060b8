-- What administrators did, kept for a year. Nothing here refers to another table: a row outlives what it is about.
CREATE TABLE audit_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at TIMESTAMP NOT NULL,
    act TEXT NOT NULL,
    -- The random id of the account that did it, or 'command line'. Never an address.
    actor TEXT NOT NULL,
    -- The random id of the account that it was done to, or a short text.
    subject TEXT NOT NULL
);
CREATE INDEX audit_log_act ON audit_log (act, id);
CREATE INDEX audit_log_at ON audit_log (at);
CREATE TRIGGER audit_log_unchanged BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'rows of the audit log are never changed');
END;
-- A day less than a year, since the clock of the server that sweeps may be ahead.
CREATE TRIGGER audit_log_kept BEFORE DELETE ON audit_log WHEN OLD.at > datetime('now', '-364 days')
BEGIN
    SELECT RAISE(ABORT, 'rows of the audit log are kept for a year');
END;

-- Counts finished records by age, and finds those that expire.
CREATE INDEX personality_records_settled ON personality_records (status, finished_at) WHERE finished_at IS NOT NULL;
