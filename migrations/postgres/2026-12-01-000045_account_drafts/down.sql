-- Without an account, nothing opens these drafts.
DELETE FROM drafts WHERE id IN (SELECT draft_id FROM account_drafts);
DROP TABLE merged_drafts;
DROP TABLE account_drafts;
ALTER TABLE draft_answers DROP COLUMN saved_at;
