DROP TABLE personality_records;
DROP TABLE draft_answers;
DROP TABLE drafts;
