DROP TABLE result_additions;
