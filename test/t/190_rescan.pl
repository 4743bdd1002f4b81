# Rescans: a request that was sent before in the same scan is not sent again,
# whatever parameter has changed, and the rows are those of a local copy.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(rows => 300, customers => 20, snapshots => 6);
$pca->local_copy($_)
  foreach qw(license_deployment license_usage license_deployment_history
  searches azure_usage subscriptions customer_license_usage);
$pca->sql(<<'END');
CREATE TABLE public.days AS SELECT day::date, n FROM generate_series('2018-09-05'::date, '2018-10-14', '1 day')
  WITH ORDINALITY AS x(day, n);
CREATE TABLE public.channels (name text, n int);
INSERT INTO channels SELECT (ARRAY['direct', 'reseller', 'o''hara', 'nobody'])[1 + i % 4], i FROM generate_series(1, 40) i;
INSERT INTO channels VALUES (NULL, 0);
CREATE TABLE public.watched AS SELECT tenant, n FROM (SELECT DISTINCT customer_tenant_id AS tenant
  FROM local.license_deployment ORDER BY 1 LIMIT 5) t, generate_series(1, 8) n;
CREATE TABLE public.ids AS SELECT DISTINCT customer_id AS id, n FROM local.customer_license_usage, generate_series(1, 5) n;
ANALYZE days, channels, watched, ids;
END

# With option max_rows, no rescan reads rows beyond its own: see 180_whole_table.pl.
$pca->sql("ALTER FOREIGN TABLE $_ OPTIONS (ADD max_rows '1000000')")
  foreach
  qw(license_deployment license_usage license_deployment_history azure_usage subscriptions);
my $session = $pca->session;
$session->query(
	'SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off; SET enable_memoize = off'
);

# Each correlated query, the requests without kept rows, and the different ones
# of them.
my @correlated = (
	[
		40,
		1,
		'SELECT day, (SELECT count(*) FROM searches WHERE search_date = day) FROM days'
	],
	[
		40,
		1,
		'SELECT day, (SELECT count(*) FROM searches s WHERE s.search_date BETWEEN day - 1 AND day) FROM days'
	],
	[
		40,
		1,
		'SELECT day, (SELECT max(search_date) FROM searches WHERE search_date <= day AND details_viewed) FROM days'
	],
	[
		40,
		1,
		'SELECT day, x.c FROM days, LATERAL (SELECT count(*) AS c, min(company_name) FROM searches WHERE search_date = day) x'
	],
	[
		40,
		1,
		'SELECT n, (SELECT count(*) FROM license_deployment WHERE licenses_sold > n) FROM days'
	],
	[
		40,
		1,
		'SELECT n, (SELECT sum(licenses_sold) FROM license_deployment WHERE licenses_deployed < n * 10) FROM days'
	],
	[
		40,
		1,
		'SELECT n, ARRAY(SELECT product_name FROM license_usage WHERE licenses_active = n ORDER BY 1) FROM days'
	],
	[
		41,
		4,
		'SELECT n, (SELECT sum(licenses_sold) FROM license_deployment WHERE channel = name) FROM channels'
	],
	[
		41,
		4,
		'SELECT n, (SELECT count(*) FROM license_deployment WHERE channel = name AND licenses_sold > n) FROM channels'
	],
	[
		41,
		4,
		'SELECT c.n, s.* FROM channels c LEFT JOIN LATERAL (SELECT service_code, sum(licenses_sold) FROM license_deployment WHERE channel = c.name GROUP BY 1) s ON true'
	],
	[
		41,
		4,
		'SELECT c.n, d.product_name FROM channels c JOIN license_deployment d ON d.channel = c.name'
	],
	[
		41,
		4,
		'SELECT c.n, d.product_name FROM channels c LEFT JOIN license_deployment d ON d.channel = c.name AND d.licenses_sold > c.n'
	],
	[
		40,
		5,
		'SELECT n, (SELECT sum(licenses_sold) FROM license_deployment WHERE customer_tenant_id = tenant) FROM watched'
	],
	[
		40,
		5,
		'SELECT n, (SELECT count(DISTINCT service_code) FROM license_usage WHERE customer_tenant_id = tenant AND licenses_active > n) FROM watched'
	],
	[
		40,
		5,
		'SELECT n, d.* FROM watched JOIN license_deployment d ON customer_tenant_id = tenant'
	],
	[
		40,
		5,
		'SELECT n, tenant FROM watched w WHERE n > (SELECT min(licenses_sold) FROM license_deployment WHERE customer_tenant_id = w.tenant)'
	],
	[
		40,
		5,
		'SELECT n, (SELECT string_agg(x.service_code, $$,$$ ORDER BY x.service_code) FROM (SELECT DISTINCT service_code FROM license_usage WHERE customer_tenant_id = tenant) x) FROM watched'
	],
	[
		300,
		4,
		'SELECT a.channel, a.licenses_sold FROM license_deployment a WHERE licenses_sold > (SELECT avg(licenses_sold) FROM license_deployment b WHERE b.channel = a.channel)'
	],
	[
		300,
		4,
		'SELECT a.channel, a.licenses_sold FROM license_deployment a WHERE licenses_sold * 20 > (SELECT sum(licenses_sold) FROM license_deployment b WHERE b.channel = a.channel)'
	],
	[
		300,
		20,
		'SELECT a.customer_name, a.licenses_active FROM license_usage a WHERE licenses_active >= (SELECT max(licenses_active) FROM license_usage b WHERE b.customer_tenant_id = a.customer_tenant_id)'
	],
	[
		40,
		1,
		'SELECT n, (SELECT count(*) FROM azure_usage WHERE quantity > n) FROM days'
	],
	[
		40,
		3,
		'SELECT n, (SELECT count(*) FROM subscriptions WHERE status = (ARRAY[$$ACTIVE$$, $$SUSPENDED$$, $$DEPROVISIONED$$])[1 + n % 3] AND license_count > n) FROM days'
	],
	[
		40,
		6,
		'SELECT n, (SELECT sum(licenses_sold) FROM license_deployment_history WHERE snapshot_date = $$2018-10-14$$::date - (n % 6)::int AND licenses_sold > n) FROM days'
	],
	[
		40,
		6,
		'SELECT n, h.service_code FROM days JOIN license_deployment_history h ON snapshot_date = $$2018-10-14$$::date - (n % 6)::int AND licenses_sold = n'
	],
	[
		100,
		20,
		'SELECT n, (SELECT count(*) FROM customer_license_usage u WHERE u.customer_id = ids.id AND licenses_active > n) FROM ids'
	]);

foreach my $case (@correlated)
{
	my ($scans, $different, $query) = @$case;
	$pca->log_entries;
	$pca->same_query($query, "$query: the copy's rows", session => $session);
	my @requests = $pca->requests;
	my %distinct = map { $_ => 1 } @requests;
	is( scalar @requests,
		scalar keys %distinct,
		"$query: no request is sent twice");
	cmp_ok(
		scalar @requests,
		'<=',
		$different + 1,
		"$query: $different requests, and that of the outer table");
	note(sprintf '%d requests without kept rows, %d with them',
		$scans, scalar @requests);
}

# What stops after the first rows of a response: these are kept, and no request is
# sent twice as long as the next rescan stops there, too.
foreach my $case (
	[
		4,
		'SELECT n, EXISTS (SELECT FROM license_deployment WHERE channel = name) FROM channels'
	],
	[
		5,
		'SELECT n, EXISTS (SELECT FROM license_deployment WHERE customer_tenant_id = tenant) OR n = 3 FROM watched'
	],
	[
		8,
		'SELECT n, (SELECT count(*) FROM (SELECT FROM license_deployment WHERE channel = name LIMIT 3) x) FROM channels'
	],
	[
		6,
		'SELECT n, (SELECT snapshot_date FROM license_deployment_history WHERE snapshot_date = $$2018-10-14$$::date - (n % 6)::int LIMIT 1) FROM days'
	],
	[
		4,
		'SELECT name, n, x.channel FROM channels LEFT JOIN LATERAL (SELECT channel FROM license_deployment WHERE channel = name LIMIT 1) x ON true'
	],
	[
		1,
		'SELECT n, (SELECT details_viewed IS NULL FROM searches WHERE n > 0 LIMIT 1) IS NULL FROM days'
	])
{
	my ($different, $query) = @$case;
	$pca->log_entries;
	$pca->same_query($query, "$query: the copy's rows", session => $session);
	my @requests = $pca->requests;
	my %distinct = map { $_ => 1 } @requests;
	is( scalar @requests,
		scalar keys %distinct,
		"$query: no request is sent twice");
	cmp_ok(scalar @requests, '<=', $different, "$query: $different requests");
}

# A rescan that reads further has no row twice, and misses none.
$session->query('SET search_path = partner_center, public');
foreach my $settings (
	'',
	"SET work_mem = '64kB'",
	"SET temp_file_limit = '1MB'",
	"SET max_parallel_workers_per_gather = 0; SET jit = off")
{
	$session->query($settings) if $settings;
	foreach my $order ('n', '-n', 'md5(n::text)')
	{
		foreach my $condition ('d.channel = c.name',
			'd.channel = c.name AND d.licenses_sold % 7 <> c.n % 7')
		{
			my $wrong = $session->query(<<"END");
DROP TABLE IF EXISTS pg_temp.found;
CREATE TEMP TABLE found AS SELECT c.n, c.name, x.d FROM (SELECT name, n, least(n, 300) * 5 AS rows FROM channels ORDER BY $order OFFSET 0) c,
  LATERAL (SELECT d::text AS d FROM license_deployment d WHERE $condition LIMIT c.rows) x;
SELECT count(*) FROM (SELECT n, d FROM found EXCEPT ALL
  SELECT c.n, d::text FROM channels c JOIN local.license_deployment d ON $condition) u;
SELECT count(*) FROM (SELECT c.n, least(c.n * 5, count(d.channel)) FROM channels c LEFT JOIN local.license_deployment d ON $condition GROUP BY 1, c.n
  EXCEPT ALL SELECT c.n, count(f.n) FROM channels c LEFT JOIN found f ON f.n = c.n GROUP BY c.n) u;
END
			is($wrong, "0\n0",
				"LIMIT of different numbers, $settings, by $order, $condition"
			);
		}
	}
	$session->query(
		'RESET work_mem; RESET temp_file_limit; RESET max_parallel_workers_per_gather; RESET jit'
	);
}
$pca->log_entries;
$session->query(
	'SELECT n, ARRAY(SELECT product_name FROM license_deployment WHERE channel = name LIMIT n) FROM channels ORDER BY n'
);
cmp_ok(
	scalar(my @entries = $pca->log_entries),
	'<',
	41 * 2,
	'a LIMIT of different numbers: fewer requests than rescans, with their further pages'
);

# EXPLAIN counts what was not sent again.
like(
	$session->query(
		'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT n, (SELECT count(*) FROM searches WHERE search_date = day) FROM days'
	),
	qr/Requests: 1\n *Requests Reused: 39\n/,
	'EXPLAIN ANALYZE shows the requests that were not sent again');
unlike(
	$session->query(
		'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT count(*) FROM searches'
	),
	qr/Reused/,
	'it shows none for a scan that is not repeated');

# More results than are kept, rows in a temporary file, cursors.
$session->query('RESET search_path');
$pca->same_query(
	'SELECT i, (SELECT count(*) FROM license_deployment WHERE product_name = $$p$$ || (i % 1100) OR channel = (ARRAY[$$direct$$, $$reseller$$])[1 + i % 2] AND licenses_sold = i % 1100) FROM generate_series(1, 2300, 1) i',
	'more different requests than are kept',
	session => $session);
foreach my $work_mem ('64kB', '4MB')
{
	$session->query("SET work_mem = '$work_mem'");
	$pca->same_query(
		'SELECT c.n, d.* FROM channels c JOIN license_deployment d ON d.channel = c.name AND d.licenses_sold > c.n',
		"rows of a nested loop with work_mem $work_mem",
		session => $session);
	$pca->same_query(
		'SELECT d.day, s.* FROM days d LEFT JOIN searches s ON s.search_date = d.day AND s.details_viewed = (d.n % 2 = 0)',
		"two different requests with work_mem $work_mem",
		session => $session);
}
$session->query(
	"RESET work_mem; SET search_path = partner_center, public; BEGIN; DECLARE s SCROLL CURSOR WITH HOLD FOR SELECT n, (SELECT sum(licenses_sold) FROM license_deployment WHERE channel = name) FROM channels ORDER BY n"
);
my $forwards = $session->query('FETCH ALL FROM s');
$session->query('COMMIT');
my $again =
  $session->query('MOVE ABSOLUTE 0 FROM s; FETCH ALL FROM s; CLOSE s');
is($again, $forwards, 'a cursor with hold has the same rows again');

# A request that fails is sent again by the next query.
$pca->fault(kind => 'status', status => 400, times => 1);
my $failing =
  'SELECT n, (SELECT sum(licenses_sold) FROM license_deployment WHERE channel = name) FROM channels';
$pca->fails_with($failing, 'HV000',
	qr/the API does not accept the request.*CONTEXT:  foreign table "license_deployment"/s
);
$session->query('RESET search_path');
$pca->same_query(
	$failing,
	'a query after one that failed',
	session => $session);

# A row that was returned is missing when the request is sent again for further rows.
$session->query(
	'SET search_path = partner_center, public; BEGIN; DECLARE c CURSOR FOR SELECT n, ARRAY(SELECT product_name FROM license_deployment WHERE channel = name LIMIT CASE WHEN n < 5 THEN 3 ELSE 1000 END) '
	  . "FROM channels WHERE name IN ('direct', 'reseller') ORDER BY n");
is(scalar(split /\n/, $session->query('FETCH 2 FROM c')),
	2, 'the first rows of two responses are read');
$pca->config(seed => 7);
$session->start('FETCH ALL FROM c');
my ($said, $errors) = $session->finish;
like(
	$errors,
	qr/HV000: .*the API's data for foreign table "license_deployment" changed while it was read.*missing when the request was sent again/s,
	'a row that is missing when the request is sent again is an error');
$session->query('ROLLBACK');
$pca->reset;

done_testing();
