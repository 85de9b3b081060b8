DROP TABLE site_statistics;
