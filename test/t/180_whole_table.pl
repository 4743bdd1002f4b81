# A subquery or a nested loop that is executed for each row of another table sends no
# more requests than reading the whole table takes, where the size of the table and
# the number of executions are known.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(
	rows => 3000,
	customers => 60,
	snapshots => 6,
	server => { page_size => 1000 });
my @tables = qw(license_deployment license_usage license_deployment_history
  searches azure_usage subscriptions);
$pca->local_copy($_) foreach @tables;
$pca->sql(<<'END');
CREATE TABLE public.days AS SELECT day::date, n FROM generate_series('2018-09-05'::date, '2018-10-14', '1 day')
  WITH ORDINALITY AS x(day, n);
CREATE TABLE public.channels AS
  SELECT (ARRAY['direct', 'reseller', 'o''hara', 'nobody', NULL])[1 + i % 5] AS name, i AS n FROM generate_series(1, 40) i;
CREATE TABLE public.watched AS SELECT DISTINCT customer_tenant_id AS tenant
  FROM local.license_deployment WHERE customer_tenant_id IS NOT NULL;
ANALYZE days, channels, watched;
END
my $session = $pca->session;

# The requests that read each table, for one day of a history.
my %pages;
foreach my $table (@tables)
{
	my $where =
	  $table =~ /_history/ ? ' WHERE snapshot_date = $$2018-10-14$$' : '';
	$pca->log_entries;
	$session->query(
		"SELECT count(*) FROM (SELECT * FROM partner_center.$table$where OFFSET 0) x WHERE x IS DISTINCT FROM NULL"
	);
	$pages{$table} = scalar(my @requests = $pca->requests);
}
is($pages{license_deployment}, 3, 'a table has three pages');

# The query, and the days of a history that it reads.
my @correlated = (
	'SELECT day, (SELECT count(*) FROM searches WHERE search_date = day) FROM days',
	'SELECT day, (SELECT max(search_date) FROM searches WHERE search_date <= day AND details_viewed) FROM days',
	'SELECT n, (SELECT count(*) FROM license_deployment WHERE licenses_sold > n) FROM days',
	'SELECT n, ARRAY(SELECT product_name FROM license_usage WHERE licenses_active = n ORDER BY 1) FROM days',
	'SELECT n, (SELECT sum(licenses_sold) FROM license_deployment WHERE channel = name) FROM channels',
	'SELECT n, (SELECT count(*) FROM license_deployment WHERE channel = name AND licenses_sold > n) FROM channels',
	'SELECT n, EXISTS (SELECT FROM license_deployment WHERE channel = name) FROM channels',
	'SELECT c.n, s.* FROM channels c LEFT JOIN LATERAL (SELECT service_code, sum(licenses_sold) FROM license_deployment WHERE channel = c.name GROUP BY 1) s ON true',
	'SELECT tenant, (SELECT sum(licenses_sold) FROM license_deployment WHERE customer_tenant_id = tenant) FROM watched',
	'SELECT tenant, (SELECT count(*) FROM license_usage WHERE customer_tenant_id = tenant AND licenses_active > 5) FROM watched',
	'SELECT tenant, (SELECT max(product_name) FROM license_deployment WHERE customer_tenant_id = tenant) FROM watched',
	'SELECT tenant FROM watched w WHERE 100 < (SELECT sum(licenses_sold) FROM license_deployment WHERE customer_tenant_id = w.tenant)',
	'SELECT tenant, x.* FROM watched, LATERAL (SELECT channel, sum(licenses_active) FROM license_usage WHERE customer_tenant_id = tenant GROUP BY 1) x',
	'SELECT day, (SELECT sum(quantity) FROM azure_usage WHERE usage_date = day) FROM days',
	'SELECT day, (SELECT count(*) FROM azure_usage WHERE usage_date = day) FROM days',
	'SELECT day, (SELECT sum(quantity) FROM azure_usage WHERE usage_date BETWEEN day - 7 AND day) FROM days',
	'SELECT day, (SELECT string_agg(DISTINCT meter_category, $$,$$) FROM azure_usage WHERE usage_date = day) FROM days',
	'SELECT day, n, (SELECT count(*) FROM azure_usage WHERE quantity > n) FROM days',
	'SELECT n, (SELECT count(*) FROM subscriptions WHERE status = (ARRAY[$$ACTIVE$$, $$SUSPENDED$$, $$DEPROVISIONED$$])[1 + n % 3] AND license_count > n) FROM days',
	'SELECT day, (SELECT count(*) FROM subscriptions WHERE creation_date >= day - 1000 AND creation_date < day - 900) FROM days',
	'SELECT day, (SELECT sum(license_count) FROM subscriptions WHERE effective_start_date <= day AND status = $$ACTIVE$$) FROM days',
	'SELECT a.channel, a.licenses_sold FROM license_deployment a WHERE licenses_sold * 20 > (SELECT sum(licenses_sold) FROM license_deployment b WHERE b.channel = a.channel)',
	'SELECT a.customer_name, a.licenses_active FROM license_usage a WHERE licenses_active >= (SELECT max(licenses_active) FROM license_usage b WHERE b.customer_tenant_id = a.customer_tenant_id)',
	'SELECT name, (SELECT sum(licenses_sold) FROM license_deployment_history WHERE snapshot_date = $$2018-10-14$$ AND channel = name) FROM channels',
	'SELECT d.day, a.meter_unit FROM days d, LATERAL (SELECT meter_unit FROM azure_usage WHERE usage_date > d.day AND usage_date <= d.day + 2 OFFSET 0) a',
	'SELECT n, (SELECT count(*) FROM azure_usage WHERE usage_date > $$2018-09-20$$::timestamp + n * interval $$1 hour$$) FROM days',
	'SELECT n, (SELECT string_agg(product_name, $$,$$ ORDER BY product_name) FROM license_usage WHERE customer_name LIKE $$%$$ || left(name, 1) || $$%$$) FROM channels',
	# an init plan of the subquery has another value for each outer row
	'SELECT a.product_id, (SELECT sum(licenses_sold) FROM license_deployment b WHERE b.product_id = a.product_id AND b.customer_name = (SELECT min(c.customer_name) FROM license_usage c WHERE c.product_id = a.product_id)) FROM license_usage a',
	'SELECT n, (SELECT sum(licenses_sold) FROM license_deployment WHERE licenses_sold > n AND product_name = (SELECT max(product_name) FROM license_usage WHERE licenses_active = n)) FROM days',
	'SELECT n, (SELECT sum(licenses_sold) FROM license_deployment WHERE licenses_sold > n AND product_name = (SELECT max(p) FROM (SELECT product_name AS p FROM license_usage WHERE licenses_active = n OFFSET 0) x)) FROM days',
	'SELECT n, (SELECT sum(licenses_sold) FROM license_deployment WHERE product_name = (SELECT max(product_name) FROM license_usage WHERE licenses_active = n)) FROM days',
	'SELECT n, (WITH m AS MATERIALIZED (SELECT min(product_name) AS low, max(product_name) AS high FROM license_usage WHERE licenses_active = n) SELECT sum(licenses_sold) FROM license_deployment WHERE licenses_sold > n AND product_name IN ((SELECT low FROM m), (SELECT high FROM m))) FROM days',
	# a subquery that is an argument of an aggregate
	'SELECT tenant, (SELECT sum((SELECT count(*) FROM license_usage u WHERE u.product_id = d.product_id AND u.customer_tenant_id = tenant)) FROM license_deployment d WHERE d.customer_tenant_id = tenant) FROM watched'
);

# The requests that read the tables of the query once each.
sub whole_requests
{
	my ($query) = @_;
	my $sum = 0;
	$sum += $pages{$1}
	  while $query =~ /(?:FROM|JOIN) (\w+_\w+|searches|subscriptions)\b/g;
	return $sum;
}

sub check_query
{
	my ($query, $settings) = @_;
	$pca->log_entries;
	$pca->same_query(
		$query,
		"$query$settings: the copy's rows",
		session => $session);
	my @requests = $pca->requests;
	cmp_ok(scalar @requests,
		'<=', whole_requests($query),
		"$query$settings: no more requests than reading the tables");
	return;
}

check_query($_, '') foreach @correlated;

# The same where the planner has to take nested loops.
$session->query(
	'SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off; SET enable_memoize = off'
);
check_query($_, ', nested loops')
  foreach (
	'SELECT c.n, d.product_name FROM channels c JOIN license_deployment d ON d.channel = c.name',
	'SELECT c.n, d.product_name FROM channels c LEFT JOIN license_deployment d ON d.channel = c.name AND d.licenses_sold > c.n',
	'SELECT w.tenant, d.product_name FROM watched w JOIN license_deployment d ON d.customer_tenant_id = w.tenant',
	'SELECT d.day, a.meter_unit FROM days d JOIN azure_usage a ON a.usage_date >= d.day AND a.usage_date < d.day + interval $$36 hours$$',
	'SELECT w.tenant FROM watched w WHERE NOT EXISTS (SELECT FROM license_usage u WHERE u.customer_tenant_id = w.tenant AND u.channel = $$direct$$ AND u.licenses_active > 300)'
  );
$session->query(
	'RESET enable_hashjoin; RESET enable_mergejoin; RESET enable_material; RESET enable_memoize'
);

sub requests_of
{
	my ($query, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$pca->log_entries;
	$pca->same_query($query, "$name: the copy's rows", session => $session);
	return $pca->requests;
}

my $by_tenant =
  'SELECT tenant, (SELECT string_agg(product_name, $$,$$ ORDER BY product_name) FROM license_deployment WHERE customer_tenant_id = tenant) FROM watched';

# One row of the outer table is known to be one.
my @requests = requests_of(
	"$by_tenant WHERE tenant = (SELECT min(tenant::text)::uuid FROM watched)",
	'one row');
is(scalar(grep { !/filter=/ } @requests),
	0, 'for one row, the table is not read');
is(scalar @requests, 1, 'but one request is sent');

# Conditions that are the same for all rows are sent.
@requests = requests_of(
	'SELECT tenant, (SELECT max(product_name) FROM license_deployment WHERE customer_tenant_id = tenant AND channel = (SELECT max(name) FROM channels)) FROM watched',
	'a condition on a subquery that is executed once');
is(scalar(grep { !/filter=channel eq 'reseller'/ } @requests),
	0, 'a condition that is the same for all rows is sent');
cmp_ok(scalar @requests, '<=', 3, 'with all pages of these rows');
$session->query(
	"SET plan_cache_mode = force_generic_plan; SET search_path = partner_center, public; PREPARE p(text) AS SELECT tenant, (SELECT max(product_name) FROM license_deployment WHERE customer_tenant_id = tenant AND channel = \$1) FROM watched"
);
$pca->log_entries;
$session->query("EXECUTE p('direct')");
@requests = $pca->requests;
is(scalar(grep { !/filter=channel eq 'direct'/ } @requests),
	0, 'so is one on a parameter of a generic plan');
$session->query('DEALLOCATE p; RESET search_path; RESET plan_cache_mode');

# A declared number of rows.
$pca->sql("ALTER FOREIGN TABLE license_deployment OPTIONS (ADD rows '3000')");
@requests = requests_of($by_tenant, 'few rows are declared');
is(scalar(grep { !/filter=/ } @requests), 3, 'the pages are requested');
is(scalar @requests, 3, 'and nothing else');
$pca->sql(
	"ALTER FOREIGN TABLE license_deployment OPTIONS (SET rows '1000000')");
@requests = requests_of($by_tenant, 'many rows are declared');
is(scalar(grep { !/filter=/ } @requests[ 0 .. 9 ]),
	0, 'many pages are not requested at first');
cmp_ok(
	scalar @requests,
	'<=',
	4 * 4 + 3,
	'after 4 times max_parallel_requests, the first page tells that they are few'
);
$pca->sql('ALTER FOREIGN TABLE license_deployment OPTIONS (DROP rows)');

# A table of many pages: its first page tells that.  After as many requests as it has
# pages, it is read.
$pca->sql(
	'ALTER FOREIGN TABLE license_deployment OPTIONS (ADD page_size $$100$$)');
@requests = requests_of($by_tenant, 'many pages');
is(scalar(grep { !/filter=/ } @requests),
	1 + 30, 'the first page is requested, and all pages in the end');
cmp_ok(
	scalar @requests,
	'<=',
	2 * 30 + 1,
	'no more than twice as many requests as pages');
@requests = requests_of("$by_tenant ORDER BY tenant LIMIT 10",
	'many pages, fewer rows');
is(scalar(grep { !/filter=/ } @requests),
	1, 'the other pages are not requested');
$pca->sql('ALTER FOREIGN TABLE license_deployment OPTIONS (DROP page_size)');

# Rows that are not kept.
foreach my $settings ("SET temp_file_limit = '64kB'; SET work_mem = '64kB'",
	"SET work_mem = '64kB'")
{
	$session->query($settings);
	$pca->same_query($_, "$_, $settings", session => $session)
	  foreach @correlated[ 5, 8, 10, 15 ];
	$session->query('RESET temp_file_limit; RESET work_mem');
}

# What stops after the first rows, and goes on.
$pca->same_query(
	'SELECT c.n, x.* FROM (SELECT name, n FROM channels ORDER BY -n OFFSET 0) c, LATERAL (SELECT count(*), max(p) FROM (SELECT product_name AS p FROM license_deployment WHERE channel = c.name LIMIT 1000 * c.n) x) x',
	'a LIMIT of different numbers',
	session => $session);
$session->query('SET search_path = partner_center, public');
$session->query(
	"BEGIN; DECLARE s SCROLL CURSOR WITH HOLD FOR SELECT n, (SELECT sum(licenses_sold) FROM license_deployment WHERE channel = name) FROM channels ORDER BY n"
);
my $forwards = $session->query('FETCH ALL FROM s');
$session->query('COMMIT');
is($session->query('MOVE ABSOLUTE 0 FROM s; FETCH ALL FROM s; CLOSE s'),
	$forwards, 'a cursor with hold has the same rows again');
like(
	$session->query(
		'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT tenant, (SELECT sum(licenses_sold) FROM license_deployment WHERE customer_tenant_id = tenant) FROM watched'
	),
	qr/Requests: 1\n *Requests Reused: \d+\n/,
	'EXPLAIN ANALYZE counts the executions that send no request');
$session->query('RESET search_path');

# A count of a table that is known to be large is not a count of fetched rows, and its
# number of rows is requested once.
my $by_day =
  'SELECT day, (SELECT count(*) FROM azure_usage WHERE usage_date = day) FROM days';
$pca->sql("ALTER FOREIGN TABLE azure_usage OPTIONS (ADD rows '1000000')");
@requests = requests_of($by_day, 'a count of a large table');
my %distinct = map { $_ => 1 } @requests;
is(scalar @requests, 41, 'the number of all rows, and one for each day');
is(scalar keys %distinct, 41, 'none is requested twice');
$pca->sql('ALTER FOREIGN TABLE azure_usage OPTIONS (DROP rows)');
like(
	$session->query(
		"SET search_path = partner_center, public; EXPLAIN (COSTS OFF) $by_day"
	),
	qr/Not Counted Because: the rows are counted for each row of an outer query, so all are fetched once/,
	'otherwise, the plan says why rows are fetched to be counted');

# The first page fails.
$pca->fault(kind => 'status', status => 400, times => 1);
$pca->fails_with($by_tenant, 'HV000',
	qr/the API does not accept the request.*CONTEXT:  foreign table "/s);
$session->query('RESET search_path');
requests_of($by_tenant, 'a query after one that failed');

done_testing();
