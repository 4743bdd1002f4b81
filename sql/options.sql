-- Every option: where it may stand, what it may say.

-- wrapper
ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (ADD allowed_hosts 'api.partnercenter.microsoft.com');
ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (DROP allowed_hosts);
-- hosts are names and addresses as in URLs, without port
ALTER FOREIGN DATA WRAPPER pc_analytics_fdw
  OPTIONS (ADD allowed_hosts 'localhost, api.example. 127.0.0.1,::1 fe80::192.0.2.1 xn--bcher-kva.example');
ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (SET allowed_hosts 'https://x.example');
ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (SET allowed_hosts 'a.example, b.example:443');
ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (SET allowed_hosts 'a.example/v1');
ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (SET allowed_hosts '*.example');
ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (SET allowed_hosts '[::1]');
ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (SET allowed_hosts 'a..example');
ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (SET allowed_hosts 'user@a.example');
ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (SET allowed_hosts 'a.example; b.example');
ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (SET allowed_hosts ' , ');
ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (DROP allowed_hosts);

-- server: each option at once
CREATE SERVER everything FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (
  base_url 'https://partner.partnercenterapi.microsoftonline.cn/', login_url 'https://login.partner.microsoftonline.cn',
  token_resource 'https://partner.partnercenterapi.microsoftonline.cn', token_endpoint 'v2', locale 'zh-CN',
  page_size '500', max_parallel_requests '8', max_requests_per_minute '0', connect_timeout '5',
  request_timeout '500ms', max_retries '0', max_retry_wait '2min', max_response_size '1GB',
  max_url_length '8000', max_snapshots '366', compression 'false', proxy 'http://proxy.example:3128',
  ca_file '/etc/ssl/private-ca.pem', allow_insecure_http 'false', on_incomplete 'warning', on_customer_error 'skip',
  fdw_startup_cost '10', fdw_tuple_cost '0.1', async_capable 'off', string_comparison 'case_sensitive',
  group_comparison 'unknown', guid_spelling 'upper', snapshot_parameter 'exact', total_count 'filtered');

-- the hint for a misspelt name has the most similar one, for an unknown name all names
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (page_sise '5');
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (host 'localhost');
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (client_secret 'in the wrong place');
CREATE USER MAPPING FOR CURRENT_USER SERVER everything OPTIONS (clientsecret 'x');
ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (ADD base_url 'https://x');

-- bad values
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (page_size '10001');
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (page_size '0');
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (page_size '1.5');
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (page_size 'many');
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (request_timeout '0');
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (request_timeout '5 parsecs');
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (max_response_size '10kB');
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (fdw_tuple_cost 'NaN');
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (compression 'perhaps');
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (on_incomplete 'ignore');
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (string_comparison 'case');
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (locale '');
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (locale E'en\r\nX-Evil: 1');

-- URLs: everyone can read server options, and the token goes there
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (base_url 'ftp://host');
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (base_url 'api.partnercenter.microsoft.com');
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (base_url 'https://');
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (base_url 'https://user:secret@host');
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (base_url 'https://host?x=1');
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (base_url 'https://host:port');
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (base_url 'https://ho st');
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (base_url 'https://host/a/../b');
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (base_url 'http://api.partnercenter.microsoft.com');
CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (login_url 'http://127.0.0.1.example.com');
CREATE SERVER loopback FOREIGN DATA WRAPPER pc_analytics_fdw
  OPTIONS (base_url 'http://127.0.0.1:8080', login_url 'http://[::1]:8080');
CREATE SERVER insecure FOREIGN DATA WRAPPER pc_analytics_fdw
  OPTIONS (base_url 'http://api.internal.example', allow_insecure_http 'true');
DROP SERVER insecure;

-- user mapping
CREATE USER MAPPING FOR CURRENT_USER SERVER loopback OPTIONS (
  tenant_id 't', client_id 'c', client_secret 's', refresh_token 'r', refresh_token_saved_at '2026-01-01',
  access_token 'a', proxy_user 'u', proxy_password 'p', client_secret_file '/f', refresh_token_file '/f',
  access_token_file '/f');
ALTER USER MAPPING FOR CURRENT_USER SERVER loopback OPTIONS (SET access_token '');
-- the tenant is a part of the path of URLs: a GUID, a domain, or a placeholder
ALTER USER MAPPING FOR CURRENT_USER SERVER loopback OPTIONS (SET tenant_id '01234567-89AB-cdef-0123-456789abcdef');
ALTER USER MAPPING FOR CURRENT_USER SERVER loopback OPTIONS (SET tenant_id 'contoso.onmicrosoft.com');
ALTER USER MAPPING FOR CURRENT_USER SERVER loopback OPTIONS (SET tenant_id 'organizations');
ALTER USER MAPPING FOR CURRENT_USER SERVER loopback OPTIONS (SET tenant_id '…');
ALTER USER MAPPING FOR CURRENT_USER SERVER loopback OPTIONS (SET tenant_id '<your tenant>');
ALTER USER MAPPING FOR CURRENT_USER SERVER loopback OPTIONS (SET tenant_id 'a b/c');
ALTER USER MAPPING FOR CURRENT_USER SERVER loopback OPTIONS (SET tenant_id '../admin');
ALTER USER MAPPING FOR CURRENT_USER SERVER loopback OPTIONS (SET tenant_id 'contoso.com?x=1');
ALTER USER MAPPING FOR CURRENT_USER SERVER loopback OPTIONS (SET tenant_id 'contoso.com#');
ALTER USER MAPPING FOR CURRENT_USER SERVER loopback OPTIONS (SET tenant_id 'contoso%2ecom');
ALTER USER MAPPING FOR CURRENT_USER SERVER loopback OPTIONS (SET tenant_id 'contoso.com ');
ALTER USER MAPPING FOR CURRENT_USER SERVER loopback OPTIONS (SET tenant_id 'user@contoso.com');
ALTER USER MAPPING FOR CURRENT_USER SERVER loopback OPTIONS (SET tenant_id 'https://login.microsoftonline.com/contoso.com');
ALTER USER MAPPING FOR CURRENT_USER SERVER loopback OPTIONS (SET tenant_id '{01234567-89ab-cdef-0123-456789abcdef}x');
DROP USER MAPPING FOR CURRENT_USER SERVER loopback;

-- table and column
CREATE FOREIGN TABLE t (service_code text OPTIONS (field 'serviceCode', string_comparison 'case_sensitive', guid_spelling 'any'))
  SERVER everything OPTIONS (resource 'license_usage', page_size '100', pushdown_group 'false', max_rows '5',
  rows '10', on_customer_error 'error', total_count 'page', path '/v2/analytics/usage');
ALTER FOREIGN TABLE t OPTIONS (SET resource 'licence_usage');
ALTER FOREIGN TABLE t OPTIONS (SET rows '0');
ALTER FOREIGN TABLE t OPTIONS (SET max_rows '-1');
ALTER FOREIGN TABLE t OPTIONS (SET path '@evil.example/x');
ALTER FOREIGN TABLE t OPTIONS (SET path '//evil.example/x');
ALTER FOREIGN TABLE t OPTIONS (SET path '/x?top=1');
ALTER FOREIGN TABLE t OPTIONS (SET path '/x/%2e%2E/y');
ALTER FOREIGN TABLE t OPTIONS (SET path '/x y');
ALTER FOREIGN TABLE t ALTER service_code OPTIONS (ADD operators 'eq, like');
ALTER FOREIGN TABLE t ALTER service_code OPTIONS (ADD operators 'eq, ne');
ALTER FOREIGN TABLE t ALTER service_code OPTIONS (ADD groupable 'maybe');
ALTER FOREIGN TABLE t ALTER service_code OPTIONS (ADD column_name 'x');
EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM t;
ALTER FOREIGN TABLE t OPTIONS (DROP resource);
EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM t WHERE service_code = 'crm';
ALTER FOREIGN TABLE t OPTIONS (ADD resource 'license_usage');
ALTER FOREIGN TABLE t ALTER service_code OPTIONS (DROP operators);
EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM t;

-- a plain role may not read files, weaken the transport or reach other hosts
CREATE ROLE regress_pca_plain;
GRANT USAGE ON FOREIGN DATA WRAPPER pc_analytics_fdw TO regress_pca_plain;
GRANT CREATE ON SCHEMA public TO regress_pca_plain;
SET ROLE regress_pca_plain;
CREATE SERVER plain FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (ca_file '/etc/passwd');
CREATE SERVER plain FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (proxy 'http://127.0.0.1:1');
CREATE SERVER plain FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (allow_insecure_http 'true');
CREATE SERVER plain FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (base_url 'http://127.0.0.1:5432');
CREATE SERVER plain FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (base_url 'https://evil.example');
CREATE SERVER plain FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (login_url 'https://evil.example');
CREATE SERVER plain FOREIGN DATA WRAPPER pc_analytics_fdw
  OPTIONS (login_url 'https://login.microsoftonline.us', token_resource '00000003-0000-0000-c000-000000000000');
CREATE USER MAPPING FOR CURRENT_USER SERVER plain OPTIONS (access_token_file '/etc/passwd');
CREATE FOREIGN TABLE plain_table (service_code text) SERVER plain OPTIONS (resource 'license_usage');
EXPLAIN (COSTS OFF) SELECT * FROM plain_table;
ALTER SERVER plain OPTIONS (ADD base_url 'https://evil.example');
ALTER SERVER plain OPTIONS (SET login_url 'https://evil.example');
ALTER SERVER plain OPTIONS (DROP login_url, DROP token_resource);
RESET ROLE;
-- a superuser may name other hosts, which the server of a plain role may not use
ALTER SERVER plain OPTIONS (ADD base_url 'https://evil.example');
SET ROLE regress_pca_plain;
EXPLAIN (COSTS OFF) SELECT * FROM plain_table;
ALTER SERVER plain OPTIONS (ADD page_size '100');
RESET ROLE;
ALTER SERVER plain OPTIONS (DROP base_url, ADD login_url 'https://evil.example');
SET ROLE regress_pca_plain;
EXPLAIN (COSTS OFF) SELECT * FROM plain_table;
RESET ROLE;
-- the wrapper says which hosts are allowed
ALTER SERVER plain OPTIONS (DROP login_url);
ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (ADD allowed_hosts 'one.example, api.partnercenter.microsoft.com login.microsoftonline.com');
SET ROLE regress_pca_plain;
ALTER SERVER plain OPTIONS (ADD base_url 'https://one.example', ADD login_url 'https://login.microsoftonline.us');
ALTER SERVER plain OPTIONS (ADD base_url 'https://one.example');
EXPLAIN (COSTS OFF) SELECT * FROM plain_table;
RESET ROLE;
ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (DROP allowed_hosts);
SET ROLE regress_pca_plain;
EXPLAIN (COSTS OFF) SELECT * FROM plain_table;
ALTER SERVER plain OPTIONS (DROP base_url, ADD login_url 'https://login.microsoftonline.com');
RESET ROLE;
-- whatever its name is; of several wrappers any may allow a host, until the server is used
ALTER FOREIGN DATA WRAPPER pc_analytics_fdw RENAME TO renamed;
CREATE FOREIGN DATA WRAPPER second HANDLER pc_analytics_fdw_handler VALIDATOR pc_analytics_fdw_validator
  OPTIONS (allowed_hosts 'second.example');
SET ROLE regress_pca_plain;
ALTER SERVER plain OPTIONS (ADD base_url 'https://evil.example');
ALTER SERVER plain OPTIONS (ADD base_url 'https://second.example');
EXPLAIN (COSTS OFF) SELECT * FROM plain_table;
ALTER SERVER plain OPTIONS (DROP base_url);
RESET ROLE;
DROP FOREIGN DATA WRAPPER second;
ALTER FOREIGN DATA WRAPPER renamed RENAME TO pc_analytics_fdw;
-- what a superuser set does not follow the server to another owner
ALTER SERVER plain OPTIONS (DROP login_url, ADD ca_file '/etc/ssl/private-ca.pem');
SET ROLE regress_pca_plain;
EXPLAIN (COSTS OFF) SELECT * FROM plain_table;
RESET ROLE;
DROP OWNED BY regress_pca_plain;
DROP ROLE regress_pca_plain;
