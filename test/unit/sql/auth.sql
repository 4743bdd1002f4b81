--
-- auth: the parts of a sign-in that need no network
--
-- base64url (RFC 4648, section 5, with the vectors of section 10 without padding)
SELECT data, pca_unit_base64url(convert_to(data, 'UTF8')),
       pca_unit_base64url_decode(pca_unit_base64url(convert_to(data, 'UTF8'))) = convert_to(data, 'UTF8') AS same
FROM unnest(ARRAY['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar']) AS data;
SELECT pca_unit_base64url('\xfbeffe'), pca_unit_base64url_decode('--_-');
SELECT text, pca_unit_base64url_decode(text) FROM unnest(ARRAY['A', 'AA*A', 'AAAAA', '++//']) AS text;

-- the challenge of a verifier (RFC 7636, appendix B)
SELECT pca_unit_challenge('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk');

-- the address that a browser is redirected to
SELECT address, pca_unit_redirect(address, 's')
FROM unnest(ARRAY[
    'http://localhost/?code=a.b&state=s',
    'http://localhost/#state=s&code=a%2Fb',
    '  http://localhost/?state=s&code=c+d  ',
    'http://localhost/?code=a',
    'http://localhost/?code=a&state=S',
    'http://localhost/?code=a&state=s&state=s',
    'http://localhost/?code=a&code=b&state=s',
    'http://localhost/?code=&state=s',
    'http://localhost/?state=s',
    'http://localhost/?error=access_denied&error_description=AADSTS65004%3A+no&state=s',
    'http://localhost/?error=access_denied',
    'http://localhost/?code=%00&state=s',
    'http://localhost/?code=%zz&state=s',
    'a.b', '']) AS address;

-- a build for a PostgreSQL without OpenSSL
\set VERBOSITY sqlstate
SELECT pca_unit_certificate('', false);
SELECT pca_unit_certificate('', true);
