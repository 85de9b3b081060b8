ALTER TABLE personality_records DROP COLUMN assessment;
