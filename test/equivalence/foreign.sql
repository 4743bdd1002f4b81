-- The foreign tables, in schema f beside those of IMPORT FOREIGN SCHEMA.  A
-- local table like each is made in schema l.

-- the same columns with other types
CREATE FOREIGN TABLE typed (
  svc varchar OPTIONS (field 'serviceCode'),
  again text OPTIONS (field 'channel'),
  chan text OPTIONS (field 'channel'),
  kind channel_kind OPTIONS (field 'channel'),
  tenant uuid OPTIONS (field 'customerTenantId'),
  name_nd text OPTIONS (field 'customerName') COLLATE nd,
  name_ci citext OPTIONS (field 'customerName'),
  product code OPTIONS (field 'productId'),
  sold numeric OPTIONS (field 'licensesSold'),
  deployed numeric(20,2) OPTIONS (field 'licensesDeployed')
) SERVER mock_api OPTIONS (resource 'license_deployment');

-- what is never null, said so
CREATE FOREIGN TABLE certain (
  service_code text NOT NULL,
  channel text,
  customer_tenant_id uuid,
  customer_name text,
  product_id text NOT NULL,
  workload_code text,
  licenses_active bigint NOT NULL,
  licenses_qualified bigint NOT NULL
) SERVER mock_api OPTIONS (resource 'license_usage');

-- partitions whose columns come in other orders
CREATE FOREIGN TABLE parts_d (
  other bigint OPTIONS (field 'licensesDeployed'),
  product_id text,
  channel text,
  tenant uuid OPTIONS (field 'customerTenantId'),
  service_code text,
  sold bigint OPTIONS (field 'licensesSold')
) SERVER mock_api OPTIONS (resource 'license_deployment');
CREATE FOREIGN TABLE parts_u (
  product_id text,
  sold bigint OPTIONS (field 'licensesActive'),
  other bigint OPTIONS (field 'licensesQualified'),
  service_code text,
  channel text,
  tenant uuid OPTIONS (field 'customerTenantId')
) SERVER mock_api OPTIONS (resource 'license_usage');

CREATE FOREIGN TABLE heir (
  sold bigint OPTIONS (field 'licensesQualified'),
  channel text,
  service_code text
) SERVER mock_api OPTIONS (resource 'license_usage');

-- never grouped
CREATE FOREIGN TABLE ungrouped (
  channel text,
  service_code text,
  licenses_sold bigint
) SERVER mock_api OPTIONS (resource 'license_deployment', pushdown_group 'false');

-- the rows of two accounts
CREATE FOREIGN TABLE contoso (
  account text OPTIONS (constant 'contoso'),
  grade bigint OPTIONS (constant '2') NOT NULL,
  channel text,
  service_code text,
  customer_tenant_id uuid,
  licenses_sold bigint
) SERVER mock_api OPTIONS (resource 'license_deployment');
CREATE FOREIGN TABLE fabrikam (
  licenses_sold bigint OPTIONS (field 'licensesActive'),
  account text OPTIONS (constant 'fabrikam'),
  grade bigint OPTIONS (constant '-1'),
  channel text,
  service_code text,
  customer_tenant_id uuid
) SERVER mock_api OPTIONS (resource 'license_usage');
