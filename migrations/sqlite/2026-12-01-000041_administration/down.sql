DROP INDEX personality_records_settled;
DROP TABLE audit_log;
