--
-- row: which member belongs to which column, and what its value means
--
CREATE FUNCTION body(items text) RETURNS bytea
LANGUAGE SQL AS $$ SELECT convert_to('[' || items || ']', 'UTF8') $$;

-- the documents' licence row
CREATE TYPE license AS (
    service_code text, service_name text, channel text, customer_tenant_id uuid,
    customer_name text, product_id text, product_name text,
    licenses_deployed bigint, licenses_sold bigint, processed_date_time timestamp);
\x on
SELECT * FROM pca_unit_rows(NULL::license, body('{
      "processedDateTime": "2018-10-14T00:00:00",
      "serviceCode": "o365",
      "serviceName": "Microsoft Office 365",
      "channel": "reseller",
      "customerTenantId": "0112A436-B14E-4888-967B-CA4BB2CF1234",
      "customerName": "TEST COMPANY",
      "productId": "D3B4FE1F-9992-4930-8ACB-CA6EC609365E",
      "productName": "DOMESTIC AND INTERNATIONAL CALLING PLAN",
      "licensesDeployed": 0,
      "licensesSold": 5
    }'), 'license_deployment');
\x off

\pset null NULL

-- members in any order, missing, unknown, in another case
CREATE TYPE few AS (service_code text, licenses_sold bigint);
SELECT * FROM pca_unit_rows(NULL::few, body('
    {"serviceCode": "a", "licensesSold": 1},
    {"licensesSold": 2, "serviceCode": "b"},
    {"licensesSold": 3},
    {},
    {"unknown": [1, {"serviceCode": "x"}], "SERVICECODE": "c", "other": null, "LicensesSold": "4"},
    {"servicecode": null, "licensesSold": null}'), 'license_deployment');

-- by either of the documented spellings
CREATE TYPE used AS (licenses_active bigint, licenses_qualified bigint);
SELECT * FROM pca_unit_rows(NULL::used, body('
    {"licenseActive": 1, "licensesQualified": 2}, {"licensesActive": 3},
    {"LICENSEACTIVE": 5}'), 'license_usage');

-- keys given by option; several columns of one field; paths into objects
CREATE TYPE pathed AS (tenant text, company text, same text, whole jsonb, exact text);
SELECT * FROM pca_unit_rows(NULL::pathed, body('
    {"companyProfile": {"tenantId": "t", "companyName": "n"}, "a.b": "dotted"},
    {"CompanyProfile": {"TENANTID": "t", "companyName": null}, "a": {"b": "nested"}},
    {"companyProfile": null}, {"companyProfile": {}}, {}'), NULL,
    ARRAY['companyProfile.tenantId', 'companyProfile.companyName', 'companyProfile.companyName',
          'companyProfile', 'a.b']);
SELECT * FROM pca_unit_rows(NULL::pathed, body('{"companyProfile": "text"}'), NULL,
    ARRAY['companyProfile.tenantId']);

-- columns that are not wanted are not looked at
SELECT * FROM pca_unit_rows(NULL::few, body('{"serviceCode": "a", "licensesSold": "no number"}'),
    'license_deployment', wanted => ARRAY['service_code']);
SELECT * FROM pca_unit_rows(NULL::few, body('{"serviceCode": "a"}, {}'),
    'license_deployment', wanted => '{}');

-- the path's customer
CREATE TYPE customer_usage AS (customer_id uuid, licenses_active bigint);
SELECT * FROM pca_unit_rows(NULL::customer_usage, body('
    {"licensesActive": 1}, {"customerId": "00000000-0000-0000-0000-000000000000", "licensesActive": 2}'),
    'customer_license_usage', customer => '4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04');

-- NOT NULL
SELECT * FROM pca_unit_rows(NULL::few, body('{"serviceCode": "a"}'), 'license_deployment',
    demanded => ARRAY['service_code']);
SELECT * FROM pca_unit_rows(NULL::few, body('{"serviceCode": null}'), 'license_deployment',
    demanded => ARRAY['service_code']);
SELECT * FROM pca_unit_rows(NULL::few, body('{}'), 'license_deployment',
    demanded => ARRAY['service_code']);
SELECT * FROM pca_unit_rows(NULL::few, body('{"licensesSold": 1}'), 'license_deployment',
    demanded => ARRAY['service_code'], is_grouped => true);

-- a grouped response without a measure is an error
SELECT * FROM pca_unit_rows(NULL::few, body('{"serviceCode": "a"}, {"serviceCode": "b"}'),
    'license_deployment', is_grouped => true);
SELECT * FROM pca_unit_rows(NULL::few, body('{"serviceCode": "a"}'),
    'license_deployment', is_grouped => true, wanted => ARRAY['service_code']);
SELECT * FROM pca_unit_rows(NULL::few, body('{"serviceCode": "a", "licensesSold": null}, {}'),
    'license_deployment', is_grouped => true);
SELECT * FROM pca_unit_rows(NULL::few, '[]', 'license_deployment', is_grouped => true);

--
-- values
--
CREATE TYPE one_bigint AS (v bigint);
CREATE TYPE one_int AS (v int);
CREATE TYPE one_smallint AS (v smallint);
CREATE TYPE one_numeric AS (v numeric);
CREATE TYPE one_numeric_2 AS (v numeric(12, 2));
CREATE TYPE one_double AS (v double precision);
CREATE TYPE one_real AS (v real);
CREATE TYPE one_boolean AS (v boolean);
CREATE TYPE one_text AS (v text);
CREATE TYPE one_varchar AS (v varchar);
CREATE TYPE one_varchar_3 AS (v varchar(3));
CREATE TYPE one_char_5 AS (v char(5));
CREATE TYPE one_uuid AS (v uuid);
CREATE TYPE one_json AS (v json);
CREATE TYPE one_jsonb AS (v jsonb);
CREATE TYPE one_bytea AS (v bytea);
CREATE TYPE one_array AS (v text[]);
CREATE TYPE one_date AS (v date);
CREATE TYPE one_timestamp AS (v timestamp);
CREATE TYPE one_timestamp_3 AS (v timestamp(3));
CREATE TYPE one_timestamptz AS (v timestamptz);
CREATE TYPE one_time AS (v time);

-- what a column of that type makes of each value, or the error
CREATE FUNCTION reads(template anyelement, VARIADIC given text[],
    OUT value text, OUT reads_as text, OUT error text)
RETURNS SETOF record LANGUAGE plpgsql AS $$
BEGIN
    FOREACH value IN ARRAY given LOOP
        reads_as := NULL;
        error := NULL;
        BEGIN
            SELECT (to_jsonb(r) -> 'v')::text INTO reads_as
            FROM pca_unit_rows(template, body(format('{"v": %s}', value))) AS r;
        EXCEPTION WHEN OTHERS THEN
            error := SQLSTATE || ' ' || SQLERRM;
        END;
        RETURN NEXT;
    END LOOP;
END $$;

SELECT * FROM reads(NULL::one_bigint, '0', '-1', '63', '"63"', '12.0', '"12.000"', '1e3', '-1.5E1',
    '9223372036854775807', '-9223372036854775808', '"9223372036854775807"', '9223372036854775808',
    '9007199254740993', '9007199254740993.0', '12.5', '"12.5"', '1e-1', '1e30', '1e400', 'null',
    'true', '""', '" 1"', '"0x10"', '"1_000"', '"+1"', '"01"', '"abc"', '[1]', '{}');
SELECT * FROM reads(NULL::one_int, '2147483647', '-2147483648', '2147483648', '1.0', '1e10');
SELECT * FROM reads(NULL::one_smallint, '32767', '-32768', '"32768"');
SELECT * FROM reads(NULL::one_numeric, '12', '12.50', '"12.50"', '0.1', '1e3', '-0', '1e-20', 'null',
    '123456789012345678901234567890.123456789', '999999999999999', '"NaN"', '"Infinity"', '"x"', 'true');
SELECT * FROM reads(NULL::one_numeric_2, '12', '12.505', '99999999999');
SELECT * FROM reads(NULL::one_double, '0.0', '1.0', '12', '"12.5"', '1e20', '1e400', '"NaN"',
    '"Infinity"', '"-Infinity"', '"inf"', '"0x1p3"', '0.1', '9007199254740993');
SELECT * FROM reads(NULL::one_real, '0.1', '16777217', '1e40');
SELECT * FROM reads(NULL::one_boolean, 'true', 'false', '"true"', '"False"', '1', '0', '"1"', '2',
    '"yes"', '"t"', '1.0', 'null', '""');
SELECT * FROM reads(NULL::one_text, '"a"', '""', '"None"', '" lead"', '12.50', '1e3', '1E3', '63', 'true', 'null',
    '2604568', '"é\u00e9😀"', '{"a": [1.50, null, "x\u0001"], "b": {}}', '[]');
SELECT * FROM reads(NULL::one_varchar, '"a"', '12.50', '[1, 2]');
SELECT * FROM reads(NULL::one_varchar_3, '"abc"', '"abcd"', '"abc   "', '1234');
SELECT * FROM reads(NULL::one_char_5, '"abc"', '"abcdef"');
SELECT * FROM reads(NULL::one_uuid, '"0112A436-B14E-4888-967B-CA4BB2CF1234"',
    '"0112a436-b14e-4888-967b-ca4bb2cf1234"', '"{0112A436-B14E-4888-967B-CA4BB2CF1234}"',
    '"0112A436B14E4888967BCA4BB2CF1234"', '"0112A436-B14E-4888-967B-CA4BB2CF123"',
    '"0112A436-B14E-4888-967B-CA4BB2CF12345"', '"0112A436-B14E-4888-967B-CA4BB2CF123g"', '""', '1', '[]');
SELECT * FROM reads(NULL::one_json, '"a"', '1.50', 'true', 'null', '{"a": [1.50, "\""]}', '[]');
SELECT * FROM reads(NULL::one_jsonb, '"a"', '1.50', 'true', 'null', '{"a": [1.50, "\""]}', '[]');
SELECT * FROM reads(NULL::one_bytea, '"\\x6162"', '"ab"');
SELECT * FROM reads(NULL::one_array, '"{a,b}"', '["a", "b"]');

-- points in time: the documented forms and no other, whatever the settings
SET TimeZone = 'America/New_York';
SET DateStyle = 'SQL, DMY';
SELECT * FROM reads(NULL::one_timestamp, '"2018-05-30"', '"2018-10-14T00:00:00"', '"2016-02-04T19:29:38.037"',
    '"2017-03-14T03:25:16.36+00:00"', '"2018-10-14T00:00:00Z"', '"2018-10-14T00:00:00+05:30"',
    '"2018-10-14T00:00:00.1234567-14:00"', '"0001-01-01T00:00:00"', '"9999-12-31T23:59:59.9999999"',
    '"2020-02-29"', 'null');
SELECT * FROM reads(NULL::one_timestamp, '"now"', '"infinity"', '"today"', '""', '"2019-02-29"', '"2018-13-01"',
    '"2018-00-01"', '"2018-01-00"', '"0000-01-01"', '"2018-1-1"', '"2018-10-14 00:00:00"', '"2018-10-14T00:00"',
    '"2018-10-14T24:00:00"', '"2018-10-14T23:60:00"', '"2018-10-14T23:59:60"', '"2018-10-14T00:00:00."',
    '"2018-10-14T00:00:00.12345678"', '"2018-10-14T00:00:00z"', '"2018-10-14T00:00:00+5:30"',
    '"2018-10-14T00:00:00+0530"', '"2018-10-14T00:00:00+16:00"', '"2018-10-14T00:00:00+05:60"',
    '"2018-10-14T00:00:00+05:30x"', '"2018-10-14Z"', '"12018-10-14"', '"10/14/2018"', '20181014', 'true', '{}');
SELECT * FROM reads(NULL::one_timestamp_3, '"2018-10-14T00:00:00.0005"', '"2018-10-14T00:00:00.9999999"');
SELECT * FROM reads(NULL::one_date, '"2018-05-30"', '"2018-05-30T00:00:00"', '"2018-05-30T00:00:00.0000000Z"',
    '"2018-05-30T02:00:00+02:00"', '"2018-05-30T00:00:00+02:00"', '"2018-05-30T00:00:00.0000001"',
    '"2018-05-30T23:59:59.9999999"', '"0001-01-01"', '"1999-12-31"', '"infinity"', '"epoch"');
SELECT * FROM reads(NULL::one_time, '"12:00:00"');
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SELECT * FROM reads(NULL::one_timestamptz, '"2018-05-30"', '"2018-10-14T00:00:00"', '"2018-10-14T00:00:00+02:00"',
    '"2018-10-14T00:00:00.12Z"', '"0001-01-01T00:00:00+14:00"', '"now"');

-- each fraction reads as PostgreSQL's own input reads its first six digits
SELECT count(*) AS fractions, count(*) FILTER (WHERE ours.v IS DISTINCT FROM theirs) AS differences
FROM (SELECT '2018-10-14T12:34:56.' || lpad(((i * 7919) % 10000000)::text, 7, '0') AS text
      FROM generate_series(1, 100000) i
      UNION ALL SELECT '2018-10-14T12:34:56.' || left('0123456', n) FROM generate_series(1, 7) n
      UNION ALL SELECT '1969-12-31T23:59:59.' || lpad((i * 10 + 5)::text, 7, '0')
      FROM generate_series(0, 99999) i) AS texts,
    LATERAL CAST(left(texts.text, 26) AS timestamp) AS theirs,
    LATERAL pca_unit_rows(NULL::one_timestamp, body(format('{"v": "%s"}', texts.text))) AS ours;
-- the last date of .NET stays in its year, whatever its offset and the column's type
SELECT * FROM reads(NULL::one_timestamp, '"9999-12-31T23:59:59.9999999"', '"9999-12-31T23:59:59.9999999Z"',
    '"9999-12-31T23:59:59.9999999-05:00"', '"9999-12-31T23:59:59.9999999+05:00"', '"9999-12-31T23:59:59"');
SELECT * FROM reads(NULL::one_timestamp_3, '"9999-12-31T23:59:59.9999999"', '"9999-12-31T23:59:59.9994"');
SELECT * FROM reads(NULL::one_timestamptz, '"9999-12-31T23:59:59.9999999"', '"9999-12-31T23:59:59.9999999-05:00"');
SELECT * FROM reads(NULL::one_date, '"9999-12-31T23:59:59.9999999"', '"9999-12-31T23:59:59.9999999-05:00"',
    '"9999-12-31T23:59:58"', '"9999-12-31"');
SELECT count(*) AS days, count(*) FILTER (WHERE ours.v IS DISTINCT FROM day::date) AS differences
FROM generate_series('1890-01-01'::timestamp, '2110-01-01', '1 day') AS day,
    LATERAL pca_unit_rows(NULL::one_date, body(format('{"v": "%s"}', day::date))) AS ours;

-- domains: the base type reads, the constraint decides, for NULL too
CREATE DOMAIN amount AS bigint CHECK (VALUE >= 0);
CREATE DOMAIN required AS text NOT NULL;
CREATE TYPE one_amount AS (v amount);
CREATE TYPE one_required AS (v required);
SELECT * FROM reads(NULL::one_amount, '1', '"2.0"', '-1', '1.5', 'null');
SELECT * FROM reads(NULL::one_required, '"a"', 'null');

-- an error names table, column and value
\set SHOW_CONTEXT always
SELECT * FROM pca_unit_rows(NULL::few, body(format('{"licensesSold": "%s"}', repeat('é', 100))),
    'license_deployment');
SELECT * FROM pca_unit_rows(NULL::one_varchar_3, body('{"v": "too long"}'));
SELECT * FROM pca_unit_rows(NULL::few, body('{"serviceCode": "a"}, {"serviceCode": "a" "b"}'),
    'license_deployment');
SELECT * FROM pca_unit_rows(NULL::few, '\x5b7b22736572766963654e616d65223a22ff227d5d'::bytea,
    'license_deployment');
SELECT * FROM pca_unit_rows(NULL::few, body('{"unknown": "\u0000"}'), 'license_deployment');
\set SHOW_CONTEXT errors

-- a conversion runs a query, which receives bytes, so that the item's are moved
CREATE DOMAIN overwriting AS bigint CHECK (pca_unit_overwrite(VALUE));
CREATE TYPE overwritten AS (licenses_deployed overwriting, service_code text, licenses_sold bigint,
    channel varchar(8));
SELECT * FROM pca_unit_rows(NULL::overwritten, body('
    {"serviceCode": "a", "licensesDeployed": 1, "licensesSold": 2, "channel": "direct"},
    {"channel": "reseller", "licensesSold": 3, "serviceCode": "b", "licensesDeployed": 4}'),
    'license_deployment');
SELECT * FROM pca_unit_rows(NULL::overwritten, body('
    {"serviceCode": "a", "licensesDeployed": 1, "licensesSold": 2, "channel": "indirect reseller"}'),
    'license_deployment');

-- more keys than are remembered
SELECT count(*), count(service_code), min(licenses_sold), max(licenses_sold)
FROM pca_unit_rows(NULL::few, resource => 'license_deployment', body => (
    SELECT body(string_agg(format('{"a%s": 1, "licensesSold": %1$s, "b%1$s": {"x": 1}, "serviceCode": "s"}', i), ','))
    FROM generate_series(1, 500) i));

-- memory does not grow, whatever the keys and the sizes of the items
SELECT pca_unit_growth(NULL::license, body(string_agg(format('{"a%s": 1, "service_code": "%s", "b%1$s": [%3$s]}',
    i, repeat('x', i * 50), rtrim(repeat('-0,', i * i * 2), ',')), ',')), 10) < 65536 AS bounded
FROM generate_series(1, 150) i;

-- which fields of a bare object are known
SELECT pca_unit_known_fields('license_deployment', object::bytea), object
FROM (VALUES ('{"serviceCode": "a", "CHANNEL": null, "x": 1}'), ('{}'), ('{"code": 1, "message": "x"}'),
    ('{"serviceCode": "a", "error": null}'), ('{"StatusCode": 404}')) AS objects(object);
SELECT pca_unit_known_fields('license_usage', '{"licenseActive": 1, "licensesQualified": 2}');
SELECT pca_unit_known_fields('license_usage', '{');
