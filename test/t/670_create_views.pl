# pc_analytics_create_views(): views with the names, columns and comments of foreign
# tables, through which the same is sent.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(rows => 200);
$pca->local_copy('license_deployment');
my $create =
  "SELECT pc_analytics_create_views('partner_center', 'reporting')";

$pca->sql(
	"CREATE SCHEMA reporting; SELECT pc_analytics_describe('partner_center')"
);
$pca->requests;
$pca->query_is($create, 14, 'each foreign table gets a view');
is_deeply([ $pca->requests ], [], 'no request is sent');
$pca->query_is(
	"SELECT count(*) FROM pg_tables WHERE schemaname = 'reporting' UNION ALL SELECT count(*) FROM information_schema.tables WHERE table_schema = 'reporting' AND table_type = 'VIEW'",
	"0\n14",
	'tools that list views see them');
my $columns =
  "SELECT string_agg(relname || ' ' || attnum || ' ' || attname || ' ' || format_type(atttypid, atttypmod), ',' ORDER BY relname, attnum) FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE attnum > 0 AND relnamespace = '%s'::regnamespace";
is( $pca->sql(sprintf $columns, 'reporting'),
	$pca->sql(sprintf $columns, 'partner_center'),
	'the views have the columns of the tables');
my $comments =
  "SELECT string_agg(relname || ' ' || objsubid || ' ' || description, ',' ORDER BY relname, objsubid) FROM pg_description JOIN pg_class c ON c.oid = objoid AND classoid = 'pg_class'::regclass WHERE relnamespace = '%s'::regnamespace";
like(
	$pca->sql(sprintf $comments, 'reporting'),
	qr/license_usage 0 licences/,
	'the views have comments');
is( $pca->sql(sprintf $comments, 'reporting'),
	$pca->sql(sprintf $comments, 'partner_center'),
	'they are those of the tables and columns');

# What is sent, and what comes.
foreach my $query (
	"SELECT service_name, sum(licenses_sold) FROM %s.license_deployment WHERE channel = 'reseller' GROUP BY 1",
	'SELECT count(*) FROM %s.license_deployment',
	"SELECT * FROM %s.azure_usage WHERE usage_date >= '2018-09-01' LIMIT 10",
	'SELECT usage_date FROM %s.azure_usage ORDER BY usage_date DESC LIMIT 5',
	'SELECT meter_category FROM %s.azure_usage OFFSET 10 LIMIT 10')
{
	my %plans;
	foreach my $schema (qw(partner_center reporting))
	{
		my $plan =
		  $pca->explain(sprintf($query, $schema), 'VERBOSE, COSTS OFF');
		$plans{$schema} = join "\n",
		  $plan =~ /(?:Remote|Request|Resource|Not Grouped)[^\n]*/g;
	}
	is($plans{reporting}, $plans{partner_center},
		"through the view the same is sent: $query");
}
$pca->same_rows(
	'SELECT * FROM reporting.license_deployment',
	'SELECT * FROM local.license_deployment',
	'a view has the rows of its table');

# Again: columns that were added, comments, and options of the view.
$pca->sql(<<'END');
ALTER FOREIGN TABLE license_usage ADD COLUMN region text OPTIONS (field 'customerRegion');
COMMENT ON FOREIGN TABLE license_usage IS 'it''s \ new';
COMMENT ON FOREIGN TABLE searches IS NULL;
COMMENT ON VIEW reporting.searches IS 'said by hand';
ALTER VIEW reporting.license_usage SET (security_invoker = true, security_barrier);
END
$pca->query_is($create, 14, 'the function may be called again');
$pca->query_is(
	"SELECT a.attname, obj_description(c.oid, 'pg_class'), c.reloptions, obj_description('reporting.searches'::regclass, 'pg_class') FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.oid = 'reporting.license_usage'::regclass ORDER BY attnum DESC LIMIT 1",
	q<region|it's \ new|{security_invoker=true,security_barrier=true}|said by hand>,
	'a view gets added columns and changed comments, and keeps its options');
$pca->sql('ALTER FOREIGN TABLE license_usage RENAME channel TO sold_through');
$pca->fails_with(
	$create,
	'42P16',
	qr/cannot change name of view column "channel"/,
	'a view whose columns would be others is an error, as of CREATE OR REPLACE VIEW'
);
$pca->sql('DROP VIEW reporting.license_usage');
$pca->query_is($create, 14, 'without the view it succeeds');
$pca->sql(
	'DROP VIEW reporting.referrals; CREATE TABLE reporting.referrals ()');
$pca->fails_with(
	$create, '42809',
	qr/"referrals" is not a view/,
	'a table of that name is not replaced');

# Names, other relations, schemas.
$pca->sql(<<'END');
CREATE SCHEMA "Odd ""one"""; CREATE SCHEMA "it's"; SET search_path = "Odd ""one""", public;
CREATE FOREIGN TABLE "select ""x""" ("a ""b" text OPTIONS (operators 'contains'), "order" bigint, dropped int) SERVER mock_api OPTIONS (path '/x');
ALTER FOREIGN TABLE "select ""x""" DROP COLUMN dropped;
COMMENT ON COLUMN "select ""x"""."a ""b" IS 'a ''quoted'' comment';
CREATE TABLE plain (x int); CREATE VIEW seen AS SELECT 1 AS one;
CREATE FOREIGN DATA WRAPPER other; CREATE SERVER other FOREIGN DATA WRAPPER other;
CREATE FOREIGN TABLE foreigner (x int) SERVER other;
SELECT pc_analytics_create_views('"Odd ""one"""', '"it''s"');
END
$pca->query_is(
	q<SELECT relname, (SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid), col_description(c.oid, 1) FROM pg_class c WHERE relnamespace = '"it''s"'::regnamespace>,
	q<select "x"|a "b,order|a 'quoted' comment>,
	'names that need quotes; only tables of this wrapper');
$pca->fails_with(
	"SELECT pc_analytics_create_views('reporting', 'reporting')",
	'22023',
	qr/the views cannot be created in the schema of the foreign tables/,
	'one schema cannot have both');
foreach my $arguments ("1, 'reporting'", "'partner_center', 1")
{
	$pca->fails_with(
		"SELECT pc_analytics_create_views($arguments)",
		'3F000',
		qr/schema with OID 1 does not exist/,
		'a schema that does not exist is an error');
}

# Privileges are those of the caller.
$pca->sql(<<'END');
CREATE ROLE tool; CREATE SCHEMA for_tool; GRANT USAGE ON SCHEMA for_tool, partner_center TO tool;
END
my $tool =
  "SET ROLE tool; SELECT pc_analytics_create_views('partner_center', 'for_tool')";
$pca->fails_with(
	$tool, '42501',
	qr/permission denied for foreign server mock_api/,
	'the caller needs USAGE on the server');
$pca->sql('GRANT USAGE ON FOREIGN SERVER mock_api TO tool');
$pca->fails_with(
	$tool, '42501',
	qr/permission denied for schema for_tool/,
	'the caller needs CREATE on the schema of the views');
$pca->sql('GRANT CREATE ON SCHEMA for_tool TO tool');
$pca->query_ok($tool, 'an ordinary role may create the views');
$pca->query_is(
	"SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'for_tool'::regnamespace",
	'tool',
	'it owns them');
$pca->fails_with(
	'SET ROLE tool; SELECT count(*) FROM for_tool.license_deployment',
	'42501',
	qr/permission denied for (?:foreign )?table license_deployment/,
	'its views give it no privilege on the tables');

# IMPORT FOREIGN SCHEMA without the tables that others supersede.
$pca->sql(
	"CREATE SCHEMA newer; IMPORT FOREIGN SCHEMA analytics FROM SERVER mock_api INTO newer OPTIONS (superseded 'false')"
);
$pca->query_is(
	"SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'newer'::regnamespace",
	'azure_usage customers indirect_resellers license_deployment license_deployment_history license_usage license_usage_history referrals searches subscriptions',
	'the four older tables are left out');
$pca->query_is(
	"DROP VIEW for_tool.license_usage; SELECT pc_analytics_create_views('newer', 'for_tool')",
	10,
	'a superuser replaces the views of another role');

done_testing();
