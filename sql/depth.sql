-- Conditions that are nested deeply, or very long: they are planned in a time
-- that grows with their length, or refused as PostgreSQL refuses them.
SET search_path = pc, public;
SET statement_timeout = '300s';

-- What is sent and why the rest is not, in short; or the SQLSTATE.
CREATE FUNCTION public.planned(condition text, relation text DEFAULT 'license_deployment',
    output text DEFAULT 'service_code') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  line text;
  result text := 'local';
BEGIN
  FOR line IN EXECUTE format('EXPLAIN (VERBOSE, COSTS OFF) SELECT %s FROM %s WHERE %s', output, relation, condition) LOOP
    IF line ~ '^ *(Remote Filter|Remote Group By|Remote Snapshot|Not Grouped Because): ' THEN
      result := left(regexp_replace(ltrim(line), '^Remote Filter', 'sent'), 75);
    ELSIF line ~ '^ *Local Filter Reason: ' THEN
      result := format('%s, as %s', result, regexp_replace(regexp_replace(line, ': ALTER .*', ''), '^.*: ', ''));
    END IF;
  END LOOP;
  RETURN result;
EXCEPTION WHEN statement_too_complex THEN
  RETURN SQLSTATE;
END $$;

-- The kinds of nesting: the condition is heads, core, tails, and the end.
CREATE TABLE public.nestings (kind text, head text, core text, tail text, ending text);
INSERT INTO public.nestings VALUES
  ('COALESCE', 'coalesce(', 'channel', $$, 'x')$$, $$ = 'reseller'$$),
  ('COALESCE of columns', 'coalesce(', 'channel', ', service_code)', $$ = 'reseller'$$),
  ('NULLIF', 'nullif(', 'channel', $$, 'x')$$, $$ = 'reseller'$$),
  ('CASE', $$CASE WHEN service_code = 'x' THEN 'y' ELSE $$, 'channel', ' END', $$ = 'reseller'$$),
  ('CASE with a condition', $$CASE WHEN $$, $$channel = 'reseller'$$, $$ THEN service_code = 'x' ELSE false END$$, ''),
  ('AND and OR', '((', $$channel = 'a'$$, $$ AND service_code = 'b') OR service_name = 'c')$$, ''),
  ('NOT', 'NOT (coalesce(', $$channel = 'reseller'$$, ', false))', ''),
  ('IS TRUE', '(', $$channel = 'a'$$, ' IS TRUE)', ''),
  ('IS NOT DISTINCT FROM', '(', $$channel = 'reseller'$$, ' IS NOT DISTINCT FROM true)', ''),
  ('casts', '', 'channel', '::varchar::text', $$ = 'reseller'$$),
  ('casts of a GUID', '', 'customer_tenant_id', '::text::uuid', $$ = '0112a436-b14e-4888-967b-ca4bb2cf1234'$$),
  ('||', '', 'channel', $$ || 'x'$$, $$ = 'reseller'$$),
  ('a value', 'channel = coalesce(', $$current_setting('a.b', true)$$, $$, 'x')$$, ''),
  ('a deep value', $$channel = ''$$, '', $$ || current_setting('a.b', true)$$, '');

CREATE FUNCTION public.nested(n public.nestings, depth int) RETURNS text LANGUAGE sql
RETURN repeat((n).head, CASE WHEN (n).kind ~ 'value' THEN 1 ELSE depth END) || (n).core ||
  repeat((n).tail, CASE WHEN (n).kind = 'a value' THEN 1 ELSE depth END) || (n).ending;

-- what people write is analyzed
SELECT kind, planned(nested(n, 3)) FROM nestings n;
-- and what programs write; what is nested more deeply is evaluated locally
SELECT kind, planned(nested(n, 90)) FROM nestings n;
-- 19 simplifies COALESCE of what is not null
SELECT kind, planned(nested(n, 500)) FROM nestings n WHERE kind <> 'COALESCE';

-- No depth and no stack make more than an error of PostgreSQL's own.
CREATE FUNCTION public.survives(n public.nestings, stack text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  good boolean := true;
  depth int;
BEGIN
  EXECUTE format('SET LOCAL max_stack_depth = %L', stack);
  FOREACH depth IN ARRAY '{3, 30, 100, 200, 300, 400, 600, 800, 1000, 2000}'::int[] LOOP
    good := good AND planned(nested(n, depth)) ~ '^(54001$|local, as |sent: )';
  END LOOP;
  RETURN good;
END $$;
SELECT kind FROM nestings n WHERE survives(n, '100kB') IS NOT TRUE;
SELECT kind FROM nestings n WHERE survives(n, '2MB') IS NOT TRUE;

-- sums come grouped
CREATE TABLE public.sums (kind text, head text, tail text);
INSERT INTO public.sums VALUES
  ('+', '', ' + licenses_sold'), ('-', '- ', ''), ('*', '', ' * 1'), ('numeric *', '', ' * 1.5'),
  ('coalesce', 'coalesce(', ', 0)'), ('+ in coalesce', 'coalesce(', ' + licenses_sold, 0)'),
  ('CASE', $$CASE WHEN channel = 'a' THEN 0 ELSE $$, ' END');
CREATE FUNCTION public.summed(s public.sums, depth int) RETURNS text LANGUAGE sql
RETURN planned('true GROUP BY 1', 'license_deployment',
  format('channel, sum(%s)', repeat((s).head, depth) || 'licenses_sold' || repeat((s).tail, depth)));
ALTER FOREIGN TABLE license_deployment OPTIONS (ADD group_comparison 'case_sensitive');
ALTER FOREIGN TABLE license_deployment ALTER licenses_sold SET NOT NULL;
SELECT kind, summed(s, 3), summed(s, 300) FROM sums s;
SELECT kind FROM sums s WHERE summed(s, 1500) !~ '^(54001$|Remote Group By: )';
ALTER FOREIGN TABLE license_deployment ALTER licenses_sold DROP NOT NULL;
ALTER FOREIGN TABLE license_deployment OPTIONS (DROP group_comparison);

-- long conditions: none of these is compared with all others; with assertions,
-- PostgreSQL moves a whole list for each element that is added
SELECT CASE WHEN current_setting('debug_assertions')::boolean THEN 10000 ELSE 100000 END AS many \gset
CREATE FUNCTION public.listed(format text, length int, delimiter text) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(format(format, i), delimiter) FROM generate_series(1, length) i);
SELECT planned(listed($$channel = 'a%1$s'$$, 10000, ' OR '));
SELECT planned(listed($$channel = 'a%1$s' AND service_code = 'b'$$, 10000, ' OR '));
SELECT planned(format('channel IN (%s)', listed($$'a%s'$$, :many, ', ')));
SELECT planned(format('channel IN (%s)', listed($$current_setting('a.b%s', true)$$, 3000, ', ')));
SELECT planned(listed($$(channel = 'a%1$s' OR service_code = 'b%1$s')$$, 10000, ' AND '));
SELECT planned(listed($$(channel = current_setting('a.b%1$s', true) OR service_code = 'b')$$, 3000, ' AND '));
SELECT planned(format('CASE %s END = ''b5''', listed($$WHEN channel = 'a%1$s' THEN 'b%1$s'$$, 5000, ' ')));
-- each choice of one side meets each of the other
SELECT planned(format('CASE %s END = CASE %s END', listed($$WHEN channel = 'a%1$s' THEN 'b%1$s'$$, 5000, ' '),
  listed($$WHEN service_code = 'a%1$s' THEN 'b%1$s'$$, 5000, ' ')));
-- days that two lists share
SELECT replace(planned(format('snapshot_date IN (%1$s) AND snapshot_date IN (%1$s)', listed($$date '0001-01-01' + %s$$, :many, ', ')),
  'license_deployment_history'), :'many', 'many');
-- the first and the last day of nested lists of them, which do not fit into a URL
SELECT planned(repeat($$(usage_date = '2018-10-01' OR (usage_date >= '2018-10-02' AND usage_date < '2018-10-05' AND $$, 60) ||
  $$usage_date = '2018-10-03'$$ || repeat('))', 60), 'azure_usage', 'customer_name');
