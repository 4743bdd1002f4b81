-- What IMPORT FOREIGN SCHEMA makes.  No chapter needs a network.
CREATE EXTENSION pc_analytics_fdw;
CREATE SERVER partner_center FOREIGN DATA WRAPPER pc_analytics_fdw;
CREATE SCHEMA all_tables;
IMPORT FOREIGN SCHEMA analytics FROM SERVER partner_center INTO all_tables;

-- exactly these tables, columns, types, in this order
SELECT relname, attnum, attname, format_type(atttypid, atttypmod) AS type, attnotnull
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'all_tables'::regnamespace AND attnum > 0
ORDER BY pg_class.oid, attnum;
SELECT ftrelid::regclass, ftoptions FROM pg_foreign_table ORDER BY ftrelid;

-- LIMIT TO and EXCEPT
CREATE SCHEMA some_tables;
IMPORT FOREIGN SCHEMA analytics LIMIT TO (license_usage, license_deployment)
  FROM SERVER partner_center INTO some_tables;
SELECT relname FROM pg_class WHERE relnamespace = 'some_tables'::regnamespace ORDER BY oid;
CREATE SCHEMA other_tables;
IMPORT FOREIGN SCHEMA analytics
  EXCEPT (license_deployment, license_usage, customer_license_deployment, customer_license_usage)
  FROM SERVER partner_center INTO other_tables;
SELECT relname FROM pg_class WHERE relnamespace = 'other_tables'::regnamespace ORDER BY oid;

-- a server whose name needs quotes
CREATE SERVER "Partner's ""Center""" FOREIGN DATA WRAPPER pc_analytics_fdw;
CREATE SCHEMA quoted;
IMPORT FOREIGN SCHEMA analytics LIMIT TO (license_usage)
  FROM SERVER "Partner's ""Center""" INTO quoted;
SELECT count(*) FROM pg_class WHERE relnamespace = 'quoted'::regnamespace;

-- the tables that no other supersedes
CREATE SCHEMA newer;
IMPORT FOREIGN SCHEMA analytics FROM SERVER partner_center INTO newer OPTIONS (superseded 'false');
SELECT relname FROM pg_class WHERE relnamespace = 'newer'::regnamespace ORDER BY oid;
CREATE SCHEMA every;
IMPORT FOREIGN SCHEMA analytics FROM SERVER partner_center INTO every OPTIONS (superseded 'true');
SELECT count(*) FROM pg_class WHERE relnamespace = 'every'::regnamespace;

-- what cannot be imported
IMPORT FOREIGN SCHEMA insights FROM SERVER partner_center INTO all_tables;
IMPORT FOREIGN SCHEMA analytics LIMIT TO (licence_usage) FROM SERVER partner_center INTO all_tables;
IMPORT FOREIGN SCHEMA analytics EXCEPT (customer) FROM SERVER partner_center INTO all_tables;
IMPORT FOREIGN SCHEMA analytics LIMIT TO (invoices) FROM SERVER partner_center INTO all_tables;
IMPORT FOREIGN SCHEMA analytics FROM SERVER partner_center INTO quoted OPTIONS (prefix 'pc_');
IMPORT FOREIGN SCHEMA analytics FROM SERVER partner_center INTO quoted OPTIONS (supersede 'false');
IMPORT FOREIGN SCHEMA analytics FROM SERVER partner_center INTO quoted OPTIONS (superseded 'no more');

-- a table written by hand: fewer columns, in another order, with other names
CREATE FOREIGN TABLE by_hand (
  sold bigint OPTIONS (field 'licensesSold'),
  service_code text,
  customer text OPTIONS (field 'customername')
) SERVER partner_center OPTIONS (resource 'license_deployment');
EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM by_hand WHERE customer = 'Contoso';
-- a table named as a resource needs no option
CREATE FOREIGN TABLE license_usage (licenses_active bigint) SERVER partner_center;
EXPLAIN (COSTS OFF) SELECT * FROM license_usage;
-- one that says nothing is refused when it is read
CREATE FOREIGN TABLE nothing_said (service_code text) SERVER partner_center;
EXPLAIN (COSTS OFF) SELECT * FROM nothing_said;
-- and so is a column that no field fills
CREATE FOREIGN TABLE misspelt (sevice_code text) SERVER partner_center
  OPTIONS (resource 'license_usage');
EXPLAIN (COSTS OFF) SELECT * FROM misspelt;
-- a field that this version does not know can be read, its clauses stay
CREATE FOREIGN TABLE newer (service_code text, seats bigint OPTIONS (field 'seatCount'))
  SERVER partner_center OPTIONS (resource 'license_usage');
EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM newer WHERE seats > 3 AND service_code = 'o365';
-- read only
INSERT INTO license_usage VALUES (1);
UPDATE license_usage SET licenses_active = 1;
DELETE FROM license_usage;
SELECT pc_analytics_fdw_version() = extversion FROM pg_extension WHERE extname = 'pc_analytics_fdw';
