-- Set while nobody has been told the record's key: the record is deleted then, unless its server renews it.
ALTER TABLE personality_records ADD COLUMN unclaimed_until TIMESTAMP;
-- Whether the reading under the current lease has begun. A lease that expires before that says nothing about the text.
ALTER TABLE personality_records ADD COLUMN begun BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX personality_records_unclaimed ON personality_records (unclaimed_until) WHERE unclaimed_until IS NOT NULL;
