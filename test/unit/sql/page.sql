--
-- page: where the items of an answer begin and end
--
-- Each line shows the items, and last what stood around them or what is wrong.
-- test/t/010_unit.pl cuts these and other bodies into pieces of every size.
--
CREATE FUNCTION page(body text, bare bool DEFAULT false) RETURNS text[]
LANGUAGE SQL AS $$ SELECT pca_unit_page(convert_to(body, 'UTF8'), 0, bare) $$;

-- the forms of an answer
SELECT page('{"Value": [{"a": 1}, {"b": {"c": [1, 2]}}], "@nextLink": null, "TotalCount": 2}');
SELECT page('{"totalCount": 1, "items": [{"a": 1}], "attributes": {"objectType": "Collection"}}');
SELECT page('[{"a": 1}, {"a": 2}]');
SELECT page('[]'), page('{"value": []}'), page(E' \r\n[ ]\t ');
SELECT page(E'\uFEFF{"ITEMS":[{}]}'), page('{"V\u0061lue":[{}]}');
SELECT page('{"a": 1, "b": "x"}', true), page('{}', true), page('[{"a": 1}]', true);
SELECT page('{"Value": [{"a": 1}]}', true), page('{"links": {}, "Value": [{"a": 1}]}', true);

-- strings may hold anything
SELECT page('[{"a": "}]"}, {"b": "\"}\\"}, {"c": "\\\"{"}, {"d\"": "[\\\\"}]');

-- what stands around the items
SELECT page(format('{"Value": [], %s}', rest)) FROM unnest(ARRAY[
    '"TotalCount": 33677', '"totalcount": "33677"', '"TotalCount": null', '"TotalCount": 0',
    '"TotalCount": 999999999999999', '"@nextLink": ""', '"@nextLink": "a?b=1&c=d e"',
    '"nextLink": "\u0061\"\\ü"', '"@NEXTLINK": null', '"links": {"a": [1, "x]}"]}, "b": [[]]',
    '"x": true, "y": false, "z": null, "n": -1.5e3']) rest;
SELECT page('{"@nextLink": "x", "TotalCount": 7, "Value": [{}]}');

-- everything else is a fault, never an empty page
SELECT page(body) FROM unnest(ARRAY[
    '', ' ', '<html>', 'null', '"Value"', '1', '{', '[', '{}', '{"a": 1}', '{"a": []}',
    '{"Value": null}', '{"Value": {}}', '{"Value": "[]"}', '{"Value": 1}',
    '{"Value": [], "value": []}', '{"Value": [], "items": []}',
    '[1]', '[null]', '["a"]', '[[]]', '[{}, 1]', '[{},]', '[,{}]', '[{} {}]', '[{}}', '{"Value": [}',
    '[] []', '[]x', '{"Value": []}}', '{"Value": [],}', '{,"Value": []}', '{"Value" []}',
    '{"Value": [] "a": 1}', '{"a": , "Value": []}', '{"a": x, "Value": []}', '{Value: []}',
    '{"a": [1}, "Value": []}', '{"a": {"b"}, "Value": []}', '{"a": 01, "Value": []}',
    '{"Value": [{"a": 1]}', '{"\x": 1, "Value": []}']) body;
SELECT page(format('{"Value": [], %s}', rest)) FROM unnest(ARRAY[
    '"TotalCount": -1', '"TotalCount": 1.5', '"TotalCount": "x"', '"TotalCount": ""',
    '"TotalCount": true', '"TotalCount": []', '"TotalCount": 1, "totalCount": 1',
    '"TotalCount": 99999999999999999999',
    '"@nextLink": 1', '"@nextLink": {}', '"@nextLink": "a", "nextLink": "a"']) rest;

-- links.next, with the one header that it may bring
SELECT page(format('{"items": [{}], "links": %s}', links)) FROM unnest(ARRAY[
    'null', '[]', '{}', '{"self": {"uri": "/a"}}', '{"next": null}', '{"next": {"uri": "/a"}}',
    '{"next": {"uri": "/a", "method": "get", "headers": []}}',
    '{"next": {"uri": "/a", "method": "GET", "headers": [{"key": "X", "value": "b"}, {"key": "ms-continuationtoken", "value": "c"}]}}',
    '{"next": {"uri": "/a", "headers": [{"key": "MS-ContinuationToken"}, 1, {"key": "MS-ContinuationToken", "value": ""}]}}',
    '{"next": {"uri": "/a", "headers": [{"key": "MS-ContinuationToken", "value": "c\r\nd: e"}]}}',
    '{"next": {"uri": "/a", "headers": [{"key": "MS-ContinuationToken", "value": "ü"}]}}',
    '{"next": {"uri": "/a", "method": "POST"}}', '{"next": {"uri": ""}}', '{"next": {"uri": 1}}', '{"next": {}}',
    '{"next": {"uri": "/a"}, "Next": {"uri": "/a"}}', '{"next": {"uri": "/a", "uri": "/a"}}',
    '{"next": {"uri": "/a", "method": "GET", "Method": "POST"}}', '{"next": {"uri": "/a", "headers": [], "headers": []}}',
    '{"next": {"uri": "/a", "headers": [{"key": "MS-ContinuationToken", "value": "c", "VALUE": "d"}]}}',
    '{"next": {"uri": "/a", "headers": [{"key": "MS-ContinuationToken", "value": "c"}, {"key": "ms-continuationtoken", "value": "d"}]}}',
    '{"next": {"uri": "/a", "headers": [{"key": "MS-ContinuationToken", "value": "c"}, {"key": "ms-continuationtoken", "value": "c"}]}}',
    '{"next": {"uri": "/a", "other": 1, "other": 2}}', '{"self": 1, "self": 2, "next": {"uri": "/a"}}',
    '{"next": "/a"}', '{"next": {"uri": "/a"}}, "nextLink": "/b"', '{"next": {"uri": "/a"}}, "links": {"next": {"uri": "/b"}}']) links;
SELECT page('<html>', true), page('{"Value": null}', true), page('{"a": 1}}', true), page('1', true);

-- a body that ends too early says so
SELECT page(left('{"Value": [{"a": "b"}], "TotalCount": 1}', n))
FROM unnest(ARRAY[1, 5, 9, 11, 12, 16, 21, 22, 24, 30, 38]) n;

-- bytes that are no text
SELECT pca_unit_page('\x00'), pca_unit_page('\xefbb'), pca_unit_page('\xefbbbf'),
    pca_unit_page('\x5b7b7d2c007b7d5d'), pca_unit_page('\x7b22ff223a312c2256616c7565223a5b5d7d');

-- items and members are bounded in depth and size
SELECT (page('[' || repeat('{"a":', 64) || '1' || repeat('}', 64) || ']'))[2],
    page('[' || repeat('{"a":', 65) || '1' || repeat('}', 65) || ']');
SELECT (page('[{"a":"' || repeat('x', 1048568) || '"}]'))[2],
    page('[{"a":"' || repeat('x', 1048569) || '"}]'),
    page('{"a":"' || repeat('x', 1048575) || '","Value":[]}'),
    page('{"a":"' || repeat('x', 1048570) || '"}', true);

-- many items
SELECT cardinality(lines), lines[cardinality(lines)]
FROM (SELECT page('[' || string_agg(format('{"n":%s}', i), ',') || ']') FROM generate_series(1, 10000) i)
    AS many(lines);
