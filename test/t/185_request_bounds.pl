# Queries whose plans rest on wrong estimates send at most about twice the requests that
# reading the tables takes, and have the rows of the local copies.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(
	rows => 300,
	customers => 20,
	snapshots => 6,
	server => { page_size => 100 });
$pca->local_copy($_)
  foreach qw(license_deployment license_usage license_deployment_history
  azure_usage searches customers);
$pca->sql(<<'END');
CREATE TABLE public.days AS SELECT day::date, n FROM generate_series('2018-09-05'::date, '2018-10-14', '1 day')
  WITH ORDINALITY AS x(day, n);
CREATE TABLE public.pairs AS SELECT tenant, product, row_number() OVER (ORDER BY tenant, product) AS i
  FROM (SELECT DISTINCT customer_tenant_id AS tenant, product_name AS product FROM local.license_deployment) x;
CREATE TABLE public.snapshots AS SELECT '2018-10-14'::date - (i % 6) AS day,
  (ARRAY['direct', 'reseller', 'nobody', NULL])[1 + i % 4] AS name, i AS n FROM generate_series(1, 48) i;
CREATE TABLE public.names AS SELECT company_name AS name FROM local.customers;
ANALYZE days, pairs, snapshots, names;
END
my $session = $pca->session;

# The query has the copy's rows, and needs at most that many requests.
sub bounded
{
	my ($query, $bound, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$pca->log_entries;
	$pca->same_query($query, "$name: the copy's rows", session => $session);
	my @requests = $pca->requests;
	cmp_ok(scalar @requests, '<=', $bound, "$name: at most $bound requests");
	cmp_ok(scalar @requests, '>=', 1, "$name: at least one");
	return @requests;
}

# What reading a table of three pages takes, and twice as many and the page that tells it.
my $whole = 3;
my $twice = 2 * $whole + 1;

# A hash join below a subquery has other values for each outer row.
bounded(
	'SELECT n, (SELECT sum(licenses_sold) FROM license_deployment d JOIN pairs p ON p.tenant = d.customer_tenant_id WHERE p.i % 40 = days.n) FROM days',
	$whole,
	'a hash join with values in a correlated subquery');
bounded(
	'SELECT n, (SELECT count(*) FROM license_deployment d WHERE d.customer_tenant_id IN (SELECT tenant FROM pairs p WHERE p.i % 40 = days.n)) FROM days',
	$whole,
	'a semi-join with values in a correlated subquery');
bounded(
	'WITH RECURSIVE r(i, t) AS (SELECT 1, tenant FROM (SELECT tenant FROM pairs ORDER BY 1 LIMIT 2) x UNION SELECT i + 1, d.customer_tenant_id FROM r JOIN license_deployment d ON d.customer_tenant_id = r.t AND i < 12) SELECT * FROM r',
	$twice,
	'a recursive hash join');

# The day of a history comes from the outer row, and so does another condition.
my @requests = bounded(
	'SELECT day, n, (SELECT sum(licenses_sold) FROM license_deployment_history WHERE snapshot_date = day AND channel = name) FROM snapshots',
	6 * $twice,
	'a day and a condition of the outer row');
@requests = bounded(
	'SELECT day, tenant, (SELECT string_agg(product_name, $$,$$ ORDER BY product_name, licenses_sold) FROM license_deployment_history WHERE snapshot_date = day AND customer_tenant_id = tenant) FROM (SELECT DISTINCT day FROM snapshots) s, (SELECT DISTINCT tenant FROM pairs) t',
	6 * $twice,
	'days and customers');
ok( (grep { !/filter=/ } @requests) > 0,
	'the days are read without the customer');
bounded(
	'SELECT s.n, d.product_name FROM snapshots s JOIN license_deployment_history d ON d.snapshot_date = s.day AND d.channel = s.name',
	6 * $twice,
	'a join by the day and another column');
bounded(
	'SELECT i, (SELECT sum(licenses_sold) FROM license_deployment_history WHERE snapshot_date >= $$2018-10-09$$ AND snapshot_date <= $$2018-10-14$$ AND customer_tenant_id = tenant AND product_name = product) FROM pairs',
	6 * $twice,
	'the same days for each outer row');

# Customers are paged by next links, so no first page tells how many there are.
bounded(
	'SELECT name, (SELECT count(*) FROM customers WHERE company_name = name) FROM names',
	3,
	'customers by name');

# The outer tables are estimated to have one row.
$pca->sql(
	"UPDATE pg_class SET reltuples = 1, relpages = 1 WHERE relname IN ('days', 'pairs', 'snapshots', 'names')"
);
$session->query(
	'SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off; SET enable_memoize = off'
);
bounded($_->[0], $_->[1] * $whole + 1, "one outer row is estimated, $_->[0]")
  foreach (
	[
		'SELECT i, (SELECT string_agg(service_code, $$,$$ ORDER BY service_code) FROM license_deployment WHERE customer_tenant_id = tenant AND product_name = product) FROM pairs',
		2
	],
	[
		'SELECT i, d.service_code FROM pairs p JOIN license_deployment d ON d.customer_tenant_id = p.tenant AND d.product_name = p.product',
		2
	],
	[
		'SELECT day, (SELECT max(meter_unit) FROM azure_usage WHERE usage_date < day) FROM days',
		2
	],
	[
		'SELECT i FROM pairs p WHERE EXISTS (SELECT FROM license_usage u WHERE u.customer_tenant_id = p.tenant AND u.product_name = p.product AND u.licenses_active > 300)',
		2
	]);

# A table of few rows is declared to have many: it is found out after four times
# max_parallel_requests.
$pca->sql("ALTER FOREIGN TABLE $_ OPTIONS (ADD rows '10000000')")
  foreach qw(license_deployment license_deployment_history);
bounded(
	'SELECT i, (SELECT string_agg(service_code, $$,$$ ORDER BY service_code) FROM license_deployment WHERE customer_tenant_id = tenant AND product_name = product) FROM pairs',
	4 * 4 + $twice,
	'too many rows are declared');
bounded(
	'SELECT i, (SELECT sum(licenses_sold) FROM license_deployment_history WHERE snapshot_date >= $$2018-10-09$$ AND snapshot_date <= $$2018-10-14$$ AND customer_tenant_id = tenant AND product_name = product) FROM pairs',
	6 * $twice,
	'too many rows of a history are declared');
$pca->sql("ALTER FOREIGN TABLE $_ OPTIONS (DROP rows)")
  foreach qw(license_deployment license_deployment_history);

# No temporary file may be written: what fits into work_mem is kept.
$session->query('SET temp_file_limit = 0');
bounded(
	'SELECT day, (SELECT count(*) FROM searches WHERE search_date = day) FROM days',
	$whole,
	'without temporary files');
$session->query("SET work_mem = '64kB'");
$pca->same_query(
	'SELECT i, (SELECT string_agg(d.*::text, $$,$$ ORDER BY d.*::text) FROM license_deployment d WHERE customer_tenant_id = tenant AND product_name = product) FROM pairs',
	'rows that do not fit into work_mem are not kept',
	session => $session);
$session->query('RESET work_mem; RESET temp_file_limit');

# TotalCount is the number of rows of each page.
$pca->config(total_count => 'page');
$pca->sql("ALTER SERVER mock_api OPTIONS (ADD total_count 'page')");
bounded(
	'SELECT i, (SELECT string_agg(service_code, $$,$$ ORDER BY service_code) FROM license_deployment WHERE customer_tenant_id = tenant AND product_name = product) FROM pairs',
	5 * $whole,
	'TotalCount does not tell the number of pages');

done_testing();
