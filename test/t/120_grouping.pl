# GROUP BY: which queries the API groups, how many requests they need, and
# that each returns the rows of a local copy.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(rows => 1200, customers => 60);

# Run it for the foreign tables and for their copies.
sub in_both_schemas
{
	my ($sql) = @_;
	$pca->sql($sql =~ s/SCHEMA/$_/gr) foreach qw(partner_center local);
	return;
}

$pca->local_copy($_) foreach qw(license_deployment license_usage);
in_both_schemas(<<'END');
CREATE VIEW SCHEMA.sold AS SELECT service_name, channel, licenses_sold * 2 AS twice
  FROM SCHEMA.license_deployment;
CREATE VIEW SCHEMA.only_direct WITH (security_barrier) AS
  SELECT * FROM SCHEMA.license_deployment WHERE channel = 'direct';
CREATE VIEW SCHEMA.both_tables AS
  SELECT 'deployment' AS what, service_name, licenses_sold AS n FROM SCHEMA.license_deployment
  UNION ALL SELECT 'usage', service_name, licenses_qualified FROM SCHEMA.license_usage;
END
$pca->sql(<<'END');
CREATE TABLE public.region AS SELECT tenant, 'region ' || n % 3 AS region, n FROM (
  SELECT tenant, row_number() OVER (ORDER BY tenant) AS n
  FROM (SELECT DISTINCT customer_tenant_id AS tenant FROM local.license_deployment) t) t;
INSERT INTO public.region VALUES ('00000000-0000-0000-0000-000000000000', 'nowhere', 0);
ANALYZE public.region;

CREATE TABLE partner_center.by_channel (channel text, service_name text, licenses_sold bigint)
  PARTITION BY LIST (channel);
CREATE FOREIGN TABLE partner_center.resellers PARTITION OF partner_center.by_channel
  FOR VALUES IN ('reseller') SERVER mock_api OPTIONS (resource 'license_deployment');
CREATE FOREIGN TABLE partner_center.directs PARTITION OF partner_center.by_channel
  FOR VALUES IN ('direct') SERVER mock_api OPTIONS (resource 'license_deployment');
CREATE VIEW local.by_channel AS SELECT channel, service_name, licenses_sold FROM local.license_deployment;

CREATE TABLE partner_center.family (service_name text, licenses_sold bigint);
CREATE FOREIGN TABLE partner_center.child_1 () INHERITS (partner_center.family)
  SERVER mock_api OPTIONS (resource 'license_deployment');
CREATE FOREIGN TABLE partner_center.child_2 () INHERITS (partner_center.family)
  SERVER mock_api OPTIONS (resource 'license_deployment');
INSERT INTO partner_center.family VALUES ('Here', 17);
CREATE VIEW local.family AS SELECT service_name, licenses_sold FROM local.license_deployment
  UNION ALL SELECT service_name, licenses_sold FROM local.license_deployment UNION ALL SELECT 'Here', 17;
END

# 'groups' where every request groups, 'rows' where none does; how many requests;
# the query.
my @cases = (
	# sums of measures
	[
		groups => 1,
		"SELECT service_name, sum(licenses_sold), sum(licenses_deployed) FROM license_deployment WHERE channel = 'reseller' GROUP BY 1"
	],
	[ groups => 1, "SELECT sum(licenses_sold) FROM license_deployment" ],
	[
		groups => 1,
		"SELECT sum(licenses_sold) FROM license_deployment WHERE service_code = 'nothing'"
	],
	[
		groups => 1,
		"SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY 1 HAVING sum(licenses_sold) > 5000 AND channel > 'a'"
	],
	[
		groups => 1,
		"SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 2"
	],
	[
		groups => 1,
		"SELECT upper(customer_name), sum(licenses_sold) FROM license_deployment WHERE product_name LIKE 'O%' GROUP BY 1"
	],
	[
		groups => 1,
		"SELECT customer_tenant_id, customer_name, sum(licenses_sold) FROM license_deployment GROUP BY 1, 2"
	],
	[
		groups => 1,
		"SELECT workload_code, workload_name, sum(licenses_active), sum(licenses_qualified) FROM license_usage GROUP BY 1, 2"
	],
	[
		groups => 1,
		"SELECT product_id, sum(licenses_sold) - sum(licenses_deployed) FROM license_deployment GROUP BY 1"
	],
	[
		groups => 1,
		"SELECT service_code, sum(licenses_sold) FROM license_deployment WHERE channel IS NULL OR customer_name IS NULL GROUP BY 1"
	],
	[
		groups => 1,
		"SELECT service_code, sum(licenses_sold) FROM license_deployment WHERE customer_name <> 'Contoso Ltd' GROUP BY 1"
	],

	# linear expressions
	[
		groups => 1,
		"SELECT sum(CASE WHEN service_code = 'o365' THEN licenses_sold END), sum(CASE service_code WHEN 'crm' THEN licenses_sold ELSE 0 END) FROM license_deployment"
	],
	[
		groups => 1,
		"SELECT channel, sum(licenses_sold) FILTER (WHERE service_code = 'o365') FROM license_deployment GROUP BY 1"
	],
	[
		groups => 1,
		"SELECT sum(coalesce(licenses_sold, 0)), sum(-licenses_sold), sum(licenses_sold::numeric * 1.2) FROM license_deployment"
	],
	[
		groups => 1,
		"SELECT service_code, sum(licenses_sold * 12) FROM license_deployment WHERE product_name = 'AUDIO CONFERENCING' GROUP BY 1"
	],
	[
		rows => 1,
		"SELECT sum(licenses_sold - licenses_deployed), sum(coalesce(licenses_sold, 1)) FROM license_deployment"
	],
	[
		rows => 1,
		"SELECT sum(licenses_sold / 7), sum(licenses_sold::numeric * licenses_sold), sum(abs(licenses_sold)) FROM license_deployment"
	],
	[
		rows => 1,
		"SELECT sum(CASE WHEN licenses_sold > 10 THEN licenses_sold END), sum(licenses_sold) FILTER (WHERE licenses_deployed > 3) FROM license_deployment"
	],

	# aggregates that do not see how often a row comes, and those that do
	[
		groups => 1,
		"SELECT min(service_name), max(product_name), count(DISTINCT channel), bool_or(channel = 'direct') FROM license_deployment"
	],
	[
		groups => 1,
		"SELECT string_agg(DISTINCT service_code, ',' ORDER BY service_code) FROM license_deployment"
	],
	[
		groups => 1,
		"SELECT array_agg(DISTINCT customer_tenant_id ORDER BY customer_tenant_id) FROM license_deployment"
	],
	[
		rows => 1,
		"SELECT channel, count(*) FROM license_deployment GROUP BY 1"
	],
	[ rows => 1, "SELECT count(channel), count(*) FROM license_deployment" ],
	[
		rows => 1,
		"SELECT channel, avg(licenses_sold), max(licenses_sold), sum(DISTINCT licenses_sold) FROM license_deployment GROUP BY 1"
	],
	[
		rows => 1,
		"SELECT channel, sum(licenses_sold), count(*) FROM license_deployment GROUP BY 1"
	],
	[
		rows => 1,
		"SELECT service_code, array_length(array_agg(channel), 1) FROM license_deployment GROUP BY 1"
	],
	[
		rows => 1,
		"SELECT sum(licenses_sold) FROM license_deployment WHERE licenses_sold > 50"
	],
	[
		rows => 1,
		"SELECT processed_date_time, sum(licenses_sold) FROM license_deployment GROUP BY 1"
	],
	[ rows => 1, "SELECT licenses_sold FROM license_deployment GROUP BY 1" ],

	# DISTINCT and grouping sets
	[
		groups => 1,
		"SELECT DISTINCT service_name, channel FROM license_deployment"
	],
	[ groups => 1, "SELECT DISTINCT customer_name FROM license_deployment" ],
	[
		groups => 1,
		"SELECT DISTINCT ON (service_name) service_name, channel FROM license_deployment ORDER BY service_name, channel"
	],
	[ rows => 1, "SELECT DISTINCT licenses_sold FROM license_deployment" ],
	[
		groups => 1,
		"SELECT service_name, channel, sum(licenses_sold), grouping(service_name, channel) FROM license_deployment GROUP BY ROLLUP (service_name, channel)"
	],
	[
		groups => 1,
		"SELECT service_code, channel, product_name, sum(licenses_sold) FROM license_deployment GROUP BY CUBE (service_code, channel), product_name"
	],

	# joins
	[
		groups => 1,
		"SELECT region, sum(licenses_sold) FROM license_deployment JOIN region ON tenant = customer_tenant_id GROUP BY 1"
	],
	[
		groups => 1,
		"SELECT region, sum(licenses_sold) FROM region LEFT JOIN license_deployment ON tenant = customer_tenant_id AND channel = 'direct' GROUP BY 1"
	],
	[
		groups => 1,
		"SELECT region, sum(licenses_sold) FROM region FULL JOIN license_deployment ON tenant = customer_tenant_id GROUP BY 1"
	],
	[
		groups => 1,
		"SELECT r.region, s.region, sum(licenses_sold) FROM license_deployment JOIN region r ON tenant = customer_tenant_id JOIN region s ON s.n < r.n AND s.n < 3 GROUP BY 1, 2"
	],
	[
		rows => 1,
		"SELECT sum(n) FROM license_deployment JOIN region ON tenant = customer_tenant_id"
	],
	[
		rows => 1,
		"SELECT sum(licenses_sold) FROM license_deployment JOIN region ON licenses_sold = n"
	],
	[
		rows => 2,
		"SELECT sum(d.licenses_sold), sum(u.licenses_active) FROM license_deployment d JOIN license_usage u USING (customer_tenant_id, product_name, channel)"
	],
	[
		groups => 2,
		"SELECT d.channel, sum(d.licenses_sold) FROM license_deployment d WHERE d.product_name IN (SELECT u.product_name FROM license_usage u WHERE u.channel = 'direct') GROUP BY 1"
	],
	[
		rows => 2,
		"SELECT d.channel, sum(d.licenses_sold) FROM license_deployment d JOIN license_usage u USING (product_name) GROUP BY 1 HAVING count(*) > 1"
	],

	# a row's existence
	[
		groups => 1,
		"SELECT region FROM region WHERE EXISTS (SELECT FROM license_deployment WHERE customer_tenant_id = tenant AND channel = 'direct')"
	],
	[
		groups => 1,
		"SELECT region, count(*) FROM region WHERE tenant IN (SELECT customer_tenant_id FROM license_deployment) GROUP BY 1"
	],
	[
		groups => 1,
		"SELECT n FROM region WHERE NOT EXISTS (SELECT FROM license_deployment WHERE customer_tenant_id = tenant AND service_code = 'crm')"
	],
	[
		groups => 1,
		"SELECT n FROM region LEFT JOIN license_deployment ON tenant = customer_tenant_id WHERE customer_tenant_id IS NULL"
	],
	[
		rows => 1,
		"SELECT n FROM region WHERE tenant NOT IN (SELECT customer_tenant_id FROM license_deployment WHERE customer_tenant_id IS NOT NULL)"
	],

	# set operations, subqueries, views, partitions
	[
		groups => 2,
		"SELECT service_name FROM license_deployment UNION SELECT workload_name FROM license_usage"
	],
	[
		groups => 2,
		"SELECT product_name FROM license_deployment INTERSECT SELECT product_name FROM license_usage"
	],
	[
		groups => 2,
		"SELECT customer_name FROM license_deployment EXCEPT SELECT customer_name FROM license_usage WHERE channel = 'direct'"
	],
	[
		rows => 2,
		"SELECT channel FROM license_deployment UNION ALL SELECT channel FROM license_usage"
	],
	[
		rows => 2,
		"SELECT channel FROM license_deployment EXCEPT ALL SELECT channel FROM license_usage WHERE workload_code = 'EXO'"
	],
	[ groups => 1, "SELECT channel, sum(twice) FROM sold GROUP BY 1" ],
	[
		groups => 2,
		"SELECT what, service_name, sum(n) FROM both_tables GROUP BY 1, 2"
	],
	[
		groups => 2,
		"SELECT sum(n) FROM both_tables WHERE service_name = 'Microsoft Dynamics'"
	],
	[
		groups => 2,
		"SELECT service_name, sum(licenses_sold) FROM family GROUP BY 1"
	],
	[
		groups => 1,
		"SELECT service_name, sum(licenses_sold) FROM by_channel WHERE channel = 'direct' GROUP BY 1"
	],
	[
		groups => 1,
		"SELECT x.c, x.s FROM (SELECT channel AS c, sum(licenses_sold) AS s FROM license_deployment GROUP BY 1) x WHERE x.s > 100"
	],
	[
		groups => 1,
		"WITH x AS (SELECT channel, sum(licenses_sold) AS s FROM license_deployment GROUP BY 1) SELECT a.channel, b.s FROM x a JOIN x b USING (channel)"
	],
	[
		rows => 1,
		"WITH x AS MATERIALIZED (SELECT * FROM license_deployment) SELECT sum(licenses_sold) FROM x"
	],
	[
		rows => 1,
		"SELECT sum(s) FROM (SELECT licenses_sold AS s FROM license_deployment ORDER BY customer_name, licenses_sold OFFSET 0) x"
	],
	[
		rows => 1,
		"SELECT channel, sum(licenses_sold) OVER (PARTITION BY channel) FROM license_deployment"
	],
	[
		groups => 1,
		"SELECT channel, sum(sum(licenses_sold)) OVER (ORDER BY channel) FROM license_deployment GROUP BY channel"
	],
	[
		rows => 1,
		"SELECT sum(licenses_sold + (random() * 0)::int) FROM license_deployment"
	]);

my $session = $pca->session;

# How the requests since the last call were asked.
sub asked
{
	my @asked = map {
		join '&',
		  map { $_->[0] }
		  @{ $_->{parameters} }
	} $pca->log_entries;
	my $grouped = grep { /groupby/ } @asked;
	return (scalar @asked,
		$grouped == 0 ? 'rows' : $grouped == @asked ? 'groups' : 'both');
}

sub check_cases
{
	my ($how) = @_;
	asked();
	foreach my $case (@cases)
	{
		my ($expected, $number, $query) = @$case;
		$pca->same_query(
			$query, "$query: the copy's rows$how",
			session => $session,
			empty => scalar $query =~ /nothing/);
		my ($requests, $what) = asked();
		is( "$requests $what",
			"$number $expected",
			"$query: $number for $expected$how");
	}
	return;
}

check_cases('');

# Under every way of comparing that the defaults promise to be right for, and
# whatever the plan.
$session->query(
	'SET enable_hashagg = off; SET enable_hashjoin = off; SET enable_mergejoin = off; '
	  . 'SET enable_nestloop = on; SET enable_material = off');
foreach my $switches (
	{ string_comparison => 'sensitive', guid_comparison => 'sensitive' },
	{
		string_comparison => 'insensitive_accents',
		ne_keeps_nulls => 0,
		big_numbers => 1
	},
	{
		row_keys => 'table',
		key_case => 'upper-first',
		numbers_as_strings => 1,
		total_count => 'unfiltered'
	},
	{ cap_top => 60, total_count => 'page', service_dates => 1 })
{
	my $how = ' with ' . join ', ',
	  map { "$_ $switches->{$_}" } sort keys %$switches;
	$pca->config($switches);
	$pca->local_copy($_) foreach qw(license_deployment license_usage);
	foreach my $case (grep { $_->[0] eq 'groups' } @cases)
	{
		$pca->same_query(
			$case->[2], "$case->[2]: the copy's rows$how",
			session => $session,
			empty => scalar $case->[2] =~ /nothing/);
	}
	$pca->reset;
}
$session->query('RESET ALL');

# Sums beyond 2^53 and, in a group, beyond what a double holds exactly.
$pca->config(big_numbers => 1);
$pca->local_copy('license_deployment');
like(
	$session->query(
		'SELECT max(s) FROM (SELECT sum(licenses_sold) AS s FROM license_deployment GROUP BY channel) x'
	),
	qr/^\d{18,}$/,
	'a group is large');
$pca->reset;

# A sum of nothing but nulls is null; keys that are null are a group.
$pca->rows(
	'license_deployment',
	[
		{ channel => 'a', licensesSold => undef },
		{ channel => 'a', licensesSold => undef },
		{ channel => undef, licensesSold => 4 },
		{ channel => undef, licensesSold => undef },
		{ channel => '', licensesSold => 1 },
		{ channel => 'A', licensesSold => 2 }
	]);
$pca->local_copy('license_deployment');
is( $session->query(
		"SELECT coalesce(channel, 'null'), coalesce(sum(licenses_sold)::text, 'null') "
		  . 'FROM license_deployment GROUP BY channel ORDER BY channel'),
	"|1\nA|2\na|null\nnull|4",
	'nulls and empty texts as group keys and sums');
$pca->same_query(
	'SELECT sum(licenses_sold) FROM license_deployment WHERE channel IS NULL',
	'a condition on a null key',
	session => $session);
$pca->reset;

# The options that stop it.
my @options = (
	[ 'FOREIGN TABLE license_deployment', 'pushdown_group', 'false' ],
	[ 'SERVER mock_api', 'group_comparison', 'unknown' ],
	[ 'SERVER mock_api', 'group_comparison', 'case_insensitive' ]);
foreach my $option (@options)
{
	my ($object, $name, $value) = @$option;
	$pca->config(group_comparison => 'insensitive')
	  if $name eq 'group_comparison';
	$pca->local_copy('license_deployment');
	$session->query("ALTER $object OPTIONS (ADD $name '$value')");
	asked();
	$pca->same_query(
		'SELECT customer_name, channel, sum(licenses_sold) FROM license_deployment GROUP BY 1, 2',
		"$name $value: the copy's rows",
		session => $session);
	is(join(' ', asked()), '1 rows', "$name $value: rows are asked for");
	$session->query("ALTER $object OPTIONS (DROP $name)");
	$pca->reset;
}

# The headline: 100,000 rows, one request.
$pca->config(rows => 100000, customers => 250);
my $local = $pca->local_copy('license_deployment');
my $headline = <<'END';
SELECT service_name, sum(licenses_sold) AS sold, sum(licenses_deployed) AS deployed
FROM license_deployment WHERE channel = 'reseller' GROUP BY 1
END
$pca->log_entries;
$pca->same_query($headline,
	'the headline query on 100,000 rows gives what the copy gives');
is_deeply(
	[ $pca->requests ],
	[
			'GET /v1/analytics/commercial/deployment/license/'
		  . "?top=10000&skip=0&filter=channel eq 'reseller'&groupby=serviceName,channel"
	],
	'and is one request, with filter and groupby');

done_testing();
