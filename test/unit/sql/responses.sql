--
-- responses: records of responses, the cache that all sessions share, and flights
--
-- a record has the pages that were accepted, in their order, whatever their response_bodies are: small, empty,
-- of several frames, of a frame's size exactly, and such that do not become smaller
CREATE TABLE response_bodies AS SELECT * FROM (VALUES
    (1, '{"Value":[]}'::bytea), (2, ''), (3, 'x'), (4, convert_to(repeat('{"licensesSold": 17}, ', 50000), 'UTF8')),
    (5, convert_to(repeat('a', 262144), 'UTF8')), (6, convert_to(repeat('b', 16383), 'UTF8')),
    (7, convert_to(repeat('c', 16384), 'UTF8')),
    (8, (SELECT string_agg(sha256(i::text::bytea), '' ORDER BY i) FROM generate_series(1, 10000) i))) AS b(number, body);
SELECT number, r.top, r.skip, r.status, r.url, r.detail, r.intact, r.body = b.body AS equal
FROM (SELECT array_agg(body ORDER BY number) AS all_bodies FROM response_bodies) AS a,
    pca_unit_record(all_bodies) WITH ORDINALITY AS r(top, skip, status, url, detail, intact, body, size, number)
    JOIN response_bodies b USING (number) ORDER BY number;
-- in pieces of any size it is the same
SELECT count(DISTINCT r), count(*) FROM (SELECT array_agg(body ORDER BY number) AS all_bodies FROM response_bodies WHERE number NOT IN (4, 5, 8)) AS a,
    unnest(ARRAY[1, 7, 1000, 16383, 16384, 1000000]) AS chunk,
    LATERAL (SELECT md5(string_agg(p::text, ' ')) AS r FROM pca_unit_record(all_bodies, chunk) p) AS record;
-- response_bodies from 16 kB on are compressed, where PostgreSQL was built with zstd; what does not become smaller is kept as it is
SELECT number, (size < length(b.body) / 10) = (pca_unit_compresses() AND number IN (4, 5, 7)) AS as_expected, size - length(b.body) < 500 AS little_more
FROM response_bodies b, pca_unit_record(ARRAY[b.body]) WHERE number >= 4 ORDER BY number;
-- a record that is too large is given up
SELECT max_size, count(r) FROM response_bodies b, unnest(ARRAY[100, 16000, 16700]) AS max_size LEFT JOIN LATERAL
    (SELECT 1 FROM pca_unit_record(ARRAY[b.body], 1000, max_size)) AS r ON true WHERE number = 6 GROUP BY max_size ORDER BY max_size;
-- each change of a bit, and each cut, is noticed: in the index, and in frames of both kinds
SELECT number, pca_unit_damage(CASE WHEN number = 8 THEN substr(body, 1, 3000) ELSE body END) AS unnoticed
FROM response_bodies WHERE number IN (1, 2, 7, 8) ORDER BY number;

-- keys are equal if all that is asked is equal, and who asks
SELECT count(DISTINCT key) AS keys FROM (VALUES
    (pca_unit_key('f', 'en-US', '/path', 'filter=a', false)), (pca_unit_key('f', 'en-US', '/path', 'filter=a', false)),
    (pca_unit_key('g', 'en-US', '/path', 'filter=a', false)), (pca_unit_key('f', 'de-DE', '/path', 'filter=a', false)),
    (pca_unit_key('f', 'en-US', '/pat', 'filter=a', false)), (pca_unit_key('f', 'en-US', '/path', 'filter=b', false)),
    (pca_unit_key('f', 'en-US', '/path', 'filter=a', true)),
    -- a text is not taken for a part of the next one
    (pca_unit_key('f', 'en-US', '/pathf', 'ilter=a', false)), (pca_unit_key('f', 'en-US/', 'path', 'filter=a', false))) AS k(key);

-- of 2 MB: 256 blocks, in 16 segments; of which 1 MB is used
SELECT pca_unit_cache_size(2);
SELECT pca_unit_cache_size(1);
SELECT * FROM pca_unit_usage();
-- what was published is found, if it is young enough, or younger than when the query has looked first
SELECT pca_unit_publish('a', 1), pca_unit_publish('b', 20000, 10000), pca_unit_publish('c', 131000);
SELECT pca_unit_find('a') AS a, pca_unit_find('b', 9000) AS too_old, pca_unit_find('b', 9000, 5000) AS as_seen_before, pca_unit_find('b', 60000) AS b,
    pca_unit_find('c') AS c, pca_unit_find('d') AS other, pca_unit_find('a', 0) AS without_age;
SELECT server, usesysid::regrole = current_user::regrole AS own, url, rows, pages, bytes, age_ms / 1000 AS age, hits, cost_ms FROM pca_unit_shown() ORDER BY url;
SELECT * FROM pca_unit_usage();
-- not: what is larger than an eighth, or has no bytes, or was requested before a clear
SELECT pca_unit_publish('d', 131073), pca_unit_publish('d', 0), pca_unit_publish('d', 1, clears => 1), pca_unit_find('d');
-- the one that was requested later stays
SELECT pca_unit_publish('a', 2, 1000), pca_unit_find('a'), pca_unit_publish('b', 3, 5000), pca_unit_find('b'),
    (SELECT count(*) FROM pca_unit_shown()) AS entries;
-- dropped, unless a later one has come
SELECT pca_unit_drop('b', 6000), pca_unit_find('b'), pca_unit_drop('b', 4000), pca_unit_find('b'), pca_unit_find('a');
-- cleared: of one base_url, or all
SELECT pca_unit_publish('https://x|1', 1), pca_unit_publish('https://x|2', 1), pca_unit_clear('https://x'), pca_unit_find('https://x|1'),
    pca_unit_find('a'), pca_unit_clear(), pca_unit_find('a'), pca_unit_clear();
-- a key whose URL is longer than what is shown
SELECT pca_unit_publish(repeat('u', 3000), 1), length(url), pca_unit_clear() FROM (SELECT pca_unit_publish(repeat('u', 3000), 1)) AS p, pca_unit_shown();
SELECT blocks, free, used, written, entries FROM pca_unit_usage();

-- expired ones are evicted first, then those that are cheapest to request again for their size:
-- 16 of 8 blocks fill the memory
SELECT count(*) FILTER (WHERE pca_unit_publish('e' || i, 60000, ttl_ms => CASE WHEN i = 7 THEN 0 ELSE 3600000 END, wait_ms => i * 100)) FROM generate_series(1, 16) i;
SELECT pca_unit_publish('f1', 60000, wait_ms => 350), pca_unit_find('e7'), pca_unit_find('e1');
SELECT pca_unit_publish('f2', 60000, wait_ms => 350), pca_unit_find('e1'), pca_unit_find('e2');
-- what was evicted raises the value of those that come later, or are used: 'e2' is used, so 'e3' is next
SELECT pca_unit_publish('f3', 60000, wait_ms => 350);
SELECT array_agg(url ORDER BY url) FROM pca_unit_shown();
-- a small one is worth more than a large one of the same cost
SELECT pca_unit_clear();
SELECT count(*) FILTER (WHERE pca_unit_publish('g' || i, CASE i WHEN 1 THEN 100 ELSE 60000 END)) FROM generate_series(1, 20) i;
SELECT pca_unit_find('g1'), count(*) FROM pca_unit_shown();
-- a response that takes the place of an older one makes no other leave
SELECT count(*) FILTER (WHERE pca_unit_publish('g' || i, 60000)) FROM generate_series(17, 20) i;
SELECT count(*) FROM pca_unit_shown();
SELECT blocks, free, used, written, entries FROM pca_unit_usage();

-- a smaller size evicts with the next response, and 0 drops all
SELECT pca_unit_cache_size(2);
SELECT count(*) FILTER (WHERE pca_unit_publish('h' || i, 60000)) FROM generate_series(1, 31) i;
SELECT blocks, free, used, written, entries FROM pca_unit_usage();
SELECT pca_unit_cache_size(1), pca_unit_publish('h32', 60000);
SELECT blocks, free, used, written, entries FROM pca_unit_usage();
SELECT pca_unit_cache_size(0), pca_unit_publish('h', 1);
SELECT * FROM pca_unit_usage();
SELECT pca_unit_cache_size(1), pca_unit_find('h32');

-- thousands of keys, and each eviction compared with the rule
SELECT published > 2900, hits > 100, evicted > 1000, wrong FROM pca_unit_churn(6000, true);
SELECT blocks, free + used = blocks AS complete, used <= 128 AS kept, written, entries > 40 FROM pca_unit_usage();

-- flights: who comes first leads, and shows that it works; another scan of the same process does not follow
SELECT * FROM pca_unit_flight('k', 'join,beat,page');
SELECT * FROM pca_unit_flight('k', 'join', flight => 1);
SELECT flights, marks FROM pca_unit_usage();
SELECT * FROM pca_unit_flight('k', 'end,beat,end');
-- who has shown no work for three seconds has lost its place, and what it does later is without effect
SELECT * FROM pca_unit_flight('k', 'join,2999,beat,2999');
SELECT * FROM pca_unit_flight('k', '8999,join', flight => 1);
SELECT * FROM pca_unit_flight('k', '9000,beat,page,end mark');
SELECT * FROM pca_unit_flight('k', '9000,beat,end', flight => 1);
-- a mark lasts a minute, and marks that key alone
SELECT * FROM pca_unit_flight('k', 'mark,join,59990,join');
SELECT * FROM pca_unit_flight('l', 'join,end');
SELECT * FROM pca_unit_flight('k', '60100,join,end mark,join,61000,join,end');
SELECT flights, marks FROM pca_unit_usage();
-- 256 flights and marks: a mark gives way to a flight
SELECT count(*) FILTER (WHERE result = 'none') FROM generate_series(1, 300) i, pca_unit_flight('m' || i, 'mark');
SELECT flights, marks FROM pca_unit_usage();
SELECT * FROM pca_unit_flight('n', 'join,end');
SELECT pca_unit_clear() > 0;
