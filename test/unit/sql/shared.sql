--
-- shared: the memory that all sessions share
--
-- A change of one of these numbers also raises PCA_SHARED_LAYOUT in src/shared/shared_layout.h:
-- sessions with another version of the library must not see this memory.
SELECT * FROM pca_unit_layout();

-- a lease is live while its process exists and shows that it works
SELECT * FROM pca_unit_lease('0,take,2999,1,beat,2999,end,beat');
-- of another process, or of a later holder, it is not changed
SELECT * FROM pca_unit_lease('take,other takes,beat,end');
SELECT * FROM pca_unit_lease('take,other process,beat,take');

-- a limit for each minute: never more, and each 61 seconds as many
SELECT per_minute, requests, step, most <= per_minute AS kept, last_ms
FROM (VALUES (1, 3, 0), (7, 15, 0), (7, 15, 1000), (500, 1501, 0), (500, 1501, 30), (999, 2500, 7), (1000, 2001, 0),
    (1001, 3500, 13), (2500, 7501, 5), (123457, 300000, 0), (1000000, 2000001, 0)) AS c(per_minute, requests, step),
    LATERAL pca_unit_rate_limit(per_minute, requests, step);

-- a time that has passed is given back: who comes late needs no other one
SELECT late_ms, pca_unit_late(late_ms) AS waits_ms
FROM (VALUES (0), (999), (1000), (30000), (60999), (300000)) AS c(late_ms);

-- a million sessions at random times: the limit is kept, and who comes first is first
SELECT per_minute, part, sent > 500000 AS sent, most <= per_minute AS kept, most_of_61 = per_minute AS used, in_order
FROM (VALUES (500, 0.9), (500, 1.2), (7, 0.8), (10000, 1.05)) AS c(per_minute, part),
    LATERAL pca_unit_arrivals(per_minute, 1000000, part);

-- a rate is learned from what the API accepted, less a tenth: 300 in 30 s
SELECT * FROM pca_unit_rate('send 100,20000,send 200,429 30,30000,100');
-- requests that were in flight together are refused together, and do not count as accepted
SELECT * FROM pca_unit_rate('send 600,100,429 30,old 429 30,old 429 31');
-- another 429 lowers it, and minutes without one raise it, until it limits nothing
SELECT * FROM pca_unit_rate('send 300,429 30,30000,429 10,11000,send 250,59000,1000,send 260,59000,1000,send 300,59000,1000,61000');
-- without a request a second there is no rate, only the pause
SELECT * FROM pca_unit_rate('send 20,429 30,30000');
-- a pause is never longer than five minutes, nor shorter than one that is asked for already
SELECT * FROM pca_unit_rate('429 31536000,429 1,299999,1');

-- sessions, four requests at once each, and a server that allows 500 a minute: what it refuses after
-- the first wave, and the time relative to the shortest possible one
SELECT declared, refused = 0 AS none, most_often <= 5 AS few_retries, refused_later <= 0.01 * 2500 AS few_later, ratio <= 1.5 AS fast,
    ratio <= 1.1 AS fastest
FROM (VALUES (0), (500)) AS c(declared), LATERAL pca_unit_throttled(50, 2500, 500, declared);
