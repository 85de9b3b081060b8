ALTER TABLE fleet_servers DROP COLUMN computed_in;
