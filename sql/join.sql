-- Joins: a hash join may send the values of its other side, a nested loop sends a request
-- for each outer row.
SET search_path = pc, public;
CREATE TABLE public.watched (tenant uuid, code text);
INSERT INTO public.watched SELECT md5(i::text)::uuid, 'o365' FROM generate_series(1, 3) i;
CREATE TABLE public.everyone (tenant uuid, code text);
INSERT INTO public.everyone SELECT md5(i::text)::uuid, 'o365' FROM generate_series(1, 50000) i;
ANALYZE public.watched, public.everyone;

-- Prints the joins, and what each foreign scan requests.
CREATE FUNCTION public.joined(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
    IF line ~ '^ *(->  )?(Nested Loop|Hash Join|Hash .* Join|Custom Scan|SubPlan|Seq Scan|Foreign Scan|Remote Filter|Remote Group By|Request)' THEN
      -- 19 names a subplan by its kind, too
      RETURN NEXT regexp_replace(regexp_replace(line, 'https://[^/]*', '…'), 'SubPlan \S*\d', 'SubPlan');
    END IF;
  END LOOP;
END $$;

-- a few outer rows: their values go into the filter
SELECT joined($$SELECT code, licenses_sold FROM watched JOIN license_deployment ON customer_tenant_id = tenant$$);
-- or one request for each
SET enable_hashjoin = off;
SELECT joined($$SELECT code, licenses_sold FROM watched JOIN license_deployment ON customer_tenant_id = tenant$$);
RESET enable_hashjoin;
-- many: one scan
SELECT joined($$SELECT code, licenses_sold FROM everyone JOIN license_deployment ON customer_tenant_id = tenant$$);
-- several conditions, one of which stays
SELECT joined($$SELECT licenses_sold FROM watched JOIN license_deployment
  ON customer_tenant_id = tenant AND service_code = code AND licenses_sold > length(code)
WHERE channel = 'reseller'$$);
-- a join clause with OR is sent whole
SELECT joined($$SELECT licenses_sold FROM watched JOIN license_deployment ON customer_tenant_id = tenant OR service_code = code$$);
-- grouped: the groups of these customers
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

-- a hash join sends the values of the side that it reads first
CREATE TABLE public.sixty (tenant uuid, code text COLLATE "C", note text);
INSERT INTO public.sixty SELECT md5(i::text)::uuid, 'o365', 'x' FROM generate_series(1, 60) i;
ANALYZE public.sixty;
SELECT joined($$SELECT note, licenses_sold FROM sixty JOIN license_deployment ON customer_tenant_id = tenant$$);
-- beside conditions, and whatever it also joins by
SELECT joined($$SELECT note FROM sixty JOIN license_deployment ON customer_tenant_id = tenant AND licenses_sold = length(note)
WHERE channel = 'reseller'$$);
-- of each join that has no use for rows without a partner
SELECT joined($$SELECT note, licenses_sold FROM sixty LEFT JOIN license_deployment ON customer_tenant_id = tenant$$);
SELECT joined($$SELECT licenses_sold FROM license_deployment WHERE customer_tenant_id IN (SELECT tenant FROM sixty)$$);
-- those who want all rows get them
SELECT joined($$SELECT note, licenses_sold FROM license_deployment LEFT JOIN sixty ON customer_tenant_id = tenant$$);
SELECT joined($$SELECT licenses_sold FROM license_deployment WHERE NOT EXISTS (SELECT FROM sixty WHERE customer_tenant_id = tenant)$$);
SELECT joined($$SELECT note, licenses_sold FROM license_deployment FULL JOIN sixty ON customer_tenant_id = tenant$$);
-- nothing that the API cannot compare
SELECT joined($$SELECT note FROM sixty JOIN license_deployment ON licenses_sold = length(note)$$);
-- more values than requests are worth
SELECT joined($$SELECT code FROM everyone JOIN license_deployment ON customer_tenant_id = tenant$$);
