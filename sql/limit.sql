-- LIMIT as a hint for the size of the first page.
SET search_path = pc, public;
CREATE FUNCTION public.limited(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
    IF line ~ '^ *(Remote Limit|Request)' THEN
      RETURN NEXT regexp_replace(ltrim(line), 'https://[^?]*', '…');
    END IF;
  END LOOP;
END $$;

SELECT limited('SELECT channel FROM license_deployment LIMIT 10');
SELECT limited('SELECT channel FROM license_deployment LIMIT 10 OFFSET 5');
SELECT limited('SELECT channel FROM license_deployment WHERE licenses_sold > 5 LIMIT 10');
SELECT limited('SELECT channel FROM license_deployment LIMIT 20000');
SELECT limited('SELECT channel FROM (SELECT * FROM license_deployment) x LIMIT 10');
SELECT limited('SELECT EXISTS (SELECT FROM license_deployment)');
-- not where something above needs more rows
SELECT limited('SELECT channel FROM license_deployment ORDER BY channel LIMIT 10');
SELECT limited('SELECT DISTINCT channel FROM license_deployment LIMIT 10');
SELECT limited('SELECT count(*) FROM license_deployment LIMIT 10');
SELECT limited('SELECT row_number() OVER () FROM license_deployment LIMIT 10');
SELECT limited('SELECT generate_series(1, licenses_sold) FROM license_deployment LIMIT 10');
SELECT limited('SELECT d.channel FROM license_deployment d JOIN license_usage u USING (product_id) LIMIT 10');
SELECT limited('SELECT channel FROM license_deployment LIMIT ALL');
-- page_size of the table bounds it
ALTER FOREIGN TABLE license_deployment OPTIONS (ADD page_size '7');
SELECT limited('SELECT channel FROM license_deployment LIMIT 10');
SELECT limited('SELECT channel FROM license_deployment');
ALTER FOREIGN TABLE license_deployment OPTIONS (DROP page_size);
