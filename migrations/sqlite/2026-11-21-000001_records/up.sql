-- A questionnaire being filled in. The key itself lives in the visitor's cookie; only its SHA-256 is here.
CREATE TABLE drafts (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    key_hash TEXT NOT NULL UNIQUE,
    -- 'submitted' and 'deleted' rows hold no answers: they only remember, until they expire, what became of the draft.
    state TEXT NOT NULL CHECK (state IN ('open', 'submitted', 'deleted')),
    -- Counts saves, so that a submission composed from older answers is noticed.
    revision BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL
);
CREATE INDEX drafts_expires_at ON drafts (expires_at);

-- A row an answer: a save touches only the answers it carries, so two tabs do not overwrite each other.
CREATE TABLE draft_answers (
    draft_id BIGINT NOT NULL REFERENCES drafts (id) ON DELETE CASCADE,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (draft_id, field)
);

-- A submission from the moment it is accepted, and its result once it has been read. Times are UTC.
-- AUTOINCREMENT: a deleted row's id is never given to another, so a late worker cannot finish the wrong one.
CREATE TABLE personality_records (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    text TEXT NOT NULL,
    result_mbti TEXT,
    result_big_five TEXT,
    career_data TEXT,
    source TEXT NOT NULL CHECK (source IN ('questionnaire', 'api')),
    status TEXT NOT NULL CHECK (status IN ('queued', 'reading', 'done', 'failed')),
    owner_key_hash TEXT NOT NULL UNIQUE,
    -- NULL for the API. Unique: a draft leads to one record, however often it is sent.
    draft_key_hash TEXT UNIQUE,
    share_key_hash TEXT UNIQUE,
    -- The share key is derived from the owner key and this; a new nonce makes a new link.
    share_nonce TEXT,
    spans TEXT,
    ratings TEXT,
    answers TEXT,
    questionnaire_version TEXT,
    questionnaire_hash TEXT,
    keyed_scores TEXT,
    models TEXT,
    data_version TEXT,
    reading TEXT,
    share_read DOUBLE,
    created_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    lease_owner TEXT,
    -- While reading: the lease ends then. While queued: not to be tried again before then.
    lease_until TIMESTAMP,
    -- Leases ever taken: with lease_owner it names one lease and no other.
    attempts INTEGER NOT NULL DEFAULT 0,
    -- Attempts that ended in an error, and attempts of which nothing was heard again.
    failures INTEGER NOT NULL DEFAULT 0,
    losses INTEGER NOT NULL DEFAULT 0,
    failure TEXT
);
CREATE INDEX personality_records_status ON personality_records (status, id);
