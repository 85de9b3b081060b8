-- When each answer of a draft was saved, so that of two drafts that are merged the answer that was saved last stays. NULL for
-- answers of older releases, which count as saved when their draft was last changed.
ALTER TABLE draft_answers ADD COLUMN saved_at TIMESTAMP;
-- The draft that an account continues on every device. No key opens it: its key_hash belongs to a key that nobody has.
CREATE TABLE account_drafts (
    account_id BIGINT PRIMARY KEY NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    draft_id BIGINT NOT NULL UNIQUE REFERENCES drafts (id) ON DELETE CASCADE,
    -- When the answers of another device were last merged into it.
    merged_at TIMESTAMP
);
-- The drafts that were merged into another one, by the time at which they were opened. A device may still send answers under
-- that name.
CREATE TABLE merged_drafts (
    draft_id BIGINT NOT NULL REFERENCES drafts (id) ON DELETE CASCADE,
    opened_at TIMESTAMP NOT NULL,
    PRIMARY KEY (draft_id, opened_at)
);
