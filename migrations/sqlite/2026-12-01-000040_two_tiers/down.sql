DROP TABLE workers;
DROP TABLE waiting_senders;
