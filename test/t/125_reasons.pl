# Each reason that a declaration removes ends in the statement that declares it.
# The statements of all reasons are run until none is left: then the query is
# pushed down, and its rows are the same.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(rows => 300, customers => 20);
$pca->config(string_comparison => 'sensitive');
my @keys = qw(direct reseller Direct USA);
my @rows = map {
	{
		channel => $keys[ $_ % 4 ],
		serviceCode => "s$_",
		customerTenantId =>
		  sprintf('%08X-2222-3333-4444-555555555555', $_ % 3 + 160),
		licensesSold => $_,
		licensesDeployed => 2 * $_,
	}
} 1 .. 40;
$pca->rows('license_deployment', \@rows);
$pca->sql(<<'END');
CREATE TYPE public.channel_kind AS ENUM ('direct', 'reseller', 'Direct', 'USA');
CREATE FOREIGN TABLE partner_center."Odd ""Table" (
  channel text,
  "Sold" integer OPTIONS (field 'licensesSold'),
  kind public.channel_kind OPTIONS (field 'channel')
) SERVER mock_api OPTIONS (resource 'license_deployment');
CREATE FOREIGN TABLE partner_center.states (status text)
  SERVER mock_api OPTIONS (resource 'subscriptions');
CREATE FOREIGN TABLE partner_center.only_sold (licenses_sold bigint)
  SERVER mock_api OPTIONS (resource 'license_deployment');
CREATE FOREIGN TABLE partner_center.devices (platform text, device_count bigint)
  SERVER mock_api OPTIONS (path '/partner/v1/analytics/devices');
CREATE FOREIGN TABLE partner_center.usage (usage_date timestamp, quantity numeric)
  SERVER mock_api OPTIONS (resource 'azure_usage');
END
my $session = $pca->session;
$session->query('SET search_path = partner_center, public');

my $guid = '000000a1-2222-3333-4444-555555555555';

# the query; what its plan has at the end; the number of statements; what is
# declared before; switches of the API.
my @cases = (
	{
		query =>
		  "SELECT count(*) FROM license_deployment WHERE customer_tenant_id = '$guid'",
		pushed => qr/Remote Count: TotalCount/,
		statements =>
		  ["ALTER SERVER mock_api OPTIONS (ADD guid_spelling 'any')"]
	},
	{
		query =>
		  "SELECT count(*) FROM license_deployment WHERE customer_tenant_id = '$guid'",
		pushed => qr/Remote Count: TotalCount/,
		before =>
		  "ALTER SERVER mock_api OPTIONS (ADD guid_spelling 'unknown')",
		statements =>
		  ["ALTER SERVER mock_api OPTIONS (SET guid_spelling 'any')"]
	},
	{
		query =>
		  "SELECT count(*) FROM license_deployment WHERE customer_tenant_id <> '$guid'",
		pushed => qr/Remote Count: TotalCount/,
		statements => [
			"ALTER SERVER mock_api OPTIONS (ADD guid_spelling 'any')",
			'ALTER FOREIGN TABLE partner_center.license_deployment ALTER COLUMN customer_tenant_id SET NOT NULL'
		]
	},
	{
		query =>
		  "SELECT count(*) FROM license_deployment WHERE channel = 'direct'",
		pushed => qr/Remote Count: TotalCount/,
		statements => [
			"ALTER FOREIGN TABLE partner_center.license_deployment ALTER COLUMN channel OPTIONS (ADD string_comparison 'case_sensitive')"
		]
	},
	{
		query =>
		  "SELECT count(*) FROM license_deployment WHERE channel <> 'direct' OR channel = 'USA'",
		pushed => qr/Remote Count: TotalCount/,
		before =>
		  "ALTER FOREIGN TABLE license_deployment OPTIONS (ADD string_comparison 'unknown')",
		statements => [
			"ALTER FOREIGN TABLE partner_center.license_deployment OPTIONS (SET string_comparison 'case_sensitive')",
			'ALTER FOREIGN TABLE partner_center.license_deployment ALTER COLUMN channel SET NOT NULL'
		]
	},
	{
		query =>
		  "SELECT service_code FROM license_deployment WHERE channel NOT IN ('direct', 'USA')",
		pushed => qr/Remote Filter: .*channel ne 'direct'/,
		statements => [
			"ALTER FOREIGN TABLE partner_center.license_deployment ALTER COLUMN channel OPTIONS (ADD string_comparison 'case_sensitive')"
		]
	},
	{
		query =>
		  "SELECT service_code FROM license_deployment WHERE channel ILIKE 'usa'",
		pushed => qr/Remote Filter: channel eq 'usa'/,
		api => { string_comparison => 'insensitive' },
		statements => [
			"ALTER FOREIGN TABLE partner_center.license_deployment ALTER COLUMN channel OPTIONS (ADD string_comparison 'case_insensitive')"
		]
	},
	{
		query =>
		  'SELECT channel, sum(licenses_sold - licenses_deployed) FROM license_deployment GROUP BY 1',
		pushed => qr/Remote Group By: channel/,
		statements => [
			'ALTER FOREIGN TABLE partner_center.license_deployment ALTER COLUMN licenses_sold SET NOT NULL, ALTER COLUMN licenses_deployed SET NOT NULL'
		]
	},
	{
		query => 'SELECT sum("Sold") FROM "Odd ""Table"',
		pushed => qr/Remote Group By: channel/,
		statements => [
			'ALTER FOREIGN TABLE partner_center."Odd ""Table" ALTER COLUMN "Sold" TYPE bigint'
		]
	},
	{
		query =>
		  q{SELECT channel FROM "Odd ""Table" WHERE kind = ANY ('{direct,USA}')},
		pushed =>
		  qr/Remote Filter: \(channel eq 'direct' or channel eq 'USA'\)/,
		statements => [
			'ALTER FOREIGN TABLE partner_center."Odd ""Table" ALTER COLUMN kind TYPE text'
		]
	},
	{
		query =>
		  'SELECT kind, sum("Sold"::bigint) FROM "Odd ""Table" GROUP BY 1',
		pushed => qr/Remote Group By: channel/,
		statements => [
			'ALTER FOREIGN TABLE partner_center."Odd ""Table" ALTER COLUMN "Sold" TYPE bigint',
			'ALTER FOREIGN TABLE partner_center."Odd ""Table" ALTER COLUMN kind TYPE text'
		]
	},
	{
		query => 'SELECT sum(licenses_sold) FROM license_deployment',
		pushed => qr/Remote Group By: channel/,
		before =>
		  "ALTER FOREIGN TABLE license_deployment OPTIONS (ADD pushdown_group 'false')",
		statements => [
			"ALTER FOREIGN TABLE partner_center.license_deployment OPTIONS (SET pushdown_group 'true')"
		]
	},
	{
		query =>
		  'SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY 1',
		pushed => qr/Remote Group By: channel/,
		before =>
		  "ALTER SERVER mock_api OPTIONS (ADD group_comparison 'unknown')",
		statements => [
			"ALTER SERVER mock_api OPTIONS (SET group_comparison 'case_sensitive')"
		]
	},
	{
		query =>
		  "SELECT channel, sum(licenses_sold) FROM license_deployment_history WHERE snapshot_date = current_date - 1 GROUP BY 1",
		pushed => qr/Remote Group By: channel/,
		statements =>
		  ["ALTER SERVER mock_api OPTIONS (ADD snapshot_parameter 'exact')"],
		empty => 1
	},
	{
		query => 'SELECT status, count(*) FROM states GROUP BY 1',
		pushed =>
		  qr/Remote Group By: status\n.*Remote Count: subscriptionCount/,
		statements => [
			'ALTER FOREIGN TABLE partner_center.states ADD COLUMN subscription_count bigint'
		]
	},
	{
		query => 'SELECT sum(licenses_sold) FROM only_sold',
		pushed => qr/Remote Group By: channel/,
		statements => [
			'ALTER FOREIGN TABLE partner_center.only_sold ADD COLUMN channel text'
		]
	},
	{
		query =>
		  "SELECT platform, sum(device_count) FROM devices WHERE platform = 'macOS' GROUP BY 1",
		pushed =>
		  qr/Remote Filter: platform eq 'macOS'\n.*Remote Group By: platform/,
		statements => [
			"ALTER FOREIGN TABLE partner_center.devices ALTER COLUMN device_count OPTIONS (ADD measure 'true')",
			"ALTER FOREIGN TABLE partner_center.devices ALTER COLUMN platform OPTIONS (ADD groupable 'true')",
			"ALTER FOREIGN TABLE partner_center.devices ALTER COLUMN platform OPTIONS (ADD operators 'eq')"
		]
	},
	{
		query => "SELECT platform FROM devices WHERE platform <> 'macOS'",
		pushed => qr/Remote Filter: platform ne 'macOS'/,
		before =>
		  "ALTER FOREIGN TABLE devices ALTER platform OPTIONS (ADD operators 'eq')",
		statements => [
			"ALTER FOREIGN TABLE partner_center.devices ALTER COLUMN platform OPTIONS (SET operators 'eq, ne')",
			"ALTER FOREIGN TABLE partner_center.devices ALTER COLUMN platform OPTIONS (ADD string_comparison 'case_sensitive')"
		]
	},
	{
		query => 'SELECT count(*) FROM license_deployment',
		pushed => qr/Remote Count: TotalCount/,
		before =>
		  "ALTER FOREIGN TABLE license_deployment OPTIONS (ADD total_count 'page')",
		statements => [
			"ALTER FOREIGN TABLE partner_center.license_deployment OPTIONS (SET total_count 'unknown')"
		]
	},
	{
		query =>
		  "SELECT service_code FROM license_deployment WHERE channel = repeat('x', 3000)",
		pushed => qr/Remote Filter: channel eq/,
		empty => 1,
		statements =>
		  ["ALTER SERVER mock_api OPTIONS (ADD max_url_length '4096')"]
	},
	{
		query => 'SELECT usage_date FROM usage ORDER BY usage_date LIMIT 3',
		pushed => qr/Remote Limit: 3/,
		statements => [
			'ALTER FOREIGN TABLE partner_center.usage ALTER COLUMN usage_date SET NOT NULL'
		]
	});

# The statements at the end of the plan's reasons.
sub statements_of
{
	my ($plan) = @_;
	my %seen;
	return grep { !$seen{$_}++ } (
		$plan =~ /Because: .*?(ALTER (?:SERVER|FOREIGN TABLE) .*)/g,
		$plan =~ /Reason: .*?(ALTER (?:SERVER|FOREIGN TABLE) .*)/g);
}

sub explain_query
{
	my ($query) = @_;
	return $session->query("EXPLAIN (VERBOSE, COSTS OFF) $query");
}

sub rows_of
{
	my ($query) = @_;
	return join "\n", sort split /\n/, $session->query($query);
}

sub check_case
{
	my ($case) = @_;
	my $query = $case->{query};
	my @run;
	$pca->config($case->{api}) if $case->{api};
	$session->query('BEGIN');
	$session->query($case->{before}) if $case->{before};
	my $rows = rows_of($query);
	isnt($rows, '', "$query: there are rows") unless $case->{empty};
	unlike(explain_query($query), $case->{pushed},
		"$query: it is not pushed down");

	while (@run < 5)
	{
		my ($statement) = statements_of(explain_query($query)) or last;
		push @run, $statement;
		$session->query($statement);
	}
	is_deeply(\@run, $case->{statements},
		"$query: the reasons name these statements");
	like(explain_query($query), $case->{pushed},
		"$query: it is pushed down then");
	is(rows_of($query), $rows, "$query: the rows are the same");
	$session->query('ROLLBACK');
	$pca->config(string_comparison => 'sensitive') if $case->{api};
	return;
}

check_case($_) foreach @cases;

# Reasons without a statement say what to write, or are true at least.
$session->query(<<'END');
CREATE TABLE public.others AS SELECT 3 AS n, customer_tenant_id AS tenant FROM license_deployment LIMIT 5;
CREATE VIEW barrier WITH (security_barrier) AS SELECT * FROM license_deployment WHERE channel = 'direct';
END
my @reasons = (
	[
		'SELECT channel, count(*) FROM license_deployment GROUP BY 1',
		qr/Not Grouped Because: count\(\*\) needs every row/
	],
	[
		'SELECT sum(licenses_sold * 100000) FROM license_deployment',
		qr/Not Grouped Because: .*beyond 10000.*cast the measure to numeric/
	],
	[
		'SELECT sum(licenses_sold * n) FROM license_deployment JOIN public.others ON tenant = customer_tenant_id',
		qr/Not Grouped Because: .*cast the measure to numeric/
	],
	[
		'WITH x AS (SELECT * FROM license_deployment) SELECT (SELECT sum(licenses_sold) FROM x), (SELECT max(channel) FROM x)',
		qr/Not Grouped Because: .*write x AS NOT MATERIALIZED/
	],
	[
		'SELECT tenant FROM public.others WHERE tenant NOT IN (SELECT customer_tenant_id FROM license_deployment)',
		qr/Not Grouped Because: .*write NOT EXISTS/
	],
	[
		'SELECT channel, sum(s) FROM (SELECT channel, licenses_sold AS s FROM license_deployment LIMIT 5) x GROUP BY 1',
		qr/Not Grouped Because: .*aggregate in the subquery/
	],
	[
		'SELECT sum(s) FROM (SELECT licenses_sold AS s FROM license_deployment UNION ALL SELECT quantity FROM azure_usage) x',
		qr/Not Grouped Because: .*cast them to the same types.*Not Grouped Because: .*cast them to the same types/s
	],
	[
		'SELECT channel FROM license_deployment WHERE customer_tenant_id NOT IN (SELECT tenant FROM public.others)',
		qr/Local Filter Reason: .*it has a subquery that is evaluated for each row: write a join/
	],
	[
		'SELECT id FROM subscriptions ORDER BY license_count DESC LIMIT 20',
		qr/Not Ordered Because: resource subscriptions takes no orderby/
	],
	[
		'SELECT meter_unit FROM azure_usage ORDER BY meter_unit LIMIT 20',
		qr/Not Ordered Because: the API may order meter_unit in another way/
	]);
like(explain_query($_->[0]), $_->[1], "$_->[0]: its reason") foreach @reasons;

# What was not grouped for want of a merged subquery is grouped.
foreach my $query (
	'SELECT channel, sum(licenses_sold) FROM barrier GROUP BY 1',
	'SELECT channel, sum(licenses_sold) FROM (SELECT * FROM license_deployment ORDER BY channel) x GROUP BY 1',
	"SELECT channel, sum(s) FROM (SELECT channel, licenses_sold AS s FROM license_deployment WHERE channel = 'direct' UNION ALL SELECT channel, licenses_deployed FROM license_deployment) x GROUP BY 1",
	'WITH x AS NOT MATERIALIZED (SELECT * FROM license_deployment) SELECT (SELECT sum(licenses_sold) FROM x), (SELECT max(channel) FROM x)'
  )
{
	my $plan = explain_query($query);
	is( scalar(() = $plan =~ /Remote Group By/g),
		scalar(() = $plan =~ /Foreign Scan/g),
		"$query: all scans are grouped");
}

# A parameter of type name is sent.
$session->query('SET plan_cache_mode = force_generic_plan');
$session->query(
	'PREPARE by_name (name) AS SELECT service_code FROM license_deployment WHERE channel = $1'
);
like(
	explain_query("EXECUTE by_name('direct')"),
	qr/Remote Filter: channel eq \$1/,
	'a parameter of type name is sent');
is(scalar(split /\n/, $session->query("EXECUTE by_name('direct')")),
	10, 'with the rows that are equal to it');

done_testing();
