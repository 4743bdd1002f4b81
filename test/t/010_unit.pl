# Modules that need neither server nor planner: response bodies in pieces of
# every size, other server encodings, and a short run of the fuzzer. The
# chapters of test/unit test how each value is read.
use strict;
use warnings FATAL => 'all';

use Cwd            qw(abs_path);
use File::Basename qw(basename dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $tests = abs_path(dirname(__FILE__) . '/..');

my $node = PostgreSQL::Test::Cluster->new('unit');
$node->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION pca_unit');

# A body as a literal of type bytea.
sub literal
{
	my ($body) = @_;
	return sprintf "'\\x%s'::bytea", unpack 'H*', $body;
}

# In pieces of every size, a body is what it is as a whole.
sub same_in_pieces
{
	my ($body, $what) = @_;
	is( $node->safe_psql('postgres',
			<<"END"), '', "$what, in pieces of every size");
SELECT DISTINCT bare, pca_unit_page(body, chunk, bare)
FROM (VALUES (${\literal($body)})) AS bodies(body), (VALUES (true), (false)) AS forms(bare),
    generate_series(1, length(body) + 1) AS chunk
WHERE pca_unit_page(body, chunk, bare) <> pca_unit_page(body, 0, bare)
END
	return;
}

# The documents' examples.
foreach my $file (glob "'$tests/mock_api/seeds/*.json'")
{
	my $name = basename($file);
	my $body = slurp_file($file);
	same_in_pieces($body, $name);
	is( $node->safe_psql('postgres',
			<<"END"), 't', "$name: every item is taken as it is");
SELECT items = ARRAY(SELECT jsonb_array_elements(CASE WHEN jsonb_typeof(answer) = 'array' THEN answer
    ELSE coalesce(answer -> 'Value', answer -> 'items', jsonb_build_array(answer)) END))
FROM (SELECT convert_from(body, 'UTF8')::jsonb AS answer,
             trim_array(pca_unit_page(body, 0, true), 1)::jsonb[] AS items
      FROM (VALUES (${\literal($body)})) AS bodies(body)) AS page
END
}

# Bodies that are easily cut in a wrong place, and such that are no answer.
my %body = (
	'quotes and backslashes' =>
	  '[{"a\\"":"\\\\"},{"b":"\\\\\\""},{"c":"]}\\\\\\\\"},{"d":""}]',
	'brackets in strings' =>
	  '{"x":"[{","Value":[{"a":"}"},{"b":"]"}],"y":"}]"}',
	'escapes' => '[{"a":"\\u00e9\\ud83d\\ude00\\n"},{"b":"\\u0000"}]',
	'unicode' => "[{\"\xc3\xa9\":\"\xf0\x9f\x98\x80\"}]",
	'numbers' =>
	  '[{"a":-0},{"b":9223372036854775807},{"c":12.50},{"d":[1e3,0,123456789012345]}]',
	'white space' =>
	  " \r\n\t{ \"Value\"\t: [\r\n{ } , { \"a\" : 1 } ]\n, \"TotalCount\" : 2 } \r\n",
	'a byte order mark' =>
	  "\xef\xbb\xbf{\"items\":[{\"a\":1}],\"nextLink\":\"x\"}",
	'an envelope around the items' =>
	  '{"TotalCount":"12","@nextLink":"a?b=\\"c\\"&d=\\u0065","Value":[{"a":1}],"z":[[{}],1.5,null]}',
	'many small items' => '[' . join(',', map { "{\"n\":$_}" } 1 .. 60) . ']',
	'nested items' => '[{"a":{"b":[{"c":[[]]}]}},{"a":[{},[{}]]}]',
	'nothing' => '',
	'a page of HTML' =>
	  '<!DOCTYPE html><html><body>{"Value":[]}</body></html>',
	'half a body' => '{"Value":[{"a":"b"},{"a":"',
	'two answers' => '{"Value":[]}{"Value":[]}',
	'a comma too many' => '[{"a":1},]',
	'brackets that do not match' => '[{"a":[1}]',
	'a number that is none' => '{"TotalCount":01,"Value":[]}',
	'a null byte' => "[{\"a\":\"\0\"}]",
	'invalid UTF-8' => "{\"a\xff\":1,\"Value\":[{\"b\xc0\":2}]}",
	'an array of numbers' => '{"Value":[1,2,3]}',
	'an error' =>
	  '{"code":3000,"description":"no data","data":["x"],"source":"PartnerAnalytics"}'
);
same_in_pieces($body{$_}, $_) foreach sort keys %body;

# Rows, too: memory and learned positions must not depend on the pieces.
is( $node->safe_psql('postgres',
		<<'END'), '20000|20000|20000', 'rows are the same in pieces');
CREATE TYPE license AS (service_code text, licenses_sold bigint, processed_date_time timestamp);
CREATE FUNCTION license(i int) RETURNS text LANGUAGE SQL AS $$
    SELECT format(CASE i % 4
        WHEN 0 THEN '{"serviceCode": "s%s", "licensesSold": %s, "processedDateTime": "2018-10-14T00:00:00"}'
        WHEN 1 THEN '{"licensesSold": "%2$s", "serviceCode": "s%1$s"}'
        WHEN 2 THEN '{"other": {"a": [1.5]}, "SERVICECODE": "s%s", "licensesSold": %s.0}'
        ELSE '{"serviceCode": "s%s", "unknown%s": "\"", "licensesSold": %2$s}' END, i, i) $$;
WITH body AS (
    SELECT convert_to('[' || string_agg(license(i), ',') || ']', 'UTF8') AS body
    FROM generate_series(1, 20000) i),
whole AS (SELECT r FROM body, pca_unit_rows(NULL::license, body, 'license_deployment') r),
pieces AS (SELECT r FROM body, pca_unit_rows(NULL::license, body, 'license_deployment', chunk => 1009) r)
SELECT (SELECT count(*) FROM whole),
    (SELECT count(*) FROM whole WHERE (r).service_code = 's' || (r).licenses_sold),
    (SELECT count(*) FROM whole JOIN pieces USING (r));
END

# Values that come again and such that do not, short and long: each is what it is
# when it is read alone (pca_unit_rows compares).
is( $node->safe_psql('postgres',
		<<'END'), '30000|300|30000|6000|280|13', 'values are the same when they come again');
CREATE TYPE mixed AS (a text, b uuid, c bigint, d timestamp, e varchar(300), f numeric, g boolean, h text);
WITH body AS (
    SELECT convert_to('[' || string_agg(format(
        '{"a":"%s","b":"%s","c":%s,"d":"%s","e":"%s","f":%s,"g":%s,"h":%s}', 'a' || i, md5((i % 300)::text)::uuid, i * 37 - 500000,
        to_char(timestamp '2018-10-14' + i % 6000 * interval '1 second', 'YYYY-MM-DD"T"HH24:MI:SS'), repeat('e', i % 280),
        i % 13 - 5, (ARRAY['true', 'false', 'null'])[i % 3 + 1], (ARRAY['"\u00e9"', '"x"', '12', 'null'])[i % 100 / 33 + 1]), ','
        ORDER BY i) || ']', 'UTF8') AS body
    FROM generate_series(1, 30000) i)
SELECT count(DISTINCT (r).a), count(DISTINCT (r).b), count(DISTINCT (r).c), count(DISTINCT (r).d), count(DISTINCT (r).e),
    count(DISTINCT (r).f) FROM body, pca_unit_rows(NULL::mixed, body) r;
END

# Another server encoding: values and keys are converted, or refused.
$node->safe_psql('postgres',
	q{CREATE DATABASE latin1 ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0}
);
my $latin1 =
  q{SET client_encoding = 'UTF8'; CREATE EXTENSION IF NOT EXISTS pca_unit;
    DROP TYPE IF EXISTS one; CREATE TYPE one AS (v text, j jsonb);};
is( $node->safe_psql('latin1', $latin1
		  . <<"END"), "t|2|t\nt|2|t", 'text becomes the server encoding');
SELECT v = U&'\\00e9\\00fc', length(v), j ->> 0 = U&'\\00df' FROM pca_unit_rows(NULL::one,
    ${\literal("[{\"v\":\"\xc3\xa9\xc3\xbc\",\"j\":[\"\xc3\x9f\"]}]")});
SELECT v = U&'\\00e9\\00fc', length(v), j ->> 0 = U&'\\00df' FROM pca_unit_rows(NULL::one,
    ${\literal("[{\"\xc3\xa9\":\"\\u00e9\\u00fc\",\"j\":[\"\xc3\x9f\"]}]")}, keys => ARRAY[U&'\\00e9']);
END
my ($status, $out, $error) = $node->psql('latin1', $latin1 . <<"END");
SELECT * FROM pca_unit_rows(NULL::one, ${\literal("[{\"v\":\"a\xf0\x9f\x98\x80\"}]")});
END
isnt($status, 0, 'a character that the server encoding lacks is an error');
like(
	$error,
	qr/0xf0 0x9f 0x98 0x80 in encoding "UTF8" has no equivalent in encoding "LATIN1"/,
	'a character that the encoding lacks is an error that names it');
like(
	$error,
	qr/CONTEXT:.*column "v", value "a\?\?\?\?"/s,
	'its context names the column, the table and the value');

# Documents broken at random.
$ENV{ $_->[0] } = $_->[1]
  foreach [ PGHOST => $node->host ], [ PGPORT => $node->port ],
  [ PGDATABASE => 'postgres' ];
my $fuzz = qx('$tests/fuzz/page_fuzz' --count 4000 --seed 20181014 2>&1);
is($?, 0, 'PostgreSQL takes the same broken documents, with the same items');
like(
	$fuzz,
	qr/^4000 documents, \d{3,} taken by both, no difference$/m,
	'enough of them are taken') or diag($fuzz);

$node->stop;
done_testing();
