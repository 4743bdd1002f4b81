# Conversion of responses to rows: every known shape and spelling, every
# digit, every way to declare a table; a value that does not fit is an error
# that names its place.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(rows => 20);
my $session = $pca->session;
$session->query('\pset null (null)');

# Every response from now on has these items.
sub respond_with_items
{
	my ($items) = @_;
	return $pca->respond_with("{\"Value\":$items}");
}

# --- one value, read as one type: the value as JSON, the rows or the error

my %types = (
	bigint => [
		[ '9223372036854775807', '9223372036854775807' ],
		[ '-9223372036854775808', '-9223372036854775808' ],
		[ '9007199254740993', '9007199254740993' ],
		[ '"9007199254740993"', '9007199254740993' ],
		[ '12.0', '12' ],
		[ '"12.000"', '12' ],
		[ '1e3', '1000' ],
		[ '-0', '0' ],
		[ 'null', '(null)' ],
		[ '12.5', qr/22P02.*has a fraction/s ],
		[ '9223372036854775808', qr/22003.*out of range/s ],
		[ '""', '(null)' ],
		[ '"twelve"', qr/22P02.*twelve/s ],
		[ 'true', qr/22P02/ ],
		[ '[1]', qr/42804.*array/s ],
		[ '{"a":1}', qr/42804.*object/s ],
		[ '"0x10"', qr/22P02/ ],
		[ '"1_000"', qr/22P02/ ]
	],
	integer => [
		[ '2147483647', '2147483647' ],
		[ '2147483648', qr/22003.*out of range/s ]
	],
	smallint => [ [ '"-32768"', '-32768' ], [ '32768', qr/22003/ ] ],
	numeric => [
		[
			'123456789012345678901234567890.123456789',
			'123456789012345678901234567890.123456789'
		],
		[ '"0.0011"', '0.0011' ],
		[ '1.10', '1.10' ],
		[ '9007199254740993', '9007199254740993' ],
		[ '1e-7', '0.0000001' ],
		[ '"1,5"', qr/22P02/ ],
		[ '"NaN"', qr/22P02/ ]
	],
	'numeric(6,2)' =>
	  [ [ '1234.567', '1234.57' ], [ '12345.678', qr/22003/ ] ],
	'double precision' => [
		[ '2.13', '2.13' ],
		[ '"1e300"', '1e+300' ],
		[ '"NaN"', 'NaN' ],
		[ '1e999', qr/22003/ ]
	],
	text => [
		[ '2604568', '2604568' ],
		[ '12345678901234567890.10', '12345678901234567890.10' ],
		[ 'true', 'true' ],
		[ '""', '' ],
		[ '"None"', 'None' ],
		[
			'"\\u00e9\\ud83d\\ude00\\t\\"\\\\\\/"',
			"\xc3\xa9\xf0\x9f\x98\x80\t\"\\/"
		],
		[ '{"a":[1.50,"x"]}', '{"a":[1.50,"x"]}' ],
		[ '"\\u0000"', qr/\\u0000/ ],
		[ '"\\ud83d"', qr/HV000/ ],
		[ "\"a\xff\"", qr/22021|UTF-?8/i ],
		[ "\"a\xc0\xafb\"", qr/22021|UTF-?8/i ],
		[ "\"a\nb\"", qr/HV/ ],
		[ '"\\x"', qr/HV/ ],
		[ 'nul', qr/HV/ ],
		[ "'a'", qr/HV/ ],
		[ '01', qr/HV/ ],
		[ '1.', qr/HV/ ],
		[ 'NaN', qr/HV/ ]
	],
	'varchar(3)' => [ [ '"abc"', 'abc' ], [ '"abcd"', qr/22001/ ] ],
	boolean => [
		[ 'true', 't' ],
		[ '"False"', 'f' ],
		[ '1', 't' ],
		[ '"maybe"', qr/22P02.*maybe/s ]
	],
	uuid => [
		[
			'"0112A436-B14E-4888-967B-CA4BB2CF1234"',
			'0112a436-b14e-4888-967b-ca4bb2cf1234'
		],
		[
			'"{0112a436-b14e-4888-967b-ca4bb2cf1234}"',
			'0112a436-b14e-4888-967b-ca4bb2cf1234'
		],
		[ '"0112"', qr/22P02.*0112/s ],
		[ '12', qr/22P02/ ]
	],
	timestamp => [
		[ '"2018-10-14T00:00:00"', '2018-10-14 00:00:00' ],
		[ '"2018-10-14"', '2018-10-14 00:00:00' ],
		[ '"2017-03-14T03:25:16.36+00:00"', '2017-03-14 03:25:16.36' ],
		[ '"2018-10-14T23:30:00-02:00"', '2018-10-15 01:30:00' ],
		[ '"2018-10-14T00:00:00.1234567Z"', '2018-10-14 00:00:00.123456' ],
		[ '"0001-01-01T00:00:00"', '0001-01-01 00:00:00' ],
		[ '"14/10/2018"', qr/22007.*14\/10\/2018/s ],
		[ '"2018-02-30"', qr/22007/ ],
		[ '20181014', qr/22007/ ],
		[ '"now"', qr/22007/ ],
		[ '"infinity"', qr/22007/ ]
	],
	timestamptz => [
		[ '"2018-10-14T00:00:00"', '2018-10-14 00:00:00+00' ],
		[ '"2018-10-14T00:00:00-07:00"', '2018-10-14 07:00:00+00' ]
	],
	date => [
		[ '"2018-05-30"', '2018-05-30' ],
		[ '"2018-05-30T00:00:00"', '2018-05-30' ],
		[ '"2018-05-30T00:00:01"', qr/22008.*time of day/s ]
	],
	jsonb => [
		[ '"x"', '"x"' ],
		[ '{"b":1.10,"a":[]}', '{"a": [], "b": 1.10}' ],
		[ '12345678901234567890', '12345678901234567890' ]
	],
	positive => [ [ '5', '5' ], [ '-5', qr/23514.*positive/s ] ],
	light => [ [ '"green"', 'green' ], [ '"blue"', qr/22P02.*blue/s ] ]);

$session->query(
	"CREATE DOMAIN positive AS integer CHECK (VALUE > 0); CREATE TYPE light AS ENUM ('red', 'green')"
);
$session->query("SET timezone = 'UTC'");
foreach my $type (sort keys %types)
{
	$session->query(
		"CREATE FOREIGN TABLE one (v $type OPTIONS (field 'v')) SERVER mock_api OPTIONS (resource 'partner_license_usage')"
	);
	foreach my $case (@{ $types{$type} })
	{
		my ($json, $expected) = @$case;
		respond_with_items("[{\"other\":1,\"v\":$json}]");
		my $error = $session->error_of('SELECT * FROM one');
		my $name = "$type from " . ($json =~ s/[^ -~]/?/gr);
		if (ref $expected)
		{
			like($error->{text} // '', $expected, "$name: an error");
			like(
				$error->{text} // '',
				qr/foreign table "one"/,
				"$name: which names the table");
			like($error->{text} // '',
				qr/column "v"/, "$name: and the column")
			  if $expected !~ /HV/ && $json !~ /[\xc0\xff]|u0000/;
		}
		else { is($session->query('SELECT * FROM one'), $expected, $name); }
	}
	$session->query('DROP FOREIGN TABLE one');
}

# Points in time are the same under every setting.
$session->query(
	"CREATE FOREIGN TABLE one (v timestamp OPTIONS (field 'v'), z timestamptz OPTIONS (field 'v'), d date OPTIONS (field 'w')) "
	  . "SERVER mock_api OPTIONS (resource 'partner_license_usage')");
respond_with_items('[{"v":"2018-02-03T04:05:06.789","w":"2018-02-03"}]');
foreach
  my $style ('ISO, MDY', 'ISO, DMY', 'German', 'SQL, DMY', 'Postgres, MDY')
{
	foreach my $zone ('UTC', 'America/St_Johns', 'Asia/Tokyo')
	{
		$session->query("SET datestyle = '$style'; SET timezone = '$zone'");
		is( $session->query(
				"SELECT extract(epoch FROM v), extract(epoch FROM z), d - DATE 'epoch' FROM one"
			),
			'1517630706.789000|1517630706.789000|17565',
			"points in time with $style and $zone");
	}
}
$session->query(
	"RESET datestyle; SET timezone = 'UTC'; DROP FOREIGN TABLE one");

# --- the envelope: which bodies are how many rows, and which are none

my $rows = '[{"channel":"a"},{"channel":"b"}]';
my @bodies = (
	[ "{\"Value\":$rows,\"\@nextLink\":null,\"TotalCount\":2}", "a\nb" ],
	[ "{\"value\":$rows}", "a\nb" ],
	[ "{\"items\":$rows,\"totalCount\":2}", "a\nb" ],
	[ "{\"Items\":$rows}", "a\nb" ],
	[ $rows, undef ],
	[ "\xef\xbb\xbf{\"Value\":$rows}", "a\nb" ],
	[ "\xef\xbb\xbf$rows", undef ],
	[ " \r\n\t {\"Value\": $rows} \r\n", "a\nb" ],
	[ "{\"TotalCount\":\"2\",\"Value\":$rows}", "a\nb" ],
	[
		"{\"a\":[[]],\"b\":{\"Value\":[{}]},\"Value\":$rows,\"c\":[{\"channel\":\"x\"}]}",
		"a\nb"
	],
	[ '{"Value":[]}', '' ],
	[ '[]', undef ],
	[ '{"items":[],"totalCount":0}', '' ],
	[ '{"Value":[{"channel":"a"},{}]}', "a\n(null)" ],
	[
		'{"Value":[{"CHANNEL":"a"},{"Channel":"b"},{"channels":"c"}]}',
		"a\nb\n(null)"
	],

	[
		'{"Value":[{"attributes":{"channel":"x"},"links":[{"channel":"x"}],"channel":"a"}]}',
		'a'
	],
	[ '{"Value":[{"channel":"' . 'x' x 500000 . '"}]}', 'x' x 500000 ],
	map { [ $_, undef ] } '{"Value":[{"CHANNEL":"x","channel":"a"}]}',
	'{"Value":[{"channel":"a","Channel":"x"}]}',
	'{"Value":[1]}',
	'{"Value":[null]}',
	'{"Value":[[{"channel":"a"}]]}',
	'{"Value":["a"]}',
	'{}', 'null', '"x"', '42', 'true', '[1]', '[null]',
	'[[{"channel":"a"}]]',
	'["a"]',
	'{"Value":null}',
	'{"Value":{}}',
	'{"Value":"x"}',
	'{"value":[1]}',
	'{"TotalCount":0}',
	'{"code":3000,"description":"no data"}',
	'{"error":"x","Value":1}',
	'{"channel":"a","licensesSold":1}',
	"$rows]",
	"$rows$rows",
	"{\"Value\":$rows",
	'{"Value":[{"channel":"a"}',
	'{"Value":[{"channel":"a"},]}',
	'{"Value":[{"channel":"a"}{"channel":"b"}]}',
	'{"Value":[{"channel" "a"}]}',
	'{"Value":[{channel:"a"}]}',
	'<html></html>',
	'(', ',',
	"\xff\xfe[\0]\0",
	"\xef\xbb\xbf",
	'{"Value":[{"channel":"a"}],"TotalCount":tru}',
	'{"Value":[{"channel":"a"}' . "\0]}");
$session->query("ALTER SERVER mock_api OPTIONS (ADD max_retries '0')");
foreach my $body (@bodies)
{
	my ($json, $expected) = @$body;
	$pca->respond_with($json);
	my $name = ($json =~ s/[^ -~]/?/gr =~ s/x{40,}/.../r);
	if (defined $expected)
	{
		is($session->query('SELECT channel FROM license_deployment'),
			$expected, "body $name: its rows");
		next;
	}
	my $error = $session->error_of('SELECT channel FROM license_deployment');
	like(
		$error->{text} // '',
		qr/^ERROR:  HV00[0M]: .*^CONTEXT:  .*foreign table "license_deployment"$/ms,
		"body $name: an error, and no rows");
}

# Limits.
my @limits = (
	[
		'a body too large',
		"[{\"channel\":\""
		  . 'x' x 700000
		  . '"},{"channel":"'
		  . 'x' x 700000 . '"}]',
		'54000',
		qr/max_response_size/
	],
	[
		'an item too large',
		'[{"channel":"a","x":"' . 'x' x 1100000 . '"}]',
		'HV00M', qr/large|long|1 MB/
	],
	[
		'nesting too deep',
		'[{"channel":"a","x":' . '[' x 5000 . ']' x 5000 . '}]',
		'HV00M', qr/deep/
	]);
foreach my $limit (@limits)
{
	my ($what, $body, $sqlstate, $expression) = @$limit;
	respond_with_items($body);
	$session->query(
		"ALTER SERVER mock_api OPTIONS (ADD max_response_size '1MB')")
	  if $sqlstate eq '54000';
	$pca->error_is(
		$session->error_of('SELECT channel FROM license_deployment'),
		$sqlstate, $expression, "$what is an error");
	$session->query('ALTER SERVER mock_api OPTIONS (DROP max_response_size)')
	  if $sqlstate eq '54000';
}

# --- tables as users declare them

$session->query(<<'END');
CREATE FOREIGN TABLE mine (
  sold numeric(20,1) OPTIONS (field 'licensesSold'), "The Name" varchar OPTIONS (field 'customerName'),
  gone text, nowhere text OPTIONS (field 'noSuchField'), channel text NOT NULL, active integer OPTIONS (field 'licensesActive'),
  day date OPTIONS (field 'processedDateTime'), extra jsonb OPTIONS (field 'attributes')
) SERVER mock_api OPTIONS (resource 'license_deployment');
ALTER FOREIGN TABLE mine DROP COLUMN gone, ADD COLUMN code char(6) OPTIONS (field 'serviceCode');
END
respond_with_items(
	'[{"attributes":{"a":1},"serviceCode":"o365","processedDateTime":"2018-10-14T00:00:00","channel":"direct",'
	  . '"customerName":"O\'Brien","licensesSold":9007199254740993,"noSuchField":"found","licensesActive":3}]'
);
is( $session->query('SELECT * FROM mine'),
	'9007199254740993.0|O\'Brien|found|direct|3|2018-10-14|{"a": 1}|o365  ',
	'columns in another order, of other names and types');
is( $session->query(
		'SELECT code, "The Name" FROM mine WHERE sold > 5 AND code = \'o365\''
	),
	"o365  |O'Brien",
	'a condition on columns in another order returns the right row');
is( $session->query('SELECT mine FROM mine'),
	'(9007199254740993.0,O\'Brien,found,direct,3,2018-10-14,"{""a"": 1}","o365  ")',
	'a whole-row reference returns all columns');
$pca->clear_faults;
is( $session->query(
		'SELECT tableoid::regclass, count(*) FROM mine GROUP BY 1'),
	'mine|20',
	'and the table itself');
respond_with_items('[{"channel":null}]');
$pca->error_is(
	$session->error_of('SELECT channel FROM mine'),
	'23502',
	[ qr/column "channel"/, qr/table "mine"/ ],
	'null in a NOT NULL column');
respond_with_items('[{"licensesSold":1}]');
$pca->error_is(
	$session->error_of('SELECT channel FROM mine'),
	'23502',
	qr/column "channel"/,
	'a missing key in a NOT NULL column');
is($session->query('SELECT sold FROM mine'),
	'1.0', 'which matters only where the column is read');
respond_with_items(
	'[{"licenseActive":1},{"licensesActive":2},{"LICENSEACTIVE":3}]');
is($session->query('SELECT licenses_active FROM license_usage'),
	"1\n2\n3", 'aliases, without regard to case');
respond_with_items('[{"licenseActive":4,"licensesActive":5}]');
$pca->error_is(
	$session->error_of('SELECT licenses_active FROM license_usage'),
	'HV000',
	[ qr/column "licenses_active"/, qr/an item is ambiguous/ ],
	'an item with both spellings is ambiguous');

# --- other server encodings

$session->query(
	"CREATE DATABASE latin1 ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
$session->query(
	"CREATE DATABASE ascii ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"
);
foreach my $database (qw(latin1 ascii))
{
	my $url = $pca->url;
	my $other = $pca->session(dbname => $database);
	$other->query(
		"CREATE EXTENSION pc_analytics_fdw; CREATE SERVER mock_api FOREIGN DATA WRAPPER pc_analytics_fdw "
		  . "OPTIONS (base_url '$url', login_url '$url', max_retries '0'); CREATE USER MAPPING FOR CURRENT_USER SERVER mock_api "
		  . "OPTIONS (access_token 'mock-api-access-token'); IMPORT FOREIGN SCHEMA analytics FROM SERVER mock_api INTO public"
	);
	respond_with_items("[{\"channel\":\"Caf\xc3\xa9 M\\u00fcller\"}]");
	is( $other->query('SELECT channel FROM license_deployment'),
		"Caf\xc3\xa9 M\xc3\xbcller",
		"$database: a text that fits") if $database eq 'latin1';
	is( $other->query(
			"SELECT encode(convert_to(channel, 'SQL_ASCII'), 'escape') FROM license_deployment"
		),
		'Caf\\303\\251 M\\303\\274ller',
		"$database: the bytes of UTF-8") if $database eq 'ascii';
	$pca->log_entries;
	is( $other->query(
			"SELECT channel FROM license_deployment WHERE channel = 'Caf\xc3\xa9 M\xc3\xbcller'"
		),
		"Caf\xc3\xa9 M\xc3\xbcller",
		"$database: a condition with it");
	like(
		($pca->log_entries)[0]{target},
		qr/filter=channel%20eq%20%27Caf%C3%A9%20M%C3%BCller%27/,
		"$database: goes out in UTF-8");
	next if $database eq 'ascii';
	respond_with_items("[{\"channel\":\"\xe6\xa0\xaa\xe5\xbc\x8f\"}]");
	$pca->error_is(
		$other->error_of('SELECT channel FROM license_deployment'),
		'22P05',
		[
			qr/no equivalent in encoding "LATIN1"/,
			qr/column "channel"/,
			qr/foreign table "license_deployment"/
		],
		'latin1: a text that does not fit is an error that says where');
	is($other->query('SELECT licenses_sold FROM license_deployment'),
		'', 'latin1: but only when it is read');
	$pca->clear_faults;
	$pca->fault(
		kind => 'status',
		status => 400,
		description => "\x{682a} is no field",
		times => 0);
	$pca->error_is(
		$other->error_of('SELECT * FROM license_deployment'),
		'HV000',
		qr/"\? is no field"/,
		'latin1: an error of the API still comes');
}

done_testing();
