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
my $session = $pca->session;
$session->query(
	'SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off; SET enable_memoize = off'
);

# Each correlated query, the requests without kept rows, and the different ones
# of them.
my @correlated = (
	[
		40, 1,
		'SELECT day, (SELECT count(*) FROM searches WHERE search_date = day) FROM days'
	],
	[
		40, 1,
		'SELECT day, (SELECT count(*) FROM searches s WHERE s.search_date BETWEEN day - 1 AND day) FROM days'
	],
	[
		40, 1,
		'SELECT day, (SELECT max(search_date) FROM searches WHERE search_date <= day AND details_viewed) FROM days'
	],
	[
		40, 1,
		'SELECT day, x.c FROM days, LATERAL (SELECT count(*) AS c, min(company_name) FROM searches WHERE search_date = day) x'
	],
	[
		40, 1,
		'SELECT n, (SELECT count(*) FROM license_deployment WHERE licenses_sold > n) FROM days'
	],
	[
		40, 1,
		'SELECT n, (SELECT sum(licenses_sold) FROM license_deployment WHERE licenses_deployed < n * 10) FROM days'
	],
	[
		40, 1,
		'SELECT n, ARRAY(SELECT product_name FROM license_usage WHERE licenses_active = n ORDER BY 1) FROM days'
	],
	[
		41, 4,
		'SELECT n, (SELECT sum(licenses_sold) FROM license_deployment WHERE channel = name) FROM channels'
	],
	[
		41, 4,
		'SELECT n, (SELECT count(*) FROM license_deployment WHERE channel = name AND licenses_sold > n) FROM channels'
	],
	[
		41, 4,
		'SELECT c.n, s.* FROM channels c LEFT JOIN LATERAL (SELECT service_code, sum(licenses_sold) FROM license_deployment WHERE channel = c.name GROUP BY 1) s ON true'
	],
	[
		41, 4,
		'SELECT c.n, d.product_name FROM channels c JOIN license_deployment d ON d.channel = c.name'
	],
	[
		41, 4,
		'SELECT c.n, d.product_name FROM channels c LEFT JOIN license_deployment d ON d.channel = c.name AND d.licenses_sold > c.n'
	],
	[
		40, 5,
		'SELECT n, (SELECT sum(licenses_sold) FROM license_deployment WHERE customer_tenant_id = tenant) FROM watched'
	],
	[
		40, 5,
		'SELECT n, (SELECT count(DISTINCT service_code) FROM license_usage WHERE customer_tenant_id = tenant AND licenses_active > n) FROM watched'
	],
	[
		40, 5,
		'SELECT n, d.* FROM watched JOIN license_deployment d ON customer_tenant_id = tenant'
	],
	[
		40, 5,
		'SELECT n, tenant FROM watched w WHERE n > (SELECT min(licenses_sold) FROM license_deployment WHERE customer_tenant_id = w.tenant)'
	],
	[
		40, 5,
		'SELECT n, (SELECT string_agg(x.service_code, $$,$$ ORDER BY x.service_code) FROM (SELECT DISTINCT service_code FROM license_usage WHERE customer_tenant_id = tenant) x) FROM watched'
	],
	[
		300, 4,
		'SELECT a.channel, a.licenses_sold FROM license_deployment a WHERE licenses_sold > (SELECT avg(licenses_sold) FROM license_deployment b WHERE b.channel = a.channel)'
	],
	[
		300, 4,
		'SELECT a.channel, a.licenses_sold FROM license_deployment a WHERE licenses_sold * 20 > (SELECT sum(licenses_sold) FROM license_deployment b WHERE b.channel = a.channel)'
	],
	[
		300, 20,
		'SELECT a.customer_name, a.licenses_active FROM license_usage a WHERE licenses_active >= (SELECT max(licenses_active) FROM license_usage b WHERE b.customer_tenant_id = a.customer_tenant_id)'
	],
	[
		40, 1,
		'SELECT n, (SELECT count(*) FROM azure_usage WHERE quantity > n) FROM days'
	],
	[
		40, 3,
		'SELECT n, (SELECT count(*) FROM subscriptions WHERE status = (ARRAY[$$ACTIVE$$, $$SUSPENDED$$, $$DEPROVISIONED$$])[1 + n % 3] AND license_count > n) FROM days'
	],
	[
		40, 6,
		'SELECT n, (SELECT sum(licenses_sold) FROM license_deployment_history WHERE snapshot_date = $$2018-10-14$$::date - (n % 6)::int AND licenses_sold > n) FROM days'
	],
	[
		40, 6,
		'SELECT n, h.service_code FROM days JOIN license_deployment_history h ON snapshot_date = $$2018-10-14$$::date - (n % 6)::int AND licenses_sold = n'
	],
	[
		100, 20,
		'SELECT n, (SELECT count(*) FROM customer_license_usage u WHERE u.customer_id = ids.id AND licenses_active > n) FROM ids'
	]);

foreach my $case (@correlated)
{
	my ($scans, $different, $query) = @$case;
	$pca->log_entries;
	$pca->same_query($query, "$query: the copy's rows", session => $session);
	my @requests = $pca->requests;
	my %distinct = map { $_ => 1 } @requests;
	is(scalar @requests,
		scalar keys %distinct, "$query: no request is sent twice");
	cmp_ok(scalar @requests,
		'<=', $different + 1,
		"$query: $different requests, and that of the outer table");
	note(sprintf '%d requests without kept rows, %d with them',
		$scans, scalar @requests);
}

done_testing();
