-- What both schemas have beside the tables to be compared: each session runs
-- this with its own schema in front of the search path.

-- local tables to join
CREATE TABLE region (tenant uuid, region text);
CREATE TABLE chan (channel text, factor numeric(6,2), rate numeric, n bigint);
INSERT INTO chan VALUES ('reseller', 1.25, 2, 3), ('direct', 0.5, 'NaN', 10), ('direct', 2, 1, NULL),
  ('RESELLER', 7, 1.10, 2), ('o''hara', 0, 'Infinity', 0), (NULL, 1, 1, 1), ('void', 4, 1, 5);
CREATE TABLE svc (service_code text, weight bigint);
INSERT INTO svc VALUES ('o365', 1), ('crm', 2), ('azure', 3), (NULL, 4), ('none', 5);
CREATE TABLE wanted (name text);
INSERT INTO wanted VALUES ('Contoso Ltd'), ('CONTOSO LTD'), ('O''Brien & Sons'), (''), (NULL), ('nobody');
CREATE TABLE calendar AS
  SELECT d::date AS day, d AS moment, extract(month FROM d)::int AS month
  FROM generate_series('2018-01-01'::timestamp, '2018-12-31', '1 day') d;
CREATE TABLE nums (n bigint);
INSERT INTO nums SELECT generate_series(0, 60);
CREATE TABLE target (a text, b numeric, c bigint);
INSERT INTO target VALUES ('reseller', 1, 1), ('direct', 2, 2), ('nowhere', 3, 3);

-- more rows than the planner expects
CREATE FUNCTION several(most int) RETURNS SETOF text LANGUAGE plpgsql STABLE ROWS 2 AS $$
BEGIN
  RETURN QUERY SELECT 'none ' || i FROM generate_series(1, most) i UNION ALL SELECT 'reseller';
END
$$;

-- partitions and heirs, foreign and local
CREATE TABLE parts (product_id text, channel text, service_code text, tenant uuid, sold bigint, other bigint)
  PARTITION BY RANGE (product_id);
CREATE TABLE parts_l PARTITION OF parts FOR VALUES FROM ('L') TO ('M');
INSERT INTO parts_l VALUES ('L-1', 'reseller', 'o365', NULL, 5, 6), ('L-1', 'void', NULL, NULL, NULL, 1);
ALTER TABLE parts ATTACH PARTITION parts_d FOR VALUES FROM ('D') TO ('E');
ALTER TABLE parts ATTACH PARTITION parts_u FOR VALUES FROM ('U') TO ('V');
CREATE TABLE heirs (channel text, service_code text, sold bigint);
INSERT INTO heirs VALUES ('reseller', 'o365', 11), (NULL, 'crm', NULL), ('void', 'none', 7);
ALTER TABLE heir INHERIT heirs;

CREATE VIEW accounts AS
  SELECT account, grade, channel, service_code, customer_tenant_id, licenses_sold FROM contoso
  UNION ALL
  SELECT account, grade, channel, service_code, customer_tenant_id, licenses_sold FROM fabrikam;
CREATE TABLE managers (account text, manager text);
INSERT INTO managers VALUES ('contoso', 'Ada'), ('fabrikam', 'Grace'), ('other', 'Else'), (NULL, 'Nobody');

-- views
CREATE VIEW v_deployment AS
  SELECT service_code, channel, customer_tenant_id AS tenant, customer_name AS name,
         licenses_sold AS sold, licenses_sold * 2 AS twice, coalesce(licenses_sold, 0) AS zero,
         upper(channel) AS loud
  FROM license_deployment;
CREATE VIEW v_channel AS
  SELECT channel, sum(licenses_sold) AS sold FROM license_deployment GROUP BY channel;
CREATE VIEW v_barrier WITH (security_barrier) AS
  SELECT channel, service_code, licenses_sold FROM license_deployment WHERE service_code = 'o365';
CREATE VIEW v_barriers WITH (security_barrier) AS
  SELECT channel, service_code, customer_tenant_id AS tenant, licenses_sold AS sold,
         licenses_sold * 2 AS twice, coalesce(licenses_deployed, 0) AS zero
  FROM license_deployment WHERE channel <> 'direct' OR channel IS NULL;
CREATE VIEW v_sorted AS
  SELECT status, customer_market, license_count, auto_renew_enabled FROM subscriptions ORDER BY status, 2;
CREATE VIEW u_where AS
  SELECT channel, service_code, licenses_sold AS m FROM license_deployment WHERE service_code = 'o365'
  UNION ALL
  SELECT status, customer_market, license_count FROM subscriptions WHERE auto_renew_enabled
  UNION ALL
  SELECT workload_code, service_code, licenses_active FROM license_usage;
CREATE VIEW u_all AS
  SELECT 'd' AS kind, channel, service_code, customer_tenant_id AS tenant, licenses_sold AS m
  FROM license_deployment
  UNION ALL
  SELECT 'u', channel, service_code, customer_tenant_id, licenses_qualified FROM license_usage;
