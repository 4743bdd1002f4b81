# Several scans below one Append have requests in progress together:
# partitions and UNION ALL over servers and tables, and the rows of each scan
# in order.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(
	rows => 250,
	customers => 40,
	server => { page_size => 50 },
	# the scans of one session share a token request
	conf => "pc_analytics_fdw.shared_state = off\n");
my $session = $pca->session;
my @servers = map { "extra$_" } 1 .. 3;
foreach my $server (@servers)
{
	$pca->create_server($server, { page_size => 50 });
	$pca->sql(
		"CREATE SCHEMA $server; IMPORT FOREIGN SCHEMA analytics LIMIT TO (license_deployment) FROM SERVER $server INTO $server"
	);
}
$pca->local_copy('license_deployment');

# Reads all servers, or the local copy as often.
sub union
{
	my ($what, $local) = @_;
	return join(
		' UNION ALL ',
		map {
				"SELECT $what->[0] FROM "
			  . ($local ? 'local' : $_)
			  . ".license_deployment $what->[1]"
		} @servers);
}

# Both ways of all servers give the same rows.
sub same_union
{
	my ($what, $name) = @_;
	return $pca->same_rows(union($what), union($what, 1), $name);
}

my @all = ('*', '');
my @filtered = ('*', "WHERE channel = 'reseller' AND licenses_sold > 3");
my $sum = 'SELECT sum(licenses_sold), count(DISTINCT x.*) FROM ('
  . union(\@all) . ') x';
my @grouped = ('product_name, sum(licenses_sold)', 'GROUP BY 1');

# What is planned.
my $plan = $pca->explain(union(\@all), 'COSTS OFF');
is(scalar(() = $plan =~ /Async Foreign Scan/g),
	3, 'scans below an Append are asynchronous');
$pca->sql("ALTER SERVER extra2 OPTIONS (ADD async_capable 'false')");
$plan = $pca->explain(union(\@all), 'COSTS OFF');
is(scalar(() = $plan =~ /Async Foreign Scan/g),
	2, 'but not those of a server that is not async_capable');
same_union(\@all, 'which give every row, too');
$pca->sql('ALTER SERVER extra2 OPTIONS (DROP async_capable)');
unlike($pca->explain("SELECT * FROM extra1.license_deployment", 'COSTS OFF'),
	qr/Async/, 'a scan alone is not');

# Rows.
same_union(\@all, 'all rows, each as often');
same_union(\@filtered, 'rows that pass conditions, here and there');
same_union(\@grouped, 'groups of several scans are those of the local copy');
$pca->same_rows(
	'SELECT channel, sum(s) FROM ('
	  . union([ 'channel, licenses_sold AS s', '' ])
	  . ') x GROUP BY 1',
	'SELECT channel, sum(s) FROM ('
	  . union([ 'channel, licenses_sold AS s', '' ], 1)
	  . ') x GROUP BY 1',
	'an aggregate above');
$pca->query_is('SELECT count(*) FROM (' . union([ '1', '' ]) . ') x',
	750, 'rows that are only counted');
same_union([ 'count(*)', '' ], 'numbers of rows');
same_union(
	[ 'count(*), max(licenses_sold)', '' ],
	'numbers beside what needs the rows');
like(
	$pca->explain(union([ 'count(*)', '' ]), 'COSTS OFF'),
	qr/(Async Foreign Scan\n *Relations: Aggregate on .*?){3}/s,
	'which are counted asynchronously');
$pca->config(total_count => 'page');
same_union([ 'count(*)', '' ], 'numbers of rows that had to be fetched');
same_union([ 'count(*)', 'HAVING count(*) > 249' ],
	'groups of 250 rows satisfy HAVING count(*) > 249');
$pca->query_is(union([ 'count(*)', 'HAVING count(*) > 250' ]),
	'', 'no group satisfies HAVING count(*) > 250');
$pca->reset;
$pca->query_is('SELECT count(*) FROM (' . union([ '*', '' ]) . ' LIMIT 70) x',
	70, 'LIMIT above an Append returns 70 rows');
$pca->query_is(
	'SELECT count(*) FROM ('
	  . union([ '*', "WHERE channel = 'nobody'" ]) . ') x',
	0,
	'scans that match no rows return none');
$pca->rows('license_deployment', []);
$pca->query_is(
	'SELECT count(*) FROM ('
	  . union([ '*', 'WHERE licenses_sold > 0' ]) . ') x',
	0,
	'responses without items return no rows');
$pca->reset;

# They are on their way together.
$pca->fault(kind => 'stall', at => 'start', times => 0);
$session->start($sum);
$pca->wait_for_requests(3);
is($pca->state->{in_progress},
	3, 'the first pages of three servers are on their way together');
$pca->reset;
$session->finish;

# Rescans: of the same parameters, and of others.
my $each =
  'SELECT n, x.c FROM (VALUES (1), (2), (3)) v(n), LATERAL (SELECT count(*) AS c FROM (%s) u WHERE u.licenses_sold > n) x';
$pca->same_rows(
	sprintf($each, union([ 'licenses_sold', '' ])),
	sprintf($each, union([ 'licenses_sold', '' ], 1)),
	'rescans below a nested loop');
my $correlated =
  'SELECT c, (SELECT sum(s) FROM (%s) u) FROM (VALUES (\'reseller\'), (\'direct\'), (\'nobody\')) v(c)';
my @of_channel = ('licenses_sold AS s', 'WHERE channel = c');
$pca->same_rows(
	sprintf($correlated, union(\@of_channel)),
	sprintf($correlated, union(\@of_channel, 1)),
	'rescans with other parameters');
my $first =
  'SELECT c, (SELECT s FROM (%s) u LIMIT 1) IS NULL FROM (VALUES (\'reseller\'), (\'nobody\'), (\'direct\')) v(c)';
$pca->same_rows(
	sprintf($first, union(\@of_channel)),
	sprintf($first, union(\@of_channel, 1)),
	'rescans before the end');
$session->query('BEGIN; DECLARE c CURSOR FOR ' . union(\@all));
is(scalar(split /\n/, $session->query('FETCH 100 FROM c')),
	100, 'a cursor that stops');
$session->query('CLOSE c; COMMIT');
$pca->wait_for('no request', sub { $pca->state->{in_progress} == 0 });

# Partitions: each server has the rows of its partition's bound.
my %bound = (
	$servers[0] => "FOR VALUES IN ('direct')",
	$servers[1] => "FOR VALUES IN ('reseller')",
	$servers[2] => 'DEFAULT');
$pca->sql(
	'CREATE TABLE parted (LIKE local.license_deployment) PARTITION BY LIST (channel); '
	  . join(
		'; ',
		map {
				"CREATE FOREIGN TABLE part_$_ PARTITION OF parted $bound{$_} "
			  . "SERVER $_ OPTIONS (resource 'license_deployment')"
		} @servers));
like(
	$pca->explain('SELECT * FROM parted', 'COSTS OFF'),
	qr/(Async Foreign Scan.*){3}/s,
	'scans of partitions are asynchronous');
$pca->same_rows(
	'SELECT * FROM parted',
	'SELECT * FROM local.license_deployment',
	'all rows of the partitions');

# An error of one is the error of all, and leaves nothing behind.
foreach my $round (1 .. 3)
{
	$pca->fault(kind => 'status', status => 400, after => 4);
	$pca->fails_with(
		$sum, 'HV000',
		qr/HTTP status 400/,
		'an error of one scan is an error');
	$pca->clear_faults;
}
same_union(\@all, 'and the next query has every row');

# Cancel while all wait, and timeouts.
foreach my $at (qw(start headers body))
{
	$pca->fault(kind => 'stall', at => $at, times => 0);
	my $pid = $session->pid;
	$session->start($sum);
	$pca->wait_for_requests(3);
	$pca->sql("SELECT pg_cancel_backend($pid)");
	$pca->error_is(
		$session->error, '57014',
		qr/canceling statement/,
		"cancel while all answers stall at the $at");
	$pca->reset;
}

# Retries wait in the descriptor, too.
$pca->fault(kind => 'status', status => 503, times => 2);
same_union(\@all, 'after retries: every row');

# Scans with the same credentials request one token, whichever is first; and for
# one again when it has died meanwhile.
$pca->create_server('signs_in',
	{ page_size => 50, max_retries => 2, max_retry_wait => '20ms' },
	\%PcaTest::CREDENTIALS);
$pca->sql(
	'CREATE SCHEMA signs_in; IMPORT FOREIGN SCHEMA analytics LIMIT TO (license_deployment) FROM SERVER signs_in INTO signs_in'
);
my $three = join ' UNION ALL ',
  ('SELECT * FROM signs_in.license_deployment') x 3;
like(
	$pca->explain($three),
	qr/(?:Async Foreign Scan.*){3}/s,
	'three scans of one server are asynchronous');

sub tokens
{
	return scalar grep { $_->{method} eq 'POST' } $pca->log_entries;
}
foreach my $latency (0, 60)
{
	$pca->config(latency_ms => $latency);
	my $signs_in = $pca->session;
	$pca->log_entries;
	is($signs_in->query("SELECT count(*) FROM ($three) x"),
		750, "latency $latency: all rows of three scans");
	is(tokens(), 1, "latency $latency: by one token");
	$pca->revoke('access');
	is($signs_in->query("SELECT count(*) FROM ($three) x"),
		750, "latency $latency: and when it has died");
	is(tokens(), 1, "latency $latency: by one new one");
	my $cursors = join '; ', map {
		"DECLARE c$_ CURSOR FOR SELECT * FROM signs_in.license_deployment; FETCH 1 FROM c$_"
	} 1 .. 3;
	$pca->revoke('access');
	is( scalar(
			split /\n/,
			$signs_in->query(
					"BEGIN; $cursors; "
				  . join('; ', map { "FETCH ALL FROM c$_" } 3, 1, 2)
				  . '; COMMIT')),
		750,
		"latency $latency: cursors that take turns");
	is(tokens(), 1, "latency $latency: share one, too");
}
$pca->reset;
foreach my $fault (
	{ kind => 'status', status => 503 },
	{ kind => 'close' },
	{ kind => 'status', status => 503, times => 2 })
{
	my $signs_in = $pca->session;
	$pca->fault(%$fault, regex => 'oauth2');
	is($signs_in->query("SELECT count(*) FROM ($three) x"),
		750, "a token that is late ($fault->{kind}): all rows");
	$pca->clear_faults;
}
my $refused = $pca->session;
$pca->fault(
	kind => 'status',
	status => 400,
	body => 'oauth',
	regex => 'oauth2',
	delay_ms => 50);
is($refused->error_of("SELECT count(*) FROM ($three) x")->{sqlstate},
	'28000', 'a token that is refused is an error');
is($refused->query("SELECT count(*) FROM ($three) x"),
	750, 'and the next query requests them again');
$pca->clear_faults;
$pca->fault(kind => 'stall', at => 'start', regex => 'oauth2');
$refused = $pca->session;
my $pid = $refused->pid;
$refused->start("SELECT count(*) FROM ($three) x");
$pca->wait_for_requests(1);
$pca->sql("SELECT pg_cancel_backend($pid)");
is($refused->error->{sqlstate},
	'57014', 'a wait for a token that another asked for is cancelled');
$pca->reset;
is($refused->query("SELECT count(*) FROM ($three) x"),
	750, 'and leaves nothing behind');

done_testing();
