-- How a server computes its models, in words, so that servers with slightly different numbers can be told apart. NULL for servers
-- without models and for those of older releases.
ALTER TABLE fleet_servers ADD COLUMN computed_in TEXT;
