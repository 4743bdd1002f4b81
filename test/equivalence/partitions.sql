-- Partitioned tables whose partitions read the same resource, in schema f.  In schema
-- l their partitions are local tables with those rows of the resource that the bound
-- permits.  Partitions that are local tables in both schemas are filled at the end.

-- by list, with NULL, a local partition, and the columns of a partition in another order
CREATE TABLE by_channel (product_id text, channel text, service_code text, customer_tenant_id uuid,
  customer_name text, licenses_sold bigint, licenses_deployed bigint) PARTITION BY LIST (channel);
CREATE FOREIGN TABLE by_channel_reseller PARTITION OF by_channel FOR VALUES IN ('reseller')
  SERVER mock_api OPTIONS (resource 'license_deployment');
CREATE FOREIGN TABLE by_channel_direct (licenses_deployed bigint, customer_name text, channel text,
  licenses_sold bigint, customer_tenant_id uuid, product_id text, service_code text)
  SERVER mock_api OPTIONS (resource 'license_deployment');
ALTER TABLE by_channel ATTACH PARTITION by_channel_direct FOR VALUES IN ('direct', 'Direct', NULL);
CREATE TABLE by_channel_here PARTITION OF by_channel FOR VALUES IN ('void', 'here');
CREATE FOREIGN TABLE by_channel_other PARTITION OF by_channel DEFAULT
  SERVER mock_api OPTIONS (resource 'license_deployment');

-- by hash, with one partition divided by list again
CREATE TABLE by_tenant (service_code text, channel text, customer_tenant_id uuid, product_id text,
  workload_code text, licenses_active bigint, licenses_qualified bigint)
  PARTITION BY HASH (customer_tenant_id);
CREATE FOREIGN TABLE by_tenant_0 PARTITION OF by_tenant FOR VALUES WITH (MODULUS 3, REMAINDER 0)
  SERVER mock_api OPTIONS (resource 'license_usage');
CREATE FOREIGN TABLE by_tenant_1 PARTITION OF by_tenant FOR VALUES WITH (MODULUS 3, REMAINDER 1)
  SERVER mock_api OPTIONS (resource 'license_usage');
CREATE TABLE by_tenant_2 (channel text, licenses_active bigint, product_id text,
  licenses_qualified bigint, workload_code text, service_code text, customer_tenant_id uuid)
  PARTITION BY LIST (service_code);
CREATE FOREIGN TABLE by_tenant_2_o365 (licenses_qualified bigint, service_code text,
  workload_code text, channel text, customer_tenant_id uuid, licenses_active bigint, product_id text)
  SERVER mock_api OPTIONS (resource 'license_usage');
ALTER TABLE by_tenant_2 ATTACH PARTITION by_tenant_2_o365 FOR VALUES IN ('o365');
CREATE FOREIGN TABLE by_tenant_2_other PARTITION OF by_tenant_2 DEFAULT
  SERVER mock_api OPTIONS (resource 'license_usage');
ALTER TABLE by_tenant ATTACH PARTITION by_tenant_2 FOR VALUES WITH (MODULUS 3, REMAINDER 2);

-- by ranges of days: old days, days that are stored here, and recent ones
CREATE TABLE by_day (customer_tenant_id uuid, customer_name text, usage_date timestamp NOT NULL,
  meter_category text, meter_unit text, quantity numeric) PARTITION BY RANGE (usage_date);
CREATE FOREIGN TABLE by_day_old PARTITION OF by_day FOR VALUES FROM (MINVALUE) TO ('2018-09-15')
  SERVER mock_api OPTIONS (resource 'azure_usage');
CREATE FOREIGN TABLE by_day_september PARTITION OF by_day FOR VALUES FROM ('2018-09-15') TO ('2018-10-01')
  SERVER mock_api OPTIONS (resource 'azure_usage');
CREATE TABLE by_day_here PARTITION OF by_day FOR VALUES FROM ('2018-10-01') TO ('2018-10-04 12:00');
CREATE FOREIGN TABLE by_day_other PARTITION OF by_day DEFAULT
  SERVER mock_api OPTIONS (resource 'azure_usage');

-- the same range twice
CREATE TABLE by_month (usage_date timestamp NOT NULL, meter_unit text) PARTITION BY RANGE (usage_date);
CREATE TABLE by_month_days PARTITION OF by_month FOR VALUES FROM ('2018-09-01') TO ('2018-10-01')
  PARTITION BY RANGE (usage_date);
CREATE FOREIGN TABLE by_month_days_all PARTITION OF by_month_days FOR VALUES FROM ('2018-09-01') TO ('2018-10-01')
  SERVER mock_api OPTIONS (resource 'azure_usage');

-- by ranges of two columns; the default partition is divided by list, and by a boolean column
CREATE TABLE by_moment (status text, creation_date timestamp, customer_market text, friendly_name text,
  auto_renew_enabled boolean, license_count bigint, subscription_count bigint)
  PARTITION BY RANGE (status, creation_date);
CREATE FOREIGN TABLE by_moment_active PARTITION OF by_moment
  FOR VALUES FROM ('ACTIVE', '2015-01-01') TO ('ACTIVE', '2017-06-30 12:00')
  SERVER mock_api OPTIONS (resource 'subscriptions');
CREATE FOREIGN TABLE by_moment_deprovisioned PARTITION OF by_moment
  FOR VALUES FROM ('B', MINVALUE) TO ('DEPROVISIONED', '2018-03-06')
  SERVER mock_api OPTIONS (resource 'subscriptions');
CREATE TABLE by_moment_other PARTITION OF by_moment DEFAULT PARTITION BY LIST (customer_market);
CREATE FOREIGN TABLE by_moment_other_us PARTITION OF by_moment_other FOR VALUES IN ('US', 'DE')
  SERVER mock_api OPTIONS (resource 'subscriptions');
CREATE TABLE by_moment_other_rest PARTITION OF by_moment_other DEFAULT PARTITION BY LIST (auto_renew_enabled);
CREATE FOREIGN TABLE by_moment_other_renewed PARTITION OF by_moment_other_rest FOR VALUES IN (true)
  SERVER mock_api OPTIONS (resource 'subscriptions');
CREATE FOREIGN TABLE by_moment_other_ended PARTITION OF by_moment_other_rest DEFAULT
  SERVER mock_api OPTIONS (resource 'subscriptions');

-- by an expression, and by a measure, by which the API cannot group
CREATE TABLE by_word (channel text, service_code text, customer_tenant_id uuid, licenses_sold bigint)
  PARTITION BY LIST (lower(channel));
CREATE FOREIGN TABLE by_word_reseller PARTITION OF by_word FOR VALUES IN ('reseller')
  SERVER mock_api OPTIONS (resource 'license_deployment');
CREATE FOREIGN TABLE by_word_other PARTITION OF by_word DEFAULT
  SERVER mock_api OPTIONS (resource 'license_deployment');
CREATE TABLE by_sold (channel text, service_code text, licenses_sold bigint, licenses_deployed bigint)
  PARTITION BY RANGE (licenses_sold);
CREATE FOREIGN TABLE by_sold_few PARTITION OF by_sold FOR VALUES FROM (MINVALUE) TO (10)
  SERVER mock_api OPTIONS (resource 'license_deployment');
CREATE FOREIGN TABLE by_sold_many PARTITION OF by_sold FOR VALUES FROM (10) TO (9007199254740993)
  SERVER mock_api OPTIONS (resource 'license_deployment');
CREATE FOREIGN TABLE by_sold_other PARTITION OF by_sold DEFAULT
  SERVER mock_api OPTIONS (resource 'license_deployment');

-- two resources in one table, and days of a history
CREATE TABLE by_service (service_code text, channel text, customer_tenant_id uuid)
  PARTITION BY LIST (service_code);
CREATE FOREIGN TABLE by_service_o365 PARTITION OF by_service FOR VALUES IN ('o365', 'O365')
  SERVER mock_api OPTIONS (resource 'license_deployment');
CREATE FOREIGN TABLE by_service_crm PARTITION OF by_service FOR VALUES IN ('crm')
  SERVER mock_api OPTIONS (resource 'license_usage');
CREATE TABLE by_snapshot (snapshot_date date, channel text, service_code text, licenses_sold bigint,
  processed_date_time timestamp) PARTITION BY RANGE (snapshot_date);
CREATE FOREIGN TABLE by_snapshot_old PARTITION OF by_snapshot FOR VALUES FROM ('2018-10-10') TO ('2018-10-13')
  SERVER mock_api OPTIONS (resource 'license_deployment_history');
CREATE FOREIGN TABLE by_snapshot_new PARTITION OF by_snapshot FOR VALUES FROM ('2018-10-13') TO ('2018-10-15')
  SERVER mock_api OPTIONS (resource 'license_deployment_history');

-- by account, which is a constant column, and by account and service; one partition has
-- another account's rows, so it has none
CREATE TABLE by_account (account text, channel text, service_code text, licenses_sold bigint)
  PARTITION BY LIST (account);
CREATE FOREIGN TABLE by_account_contoso PARTITION OF by_account FOR VALUES IN ('contoso')
  SERVER mock_api OPTIONS (resource 'license_deployment');
CREATE FOREIGN TABLE by_account_wrong PARTITION OF by_account FOR VALUES IN ('adatum')
  SERVER mock_api OPTIONS (resource 'license_deployment');
CREATE TABLE by_account_fabrikam PARTITION OF by_account FOR VALUES IN ('fabrikam', 'northwind')
  PARTITION BY RANGE (account, service_code);
CREATE FOREIGN TABLE by_account_fabrikam_early PARTITION OF by_account_fabrikam
  FOR VALUES FROM ('fabrikam', MINVALUE) TO ('fabrikam', 'e')
  SERVER mock_api OPTIONS (resource 'license_deployment');
CREATE FOREIGN TABLE by_account_fabrikam_late PARTITION OF by_account_fabrikam DEFAULT
  SERVER mock_api OPTIONS (resource 'license_deployment');
CREATE FOREIGN TABLE by_account_other PARTITION OF by_account DEFAULT
  SERVER mock_api OPTIONS (resource 'license_deployment');
ALTER FOREIGN TABLE by_account_contoso ALTER account OPTIONS (ADD constant 'contoso');
ALTER FOREIGN TABLE by_account_wrong ALTER account OPTIONS (ADD constant 'litware');
ALTER FOREIGN TABLE by_account_fabrikam_early ALTER account OPTIONS (ADD constant 'fabrikam');
ALTER FOREIGN TABLE by_account_fabrikam_late ALTER account OPTIONS (ADD constant 'fabrikam');
ALTER FOREIGN TABLE by_account_other ALTER account OPTIONS (ADD constant 'other');

-- by hash of the constant column: one of both partitions has the rows
CREATE TABLE by_hash (account text, channel text, licenses_active bigint) PARTITION BY HASH (account);
CREATE FOREIGN TABLE by_hash_0 PARTITION OF by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 0)
  SERVER mock_api OPTIONS (resource 'license_usage');
CREATE FOREIGN TABLE by_hash_1 PARTITION OF by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 1)
  SERVER mock_api OPTIONS (resource 'license_usage');
ALTER FOREIGN TABLE by_hash_0 ALTER account OPTIONS (ADD constant 'contoso');
ALTER FOREIGN TABLE by_hash_1 ALTER account OPTIONS (ADD constant 'contoso');

-- no partition: a table that is declared to be large
CREATE FOREIGN TABLE many_subscriptions (subscription_type text, status text, license_count bigint,
  subscription_count bigint) SERVER mock_api OPTIONS (resource 'subscriptions', rows '1000000');

INSERT INTO by_channel_here VALUES ('L-1', 'here', 'o365', NULL, 'Contoso Ltd', 5, 6),
  ('L-1', 'void', NULL, NULL, NULL, NULL, 1), ('L-1', 'void', 'crm', NULL, '', 3, 0);
INSERT INTO by_day_here VALUES (NULL, 'nobody', '2018-10-01', 'Storage', 'GB', 1.5),
  (NULL, NULL, '2018-10-03', NULL, NULL, NULL), (NULL, 'nobody', '2018-10-04 11:59:59', 'Storage', 'x', 2);
