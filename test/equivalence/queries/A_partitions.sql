-- Partitions of one resource: each returns the rows of its bound, and no others.

--! plain
SELECT * FROM by_channel;
