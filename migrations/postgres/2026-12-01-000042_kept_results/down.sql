-- The keys are not known any more, so the lists of results are lost. The results stay at their private addresses.
DELETE FROM account_results;
ALTER TABLE account_results ADD COLUMN owner_key TEXT NOT NULL DEFAULT '';
