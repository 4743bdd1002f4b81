--
-- http: the files of the transport that need no network
--
-- addresses: what only the database's own network or machine reaches is not public
SELECT address FROM unnest(ARRAY['8.8.8.8', '20.190.160.1', '2603:1030::1', '2a00:1450:4001:800::1', '64:ff9b::808:808',
    '::ffff:8.8.8.8', '2002:808:808::1', '168.63.129.15', '168.63.129.17', '161.25.255.255', '166.7.255.255', '166.12.0.1',
    '199.36.153.3', '199.36.153.12', '100.63.255.255', '100.128.0.1', '2a00::5efe:808:808']) AS address
WHERE NOT pca_unit_is_public(address);
SELECT address FROM unnest(ARRAY['0.0.0.0', '0.1.2.3', '10.0.0.1', '100.64.0.1', '100.100.100.200', '127.0.0.1', '127.255.255.254',
    '161.26.0.10', '166.8.0.1', '166.11.255.255', '168.63.129.16', '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.192',
    '192.0.2.1', '192.88.99.1', '192.168.1.1', '198.18.0.1', '198.19.255.255', '198.51.100.1', '199.36.153.4', '199.36.153.11',
    '203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255',
    '::', '::1', '::8.8.8.8', '::ffff:127.0.0.1', '::ffff:168.63.129.16', '::ffff:0:8.8.8.8', '64:ff9b::a9fe:a9fe', '64:ff9b::a83f:8110',
    '64:ff9b:1::808:808', '100::1', '2001::1', '2001:0:808:808::1', '2001:db8::1', '2002:a00:1::1', '2002:a83f:8110::1', '3fff::1',
    '5f00::1', 'fc00::1', 'fd00:ec2::254', 'fd20:ce::254', 'fe80::1', 'fec0::1', 'ff02::1',
    '2a00::5efe:7f00:1', '2a00::200:5efe:a83f:8110',
    'localhost', '127.1', '0x7f000001', '2130706433', '', 'fe80::1%lo']) AS address
WHERE pca_unit_is_public(address);

-- header fields: encodings
SELECT value, pca_unit_framing('Content-Encoding: ' || value)
FROM unnest(ARRAY['gzip', 'GZip', 'x-gzip', 'X-GZIP', 'deflate', 'Deflate', 'identity', '', 'identity, gzip', 'gzip , identity', ' gzip ', ',gzip,',
    'br', 'BR', 'zstd', 'compress', 'x-compress', 'none', 'aes128gcm', 'dcb', 'dcz', 'gzip, gzip', 'gzip,br', 'br, gzip', 'deflate, gzip', 'gzip;q=1', 'gzip gzip',
    'gzi', 'gzipp', 'x-deflate', 'pack200-gzip', '*', '"gzip"']) AS value;
SELECT pca_unit_framing('Content-Encoding: gzip', 'Content-Encoding: identity');
SELECT pca_unit_framing('Content-Encoding: gzip', 'Content-Encoding: gzip');
SELECT pca_unit_framing('Content-Encoding: identity', 'Content-Encoding: zstd');

-- header fields: lengths
SELECT value, pca_unit_framing('Content-Length: ' || value)
FROM unnest(ARRAY['0', '5', '0005', '5, 5', '5,5 ,5', '9223372036854775807', '9223372036854775808', '18446744073709551617',
    '99999999999999999999999999', '5, 6', '', ',', '-1', '+5', '5x', '0x10', '5 5', '5.0', '1e3']) AS value;
SELECT pca_unit_framing('Content-Length: 5', 'Content-Length: 5');
SELECT pca_unit_framing('Content-Length: 5', 'Content-Length: 50');
SELECT pca_unit_framing('Content-Length: 5', 'Content-Length: ');

-- header fields: transfer encodings, alone and beside a length
SELECT value, pca_unit_framing('Transfer-Encoding: ' || value)
FROM unnest(ARRAY['chunked', 'Chunked', ' chunked ', 'gzip, chunked', 'zstd', 'chunked, chunked', 'chunked, gzip', 'identity', '', 'xchunked', 'chunked;a=b']) AS value;
SELECT pca_unit_framing('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked');
SELECT pca_unit_framing('Transfer-Encoding: chunked', 'Content-Length: 5');
SELECT pca_unit_framing('Content-Length: 5', 'Transfer-Encoding: chunked');
SELECT pca_unit_framing('Content-Encoding: deflate', 'Transfer-Encoding: chunked');
SELECT pca_unit_framing('Content-Type: 0');

-- bodies, in pieces of every size and for readers with little space
CREATE TABLE bodies (form text, coding text, body bytea);
INSERT INTO bodies VALUES
    ('gzip', 'gzip', '\x1f8b08000000000002038dd4bb6a03410c85e17799da85ae23695f239026a430eb0507964d6152997df7a4cd4c71dcffcd77407ab6f7ebfeb3b5e5e3d9d6fbf538b6bd2d6da57669fbd7ba1d8fedf1f6bddfda42e7e55fc153a1312432256143a253c2cc4363736339343e37e943d3a746448666768b17944b7548575568d72068370a68373368b76468774e68777768f71268ef52d0de7b87f62085f63082f68880f66483f67486f6cc84f61287f6ea02ed5505ed4cda219e2914eaffae995e38790b7cf39c868f5e84e1022c9e780229c713a80a9e407be1098cfa0b6fcff4fc3c7f01749d386ab3050000'),
    ('zlib', 'deflate', '\x78da8dd4bb6a03410c85e17799da85ae23695f239026a430eb0507964d6152997df7a4cd4c71dcffcd77407ab6f7ebfeb3b5e5e3d9d6fbf538b6bd2d6da57669fbd7ba1d8fedf1f6bddfda42e7e55fc153a1312432256143a253c2cc4363736339343e37e943d3a746448666768b17944b7548575568d72068370a68373368b76468774e68777768f71268ef52d0de7b87f62085f63082f68880f66483f67486f6cc84f61287f6ea02ed5505ed4cda219e2914eaffae995e38790b7cf39c868f5e84e1022c9e780229c713a80a9e407be1098cfa0b6fcff4fc3c7f01c757d229'),
    ('raw', 'deflate', '\x8dd4bb6a03410c85e17799da85ae23695f239026a430eb0507964d6152997df7a4cd4c71dcffcd77407ab6f7ebfeb3b5e5e3d9d6fbf538b6bd2d6da57669fbd7ba1d8fedf1f6bddfda42e7e55fc153a1312432256143a253c2cc4363736339343e37e943d3a746448666768b17944b7548575568d72068370a68373368b76468774e68777768f71268ef52d0de7b87f62085f63082f68880f66483f67486f6cc84f61287f6ea02ed5505ed4cda219e2914eaffae995e38790b7cf39c868f5e84e1022c9e780229c713a80a9e407be1098cfa0b6fcff4fc3c7f01');
SELECT form, min(kept) > 0 AS read, max(kept) <= 200 AS bounded, count(DISTINCT content) AS contents, min(length(content)) AS length,
    min(md5(content)) = '95454e3f81a1f89b186040945b82d03e' AS right
FROM bodies, generate_series(1, length(body)) AS chunk, LATERAL pca_unit_receive(body, coding, chunk, 200)
GROUP BY form ORDER BY form;
SELECT content FROM pca_unit_receive(convert_to('[{}]', 'UTF8'), 'identity', 1);
SELECT content FROM pca_unit_receive('\x010c00f3ff7b2256616c7565223a5b5d7d', 'deflate', 3);
SELECT content FROM pca_unit_receive('', 'gzip');


-- what is wrong with a body: cut off at each byte, broken, continued
SELECT form, content LIKE 'fault cut off%' AS cut_off, count(*) = min(length(body)) - 1 AS everywhere
FROM bodies, generate_series(1, length(body) - 1) AS n, LATERAL pca_unit_receive(substring(body, 1, n), coding)
GROUP BY 1, 2 ORDER BY 1, 2;
SELECT form, chunk, content FROM bodies, (VALUES (0), (1)) AS c(chunk), LATERAL pca_unit_receive(body || convert_to('x', 'UTF8'), coding, chunk) ORDER BY 1, 2;
SELECT form, content FROM bodies, LATERAL pca_unit_receive(body || body, coding) ORDER BY 1;
SELECT form, content FROM bodies, LATERAL pca_unit_receive(set_byte(body, length(body) - 2, get_byte(body, length(body) - 2) # 1), coding)
WHERE form <> 'raw' ORDER BY 1;
SELECT content FROM (VALUES ('gzip'), ('deflate')) AS c(coding), LATERAL pca_unit_receive(convert_to('this is neither', 'UTF8'), coding);

-- sizes: of what a body becomes, and of what becomes nothing
SELECT form, max_size, content LIKE 'fault too large, after %' AS too_large
FROM bodies, (VALUES (1458), (1459)) AS m(max_size), LATERAL pca_unit_receive(body, coding, 0, 200, max_size) ORDER BY 1, 2;
SELECT content FROM pca_unit_receive('\x1f8b0800000000000203' || decode(repeat('000000ffff', 3000), 'hex'), 'gzip', 1000, 65536, 10000);

-- a decompression bomb: no more waits than there is space for
SELECT buffer, md5(content) = md5(repeat(' ', 300000)) AS content, kept <= buffer AS bounded
FROM (VALUES (200), (65536)) AS b(buffer), LATERAL pca_unit_receive('\x1f8b0800000000000203edc1010d000000c2a02aef9fd21e0e280000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000f831df2a1f54e0930400', 'gzip', 0, buffer);

-- keys that an unkeyed hash puts all in one place are as good as others
WITH hostile AS (SELECT array_agg('k' || i) AS keys FROM generate_series(1000000, 2999999) AS i
    WHERE hashtextextended('k' || i, x'49a0f4dd15e5a8ec'::bit(64)::bigint) & 32766 = 0)
SELECT cardinality(keys) > 90 AS enough, pca_unit_groups(keys) < 10 AS short FROM hostile;

-- memory that a library got elsewhere, and that another gives back
SELECT pca_unit_secure_alloc();
