-- How much is unread, for alerts.
CREATE VIEW queue_depth AS
SELECT
    count(*) FILTER (WHERE status = 'queued') AS queued,
    count(*) FILTER (WHERE status = 'reading') AS reading,
    -- Servers that hold a lease.
    count(DISTINCT lease_owner) FILTER (WHERE status = 'reading' AND julianday(lease_until) > julianday('now')) AS workers,
    -- Seconds since the oldest queued record was stored; 0 without one.
    coalesce(
        (julianday('now') - julianday(min(created_at) FILTER (WHERE status = 'queued'))) * 86400.0, 0.0
    ) AS oldest_seconds
FROM personality_records
WHERE status IN ('queued', 'reading');
