-- the tables of the API, imported
CREATE EXTENSION pc_analytics_fdw;

-- for the real service, leave the URLs out: their defaults are Microsoft's
CREATE SERVER partner_center FOREIGN DATA WRAPPER pc_analytics_fdw
    OPTIONS (base_url :'mock_api', login_url :'mock_api');
CREATE USER MAPPING FOR CURRENT_USER SERVER partner_center
    OPTIONS (tenant_id '11111111-2222-3333-4444-555555555555',
             client_id '66666666-7777-8888-9999-000000000000',
             client_secret 'mock-api-client-secret',
             refresh_token 'mock-api-refresh-token');
CREATE SCHEMA partner_center;
IMPORT FOREIGN SCHEMA analytics FROM SERVER partner_center INTO partner_center;

ALTER DATABASE demo SET search_path = partner_center, public;
SET search_path = partner_center, public;
\d license_deployment
