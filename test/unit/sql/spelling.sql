--
-- spelling: GUIDs that a filter would not have found are refused
--
CREATE TYPE tenant AS (customer_tenant_id uuid);
CREATE FUNCTION spelling(guid text, spelling text) RETURNS SETOF tenant
LANGUAGE SQL AS $$
    SELECT * FROM pca_unit_rows(NULL::tenant,
        convert_to(jsonb_build_array(jsonb_build_object('customerTenantId', guid))::text, 'UTF8'),
        'license_deployment', spelling => spelling) $$;

-- nothing declared: filters ask for upper and for lower case
SELECT spelling('0112A436-B14E-4888-967B-CA4BB2CF1234', 'unknown');
SELECT spelling('0112a436-b14e-4888-967b-ca4bb2cf1234', 'unknown');
SELECT spelling('01120436-0140-4888-9670-000000001234', 'unknown');
SELECT spelling('0112a436-B14E-4888-967B-CA4BB2CF1234', 'unknown');
SELECT spelling('{0112A436-B14E-4888-967B-CA4BB2CF1234}', 'unknown');
SELECT spelling('0112A436B14E4888967BCA4BB2CF1234', 'unknown');
SELECT spelling(NULL, 'unknown') IS NULL AS null_is_none;

-- declared: the other case shows that the declaration is wrong
SELECT spelling('0112A436-B14E-4888-967B-CA4BB2CF1234', 'upper');
SELECT spelling('01120436-0140-4888-9670-000000001234', 'upper');
SELECT spelling('0112a436-b14e-4888-967b-ca4bb2cf1234', 'upper');
SELECT spelling('0112a436-b14e-4888-967b-ca4bb2cf1234', 'lower');
SELECT spelling('0112A436-b14e-4888-967b-ca4bb2cf1234', 'lower');
SELECT spelling('0112A436-b14e-4888-967b-ca4bb2cf1234', 'any');
SELECT spelling('{0112A436b14e4888967bca4bb2cf1234}', 'any');
SELECT spelling('not a guid', 'any');
SELECT spelling('not a guid', 'unknown');

-- a column that is not filtered by GUID takes all
CREATE TYPE product AS (product_id text);
SELECT * FROM pca_unit_rows(NULL::product, '[{"productId": "0112a436-B14E"}]', 'license_deployment');
CREATE TYPE customer AS (customer_id uuid);
SELECT * FROM pca_unit_rows(NULL::customer, '[{}, {"customerId": "x"}]', 'customer_license_usage',
    customer => '0112a436-B14E-4888-967b-CA4BB2CF1234');
