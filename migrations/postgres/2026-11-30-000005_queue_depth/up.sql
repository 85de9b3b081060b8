-- How much is unread, for an autoscaler and for alerts. A role that may only read this view sees nothing that a visitor wrote.
CREATE VIEW queue_depth AS
SELECT
    count(*) FILTER (WHERE status = 'queued') AS queued,
    count(*) FILTER (WHERE status = 'reading') AS reading,
    -- Servers that hold a lease.
    count(DISTINCT lease_owner) FILTER (WHERE status = 'reading' AND lease_until > now() AT TIME ZONE 'UTC') AS workers,
    -- Seconds since the oldest queued record was stored; 0 without one.
    coalesce(
        extract(EPOCH FROM (now() AT TIME ZONE 'UTC') - min(created_at) FILTER (WHERE status = 'queued')), 0
    )::DOUBLE PRECISION AS oldest_seconds
FROM personality_records
WHERE status IN ('queued', 'reading');
