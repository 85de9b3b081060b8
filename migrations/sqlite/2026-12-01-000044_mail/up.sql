-- Mails that are to be sent. A row is deleted once its mail is sent, or has expired. It holds no text and no link: those are
-- made at sending, so that of a link only its hash is ever stored.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind TEXT NOT NULL,
    -- NULL while it is open whether the address has an account.
    account_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    -- The address in lower case.
    email_key TEXT NOT NULL,
    -- Of somebody who wants an account: Argon2id as a PHC string.
    password TEXT,
    message_id TEXT NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    -- Not sent before this time: a pause after a failure, or the time that a server has for an attempt.
    next_at TIMESTAMP NOT NULL,
    -- Counted when an attempt begins. The server that counted it has the mail until `next_at`.
    attempts INTEGER NOT NULL DEFAULT 0,
    failed_at TIMESTAMP,
    -- Why the last attempt failed, without addresses.
    reason TEXT
);
CREATE INDEX outbox_next_at ON outbox (next_at);
CREATE INDEX outbox_account ON outbox (account_id);

-- People who wait for their address to be confirmed. No account exists before.
CREATE TABLE registrations (
    -- The link has the token; its SHA-256 is here.
    token_hash TEXT PRIMARY KEY NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    password TEXT NOT NULL,
    expires_at TIMESTAMP NOT NULL
);
CREATE INDEX registrations_expires_at ON registrations (expires_at);

-- Invitations that nobody used are looked for now and then.
CREATE INDEX accounts_invited ON accounts (created_at) WHERE password IS NULL;
