DROP TABLE result_openings;
