-- JSON: where the person stands among the norm group, and under "shares" what each rating and each answer added. Null for
-- models that do not weigh evidence.
ALTER TABLE personality_records ADD COLUMN assessment TEXT;
