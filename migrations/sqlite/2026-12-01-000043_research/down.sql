ALTER TABLE result_additions DROP COLUMN research_id;
ALTER TABLE result_additions DROP COLUMN research_answers;
ALTER TABLE result_additions DROP COLUMN research_ratings;
