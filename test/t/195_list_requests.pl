# A list that is divided among several requests is sent only if these are fewer
# than the pages of the table.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(
	rows => 500,
	customers => 400,
	server => { page_size => 100 });
$pca->local_copy($_) foreach qw(license_deployment license_usage azure_usage);
$pca->sql(<<'END');
CREATE TABLE public.watched AS SELECT DISTINCT customer_tenant_id AS id FROM local.license_deployment
  WHERE customer_tenant_id IS NOT NULL ORDER BY 1 LIMIT 200;
CREATE TABLE public.others AS SELECT gen_random_uuid() AS id FROM generate_series(1, 200);
ANALYZE watched, others;
END
my $session = $pca->session;
my $list = 'customer_tenant_id = ANY (ARRAY(SELECT id FROM watched))';

# The number of requests with a list, and without a filter.
sub count_requests
{
	my ($sql, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$pca->log_entries;
	$pca->same_query($sql, "$name: the rows of the copy",
		session => $session);
	my @requests = $pca->requests;
	return (
		scalar(grep { /filter=.*customerTenantId/ } @requests),
		scalar(grep { !/filter=.*customerTenantId/ } @requests));
}

sub reads_table
{
	my ($pages, $sql, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is_deeply(
		[ count_requests($sql, $name) ],
		[ 0, $pages ],
		"$name: the pages of the table");
}

sub sends_list
{
	my ($pages, $sql, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($parts, $others) = count_requests($sql, $name);
	cmp_ok($parts, '>', 1, "$name: parts of the list are sent");
	return is($others, $pages, "$name: $pages pages of the table");
}

foreach my $case (
	[
		'an array of a subquery',
		"SELECT * FROM license_deployment WHERE $list"
	],
	[
		'a list of others',
		'SELECT count(*), sum(licenses_sold) FROM license_deployment WHERE customer_tenant_id = ANY (ARRAY(SELECT id FROM watched OFFSET 100) || ARRAY(SELECT id FROM others))'
	],
	[
		'constants',
		'SELECT product_name, licenses_sold FROM license_deployment WHERE customer_tenant_id IN ('
		  . $pca->sql(
			"SELECT string_agg(quote_literal(id), ', ') FROM watched")
		  . ')'
	],
	[
		'a condition that is evaluated locally',
		"SELECT * FROM license_deployment WHERE $list AND licenses_sold > 500"
	],
	[
		'two lists',
		"SELECT * FROM license_deployment WHERE $list AND customer_tenant_id = ANY (ARRAY(SELECT id FROM watched OFFSET 50))"
	],
	[
		'a branch of UNION ALL',
		"SELECT channel FROM license_deployment WHERE $list UNION ALL SELECT 'x' FROM watched"
	],
	[
		'rescans',
		"SELECT n, (SELECT count(*) FROM license_deployment WHERE $list AND licenses_sold > n) FROM generate_series(0, 1000, 100) n"
	])
{
	my ($name, $sql) = @$case;
	reads_table(5, $sql, $name);
}

# The pages of groups, and of what another condition leaves.
foreach my $sql (
	"SELECT customer_tenant_id, sum(licenses_sold) FROM license_deployment WHERE $list GROUP BY 1",
	"SELECT channel, sum(licenses_sold) FROM license_deployment WHERE $list GROUP BY 1",
	"SELECT * FROM license_deployment WHERE $list AND channel = 'direct'",
	"SELECT sum(quantity) FROM azure_usage WHERE $list")
{
	my ($parts, $others) = count_requests($sql, $sql);
	cmp_ok($parts + $others,
		'<=', 5, "$sql: not more requests than the table has pages");
}

# What is known of the number of rows.
foreach my $rows (100000, 100)
{
	$session->query(
		"ALTER FOREIGN TABLE license_deployment OPTIONS (ADD rows '$rows')");
	if ($rows > 10000)
	{
		sends_list(
			0,
			"SELECT * FROM license_deployment WHERE $list",
			'option rows: many');
	}
	else
	{
		reads_table(
			5,
			"SELECT * FROM license_deployment WHERE $list",
			'option rows: few');
	}
	$session->query(
		'ALTER FOREIGN TABLE license_deployment OPTIONS (DROP rows)');
}
$session->query(
	"ALTER FOREIGN TABLE license_deployment OPTIONS (ADD max_rows '450')");
sends_list(
	0,
	"SELECT * FROM license_deployment WHERE customer_tenant_id = ANY (ARRAY(SELECT id FROM watched OFFSET 100))",
	'option max_rows');
$session->query(
	'ALTER FOREIGN TABLE license_deployment OPTIONS (DROP max_rows)');
$session->query("ALTER SERVER mock_api OPTIONS (ADD total_count 'page')");
sends_list(
	0,
	"SELECT * FROM license_deployment WHERE $list",
	'TotalCount of pages');
$session->query('ALTER SERVER mock_api OPTIONS (DROP total_count)');

# A table of many pages: its first page tells that.
$pca->config(rows => 4000);
$pca->local_copy($_) foreach qw(license_deployment license_usage);
sends_list(1, "SELECT * FROM license_deployment WHERE $list", 'many pages');
sends_list(
	1,
	"SELECT channel, count(*), avg(licenses_sold) FROM license_deployment WHERE $list GROUP BY 1",
	'many pages, aggregated');
like(
	$session->query(
		"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM license_deployment WHERE $list"
	),
	qr/Rows Received: \d{3,4}\n/,
	'the rows of the first page are counted as received');

# A LIMIT may be met by the first part.
$pca->log_entries;
$session->query(
	"SET search_path = partner_center, public; SELECT * FROM license_deployment WHERE $list LIMIT 1"
);
my @requests = $pca->requests;
is(scalar(grep { /filter=/ } @requests), 1, 'a LIMIT: one part of the list');
is(scalar @requests, 1, 'a LIMIT: no page of the table');

done_testing();
