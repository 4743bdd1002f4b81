--
-- ambiguous: a key that a wanted column reads comes twice in an item
--
CREATE TYPE active AS (service_code text, licenses_active bigint);

-- What each way to read the item gives: one line where all give the same.
CREATE FUNCTION read(item text, resource text DEFAULT 'license_usage', keys text[] DEFAULT '{}', wanted text[] DEFAULT NULL)
RETURNS SETOF text LANGUAGE SQL AS $$
  SELECT DISTINCT unnest(pca_unit_readers(NULL::active, body(item), resource, keys => keys, wanted => wanted)) $$;

SELECT read('{"licensesActive": -777, "licensesActive": 5}');
SELECT read('{"licensesActive": 5, "licensesActive": 5}');
SELECT read('{"licensesActive": 5, "licensesActive": null}');
SELECT read('{"licensesActive": null, "licensesActive": 5}');
-- but for case, and by the other documented spelling
SELECT read('{"licensesActive": 5, "LicensesActive": 6}');
SELECT read('{"licensesactive": 5, "LicensesActive": 6}');
SELECT read('{"licenseActive": 5, "licensesActive": 6}');
SELECT read('{"licensesActive": 5, "serviceCode": "a", "LICENSEACTIVE": 6}');
-- escaped; the long s and the Kelvin sign are other letters
SELECT read('{"licensesActive": 5, "licenses\u0041ctive": 6}');
SELECT read('{"\u006cicenseActive": 5, "licensesActive": 6}');
SELECT read('{"licensesActive": 5, "li\u0063en\u017fesActive": 6, "licen\u017fesActive": 7}');
-- of three, and where another column is ambiguous, too
SELECT read('{"licensesActive": 5, "licensesActive": 6, "licensesActive": 7}');
SELECT read('{"licensesActive": 5, "serviceCode": "a", "servicecode": "b", "licensesActive": 6}');
-- the values say nothing
SELECT read('{"licensesActive": "no number", "licensesActive": {"a": 1}}');

-- what no wanted column reads may come twice
SELECT read('{"licensesActive": 5, "other": 1, "other": 2, "Other": 3}');
SELECT read('{"licensesActive": 5, "serviceCode": "a", "serviceCode": "b"}', wanted => '{licenses_active}');
SELECT read('{"licensesActive": 5, "licensesActive": 6, "serviceCode": "a"}', wanted => '{service_code}');

-- paths: the key that is followed, the one that is found, and what is beside them
SELECT read('{"a": {"b": "x"}, "A": {"b": "y"}}', NULL, '{a.b}');
SELECT read('{"a": {"b": "x", "B": "y"}}', NULL, '{a.b}');
SELECT read('{"a": {"b": "x", "b": "x"}}', NULL, '{a.b}');
SELECT read('{"a": {"b": {"c": "x"}, "b": {}}}', NULL, '{a.b.c}');
SELECT read('{"a": {"b": "x", "c": "y", "c": "z"}}', NULL, '{a.b}');
-- a key with the dot comes before the path
SELECT read('{"a": {"b": "x"}, "a.b": "y"}', NULL, '{a.b}');
SELECT read('{"a": {"b": "x"}, "a": {}, "a.b": "y"}', NULL, '{a.b}');
SELECT read('{"a.b": "y", "a": {"b": "x"}, "a": {}}', NULL, '{a.b}');
SELECT read('{"a.b": "y", "a": {"b": "x"}, "A.b": "z"}', NULL, '{a.b}');
SELECT read('{"a": {"b.c": "x", "b": {"c": "y"}}}', NULL, '{a.b.c}');

-- the path's customer is not read from the item
CREATE TYPE customer_active AS (customer_id uuid, licenses_active bigint);
SELECT DISTINCT unnest(pca_unit_readers(NULL::customer_active,
    body('{"customerId": "x", "customerId": "y", "licensesActive": 5}'), 'customer_license_usage',
    customer => '4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04'));

-- a whole item, or an object in it, is what came: jsonb keeps the last of equal keys
CREATE TYPE wholly AS (j json, b jsonb, t text);
SELECT * FROM pca_unit_rows(NULL::wholly, body('{"a": {"x": 1, "x": 2, "X": 3}}'), NULL, '{a,a,a}');

-- the second item of a page, when the first one has taught the keys
SELECT * FROM pca_unit_rows(NULL::active, body('{"licensesActive": 5, "serviceCode": "a"},
    {"licensesActive": 6, "serviceCode": "b"}, {"licensesActive": 7, "licenseActive": 8}'), 'license_usage');
-- and a good one after it
SELECT * FROM pca_unit_rows(NULL::active, body('{"licensesActive": 5, "serviceCode": "a", "serviceCode": "b"},
    {"licensesActive": 6}'), 'license_usage', wanted => '{licenses_active}');

-- All items of up to four members of these: an error if and only if two of them
-- are the column's, whatever way it is read.
CREATE TABLE spellings (spelling text, active bool);
INSERT INTO spellings VALUES ('licensesActive', true), ('licensesactive', true), ('licenseActive', true),
    ('licenses\u0041ctive', true), ('licensesQualified', false), ('x', false);
CREATE VIEW items AS
WITH RECURSIVE more(members, n, length) AS (
  VALUES ('{}'::text[], 0, 0)
  UNION ALL
  SELECT members || format('"%s": %s', spelling, length), n + active::int, length + 1
  FROM more, spellings WHERE length < 4)
SELECT '{' || array_to_string(members, ', ') || '}' AS item, n FROM more;
SELECT count(*), count(*) FILTER (WHERE n > 1) AS ambiguous FROM items;
SELECT item, n, outcomes
FROM items, LATERAL (SELECT array_agg(DISTINCT o) FROM read(item, wanted => '{licenses_active}') o) r(outcomes)
WHERE cardinality(outcomes) <> 1 OR (outcomes[1] ~ '^HV000: .*an item is ambiguous') <> (n > 1)
LIMIT 5;
