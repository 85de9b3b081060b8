-- The days, in UTC, on which a result was opened, as its owner is shown them for 90 days. Nothing says who opened it.
CREATE TABLE result_openings (
    record_id BIGINT NOT NULL REFERENCES personality_records (id) ON DELETE CASCADE,
    day DATE NOT NULL,
    -- By its private address or by its share link.
    address TEXT NOT NULL CHECK (address IN ('private', 'shared')),
    PRIMARY KEY (record_id, day, address)
);
CREATE INDEX result_openings_day ON result_openings (day);
