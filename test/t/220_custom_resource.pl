# A resource that is not in the catalog: a table with "path" declares what its
# fields can do, and is requested and read like the others.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $path = '/partner/v1/analytics/devices';
my $pca = PcaTest->new(rows => 700, customers => 30);

$pca->sql(<<"END_OF_SQL");
CREATE FOREIGN TABLE partner_center.devices (
  customer_tenant_id uuid OPTIONS (operators 'eq, ne', groupable 'true'),
  customer_name text OPTIONS (operators 'contains', groupable 'true'),
  platform text OPTIONS (operators 'eq,ne,contains', groupable 'true'),
  managed boolean OPTIONS (operators 'eq ne', groupable 'true'),
  report_date date OPTIONS (operators 'eq, ne, gt, ge, lt, le'),
  enrolled_date timestamp OPTIONS (operators 'eq, ne, gt, ge, lt, le'),
  disk_errors bigint OPTIONS (operators 'eq, ne, gt, ge, lt, le'),
  device_count bigint OPTIONS (measure 'true'),
  storage_used numeric OPTIONS (measure 'true')
) SERVER mock_api OPTIONS (path '$path');
END_OF_SQL
$pca->local_copy('devices');
$pca->same_query('SELECT * FROM devices', 'every row, every column');

# --- what is asked for each condition, and what comes

my $name = $pca->sql(
	"SELECT quote_literal(customer_name) FROM local.devices WHERE customer_name ~ '^[A-Za-z ]+\$' ORDER BY 1 LIMIT 1"
);
my $guid = $pca->sql(
	'SELECT customer_tenant_id FROM local.devices ORDER BY 1 LIMIT 1');
my $both =
  "(customerTenantId eq '" . uc($guid) . "' or customerTenantId eq '$guid')";
my $day = 'cast(\'2018-10-0%s\', Edm.DateTimeOffset)';
my @asked = (
	[ "platform = 'macOS'", "platform eq 'macOS'" ],
	[ "platform = 'O''S/2'", "platform eq 'O''S/2'" ],
	[
		"platform IN ('macOS', 'Android')",
		"(platform eq 'macOS' or platform eq 'Android')"
	],
	[ "platform LIKE '%ndow%'", "contains(platform,'ndow')" ],
	[ "platform <> 'macOS'", undef ],
	[ "customer_name = $name", "contains(customerName,$name)" ],
	[ "strpos(customer_name, 'a') > 0", "contains(customerName,'a')" ],
	[ "customer_tenant_id = '$guid'", $both ],
	[ 'managed', 'managed eq true' ],
	[ 'NOT managed', 'managed eq false' ],
	[ 'disk_errors = 7', 'diskErrors eq 7' ],
	[ 'disk_errors = (-1)::smallint', 'diskErrors eq -1' ],
	[ '9007199254740993 = disk_errors', 'diskErrors eq 9007199254740993' ],
	[ 'disk_errors <> 0', 'diskErrors ne 0' ],
	[ '0 < disk_errors', 'diskErrors gt 0' ],
	[ '1 >= disk_errors', 'diskErrors le 1' ],
	[ 'NOT (disk_errors < 1)', 'diskErrors ge 1' ],
	[
		'disk_errors BETWEEN 0 AND 6',
		'(diskErrors ge 0) and (diskErrors le 6)'
	],
	[ 'disk_errors IN (-1, 7)', '(diskErrors eq -1 or diskErrors eq 7)' ],
	[
		'disk_errors NOT IN (-1, 7)',
		'(diskErrors ne -1 and diskErrors ne 7)'
	],
	[ 'disk_errors = ANY (ARRAY[0, NULL])', 'diskErrors eq 0' ],
	[ 'disk_errors > 0.5', undef ],
	[ 'disk_errors = device_count', undef ],
	[
		"report_date = '2018-10-09'",
		"(reportDate ge cast('2018-10-09', Edm.DateTimeOffset)) and (reportDate lt cast('2018-10-10', Edm.DateTimeOffset))"
	],
	[
		"report_date >= '2018-10-09'",
		"reportDate ge cast('2018-10-09', Edm.DateTimeOffset)"
	],
	[
		"report_date < timestamp '2018-10-09 12:00'",
		"reportDate lt cast('2018-10-10', Edm.DateTimeOffset)"
	],
	[
		"enrolled_date > '2018-01-01'",
		"enrolledDate gt cast('2018-01-01', Edm.DateTimeOffset)"
	],
	[
		"enrolled_date::date = '2018-01-01'",
		"(enrolledDate ge cast('2018-01-01', Edm.DateTimeOffset)) and (enrolledDate lt cast('2018-01-02', Edm.DateTimeOffset))"
	],
	[ 'device_count > 3', undef ],
	[
		"managed AND disk_errors = 0 AND storage_used > 1",
		'(managed eq true) and (diskErrors eq 0)'
	],
	[ 'platform IS NULL', undef ]);
foreach (@asked)
{
	my ($condition, $filter) = @$_;
	my $sql = "SELECT * FROM devices WHERE $condition";

	$pca->log_entries;
	$pca->same_query($sql, "rows: $condition", empty => 1);
	is_deeply(
		[ $pca->requests ],
		[
			"GET $path?top=10000&skip=0"
			  . (defined $filter ? "&filter=$filter" : '')
		],
		"asked: $condition");
}

# --- groups, counts, windows, parameters, joins

my @shapes = (
	[
		'SELECT platform, sum(device_count), sum(storage_used) FROM devices GROUP BY 1',
		'groupby=platform'
	],
	[
		"SELECT managed, sum(device_count) FROM devices WHERE platform = 'macOS' GROUP BY 1",
		"filter=platform eq 'macOS'&groupby=platform,managed"
	],
	[
		'SELECT DISTINCT customer_tenant_id FROM devices',
		'groupby=customerTenantId'
	],
	[ 'SELECT report_date, sum(device_count) FROM devices GROUP BY 1', '' ],
	[ 'SELECT platform, count(*) FROM devices GROUP BY 1', '' ],
	[
		'SELECT count(*) FROM devices WHERE disk_errors = 7',
		'filter=diskErrors eq 7', 1
	],
	[
		'SELECT d.platform FROM (VALUES (7::bigint)) v(e) JOIN devices d ON d.disk_errors = v.e',
		'filter=diskErrors eq 7'
	]);
foreach (@shapes)
{
	my ($sql, $asked, $several) = @$_;

	$pca->log_entries;
	$pca->same_query($sql, "rows: $sql");
	my $said = join "\n", $pca->requests;
	$asked = "&$asked" if $asked;
	$several
	  ? like($said, qr/\Q$asked\E(?:\n|\z)/, "asked: $sql")
	  : like($said, qr/^GET \Q$path?top=10000&skip=0$asked\E\z/,
		"asked: $sql");
}
$pca->query_is(
	"PREPARE p(bigint) AS SELECT count(*) FROM devices WHERE disk_errors > \$1; "
	  . 'SET plan_cache_mode = force_generic_plan; EXECUTE p(0)',
	$pca->sql('SELECT count(*) FROM local.devices WHERE disk_errors > 0'),
	'a parameter of a generic plan');
$pca->log_entries;
$pca->sql('SELECT platform FROM devices LIMIT 5 OFFSET 3');
is_deeply([ $pca->requests ], ["GET $path?top=5&skip=3"], 'LIMIT and OFFSET');
$pca->config(cap_top => 100);
$pca->same_query('SELECT * FROM devices', 'several pages');
$pca->reset;

like(
	$pca->explain(
		"SELECT platform, sum(device_count) FROM devices WHERE platform = 'x' GROUP BY 1"
	),
	qr/Resource: \Q$path\E\n.*Remote Filter: platform eq 'x'\n.*Remote Group By: platform\n.*Request: \S+\Q$path?top=10000\E/s,
	'EXPLAIN shows it as of a resource');

# --- the envelope: its forms, and what none of them is

foreach my $envelope (qw(value items Items array))
{
	$pca->config(envelope => $envelope);
	$pca->same_query('SELECT * FROM devices', "rows in $envelope");
}
$pca->reset;
foreach my $body (
	'{"platform":"x","managed":true,"deviceCount":3}', '{"Value":{}}',
	'{}', '{"code":"x"}')
{
	$pca->fault(kind => 'body', text => $body, path => $path);
	$pca->fails_with(
		'SELECT platform FROM devices', 'HV00M',
		qr/"devices"/, "no rows, but an error: $body");
}
$pca->reset;

# --- constant query parameters

my %queries = (
	'a=b&c=d' => 'a=b&c=d',
	'api-version=2&flag=' => 'api-version=2&flag=',
	"name=O'Brien & c=x y" => undef,
	'name=O\'\'Brien%20%26%20Co&c=x y/+?' =>
	  'name=O%27Brien%20%26%20Co&c=x%20y%2F%2B%3F',
	"caf\xc3\xa9=100%25" => 'caf%C3%A9=100%25',
	'x=a=b' => 'x=a%3Db');
foreach my $query (sort keys %queries)
{
	my $encoded = $queries{$query} // next;
	$pca->sql(
		"DROP FOREIGN TABLE IF EXISTS q; CREATE FOREIGN TABLE q (platform text OPTIONS (operators 'eq'), device_count bigint) "
		  . "SERVER mock_api OPTIONS (path '$path', query '$query', page_size '300')"
	);
	$pca->config(required_query => $encoded);
	$pca->log_entries;
	$pca->query_is(
		'SELECT count(device_count) > 300 FROM q',
		't',
		"query '$query': all pages have it");
	my @targets = map { $_->{target} } $pca->log_entries;
	ok(@targets > 2, 'there are several pages');
	is( scalar(grep { /[?&]\Q$encoded\E$/ } @targets),
		scalar @targets,
		"sent as $encoded");
	$pca->query_is(
		"SELECT count(*) FROM q WHERE platform = 'macOS'",
		$pca->sql(
			"SELECT count(*) FROM local.devices WHERE platform = 'macOS'"),
		'with a filter');
	$pca->fails_with('SELECT device_count FROM devices',
		'HV000', qr/must be/, 'the mock API needs it');
	$pca->reset;
}
like(
	$pca->explain('SELECT * FROM q'),
	qr/Request: \S+devices\?top=300&skip=0&x=a=b/,
	'EXPLAIN VERBOSE shows it');
my %refused_queries = (
	'a' => qr/as in "a=b&c=d"/,
	'=b' => qr/as in "a=b&c=d"/,
	'a=b&' => qr/as in "a=b&c=d"/,
	'a=b&&c=d' => qr/as in "a=b&c=d"/,
	'&a=b' => qr/as in "a=b&c=d"/,
	'' => qr/as in "a=b&c=d"/,
	'?a=b' => qr/Leave out the "\?"/,
	'a=b#c' => qr/%23/,
	'a=100%' => qr/two hexadecimal digits/,
	'a=%zz' => qr/two hexadecimal digits/,
	'a=%0d%0aX: y' => qr/without control characters/,
	"a=b\tc" => qr/without control characters/,
	'a=%00' => qr/without control characters/,
	'a=%e9' => qr/without control characters/,
	'a=1&A=2' => qr/given once/,
	'a=1&%61=2' => qr/given once/,
	'top=5' => qr/are set by the extension/,
	'x=1&Filter=a eq 1' => qr/are set by the extension/,
	'%73kip=5' => qr/are set by the extension/);
foreach my $query (sort keys %refused_queries)
{
	$pca->fails_with(
		"CREATE FOREIGN TABLE u (x text) SERVER mock_api OPTIONS (path '$path', query '$query')",
		'HV024',
		[ qr/invalid value for option "query"/, $refused_queries{$query} ],
		'refused: ' . $query =~ s/[^ -~]/?/gr);
}
$pca->fails_with(
	"CREATE FOREIGN TABLE u (channel text) SERVER mock_api OPTIONS (resource 'license_usage', query 'a=b')",
	'HV00D',
	qr/option "query" needs option "path"/,
	'it is for tables with path');

# An endpoint without pages: neither top nor skip is sent.
$pca->sql(<<'END');
CREATE FOREIGN TABLE seats (customer_id uuid, product jsonb OPTIONS (field 'productSku'),
  total_units bigint, consumed_units bigint, available_units bigint, capability_status text)
  SERVER mock_api OPTIONS (path '/v1/customers/{customer-id}/subscribedskus', paging 'none');
END
$pca->log_entries;
$pca->query_is(
	"SELECT count(*) > 20, bool_and(total_units = consumed_units + available_units), count(DISTINCT customer_id) > 10, min(capability_status), min(product ->> 'skuPartNumber') FROM seats",
	't|t|t|Enabled|AAD_PREMIUM',
	'the seats of all customers');
my @seats = map { $_->{target} } $pca->log_entries;
is(scalar(grep { m{/subscribedskus$} } @seats),
	30, 'one request without parameters for each customer');
is(scalar @seats, 31, 'and one for the list');
my $one = $pca->sql('SELECT customer_id FROM seats ORDER BY 1 LIMIT 1');
$pca->log_entries;
$pca->query_is("SELECT count(*) > 0 FROM seats WHERE customer_id = '$one'",
	't', 'those of one customer');
is(scalar($pca->log_entries), 1, 'need one request');
$pca->fails_with(
	"CREATE FOREIGN TABLE u (channel text) SERVER mock_api OPTIONS (resource 'license_usage', paging 'none')",
	'HV00D',
	qr/option "paging" is for tables with option "path" and without "resource"/,
	'option paging is not for the resources of the API');
$pca->sql(
	"CREATE FOREIGN TABLE q_by_customer (customer_id uuid, licenses_active bigint) SERVER mock_api "
	  . "OPTIONS (path '/v1/customers/{customer-id}/things', query 'a=b')");
$pca->fault(
	kind => 'body',
	text => '{"items":[{"licensesActive":1}]}',
	regex => 'things',
	times => 0);
$pca->log_entries;
$pca->query_is('SELECT count(licenses_active) FROM q_by_customer',
	30, 'a table that is read for each customer');
my @targets = map { $_->{target} } $pca->log_entries;
is(scalar(grep { m{^/v1/customers\?size=\d+$} } @targets),
	1, 'the list of customers has no such parameter');
is(scalar(grep { /things\?(?:.*&)?a=b$/ } @targets),
	30, 'the requests for each customer have');
$pca->reset;

# --- declarations that cannot be

sub declare
{
	my ($column, $options) = @_;
	$pca->sql(
		"DROP FOREIGN TABLE IF EXISTS t; CREATE FOREIGN TABLE t ($column) SERVER mock_api OPTIONS ("
		  . ($options // "path '$path'")
		  . ')');
	return;
}

my @refused = (
	[
		"x integer OPTIONS (operators 'eq')",
		'HV004',
		qr/"operators" of column "x" of foreign table "t" does not go with type integer/
	],
	[ "x numeric OPTIONS (operators 'gt')", 'HV004', qr/type numeric/ ],
	[
		"x timestamptz OPTIONS (operators 'gt')",
		'HV004',
		qr/type timestamp with time zone/
	],
	[ "x text OPTIONS (operators 'gt')", 'HV004', qr/type text/ ],
	[
		"x varchar(5) OPTIONS (operators 'eq')",
		'HV004',
		qr/character varying\(5\)/
	],
	[ "x bigint OPTIONS (operators 'contains')", 'HV004', qr/type bigint/ ],
	[
		"x integer OPTIONS (measure 'true')",
		'HV004',
		qr/A measure is bigint, or numeric without precision/
	],
	[ "x numeric(12,2) OPTIONS (measure 'true')", 'HV004', qr/"measure"/ ],
	[
		"x timestamp OPTIONS (groupable 'true')",
		'HV004',
		qr/dates go into buckets/
	],
	[
		"x jsonb OPTIONS (field '*', operators 'eq')",
		'HV00D',
		qr/is not for a whole item/
	]);
foreach (@refused)
{
	my ($column, $sqlstate, $text) = @$_;
	declare($column);
	$pca->fails_with('EXPLAIN SELECT * FROM t',
		$sqlstate, $text, "refused: $column");
}
declare(
	"service_code text OPTIONS (operators 'eq')",
	"resource 'license_usage', path '$path'");
$pca->fails_with(
	'EXPLAIN SELECT * FROM t',
	'HV00D',
	[
		qr/"operators" of column "service_code" is not for foreign table "t", which reads resource "license_usage"/,
		qr/Drop the option/
	],
	'on a table with a resource the options have no place');
$pca->fails_with(
	"CREATE FOREIGN TABLE u (x bigint OPTIONS (groupable 'true', measure 'on')) SERVER mock_api OPTIONS (path '$path')",
	'HV024',
	qr/exclude each other/,
	'a measure is not grouped by');
$pca->fails_with(
	"CREATE FOREIGN TABLE u (x bigint OPTIONS (operators ', ')) SERVER mock_api OPTIONS (path '$path')",
	'HV024',
	qr/Name at least one/,
	'no operator is not a list of them');
declare('service_code text', "path '$path'");
like(
	$pca->explain('SELECT * FROM t'),
	qr/Resource: \Q$path\E/,
	'path without resource, whatever the table is called');
$pca->fails_with(
	"ALTER FOREIGN TABLE t OPTIONS (DROP path); SELECT * FROM t",
	'HV00J',
	qr/does not say which resource it reads/,
	'neither path nor resource');

done_testing();
