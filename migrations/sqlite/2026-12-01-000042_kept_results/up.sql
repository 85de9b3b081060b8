-- An account opens the results that are kept in it by their id. Their keys are stored nowhere, so the database alone opens none.
ALTER TABLE account_results DROP COLUMN owner_key;
