# count(*) by group of the resources that have a measure which is 1 in each row:
# one grouped request, and the rows of a local copy.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(rows => 400, customers => 30);
my $path = '/partner/v1/analytics/subscriptions';
$pca->local_copy($_)
  foreach qw(subscriptions indirect_resellers license_deployment);
$pca->sql(<<'END');
CREATE TABLE public.region AS SELECT tenant, 'region ' || row_number() OVER (ORDER BY tenant) % 3 AS region
  FROM (SELECT DISTINCT customer_tenant_id AS tenant FROM local.subscriptions) t;
INSERT INTO public.region SELECT * FROM public.region LIMIT 5;
INSERT INTO public.region VALUES ('00000000-0000-0000-0000-000000000000', 'nowhere');
ANALYZE public.region;
END
my $session = $pca->session;
$session->query('SET search_path = partner_center, public');

# groupby of each request, then the query.
my @cases = (
	[ ['status'], 'SELECT status, count(*) FROM subscriptions GROUP BY 1' ],
	[
		['market'],
		'SELECT market, count(*), sum(license_count) FROM indirect_resellers GROUP BY 1'
	],
	[
		['status,autoRenewEnabled'],
		'SELECT status, count(*), count(*) FILTER (WHERE auto_renew_enabled), count(auto_renew_enabled), sum(license_count), sum(subscription_count) FROM subscriptions GROUP BY 1'
	],
	[
		['status'],
		'SELECT status, count(*) FROM subscriptions GROUP BY 1 HAVING count(*) > 100 ORDER BY 2 DESC'
	],
	[
		['customerMarket,status'],
		'SELECT status, customer_market, count(*), sum(license_count), grouping(status) FROM subscriptions GROUP BY ROLLUP (1, 2)'
	],
	[
		['status'],
		q{SELECT count(*), count(*) FILTER (WHERE status = 'ACTIVE') FROM subscriptions}
	],
	[
		['status'],
		q{SELECT count(*) FROM subscriptions WHERE status = 'ACTIVE'}
	],
	[
		['customerMarket'],
		'SELECT customer_market, array_agg(length(customer_market)), avg(length(customer_market)) FROM subscriptions GROUP BY 1'
	],
	[
		['customerTenantId'],
		'SELECT region, count(*), count(customer_tenant_id), sum(license_count) FROM region LEFT JOIN subscriptions ON customer_tenant_id = tenant GROUP BY 1'
	],
	[
		[ 'customerTenantId,status', undef ],
		'SELECT status, count(*) FROM subscriptions s, license_deployment d WHERE s.customer_tenant_id IS DISTINCT FROM d.customer_tenant_id AND d.licenses_sold < 10 GROUP BY 1'
	],
	[
		['status'],
		'SELECT status, count(*), sum(count(*)) OVER () FROM subscriptions GROUP BY 1'
	],
	[
		[undef],
		'SELECT status, count(*), max(license_count) FROM subscriptions GROUP BY 1'
	],
	[
		[undef],
		'SELECT creation_date, count(*) FROM subscriptions GROUP BY 1'
	]);

sub check_cases
{
	my ($how) = @_;
	foreach my $case (@cases)
	{
		my ($groupby, $query) = @$case;
		$pca->requests;
		$pca->same_query(
			$query,
			"$query: the rows of the copy$how",
			session => $session);
		my %seen;
		is_deeply(
			[
				sort grep { !$seen{$_}++ }
				map       { /[&]groupby=([^&]*)/ ? $1 : '-' } $pca->requests
			],
			[ sort map { $_ // '-' } @$groupby ],
			"$query: the requests group$how");
	}
	return;
}

check_cases('');
$session->query(
	'SET enable_hashagg = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off'
);
$pca->config(numbers_as_strings => 1, key_case => 'lower');
check_cases(' with numbers as text');
$pca->reset;
$session->query('RESET ALL; SET search_path = partner_center, public');

# A scan that is repeated, and a cursor.
$pca->same_query(
	'SELECT region, (SELECT count(*) FROM subscriptions WHERE customer_tenant_id = tenant) FROM region',
	'a correlated subquery counts the rows of each customer',
	session => $session);
my @rows =
  split /\n/,
  $session->query(
	"BEGIN; DECLARE c SCROLL CURSOR FOR SELECT s.status FROM subscriptions s GROUP BY s.status, s.customer_market HAVING count(*) > 0 ORDER BY 1; FETCH ALL FROM c"
  );
is( $session->query('MOVE ABSOLUTE 0 IN c; FETCH ALL FROM c; COMMIT'),
	join("\n", @rows),
	'a cursor returns the same rows again');

# A group whose number of rows is none.
foreach my $count ('"0"', 'null', '"-3"')
{
	$pca->fault(
		kind => 'body',
		times => 1,
		path => $path,
		text =>
		  qq({"Value":[{"status":"ACTIVE","subscriptionCount":$count}],"\@nextLink":null,"TotalCount":1})
	);
	$pca->fails_with(
		'SELECT status, count(*) FROM partner_center.subscriptions GROUP BY 1',
		'HV000',
		qr/number of rows of a group of foreign table "subscriptions" is not known/,
		"a group with $count rows is an error");
	$pca->clear_faults;
}
$pca->fault(
	kind => 'body',
	times => 1,
	path => '/partner/v1/analytics/indirectresellers',
	text =>
	  '{"Value":[{"market":"US","indirectResellerCount":1.5}],"@nextLink":null,"TotalCount":1}'
);
$pca->fails_with(
	'SELECT market, count(*) FROM partner_center.indirect_resellers GROUP BY 1',
	'HV000',
	qr/The group's indirectResellerCount is not a positive integer/,
	'a group with 1.5 rows is an error');

done_testing();
