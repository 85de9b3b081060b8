DROP TABLE account_results;
DROP TABLE account_links;
DROP TABLE account_codes;
DROP TABLE account_browsers;
DROP TABLE account_sessions;
DROP TABLE accounts;
