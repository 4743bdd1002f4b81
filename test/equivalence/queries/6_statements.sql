-- Statements that belong together: each block runs in a transaction that is
-- rolled back.  Whether rows came grouped is seen from what was asked.

-- prepared

--! script; grouped; 2 requests
PREPARE p(text) AS SELECT service_code, sum(licenses_sold) FROM license_deployment WHERE channel = $1 GROUP BY 1;
EXECUTE p('direct');
EXECUTE p(NULL);
EXECUTE p('o''hara');
--! script; grouped; 7 requests
SET LOCAL plan_cache_mode = auto;
PREPARE p(text) AS SELECT service_code, sum(licenses_sold) FROM license_deployment WHERE channel = $1 GROUP BY 1;
EXECUTE p('direct');
EXECUTE p('direct');
EXECUTE p('direct');
EXECUTE p('direct');
EXECUTE p('direct');
EXECUTE p('direct');
EXECUTE p('reseller');
--! script; plain; 4 requests
PREPARE p(text[], uuid) AS SELECT channel, licenses_sold FROM license_deployment WHERE channel = ANY ($1) AND customer_tenant_id IS DISTINCT FROM $2;
EXECUTE p('{direct,reseller}', NULL);
EXECUTE p('{}', NULL);
EXECUTE p(NULL, NULL);
EXECUTE p('{NULL,void}', '11111111-2222-3333-4444-555555555555');
EXECUTE p('{NULL,direct}', NULL);
--! script; plain; 5 requests
PREPARE p(text[]) AS SELECT channel, licenses_sold FROM license_deployment WHERE channel <> ALL ($1);
EXECUTE p('{direct,reseller}');
EXECUTE p('{}');
EXECUTE p(NULL);
EXECUTE p('{direct,NULL}');
--! script; plain; 4 requests
PREPARE p(uuid) AS SELECT channel FROM license_deployment WHERE customer_tenant_id = $1 OR customer_tenant_id <> $1 AND channel = 'direct';
EXECUTE p('11111111-2222-3333-4444-555555555555');
EXECUTE p(md5('')::uuid);
EXECUTE p(NULL);
--! script; plain; 4 requests
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE p(text, text) AS SELECT channel, service_code FROM license_deployment WHERE channel = $1 OR service_code = $2;
EXECUTE p('direct', NULL);
EXECUTE p(NULL, 'o365');
EXECUTE p(NULL, NULL);
EXECUTE p('direct', 'o365');
--! script; grouped; 3 requests
PREPARE p(bigint) AS SELECT channel, sum(licenses_sold * 2) * $1 FROM license_deployment GROUP BY 1 HAVING sum(licenses_sold) > $1;
EXECUTE p(10);
EXECUTE p(NULL);
EXECUTE p(1000);
--! script; 3 requests
PREPARE p(bigint) AS SELECT channel, sum(licenses_sold * $1) FROM license_deployment GROUP BY 1;
EXECUTE p(10);
EXECUTE p(NULL);
EXECUTE p(100);
--! script; 3 requests
PREPARE p(text) AS SELECT sum(CASE WHEN channel = $1 THEN licenses_sold ELSE 0 END) FROM license_deployment WHERE $1 IS NOT NULL;
EXECUTE p('direct');
EXECUTE p(NULL);
--! script; rows only; 3 requests
PREPARE p(bigint, bigint) AS SELECT channel FROM license_deployment LIMIT $1 OFFSET $2;
EXECUTE p(5, 3);
EXECUTE p(NULL, 235);
EXECUTE p(0, NULL);
EXECUTE p(7, NULL);
--! script; error 2201W
PREPARE p(bigint, bigint) AS SELECT channel FROM license_deployment LIMIT $1 OFFSET $2;
EXECUTE p(-1, 3);
--! script; error 2201X
PREPARE p(bigint, bigint) AS SELECT channel FROM license_deployment LIMIT $1 OFFSET $2;
EXECUTE p(1, -3);
--! script; rows only; 3 requests
PREPARE p(boolean, bigint) AS SELECT channel FROM license_deployment WHERE $1 OFFSET $2;
EXECUTE p(true, 230);
EXECUTE p(false, 230);
EXECUTE p(NULL, 230);
EXECUTE p(true, NULL);
--! script; plain
PREPARE p(text) AS SELECT count(*) FROM license_deployment WHERE channel = $1;
EXECUTE p('direct');
EXECUTE p('RESELLER');
EXECUTE p(NULL);
--! script; grouped
PREPARE p AS SELECT n, (SELECT sum(licenses_sold) FROM license_deployment d WHERE d.channel = chan.channel) FROM chan;
EXECUTE p;
EXECUTE p;
--! script; grouped
SET LOCAL search_path = no_schema;
PREPARE p(text) AS SELECT 1;
DEALLOCATE p;
RESET search_path;
SELECT 1;
--! script; grouped; 2 requests
PREPARE p(uuid[]) AS SELECT channel, sum(licenses_sold) FROM license_deployment WHERE customer_tenant_id = ANY ($1) GROUP BY 1;
EXECUTE p('{11111111-2222-3333-4444-555555555555,NULL}');
EXECUTE p('{}');

-- cursors

--! script; grouped; 1 request
DECLARE c SCROLL CURSOR FOR SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY 1 ORDER BY 1;
FETCH 2 FROM c;
FETCH LAST FROM c;
FETCH PRIOR FROM c;
MOVE FIRST FROM c;
FETCH ALL FROM c;
FETCH BACKWARD ALL FROM c;
CLOSE c;
--! script; plain; 1 request; rows only
DECLARE c SCROLL CURSOR FOR SELECT channel FROM license_deployment WHERE channel = 'direct';
FETCH 5 FROM c;
FETCH BACKWARD 3 FROM c;
FETCH ALL FROM c;
FETCH FIRST FROM c;
CLOSE c;
--! script; plain; 1 request
DECLARE c CURSOR WITH HOLD FOR SELECT channel, licenses_sold FROM license_deployment WHERE service_code = 'crm' ORDER BY 1, 2;
FETCH 3 FROM c;
COMMIT;
FETCH ALL FROM c;
CLOSE c;
--! script; plain; 2 requests; rows only
DECLARE c CURSOR FOR SELECT channel FROM license_deployment;
FETCH 3 FROM c;
DECLARE d CURSOR FOR SELECT channel FROM license_deployment WHERE channel = 'direct';
FETCH 3 FROM d;
FETCH 300 FROM c;
FETCH ALL FROM d;
--! script; plain; 3 requests
DECLARE c NO SCROLL CURSOR FOR SELECT region, x.channel FROM region, LATERAL (SELECT channel FROM license_deployment WHERE customer_tenant_id = tenant ORDER BY 1) x WHERE region = 'far' OR region = 'nowhere';
FETCH 1 FROM c;
CLOSE c;

-- PL/pgSQL

--! script; grouped
CREATE FUNCTION f(c text) RETURNS numeric LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT sum(licenses_sold) FROM license_deployment WHERE channel = c); END $$;
SELECT channel, f(channel) FROM chan;
SELECT f(NULL);
--! script; grouped
CREATE FUNCTION f() RETURNS TABLE (c text, s numeric) LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN
  FOR r IN SELECT channel, sum(licenses_sold) AS sold FROM license_deployment GROUP BY 1 ORDER BY 1 LOOP
    c := r.channel; s := r.sold; RETURN NEXT;
  END LOOP;
END $$;
SELECT * FROM f();
SELECT max(s) FROM f();
--! script; plain
CREATE FUNCTION f() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE r record; n bigint := 0;
BEGIN
  FOR r IN SELECT licenses_sold FROM license_deployment WHERE channel = 'direct' LOOP
    n := n + coalesce(r.licenses_sold, 0);
  END LOOP;
  FOR r IN SELECT licenses_sold FROM license_deployment LOOP
    EXIT;
  END LOOP;
  RETURN n;
END $$;
SELECT f();
SELECT f();
--! script; grouped
CREATE FUNCTION f(c text) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT sum(licenses_sold) FROM license_deployment WHERE channel = c';
SELECT channel, f(channel) FROM chan;
--! script; plain
CREATE FUNCTION f() RETURNS SETOF license_deployment LANGUAGE sql STABLE AS 'SELECT * FROM license_deployment';
SELECT channel, count(*) FROM f() GROUP BY 1;
--! script; grouped
DO $$ DECLARE n numeric; BEGIN
  FOR i IN 1..7 LOOP SELECT sum(licenses_sold) INTO n FROM license_deployment WHERE channel = 'direct'; END LOOP;
  UPDATE target SET b = n;
END $$;
SELECT * FROM target;
--! script; plain
DO $$ BEGIN
  BEGIN
    PERFORM channel::int FROM license_deployment;
  EXCEPTION WHEN invalid_text_representation THEN
    INSERT INTO target VALUES ('caught', 1, 1);
  END;
  INSERT INTO target SELECT channel, 1, licenses_sold FROM license_deployment WHERE channel = 'void';
END $$;
SELECT * FROM target;

-- statements that write

--! script; grouped; 1 request
INSERT INTO target (a, b) SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY 1 RETURNING *;
SELECT * FROM target;
--! script; plain; 1 request
INSERT INTO target SELECT channel, 1, licenses_sold FROM license_deployment WHERE service_code = 'crm';
SELECT * FROM target;
--! script; grouped; 1 request
CREATE TABLE made AS SELECT channel, service_code, sum(licenses_sold) AS s FROM license_deployment GROUP BY 1, 2;
SELECT * FROM made;
SELECT attname, atttypid::regtype FROM pg_attribute WHERE attrelid = 'made'::regclass AND attnum > 0;
--! script; grouped; 2 requests
CREATE MATERIALIZED VIEW made AS SELECT channel, sum(licenses_sold) AS s FROM license_deployment GROUP BY 1;
SELECT * FROM made;
REFRESH MATERIALIZED VIEW made;
SELECT * FROM made;
--! script; plain; 1 request
SELECT * INTO made FROM license_deployment;
SELECT * FROM made;
--! script; plain; 3 requests
UPDATE target SET c = 9 FROM license_deployment WHERE a = channel;
SELECT * FROM target;
--! script; grouped; 1 request
UPDATE target SET b = x.s FROM (SELECT channel, sum(licenses_sold) AS s FROM license_deployment GROUP BY 1) x WHERE a = x.channel RETURNING *;
--! script; grouped; 3 requests
UPDATE target SET b = (SELECT sum(licenses_sold) FROM license_deployment WHERE channel = a);
SELECT * FROM target;
--! script; plain; 3 requests
DELETE FROM target USING license_deployment WHERE a = channel RETURNING a;
--! script; plain; 3 requests
DELETE FROM target WHERE EXISTS (SELECT FROM license_deployment WHERE channel = a);
SELECT * FROM target;
--! script; plain; 3 requests
DELETE FROM target WHERE a IN (SELECT channel FROM license_deployment WHERE licenses_sold > 30);
SELECT * FROM target;
--! script; grouped; 1 request
MERGE INTO target USING (SELECT channel, sum(licenses_sold) AS s FROM license_deployment WHERE channel IS NOT NULL GROUP BY 1) x ON a = channel
  WHEN MATCHED THEN UPDATE SET b = s WHEN NOT MATCHED THEN INSERT VALUES (channel, s, 0);
SELECT * FROM target;
--! script; plain; error 21000
MERGE INTO target USING license_deployment ON a = channel WHEN MATCHED THEN UPDATE SET c = 5;
--! script; plain; 1 request
MERGE INTO target USING (SELECT DISTINCT channel, licenses_sold FROM license_deployment WHERE channel = 'void') x ON a = channel
  WHEN NOT MATCHED THEN INSERT VALUES (channel, 1, licenses_sold);
SELECT * FROM target;
--! script; grouped; 1 request
WITH x AS (INSERT INTO target SELECT channel, sum(licenses_sold), 1 FROM license_deployment GROUP BY 1 RETURNING a, b) SELECT a, sum(b) FROM x GROUP BY 1;
--! script; plain; 1 request
WITH gone AS (DELETE FROM target WHERE a = 'direct' RETURNING a) SELECT channel, count(*) FROM license_deployment JOIN gone ON channel = a GROUP BY 1;
--! script; grouped; 2 requests
CREATE TEMP TABLE t ON COMMIT DROP AS SELECT DISTINCT customer_tenant_id FROM license_deployment WHERE channel = 'o''hara';
SELECT sum(licenses_active) FROM license_usage WHERE customer_tenant_id IN (SELECT customer_tenant_id FROM t);

-- JIT, and settings that change how plans are run

--! script; grouped; 2 requests
SET LOCAL jit = on;
SET LOCAL jit_above_cost = 0;
SET LOCAL jit_inline_above_cost = 0;
SET LOCAL jit_optimize_above_cost = 0;
SELECT channel, sum(licenses_sold), max(service_code) FROM license_deployment WHERE service_code IS NOT NULL GROUP BY 1;
SELECT sum(licenses_active) FROM certain WHERE service_code <> 'crm' GROUP BY channel;
--! script; plain; 1 request
SET LOCAL jit = on;
SET LOCAL jit_above_cost = 0;
SELECT * FROM certain WHERE service_code <> 'crm' AND licenses_active < 20;
--! script; plain
SET LOCAL work_mem = '64kB';
SELECT region, x.channel FROM region, LATERAL (SELECT channel FROM license_deployment WHERE customer_tenant_id = tenant) x;
SELECT a.channel, b.licenses_active FROM license_deployment a JOIN license_usage b ON a.customer_name > b.customer_name AND a.channel = 'void';
--! script; plain
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_material = off;
SELECT a.n, d.channel, d.licenses_sold FROM chan a LEFT JOIN license_deployment d ON d.licenses_sold > a.n AND d.channel = 'direct';
--! script; grouped
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_memoize = on;
SELECT region, sum(licenses_sold) FROM region JOIN license_deployment ON tenant = customer_tenant_id GROUP BY 1;
SELECT region, sum(licenses_sold) FROM region LEFT JOIN license_deployment ON tenant = customer_tenant_id GROUP BY 1;
--! script; grouped; 1 request
SET LOCAL cursor_tuple_fraction = 0.0001;
DECLARE c CURSOR FOR SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY 1 ORDER BY 1;
FETCH 1 FROM c;
FETCH ALL FROM c;
--! script; grouped; 1 request
SAVEPOINT s;
DECLARE c CURSOR FOR SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY 1 ORDER BY 1;
FETCH 1 FROM c;
ROLLBACK TO s;
SELECT 1;

-- A value that is not given wants all; what the other arm would make of it does not matter

--! script; 5 requests
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE p(text) AS SELECT channel, service_code, licenses_sold FROM license_deployment WHERE $1 IS NULL OR channel = $1;
EXECUTE p('direct');
EXECUTE p(NULL);
EXECUTE p('nobody');
--! script; 6 requests
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE p(text, text[]) AS SELECT channel, sum(licenses_sold) FROM license_deployment WHERE ($1 = '' OR channel = $1) AND (cardinality($2) = 0 OR service_code = ANY ($2)) GROUP BY channel;
EXECUTE p('direct', '{}');
EXECUTE p('', '{o365,crm}');
EXECUTE p('', '{}');
EXECUTE p('', NULL);
--! script; 4 requests
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE p(text) AS SELECT channel, licenses_sold FROM license_deployment WHERE $1 = '' OR customer_tenant_id = $1::uuid;
EXECUTE p('');
EXECUTE p('11111111-2222-3333-4444-555555555555');
EXECUTE p(NULL);
--! script; 2 requests
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE p(text) AS SELECT channel, licenses_sold FROM license_deployment WHERE $1 <> '' AND customer_tenant_id = $1::uuid OR channel = 'direct';
EXECUTE p('');
EXECUTE p('11111111-2222-3333-4444-555555555555');
--! script; error 22P02
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE p(text) AS SELECT channel, licenses_sold FROM license_deployment WHERE $1 = '' OR customer_tenant_id = $1::uuid;
EXECUTE p('nonsense');
--! script; 5 requests
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE p(boolean, text) AS SELECT count(*) FROM license_deployment WHERE $1 OR NOT $1 AND channel = $2;
EXECUTE p(true, 'direct');
EXECUTE p(false, 'direct');
EXECUTE p(NULL, 'direct');
EXECUTE p(false, NULL);
--! script; 4 requests
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE p(boolean) AS SELECT channel, sum(licenses_sold) FROM license_deployment WHERE NOT ($1 AND channel <> 'direct') GROUP BY 1;
EXECUTE p(true);
EXECUTE p(false);
EXECUTE p(NULL);

-- What is only counted must have all of its condition in the URL

--! script; or error 54000
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE p(text) AS SELECT count(*) FROM license_deployment WHERE channel = $1;
EXECUTE p(repeat('x', 3000));
--! script; or error 54000
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE p(text) AS SELECT channel FROM license_deployment WHERE channel = $1 LIMIT 3 OFFSET 2;
EXECUTE p(repeat('x', 3000));
--! script
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE p(text) AS SELECT channel FROM license_deployment WHERE channel = $1;
EXECUTE p(repeat('x', 3000));
--!
SELECT count(*) FROM license_deployment WHERE customer_tenant_id = ANY (ARRAY(SELECT md5(n::text)::uuid FROM generate_series(1, 300) n UNION ALL SELECT tenant FROM region));
--!
SELECT count(*) FROM (SELECT FROM license_deployment WHERE customer_tenant_id = ANY (ARRAY(SELECT md5(n::text)::uuid FROM generate_series(1, 300) n UNION ALL SELECT tenant FROM region)) OFFSET 1 LIMIT 3) x;

-- What another side's values were, in another reading, or were too many of

--! script
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_material = off;
SET LOCAL enable_memoize = off;
SELECT c.channel, (SELECT sum(n + d.licenses_sold) FROM nums JOIN license_deployment d ON n < 3 AND d.licenses_sold > n WHERE d.channel = c.channel) FROM chan c;
--! script
SET LOCAL enable_nestloop = off;
SET LOCAL enable_mergejoin = off;
SELECT c.channel, (SELECT sum(d.licenses_sold) FROM license_deployment d JOIN (SELECT unnest(ARRAY[c.channel, c.channel || 'x']) AS x OFFSET 0) s ON s.x = d.channel) FROM chan c;
--! plain; sends channel eq any $1
SELECT d.channel, d.licenses_active FROM license_usage d JOIN several(300) s ON s = d.channel;

-- Rows of a table are changed beside the scan

--! plain; empty; because the statement changes rows
DELETE FROM target WHERE c < 0 AND a IN (SELECT channel FROM license_deployment);

-- CASE keeps a value from being made that would be an error

--! script; 2 requests
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE p(text) AS SELECT channel FROM license_deployment WHERE CASE WHEN $1 = '' THEN 'all' WHEN customer_tenant_id = $1::uuid THEN 'mine' END = 'mine';
EXECUTE p('');
EXECUTE p('11111111-2222-3333-4444-555555555555');
