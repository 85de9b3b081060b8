DROP INDEX personality_records_unclaimed;
ALTER TABLE personality_records DROP COLUMN begun;
ALTER TABLE personality_records DROP COLUMN unclaimed_until;
