-- 1 = the recording shows the exchange inside of each IRTE write, as its first lines say. Then a write changes the
-- table at the exchange; else, until the first exchange, when its function is entered.
ALTER TABLE recording ADD COLUMN sees_exchanges INTEGER NOT NULL DEFAULT 0;
