-- Joins: a nested loop may ask for each outer row, a hash join asks once.
SET search_path = pc, public;
CREATE TABLE public.watched (tenant uuid, code text);
INSERT INTO public.watched SELECT md5(i::text)::uuid, 'o365' FROM generate_series(1, 3) i;
CREATE TABLE public.everyone (tenant uuid, code text);
INSERT INTO public.everyone SELECT md5(i::text)::uuid, 'o365' FROM generate_series(1, 50000) i;
ANALYZE public.watched, public.everyone;

-- Prints the joins, and what each foreign scan asks.
CREATE FUNCTION public.joined(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
    IF line ~ '^ *(->  )?(Nested Loop|Hash Join|SubPlan|Seq Scan|Foreign Scan|Remote Filter|Remote Group By|Request)' THEN
      RETURN NEXT regexp_replace(line, 'https://[^/]*', '…');
    END IF;
  END LOOP;
END $$;

-- a few outer rows: their values go into the filter
SELECT joined($$SELECT code, licenses_sold FROM watched JOIN license_deployment ON customer_tenant_id = tenant$$);
-- many: one scan
SELECT joined($$SELECT code, licenses_sold FROM everyone JOIN license_deployment ON customer_tenant_id = tenant$$);
-- several conditions, one of which stays
SELECT joined($$SELECT licenses_sold FROM watched JOIN license_deployment
  ON customer_tenant_id = tenant AND service_code = code AND licenses_sold > length(code)
WHERE channel = 'reseller'$$);
-- a join clause with OR is sent whole
SELECT joined($$SELECT licenses_sold FROM watched JOIN license_deployment ON customer_tenant_id = tenant OR service_code = code$$);
-- grouped, one scan is small enough to join as a whole
SELECT joined($$SELECT code, sum(licenses_sold) FROM watched JOIN license_deployment ON customer_tenant_id = tenant GROUP BY 1$$);
-- between two foreign tables
SELECT joined($$SELECT product_name FROM license_deployment JOIN license_usage USING (product_id, product_name)
WHERE license_deployment.customer_tenant_id = '11111111-1111-1111-1111-111111111111' AND license_deployment.service_code = 'o365'$$);
-- the customer of a path comes from a join
SELECT joined($$SELECT code, licenses_sold FROM watched JOIN customer_license_deployment ON customer_id = tenant$$);
-- correlated subqueries
SELECT joined($$SELECT tenant, (SELECT sum(licenses_sold) FROM license_deployment WHERE customer_tenant_id = tenant) FROM watched$$);
-- a small outer side in one request: an array
SELECT joined($$SELECT licenses_sold FROM license_deployment WHERE customer_tenant_id = ANY (ARRAY(SELECT tenant FROM watched))$$);
