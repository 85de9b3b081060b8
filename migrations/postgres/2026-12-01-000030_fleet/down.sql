DROP TABLE fleet_settings;
DROP TABLE fleet_minutes;
DROP TABLE fleet_servers;
