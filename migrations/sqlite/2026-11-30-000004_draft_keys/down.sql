ALTER TABLE drafts DROP COLUMN predecessor;
ALTER TABLE drafts DROP COLUMN owner_secret;
