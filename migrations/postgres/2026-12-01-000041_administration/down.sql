DROP INDEX personality_records_settled;
DROP TABLE audit_log;
DROP FUNCTION audit_log_unchanged();
