DROP INDEX accounts_invited;
DROP TABLE registrations;
DROP TABLE outbox;
