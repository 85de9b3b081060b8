-- Made when a draft is sent: the owner key is derived from the draft key and this. NULL for drafts that were sent before, whose
-- owner key is derived from the draft key alone.
ALTER TABLE drafts ADD COLUMN owner_secret TEXT;
-- The draft whose answers this one took over under a new key. It is deleted once the new key has come back.
ALTER TABLE drafts ADD COLUMN predecessor BIGINT;
