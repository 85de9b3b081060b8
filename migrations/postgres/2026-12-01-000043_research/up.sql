-- What the owner of a result gives to research; nothing unless chosen.
ALTER TABLE result_additions ADD COLUMN research_ratings BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE result_additions ADD COLUMN research_answers BOOLEAN NOT NULL DEFAULT FALSE;
-- A random id that stands for the person in exports. NULL while nothing is given.
ALTER TABLE result_additions ADD COLUMN research_id TEXT;
