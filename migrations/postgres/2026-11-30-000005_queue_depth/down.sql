DROP VIEW queue_depth;
