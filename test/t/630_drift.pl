# Fields of responses without a column, columns without a field, and the
# comments that the catalog has for tables and columns.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(rows => 60);
my $columns = 'finding, name, seen, looked_at, detail';

sub drift_is
{
	my ($arguments, $expected, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$pca->query_is(
		"SET client_min_messages = warning; SELECT $columns FROM pc_analytics_drift($arguments) ORDER BY finding DESC, name",
		$expected, $name);
	return;
}

# --- nothing to tell: each resource's own rows, whatever their keys' spelling

$pca->config(row_keys => 'table');
drift_is("'$_'", '', "$_: no drift")
  foreach qw(license_deployment license_usage license_usage_history
  azure_usage subscriptions searches indirect_resellers);
$pca->config(key_case => 'upper-first', row_keys => 'sample');
drift_is("'license_usage'", '',
	'keys in another spelling have their columns');
$pca->reset;
drift_is(
	"'referrals'",
	'column that never came|partner_tenant_id|0|60|field partnerTenantId',
	'a field that only an older document has');

# --- keys without column, columns that never came

$pca->sql(<<'END_OF_SQL');
CREATE FOREIGN TABLE few (service text OPTIONS (field 'serviceName'), owner text OPTIONS (field 'owner.name'),
  gone text OPTIONS (field 'goneField'), raw jsonb OPTIONS (field '*')) SERVER mock_api OPTIONS (resource 'license_usage');
CREATE FOREIGN TABLE device (platform text OPTIONS (groupable 'true'), city text)
  SERVER mock_api OPTIONS (path '/partner/v1/analytics/devices');
END_OF_SQL
$pca->rows(
	'license_usage',
	[
		{
			serviceName => 'a',
			score => 7,
			owner => { name => 'x', rank => 1 },
			attributes => { objectType => 'y' }
		},
		{
			serviceName => 'b',
			score => undef,
			tags => [ 'u', 'v' ],
			owner => { name => 'z' },
			links => {}
		}
	]);
drift_is(
	"'few'",
	join("\n",
		'key without column|owner.rank|1|2|number, such as 1',
		'key without column|score|2|2|number, such as 7',
		'key without column|tags|1|2|array, such as ["u","v"]',
		'column that never came|gone|0|2|field goneField'),
	'keys, paths and columns');
$pca->rows(
	'license_usage',
	[
		map {
			{
				serviceName => "s$_",
				"k$_" => 'x' x 100,
				owner => { name => 'n' },
				goneField => undef
			}
		} 1 .. 400
	]);
$pca->query_is(
	"SET client_min_messages = warning; SELECT count(*), max(length(detail)), bool_and(seen = 1) FROM pc_analytics_drift('few')",
	'300|59|t',
	'so many keys and such long values are cut');
drift_is(
	"'few', 1",
	'key without column|k1|1|1|string, such as "' . 'x' x 39 . '...',
	'as many items as asked for');
my ($status, undef, $notice) = $pca->node->psql('postgres',
	"SELECT count(*) FROM pc_analytics_drift('few', 350)");
like(
	$notice,
	qr/NOTICE:  looked at 350 items of foreign table "few"\nDETAIL:  Only the first 300 keys/,
	'it says how many');
$pca->requests;
drift_is(
	"'few', 1",
	'key without column|k1|1|1|string, such as "' . 'x' x 39 . '...',
	'a field without a column is shown for one item');
is_deeply(
	[ $pca->requests ],
	['GET /v1/analytics/commercial/usage/license/?top=1&skip=0'],
	'is all that is asked for');
$pca->reset;
$pca->query_is(
	"SET client_min_messages = warning; SELECT string_agg(name, ',' ORDER BY finding DESC, name) FROM pc_analytics_drift('device')",
	'customerName,customerTenantId,deviceCount,diskErrors,enrolledDate,managed,reportDate,storageUsed,city',
	'an endpoint by its path');
$pca->rows('license_usage', []);
drift_is("'few'", '', 'no items say nothing');
drift_is('NULL', '', 'no table, nothing');
$pca->reset;

# --- one customer's, and what is refused

$pca->config(legacy_rows => 3);
my $customer = $pca->sql(
	'SELECT customer_tenant_id FROM license_deployment WHERE customer_tenant_id IS NOT NULL LIMIT 1'
);
$pca->query_is(
	"SET client_min_messages = warning; SELECT string_agg(name, ',') FROM pc_analytics_drift('customer_license_usage', customer => '$customer')",
	'service_code,workload_code',
	'of one customer');
$pca->fails_with(
	"SELECT * FROM pc_analytics_drift('customer_license_usage')",
	'HV002',
	[ qr/for one customer/, qr/customer => / ],
	'a table of one customer needs a customer');
$pca->fails_with(
	"SELECT * FROM pc_analytics_drift('pg_class')",
	'42809',
	qr/"pg_class" is not a foreign table of pc_analytics_fdw/,
	'a table of another wrapper is refused');
$pca->fails_with(
	'SELECT * FROM pc_analytics_drift(4294967295)',
	'42P01',
	qr/relation with OID 4294967295 does not exist/,
	'an OID without a table is refused');
$pca->fails_with(
	"SELECT * FROM pc_analytics_drift('few', $_)",
	'22023',
	qr/between 1 and 100000/,
	"$_ items are out of range") foreach (0, 100001, 'NULL');
$pca->fault(kind => 'status', status => 403, path => '/');
$pca->fails_with(
	"SELECT * FROM pc_analytics_drift('few')",
	'42501',
	qr/HTTP status 403/,
	'the API\'s errors are errors');
$pca->reset;
$pca->sql(
	'CREATE ROLE reader; GRANT USAGE ON SCHEMA partner_center TO reader; GRANT SELECT ON license_usage TO reader; '
	  . "CREATE USER MAPPING FOR reader SERVER mock_api OPTIONS (access_token 'mock-api-access-token')"
);
$pca->fails_with(
	"SET ROLE reader; SELECT * FROM pc_analytics_drift('license_usage')",
	'42501',
	qr/permission denied for function pc_analytics_drift/,
	'it is not for PUBLIC');
$pca->sql(
	'GRANT EXECUTE ON FUNCTION pc_analytics_drift(regclass, integer, uuid) TO reader'
);
$pca->fails_with(
	"SET ROLE reader; SELECT * FROM pc_analytics_drift('few')",
	'42501',
	qr/permission denied for foreign table few/,
	'a role without SELECT is refused');
$pca->fails_with(
	"SET ROLE reader; SELECT * FROM pc_analytics_drift('license_usage')",
	'42501',
	qr/permission denied for foreign server mock_api/,
	'a role without USAGE is refused');
$pca->sql('GRANT USAGE ON FOREIGN SERVER mock_api TO reader');
$pca->query_ok(
	"SET ROLE reader; SELECT * FROM pc_analytics_drift('license_usage')",
	'a role with both may call pc_analytics_drift');
$pca->fault(
	kind => 'stall',
	at => 'body',
	times => 0,
	path => '/v1/analytics');
my $session = $pca->session;
my $pid = $session->query('SELECT pg_backend_pid()');
$session->start("SELECT * FROM pc_analytics_drift('few')");
$pca->wait_for_requests(1);
$pca->sql("SELECT pg_cancel_backend($pid)");
my (undef, $error) = $session->finish;
like($error, qr/57014/, 'it can be cancelled');
$pca->reset;

# --- comments

my $described =
  'SELECT obj_description(c.oid) FROM pg_class c WHERE relname = ';
$pca->sql(
	"COMMENT ON COLUMN license_usage.channel IS 'mine'; COMMENT ON FOREIGN TABLE searches IS ''; COMMENT ON FOREIGN TABLE referrals IS 'ours'"
);
my $all = $pca->sql(
	"SELECT count(*) + count(DISTINCT attrelid) FROM pg_attribute JOIN pg_class c ON c.oid = attrelid "
	  . "WHERE relnamespace = 'partner_center'::regnamespace AND relkind = 'f' AND attnum > 0"
);
$pca->query_is("SELECT pc_analytics_describe('partner_center')",
	$all - 2, 'every table and column that had no comment has one');
$pca->query_is("SELECT pc_analytics_describe('partner_center')",
	0, 'the second time there is nothing to do');
$pca->query_is(
	"$described 'license_deployment'",
	'licences sold and deployed, latest snapshot',
	'of a table');
$pca->query_is("$described 'referrals'", 'ours', 'one that was there stays');
$pca->query_is(
	"SELECT col_description('license_usage'::regclass, 3), col_description('license_usage'::regclass, 2)",
	'mine|display name of the service (API field serviceName; filter: eq, ne; groupby)',
	'of columns, too');
$pca->query_is(
	"SELECT col_description('license_usage'::regclass, 11)",
	'licences that qualify for use (API field licensesQualified; summed in groups)',
	'of a measure');
$pca->query_is(
	"SELECT col_description('license_usage_history'::regclass, 13)",
	'the requested day',
	'of the day');
$pca->sql(
	'CREATE SCHEMA "Odd ""one"""; CREATE FOREIGN TABLE "Odd ""one"""."it\'s" ("a b" text OPTIONS (operators \'contains\'), '
	  . "whole jsonb OPTIONS (field '*')) SERVER mock_api OPTIONS (path '/x'); "
	  . 'CREATE TABLE "Odd ""one""".plain (x int)');
$pca->query_is("SELECT pc_analytics_describe('\"Odd \"\"one\"\"\"')",
	3, 'names that need quotes; other tables are left alone');
$pca->query_is(
	"SELECT obj_description('\"Odd \"\"one\"\"\".\"it''s\"'::regclass), col_description('\"Odd \"\"one\"\"\".\"it''s\"'::regclass, 1), "
	  . "col_description('\"Odd \"\"one\"\"\".\"it''s\"'::regclass, 2)",
	'rows of /x|API field a b; filter: contains|the whole item, as it came',
	'an endpoint by its path');
$pca->sql("COMMENT ON COLUMN license_usage.channel IS NULL");
$pca->fails_with(
	"SET ROLE reader; SELECT pc_analytics_describe('partner_center')",
	'42501',
	qr/must be owner of (?:relation|foreign table) license_usage/,
	'only the owner comments');
$pca->requests;
$pca->sql("SELECT pc_analytics_describe('partner_center')");
is_deeply([ $pca->requests ], [], 'no request is sent');

done_testing();
