--
-- json: what a piece of JSON says
--
-- Each line shows the value as it is written again, or why it was refused.
--
CREATE FUNCTION again(value text, depth int DEFAULT 64) RETURNS text
LANGUAGE SQL AS $$ SELECT pca_unit_json(convert_to(value, 'UTF8'), depth) $$;

-- no digit of a number is lost
SELECT value, again(value) = value AS kept FROM unnest(ARRAY[
    '0', '-0', '7', '-7', '63', '999999999999999', '1000000000000000',
    '9007199254740993', '9223372036854775807', '-9223372036854775808',
    '12345678901234567890123456789', '12.50', '12.0', '0.1', '0.00000000000000000001',
    '1e3', '1E+3', '1e-3', '1.5e300', '1e400', '-0.0']) value;
SELECT again('{"a":[9223372036854775807,12.50,1e3,{"b":-0}],"c":1}');

-- what is no number is refused
SELECT value, again(value) FROM unnest(ARRAY[
    '01', '-01', '00', '1.', '.5', '-', '+1', '1e', '1e+', '1-2', '--1', '1.2.3',
    '0x10', '1_000', 'NaN', 'Infinity', '1 2', '12abc']) value;
SELECT again('{12.5: 1}'), again('{1: 1}'), again('{"a" 1.5}'), again('{1.5}');

-- strings come and go with their escapes
SELECT again('"\u00e9\ud83d\ude00 \"\\\/\b\f\n\r\t"');
SELECT value, again(value) FROM unnest(ARRAY[
    '"\u0000"', '"a\u0000b"', '"\\u0000"', '"\\\u0000"', '"\u00zz"', '"\u12"', '"\x"', '"\',
    '"\ud800"', '"\ud800\u0041"', '"\udc00"', '"open', '"', '']) value;
SELECT again(E'"a\nb"'), again(E'"a\tb"'), again(E'"\x01"'), again(E'"\x7f"');
SELECT again(E'{"a\nb":1}'), again('{"a\u0000b":1}');

-- only UTF-8, and no byte that is 0
SELECT pca_unit_json('\x22ff22'), pca_unit_json('\x22c3a922'), pca_unit_json('\x22c0af22'),
    pca_unit_json('\x22eda08022'), pca_unit_json('\x22610062 22'), pca_unit_json('\x2200');
SELECT pca_unit_json('\xff'), pca_unit_json('\x22ff31322e3522');

-- white space and a byte order mark are allowed around a value, nothing else
SELECT again(E' \t\r\n{ "a" :\n[ 1 , 2 ] } \n'), again(E'\uFEFF{"a":1}');
SELECT value, again(value) FROM unnest(ARRAY[
    '{} {}', '{}x', '[1],', E'\x0b1', E'[1,\x0c2]', 'nul', 'nulll', 'TRUE', 'true', 'null']) value;

-- brackets, commas and keys
SELECT value, again(value) FROM unnest(ARRAY[
    '{}', '[]', '[[],{}]', '{', '[', '}', ']', '{]', '[}', '[1,]', '[,1]', '{"a":1,}', '{,}',
    '{"a"}', '{"a":}', '{a:1}', '{''a'':1}', '[1 2]', '{"a":1 "b":2}', '{"a":1,"a":2}']) value;

-- depth is bounded
SELECT again('[[[]]]', 3), again('[[[]]]', 2), again('{"a":{"b":[]}}', 3), again('[[],[],[]]', 2);
SELECT again(repeat('[', 64) || repeat(']', 64)) IS NOT NULL AS deep,
    again(repeat('[', 100000)) AS open_brackets,
    again(repeat('{"a":', 100000)) AS open_objects,
    again(repeat('[', 1500), 2000) AS deeper_than_the_library;

-- a large value outgrows the first block of the arena
SELECT length(again('[' || string_agg(format('{"key%s":"value %s"}', i, i), ',') || ']'))
FROM generate_series(1, 20000) i;
SELECT length(again('"' || repeat('x', 3000000) || '"'));
SELECT length(again('[' || repeat('-0,', 200000) || '0.0]'));

-- invalid text is replaced, and marked as such; other faults remain
SELECT value, convert_to(pca_unit_json(value, 64, true), 'UTF8') AS lenient, pca_unit_json(value) AS strict
FROM unnest(ARRAY[
    '\x22ff22', '\x22c0af22', '\x22e6a022', '\x22e6a07822', '\x22eda0bd22', '\x22f09f9822', '\x22f0909080c322',
    '\x2261006222', '\x22610a6222', '\x225c7522', '\x225c7822', '\x225c', '\x22ff', '\x7b2261ff223a312c226b223a22ff227d',
    '\xff', '\x5b22ff222c5d']::bytea[]) value;
SELECT value, convert_to(pca_unit_json(convert_to(value, 'UTF8'), 64, true), 'UTF8') AS lenient
FROM unnest(ARRAY['"\ud83d"', '"\udc00"', '"\ud83d\ud83d\ude00"', '"\ud83d\u0041"', '"\ud83dx"', '"\u0000"', '"a\u0000b"',
    '"\ud8', '"\ud83d\ude0"', '{"a\u0000":1e30}']) value;
