-- The servers that share this database: a row for each process, kept for 48 hours after its last heartbeat.
CREATE TABLE fleet_servers (
    -- Random, new at every start.
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    version TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('starting', 'ready', 'draining', 'left')),
    started_at TIMESTAMP NOT NULL,
    seen_at TIMESTAMP NOT NULL,
    -- When an administrator asked it to finish its work and stop.
    drain_asked_at TIMESTAMP,
    -- When the engine that scales the servers got the new number, after this server had stopped.
    settled_at TIMESTAMP
);
CREATE INDEX fleet_servers_seen ON fleet_servers (seen_at);
-- The figures of each server in one minute, kept for 48 hours. NULL is a figure that the system does not report.
CREATE TABLE fleet_minutes (
    server_id TEXT NOT NULL REFERENCES fleet_servers (id) ON DELETE CASCADE,
    at TIMESTAMP NOT NULL,
    -- The share of the processors that it may use, 0 to 1.
    cpu DOUBLE PRECISION,
    requests BIGINT NOT NULL,
    -- Bytes that the machine or container received and sent.
    net_in BIGINT,
    net_out BIGINT,
    -- Resident memory in bytes.
    memory BIGINT,
    -- Queued submissions in the database, the same for all servers.
    queued BIGINT,
    readings BIGINT NOT NULL,
    PRIMARY KEY (server_id, at)
);
CREATE INDEX fleet_minutes_at ON fleet_minutes (at);
-- The settings that administrators made, in one row.
CREATE TABLE fleet_settings (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    -- The number of servers that was set last.
    desired INTEGER CHECK (desired >= 0),
    -- The policy as JSON.
    policy TEXT
);
