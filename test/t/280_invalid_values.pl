# Values that are absent or invalid: an empty string is NULL where the column is not
# text, invalid text matters only in the columns that are read, and a response
# has one of the documented forms.
use strict;
use warnings FATAL => 'all';

use MIME::Base64 qw(encode_base64);
use PcaTest;
use Test::More;

my $pca = PcaTest->new(
	rows => 300,
	customers => 20,
	server => { max_retries => 0 });
my $session = $pca->session;
$session->query('\pset null (null)');

sub respond
{
	my ($body, %options) = @_;
	$pca->clear_faults;
	$pca->fault(
		kind => 'body',
		base64 => encode_base64($body, ''),
		times => 0,
		%options);
	return;
}

sub items { return respond(sprintf '{"Value":[%s]}', join ',', @_); }

# --- empty strings

items(
	'{"customerTenantId":"","customerName":"","licensesActive":"","processedDateTime":""}'
);
is( $session->query(
		'SELECT customer_tenant_id, customer_name, licenses_active, processed_date_time FROM license_usage'
	),
	'(null)||(null)|(null)',
	'an empty string is NULL in a column that is not text');
$session->query(<<'END');
CREATE DOMAIN code AS text;
CREATE DOMAIN amount AS numeric;
CREATE TYPE light AS ENUM ('red');
CREATE FOREIGN TABLE typed (
  i integer OPTIONS (field 'v'), s smallint OPTIONS (field 'v'), n numeric(5,2) OPTIONS (field 'v'),
  f double precision OPTIONS (field 'v'), b boolean OPTIONS (field 'v'), d date OPTIONS (field 'v'),
  z timestamptz OPTIONS (field 'v'), e light OPTIONS (field 'v'), a amount OPTIONS (field 'v'),
  l integer[] OPTIONS (field 'v'), t text OPTIONS (field 'v'), c code OPTIONS (field 'v'),
  v varchar(3) OPTIONS (field 'v'), j jsonb OPTIONS (field 'v')
) SERVER mock_api OPTIONS (resource 'license_usage');
END
items('{"v":""}', '{"\u0076":""}');
is( $session->query('SELECT * FROM typed'),
	join("\n", ('(null)|' x 10 . '|||""') x 2),
	'in each type, also where the item needs a parser');
items('{"customerTenantId":"","licensesActive":3}', '{"licensesActive":4}');
$pca->query_is(
	'SELECT count(*), count(customer_tenant_id) FROM license_usage WHERE customer_tenant_id IS NULL',
	'2|0',
	'it is NULL in conditions');
$session->query(
	'ALTER FOREIGN TABLE license_usage ALTER licenses_active SET NOT NULL');
items('{"licensesActive":""}');
$pca->fails_with(
	'SELECT licenses_active FROM license_usage',
	'23502',
	[
		qr/null value in column "licenses_active"/,
		qr/is a string that means NULL/
	],
	'it violates NOT NULL');
$session->query(
	'ALTER FOREIGN TABLE license_usage ALTER licenses_active DROP NOT NULL');

# Groups: one of NULL.
items(
	'{"customerTenantId":"","licensesActive":3}',
	'{"customerTenantId":null,"licensesActive":4}');
my $grouped =
  'SELECT customer_tenant_id, sum(licenses_active) FROM license_usage GROUP BY 1';
like(
	$pca->explain($grouped),
	qr/Remote Group By: customerTenantId/,
	'the query is grouped');
$pca->query_is($grouped, '|7',
	'a group keyed "" and one keyed null are one group');
items(
	'{"customerTenantId":"","licensesActive":3}',
	'{"customerTenantId":"","licensesActive":4}');
$pca->fails_with(
	$grouped, 'HV000',
	qr/the API returned a group twice/,
	'the group keyed "" comes once');
$pca->clear_faults;
$pca->config(empty_for_null => 1);
$pca->local_copy('license_usage');
$pca->local_copy('subscriptions');

foreach my $sql (
	'SELECT * FROM license_usage',
	$grouped,
	'SELECT count(*) FROM license_usage WHERE customer_tenant_id IS NULL',
	"SELECT * FROM license_usage WHERE customer_tenant_id <> '00000000-0000-0000-0000-000000000000'",
	'SELECT DISTINCT customer_tenant_id FROM license_usage',
	'SELECT count(DISTINCT customer_tenant_id) FROM license_usage',
	'SELECT * FROM subscriptions',
	'SELECT auto_renew_enabled, sum(license_count) FROM subscriptions GROUP BY 1',
	'SELECT * FROM subscriptions WHERE NOT auto_renew_enabled',
	"SELECT * FROM subscriptions WHERE trial_start_date < '2018-06-01'",
	"SELECT count(*) FROM subscriptions WHERE id NOT IN ('00000000-0000-0000-0000-000000000000')"
  )
{
	$pca->same_query($sql, "empty strings for nulls: $sql");
}
$pca->reset;

# --- invalid text

my %invalid = (
	'half a surrogate pair' => '"cut \ud83d"',
	'the other half' => '"\udc00"',
	'two first halves' => '"\ud83d\ud83d"',
	'an escaped zero' => '"a\u0000b"',
	'a raw zero' => "\"a\0b\"",
	'a control character' => "\"a\nb\"",
	'bytes of Latin-1' => "\"caf\xe9\"",
	'an overlong form' => "\"\xc0\xaf\"",
	'an encoded surrogate' => "\"\xed\xa0\xbd\"",
	'a character cut off' => "\"\xe6\xa0\"",
	'an invalid escape' => '"\x41"',
	'a nested value' => '{"a":["x",{"b":"\ud83d"}]}',
	'a nested key' => '{"a\u0000":1}');
foreach my $name (sort keys %invalid)
{
	my $text = $invalid{$name};
	foreach my $item (
		"{\"customerName\":$text,\"licensesActive\":5}",
		"{\"licensesActive\":5, \"\\u0063ustomerName\":$text}",
		"{\"licensesActive\":5,\"unknown\":$text,\"other\":[true]}",
		$text =~ /^"/ ? "{$text:7,\"licensesActive\":5}" : ())
	{
		items($item, '{"customerName":"x","licensesActive":6}');
		$pca->query_is(
			'SELECT licenses_active FROM license_usage',
			"5\n6",
			"$name in another member: " . $item =~ s/[^ -~]/?/gr);
	}
	items('{"customerName":"x"}', "{\"customerName\":$text}");
	$pca->fails_with(
		'SELECT customer_name FROM license_usage',
		'HV000',
		[
			qr/could not read column "customer_name" of foreign table "license_usage": its text is invalid/,
			qr/In item 2, a string (?:holds|has|is not valid UTF-8)/,
			qr/invalid_text/
		],
		"$name in a column that is read");
	$pca->fails_with(
		'ANALYZE license_usage',
		'HV000',
		qr/its text is invalid/,
		"$name: ANALYZE reads all columns");
	$pca->query_is(
		'SELECT count(licenses_active) FROM license_usage',
		'0',
		"$name: no other column is affected");
	$pca->fails_with(
		"SELECT licenses_active FROM license_usage WHERE customer_name <> 'y'",
		'HV000',
		qr/column "customer_name"/,
		"$name in a condition");
}

$pca->sql("ALTER SERVER mock_api OPTIONS (ADD invalid_text 'replace')");
my $mark = "\xef\xbf\xbd";
my %replaced = (
	'"cut \ud83d"' => "cut $mark",
	'"\ud83d\ud83d\ude00"' => "$mark\xf0\x9f\x98\x80",
	'"\ud83dA"' => "${mark}A",
	'"a\u0000b"' => 'ab',
	"\"a\0b\"" => 'ab',
	"\"a\nb\"" => "a${mark}b",
	"\"caf\xe9\"" => "caf$mark",
	"\"\xc0\xaf\"" => "$mark$mark",
	"\"\xe6\xa0\"" => $mark,
	"\"\xe6\xa0x\"" => "${mark}x",
	"\"\xf0\x9f\x98\xe9\"" => "$mark$mark",
	"\"\xed\xa0\xbd\"" => "$mark$mark$mark",
	'"\x41"' => "${mark}x41",
	'"\u12"' => "${mark}u12",
	'{"a\u0000":["\ud83d"]}' => "{\"a\":[\"$mark\"]}");
foreach my $text (sort keys %replaced)
{
	items("{\"customerName\":$text}");
	$pca->query_is('SELECT customer_name FROM license_usage',
		$replaced{$text}, 'replaced: ' . $text =~ s/[^ -~]/?/gr);
}
items('{"customerName":"\u0000","licensesActive":"\u0000"}');
is( $session->query(
		'SELECT customer_name, licenses_active FROM license_usage'),
	'|(null)',
	'what is empty without U+0000 is empty');
items(
	'{"customerName":"a\ud83d","licensesActive":5}',
	'{"customerName":"a\ud83e","licensesActive":6}');
$pca->query_is(
	'SELECT customer_name, sum(licenses_active) FROM license_usage GROUP BY 1',
	"a$mark|11",
	'groups that only invalid text tells apart become one');
$pca->sql(
	"ALTER FOREIGN TABLE license_usage ALTER customer_name OPTIONS (ADD invalid_text 'error')"
);
$pca->fails_with(
	'SELECT customer_name FROM license_usage',
	'HV000',
	qr/its text is invalid/,
	"a column's option precedes the server's");
$pca->sql(
	"ALTER FOREIGN TABLE license_usage ALTER customer_name OPTIONS (DROP invalid_text)"
);
$pca->sql("ALTER SERVER mock_api OPTIONS (DROP invalid_text)");
$pca->fails_with(
	"ALTER SERVER mock_api OPTIONS (ADD invalid_text 'ignore')",
	'HV024',
	qr/Valid values are: error replace/,
	'the option has two values');

# Members of the envelope that are not read, and the list of customers.
respond(
	'{"note":"\ud83d","n\u0000te":"\u0000","Value":[{"licensesActive":5}]}');
$pca->query_is('SELECT licenses_active FROM license_usage',
	5, 'invalid text in the envelope');
respond(
	'{"Value":[{"licensesActive":5}],"links":{"self":{"title":"\ud83d"},"next":null}}'
);
$pca->query_is('SELECT licenses_active FROM license_usage',
	5, 'also in a link that is not followed');
respond('{"Value":[{"licensesActive":5}],"@nextLink":"x\ud83d"}');
$pca->fails_with(
	'SELECT licenses_active FROM license_usage',
	'HV00M',
	qr/the API's response cannot be parsed: a string holds an unpaired surrogate/,
	'but not in its next link');
$pca->clear_faults;
$pca->fault(
	kind => 'body',
	text =>
	  '{"totalCount":1,"items":[{"id":"00000000-0000-0000-0000-000000000001","companyProfile":{"companyName":"\ud83d"}}]}',
	regex => 'v1/customers\?',
	times => 0);
$pca->fault(
	kind => 'body',
	text => '{"items":[{"licensesActive":5}]}',
	regex => 'usage',
	times => 0);
$pca->query_is(
	'SELECT customer_id, licenses_active FROM customer_license_usage',
	'00000000-0000-0000-0000-000000000001|5',
	'the list of customers with a name that is not read');
respond('{"Value":[{"licensesActive":5,"new\u0000Key":"\ud83d"}]}');
is( $session->query(
		"SELECT name FROM pc_analytics_drift('license_usage') WHERE name = 'newKey'"
	),
	'newKey',
	'pc_analytics_drift() shows such keys');

# A database in another encoding: what cannot be converted is replaced, too.
$session->query(
	"CREATE DATABASE latin1 ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
my $url = $pca->url;
my $latin1 = $pca->session(dbname => 'latin1');
$latin1->query(
	"CREATE EXTENSION pc_analytics_fdw; CREATE SERVER mock_api FOREIGN DATA WRAPPER pc_analytics_fdw "
	  . "OPTIONS (base_url '$url', login_url '$url', invalid_text 'replace'); CREATE USER MAPPING FOR CURRENT_USER SERVER mock_api "
	  . "OPTIONS (access_token 'mock-api-access-token'); IMPORT FOREIGN SCHEMA analytics FROM SERVER mock_api INTO public"
);
items("{\"customerName\":\"Caf\xc3\xa9 \xe6\xa0\xaa \\ud83d!\"}");
is( $latin1->query('SELECT customer_name FROM license_usage'),
	"Caf\xc3\xa9 ? ?!",
	'LATIN1: a question mark for each character that it does not have');

# --- the forms of a response

$pca->sql(
	"CREATE FOREIGN TABLE custom (v integer) SERVER mock_api OPTIONS (path '/partner/v1/analytics/devices'); "
	  . "CREATE FOREIGN TABLE by_customer (customer_id uuid, v integer) SERVER mock_api OPTIONS (path '/v1/customers/{customer-id}/things')"
);
my @tables = split /\n/,
  $pca->sql(
	"SELECT relname FROM pg_class WHERE relkind = 'f' AND relnamespace = 'partner_center'::regnamespace AND relname !~ '^(typed|custom|by_customer)\$' ORDER BY 1"
  );
foreach my $table (@tables)
{
	my $condition =
	  $table =~ /_history/ ? "WHERE snapshot_date = '2018-10-14'" : '';
	foreach my $body ('[]', ' [ {} ] ')
	{
		respond($body);
		$pca->fails_with(
			"SELECT $table FROM $table $condition",
			'HV00M',
			qr/cannot be parsed: a bare array is not one of this resource's forms/,
			"$table: $body is an error");
		$pca->fails_with(
			"SELECT count(*) FROM $table $condition",
			'HV00M',
			qr/not one of this resource's forms/,
			"$table: it is one for count(*)");
	}
}
respond('[]');
$pca->query_is('SELECT v FROM custom', '', 'a table with path takes []');
respond('[{"v":1},{"v":2}]');
$pca->query_is('SELECT v FROM custom', "1\n2", 'and a bare array of items');
$pca->fails_with(
	'SELECT v FROM by_customer',
	'HV00M',
	qr/not one of this resource's forms.*CONTEXT:  list of customers for foreign table "by_customer"/s,
	'the list of customers is a documented resource');
$pca->query_is(
	"SELECT v FROM by_customer WHERE customer_id = '00000000-0000-0000-0000-000000000001'",
	"1\n2",
	'what is read for each of them is not');

# --- arrays

$pca->sql(<<'END');
CREATE FOREIGN TABLE lists (
  texts text[] OPTIONS (field 'v'), integers integer[] OPTIONS (field 'n'), short varchar(2)[] OPTIONS (field 's'),
  days date[] OPTIONS (field 'd'), amounts amount[] OPTIONS (field 'n')
) SERVER mock_api OPTIONS (path '/partner/v1/analytics/devices');
END
items(
	'{"v":["a","b,c","d\"e",null,"",1,true,[1,2],{"x":[]}],"n":[1,"2","",null],"s":["ab"],"d":["2018-05-27"]}',
	'{"v":[],"n":null}', '{}', '{"v":"{x,y}","n":""}');
is( $session->query('SELECT * FROM lists'),
	join("\n",
		'{a,"b,c","d\"e",NULL,"",1,true,"[1,2]","{\"x\":[]}"}|{1,2,NULL,NULL}|{ab}|{2018-05-27}|{1,2,NULL,NULL}',
		'{}|(null)|(null)|(null)|(null)',
		'(null)|(null)|(null)|(null)|(null)',
		'{x,y}|(null)|(null)|(null)|(null)'),
	'JSON arrays become arrays');
foreach my $case (
	[ 'integers', '{"n":[1,"x"]}', '22P02' ],
	[ 'integers', '{"n":[[1]]}', '42804' ],
	[ 'integers', '{"n":{"a":1}}', '42804' ],
	[ 'short', '{"s":["abc"]}', '22001' ],
	[ 'texts', '{"v":["x","\ud83d"]}', 'HV000' ])
{
	my ($column, $item, $sqlstate) = @$case;
	items($item);
	$pca->fails_with(
		"SELECT $column FROM lists",
		$sqlstate,
		qr/column "$column"/,
		"$item is an error");
}
like(
	$pca->explain("SELECT texts FROM lists WHERE 'a' = ANY (texts)"),
	qr/Local Filter Reason/,
	'conditions on an array are evaluated locally');

done_testing();
