-- Texts whose senders wait at a server without models (calling serve --role web), while a worker reads them.
CREATE TABLE waiting_senders (
    record_id INTEGER PRIMARY KEY NOT NULL REFERENCES personality_records (id) ON DELETE CASCADE,
    -- The name of the server at which the sender waits. Only this server sends the record's key to the sender.
    server TEXT NOT NULL,
    -- Until when the sender waits. NULL once the sender was answered that the result comes later.
    answer_by TIMESTAMP,
    -- The one model that the sender wants a reading of, 'mbti' or 'big_five'. NULL for both.
    model TEXT
);
CREATE INDEX waiting_senders_server ON waiting_senders (server);

-- The servers that read texts, with what each reported last.
CREATE TABLE workers (
    name TEXT PRIMARY KEY NOT NULL,
    -- Counts as dead after this time, unless it reports again before.
    alive_until TIMESTAMP NOT NULL,
    -- Tokens that its models read in a second; 0 until that is measured.
    tokens_per_second DOUBLE NOT NULL
);
