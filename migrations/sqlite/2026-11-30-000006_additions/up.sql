-- What an owner adds to a result afterwards, and can delete by itself. A row for each record that has any of it.
CREATE TABLE result_additions (
    record_id INTEGER PRIMARY KEY NOT NULL REFERENCES personality_records (id) ON DELETE CASCADE,
    -- The answers on interests with their six scores, as JSON. For the owner only.
    interests TEXT,
    -- The six scores alone, while the owner lets the share link show them.
    shared_interests TEXT,
    -- SOC codes of the occupations that are kept with the result, as a JSON array.
    shortlist TEXT
);
