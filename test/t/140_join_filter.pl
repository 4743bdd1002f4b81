# Hash joins: a scan requests the rows with the values of the other side, and
# all rows where it cannot know them.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca =
  PcaTest->new(rows => 500, customers => 40, server => { page_size => 200 });
$pca->local_copy($_) foreach qw(license_deployment license_usage);
$pca->sql(<<'END');
CREATE TABLE public.tenants AS SELECT tenant, row_number() OVER (ORDER BY tenant) AS n FROM (
  SELECT DISTINCT customer_tenant_id AS tenant FROM local.license_deployment WHERE customer_tenant_id IS NOT NULL) x;
CREATE TABLE public.few AS SELECT tenant, n FROM tenants WHERE n <= 20;
INSERT INTO public.few SELECT * FROM few;
INSERT INTO public.few VALUES (NULL, 50), ('00000000-0000-0000-0000-000000000000', 51);
CREATE TABLE public.names AS SELECT DISTINCT customer_name AS name FROM local.license_deployment WHERE length(customer_name) < 30 LIMIT 5;
INSERT INTO public.names VALUES (NULL), ('nobody');
CREATE TABLE public.nobody (tenant uuid, n bigint);
ANALYZE public.tenants, public.few, public.names, public.nobody;
END
my $session = $pca->session;
$session->query('SET enable_nestloop = off; SET enable_mergejoin = off');

# The rows are right, and what was asked is returned.
sub asked
{
	my ($sql, $name, %options) = @_;
	$pca->requests;
	$pca->same_query($sql, "$name: rows", session => $session, %options);
	return [ map { s/.*?\?//r } $pca->requests ];
}

# With max_rows, the pages of the whole table are never read instead of values that
# need several requests.
$session->query("ALTER FOREIGN TABLE $_ OPTIONS (ADD max_rows '1000000')")
  foreach qw(license_deployment license_usage);

my $join =
  'SELECT n, d.* FROM few JOIN license_deployment d ON customer_tenant_id = tenant';

# --- what is sent

my $requests = asked($join,
	'a join with twenty customers returns the rows of the local copy');
is(scalar(@$requests), 2, 'twenty customers: two requests of a dozen each');
ok( !(grep { !/customerTenantId eq '/ } @$requests),
	'twenty customers: both have a filter');
# A GUID without letters has one spelling.
is(scalar(() = "@$requests" =~ /customerTenantId eq/g),
	41,
	'each of 21 different values once, in both spellings; NULL is not sent');

$requests = asked(
	'SELECT n, d.* FROM few LEFT JOIN license_deployment d ON customer_tenant_id = tenant',
	'a left join returns the rows of the local copy');
is(scalar(grep { /customerTenantId eq '/ } @$requests),
	2, 'left join: the same');
$requests = asked(
	'SELECT d.* FROM license_deployment d WHERE customer_tenant_id IN (SELECT tenant FROM few)',
	'a semi-join returns the rows of the local copy');
is(scalar(grep { /customerTenantId eq '/ } @$requests),
	2, 'semi-join: the same');
$requests = asked(
	'SELECT d.* FROM names JOIN license_deployment d ON customer_name = name WHERE channel = \'direct\'',
	'names',
	empty => 1);
like(
	"@$requests",
	qr/channel eq 'direct'\) and \(.*customerName eq .*'nobody'/,
	'names beside a condition');
$requests = asked(
	'SELECT n, sum(licenses_sold) FROM few JOIN license_deployment d ON customer_tenant_id = tenant GROUP BY n',
	'a grouped join returns the rows of the local copy');
is(scalar(grep { /filter=.*&groupby=customerTenantId$/ } @$requests),
	2, 'grouped: filter and groupby');
$requests = asked(
	'SELECT n, d.channel, u.licenses_active FROM few JOIN license_deployment d ON d.customer_tenant_id = tenant '
	  . 'JOIN license_usage u USING (customer_tenant_id, product_id)',
	'two foreign tables');
ok(!(grep { !/filter=/ } @$requests),
	'two foreign tables: each is asked for some rows');

# --- what is not

is_deeply(
	asked(
		'SELECT d.* FROM nobody JOIN license_deployment d ON customer_tenant_id = tenant',
		'no row',
		empty => 1),
	[],
	'no row on the other side, no request');
foreach my $kind ('LEFT', 'FULL')
{
	$requests = asked(
		"SELECT n, d.* FROM license_deployment d $kind JOIN few ON customer_tenant_id = tenant",
		"all rows, $kind join");
	ok(!(grep { /filter/ } @$requests), "all rows, $kind join: no filter");
}
ok( !(  grep { /filter/ } @{
			asked(
				'SELECT d.* FROM license_deployment d WHERE NOT EXISTS (SELECT FROM few WHERE customer_tenant_id = tenant)',
				'anti-join')
		}),
	'anti-join: no filter');

# More values than the planner thought: it takes a condition on an expression
# for one that few rows satisfy.
$pca->sql(
	'CREATE TABLE public.grown AS SELECT * FROM few; INSERT INTO public.grown SELECT md5(i::text)::uuid, i FROM generate_series(1, 2000) i; ANALYZE public.grown'
);
my $grown =
  'SELECT n, d.* FROM grown JOIN license_deployment d ON customer_tenant_id = tenant WHERE n % 1 = 0';
like(
	$session->query("EXPLAIN $grown"),
	qr/Join Values/,
	'it thinks that there are few');
is_deeply([ grep { /filter/ } @{ asked($grown, 'many more values') } ],
	[], 'many more values: they are not sent');
like(
	$session->query("EXPLAIN (ANALYZE, COSTS OFF) $grown"),
	qr/Join Values: too many to be sent/,
	'EXPLAIN ANALYZE says so');
like(
	$session->query("EXPLAIN (ANALYZE, COSTS OFF) $join"),
	qr/Join Values: 21\n/,
	'and how many they were');

# A value that would fill the URL.
$pca->sql(
	"CREATE TABLE public.long AS SELECT * FROM names; ANALYZE public.long; INSERT INTO public.long VALUES (repeat('x', 4000))"
);
is_deeply(
	[
		grep { /filter/ } @{
			asked(
				'SELECT d.* FROM long JOIN license_deployment d ON customer_name = name',
				'a long value')
		}
	],
	[],
	'a long value: none is sent');

# --- again and again, with other values

$session->query('SET enable_nestloop = on; SET enable_memoize = off');
$pca->same_query(
	'SELECT t.n, s.* FROM (VALUES (3), (7), (3), (12)) t(n), LATERAL (SELECT count(*), min(d.licenses_sold), max(d.licenses_sold) FROM '
	  . '(SELECT tenant FROM few WHERE few.n BETWEEN t.n AND t.n + 4 OFFSET 0) x JOIN license_deployment d ON customer_tenant_id = tenant) s',
	'the other side changes: so do the values',
	session => $session);
$pca->same_query(
	'SELECT t.n, (SELECT count(*) FROM few JOIN license_deployment d ON customer_tenant_id = tenant WHERE d.licenses_sold > t.n) '
	  . 'FROM generate_series(1, 6) t(n)',
	'the other side stays',
	session => $session);
$session->query(
	'SET enable_nestloop = off; SET plan_cache_mode = force_generic_plan');
$session->query(
	"PREPARE up_to (bigint) AS SELECT count(*), sum(licenses_sold) FROM few JOIN license_deployment ON customer_tenant_id = tenant AND channel = 'direct' WHERE n <= \$1"
);
foreach my $n (0, 1, 20, 5, 60)
{
	is( $session->query("EXECUTE up_to($n)"),
		$pca->sql(
			"SELECT count(*), sum(licenses_sold) FROM few JOIN local.license_deployment ON customer_tenant_id = tenant AND channel = 'direct' WHERE n <= $n"
		),
		"a prepared statement up to $n");
}
$session->query("BEGIN; DECLARE c SCROLL CURSOR FOR $join");
my @rows = split /\n/, $session->query('FETCH ALL FROM c');
is( scalar(@rows),
	$pca->sql(
		'SELECT count(*) FROM few JOIN local.license_deployment ON customer_tenant_id = tenant'
	),
	'a cursor returns all rows');
is( $session->query('MOVE ABSOLUTE 0 IN c; FETCH ALL FROM c'),
	join("\n", @rows),
	'a cursor returns the same rows after MOVE ABSOLUTE 0');
$session->query('COMMIT');

# --- rows that others change meanwhile

my $other = $pca->session;
my $backend = $session->pid;
$other->query('BEGIN; UPDATE few SET n = n + 100 WHERE n IN (1, 5)');
$session->start(
	"SELECT few.n FROM few JOIN license_deployment d ON customer_tenant_id = tenant WHERE few.n IN (1, 2, 105) FOR UPDATE OF few"
);
$pca->wait_for(
	'the lock',
	sub {
		$pca->sql(
			"SELECT count(*) FROM pg_stat_activity WHERE pid = $backend AND wait_event_type = 'Lock'"
		);
	});
$other->query('COMMIT');
my %numbers = map { $_ => 1 } split /\n/, ($session->finish)[0];
is_deeply([ sort keys %numbers ],
	[2], 'a row that changed is looked at again');

$pca->sql(
	'CREATE TABLE public.counted AS SELECT n, 0::bigint AS rows FROM few WHERE n BETWEEN 1 AND 6; ANALYZE public.counted'
);
my $count =
  'SELECT count(*) FROM few JOIN %s d ON customer_tenant_id = tenant WHERE few.n = counted.n';
my $update = sprintf "UPDATE counted SET rows = ($count)",
  'license_deployment';
like(
	$session->query("EXPLAIN (COSTS OFF) $update"),
	qr/SubPlan.*Join Values/s,
	'a subquery is a hash join that sends values');
$other->query('BEGIN; UPDATE counted SET n = n + 6');
$session->start($update);
$pca->wait_for(
	'the lock',
	sub {
		$pca->sql(
			"SELECT count(*) FROM pg_stat_activity WHERE pid = $backend AND wait_event_type = 'Lock'"
		);
	});
$other->query('COMMIT');
$session->finish;
is( $pca->sql('SELECT n, rows FROM counted ORDER BY n'),
	$pca->sql(
		sprintf "SELECT n, ($count) FROM counted ORDER BY n",
		'local.license_deployment'),
	'for rows that changed it is asked again, with their values');

# --- an estimate of too few rows

# Both sides have a frequent value, so the planner expects many rows of the
# foreign table for each value, and one row of the other.
my $frequent = '000000A0-0000-0000-0000-000000000000';
$pca->rows(
	'license_deployment',
	[
		map {
			{
				customerTenantId => $_ % 2
				? $frequent
				: sprintf('%08X-0000-0000-0000-000000000000', $_ + 160),
				channel => "c$_",
			}
		} 1 .. 2000
	]);
$pca->local_copy('license_deployment');
$pca->sql(<<"END");
CREATE TABLE public.correlated AS
  SELECT CASE WHEN n % 7 = 3 AND n % 2 = 0 THEN tenant ELSE '$frequent' END AS tenant, n % 7 AS a, n % 7 AS b, n % 7 AS c, n
  FROM (SELECT customer_tenant_id AS tenant, row_number() OVER (ORDER BY channel) AS n FROM local.license_deployment) x WHERE n <= 420;
ANALYZE public.correlated;
ANALYZE partner_center.license_deployment;
END
my $few_expected =
  'SELECT o.n, d.channel FROM correlated o JOIN license_deployment d ON customer_tenant_id = tenant WHERE a = 3 AND b = 3 AND c = 3 AND n % 2 = 0';
$session->query('RESET enable_nestloop; RESET enable_mergejoin');
like(
	$session->query("EXPLAIN (COSTS OFF) $few_expected"),
	qr/Remote Filter: customerTenantId eq any/,
	'a hash join with values is chosen for an estimate of few rows');
$requests = asked($few_expected,
	'a join with more rows than estimated returns the rows of the local copy'
);
cmp_ok(scalar(@$requests), '<=', 10,
	'and sends no more requests than the whole table needs');

done_testing();
