-- People who can log in. An account is never needed for a result.
CREATE TABLE accounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    -- Names the account where its address must not stand.
    random_id TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    -- The address in lower case.
    email_key TEXT NOT NULL UNIQUE,
    -- Argon2id as a PHC string. NULL until a one-time link sets the first one.
    password TEXT,
    role TEXT NOT NULL CHECK (role IN ('visitor', 'administrator')),
    disabled BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMP NOT NULL,
    -- The secret of the second factor (TOTP) in base32; it counts once it is confirmed by a code.
    factor_secret TEXT,
    factor_confirmed BOOLEAN NOT NULL DEFAULT FALSE,
    -- The time step of the last code that was used. No code is good twice.
    factor_step BIGINT NOT NULL DEFAULT 0
);

-- The cookie has the token; its SHA-256 is here.
CREATE TABLE account_sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash TEXT NOT NULL UNIQUE,
    -- The browser in words, "Firefox on Linux".
    agent TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    factor_passed BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX account_sessions_account ON account_sessions (account_id);
CREATE INDEX account_sessions_expires_at ON account_sessions (expires_at);

-- Browsers that have logged in before: wrong passwords from elsewhere do not count for them.
CREATE TABLE account_browsers (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash TEXT NOT NULL,
    used_at TIMESTAMP NOT NULL,
    PRIMARY KEY (account_id, token_hash)
);
CREATE INDEX account_browsers_used_at ON account_browsers (used_at);

-- A row is deleted when its code is used.
CREATE TABLE account_codes (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    code_hash TEXT NOT NULL,
    PRIMARY KEY (account_id, code_hash)
);

-- One-time links: to set a password, or to confirm a new address.
CREATE TABLE account_links (
    token_hash TEXT PRIMARY KEY NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- The new address that it confirms; NULL if it sets a password.
    email TEXT,
    expires_at TIMESTAMP NOT NULL
);
CREATE INDEX account_links_account ON account_links (account_id);
CREATE INDEX account_links_expires_at ON account_links (expires_at);

-- Results that are kept in an account. The key is here so that the account opens them on every device.
CREATE TABLE account_results (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    record_id INTEGER NOT NULL REFERENCES personality_records (id) ON DELETE CASCADE,
    owner_key TEXT NOT NULL,
    -- A name of the owner's choice.
    name TEXT,
    kept_at TIMESTAMP NOT NULL,
    PRIMARY KEY (account_id, record_id)
);
CREATE INDEX account_results_record ON account_results (record_id);
