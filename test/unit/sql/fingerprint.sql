--
-- fingerprint: what makes credentials the same for the sharing of access tokens
--
-- credentials have a fingerprint of which each part makes another one, but when a token was
-- stored, and if it is shared
WITH parts AS (SELECT unnest(ARRAY['nothing', 'key', 'base_url', 'login_url', 'token_resource', 'token_endpoint', 'proxy', 'ca_file',
    'allow_insecure_http', 'allowed_hosts', 'owner', 'tenant_id', 'client_id', 'client_secret', 'refresh_token', 'refresh_token_saved_at',
    'access_token', 'proxy_user', 'proxy_password', 'client_secret_file', 'refresh_token_file', 'access_token_file', 'share_token',
    'client_certificate_file', 'client_certificate', 'client_assertion_file', 'client_assertion']) AS part)
SELECT string_agg(part, ' ' ORDER BY part) AS parts, count(*) OVER () AS fingerprints FROM parts
GROUP BY pca_unit_fingerprint(part) ORDER BY 1;
-- a text is not taken for a part of the next one, nor an empty one for none
SELECT count(DISTINCT fingerprint) FROM (VALUES (pca_unit_fingerprint('tenant_id', 'tenantc')), (pca_unit_fingerprint('client_id', 'lient')),
    (pca_unit_fingerprint('refresh_token', '')), (pca_unit_fingerprint('access_token', '')), (pca_unit_fingerprint('nothing')))
    AS f(fingerprint);
