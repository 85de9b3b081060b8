-- The figures about all finished questionnaires, in one row. A server computes them once a day.
CREATE TABLE site_statistics (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    computed_at TIMESTAMP,
    -- Sums over everybody, as JSON. Pages show only what is about at least 20 people.
    figures TEXT,
    -- While a server computes them, nobody else does until then.
    claimed_until TIMESTAMP
);
