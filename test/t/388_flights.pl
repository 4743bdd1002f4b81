# One request for sessions that need the same response at the same moment (option
# cache_ttl): who sends it, who waits, and that nobody waits for one that does not come.
use strict;
use warnings FATAL => 'all';

use PcaCacheTest;
use Test::More;

my $pca = PcaCacheTest->new(
	rows => 20000,
	customers => 3,
	conf => "pc_analytics_fdw.cache_size = 1MB\n",
	mapping => undef,
	server => { cache_ttl => 3600, page_size => 10000, max_retries => 0 });
my $tile =
  'SELECT count(*), sum(licenses_sold) FROM (SELECT channel, sum(licenses_sold) AS licenses_sold FROM license_deployment GROUP BY 1) x';
my $path = '/v1/analytics/commercial/deployment/license/';
my $expected = $pca->sql($tile);

# No response is kept for the server with another locale, and no flight has it.
sub begin
{
	$pca->clear_faults;
	$pca->use_new_locale;
	$pca->log_entries;
	return;
}

# That many sessions, which are connected already.
sub sessions
{
	my ($number) = @_;
	my @sessions = map { $pca->session } 1 .. $number;
	foreach my $session (@sessions)
	{
		$session->query("LOAD 'pc_analytics_fdw'");
		$session->pid;
	}
	return @sessions;
}

sub results
{
	return join ' ', map { ($_->finish)[0] } @_;
}

# --- sessions that begin together

begin();
$pca->fault(kind => 'delay', delay_ms => 500, path => $path, times => 0);
my @all = sessions(12);
$_->start($tile) foreach @all;
is(results(@all), join(' ', ($expected) x 12), '12 sessions get the rows');
is(scalar(() = $pca->requests), 1, 'of one request');
is( $pca->sql(
		'SELECT sum(cache_misses), sum(cache_waits) BETWEEN 1 AND 11, sum(cache_hits) FROM pc_analytics_stats WHERE cache_waits > 0 OR cache_hits > 0'
	),
	'2|t|11',
	'pc_analytics_stats counts those that have waited');

# --- a session that sends the request, and does not end it

foreach my $case (
	[ 'is cancelled', sub { $pca->sql("SELECT pg_cancel_backend($_[0])") } ],
	[
		'is terminated',
		sub { $pca->sql("SELECT pg_terminate_backend($_[0])") }
	],
	[ 'is stopped', sub { kill 'STOP', $_[0] } ])
{
	my ($what, $end) = @$case;
	my ($leader, @others) = sessions(4);
	my $pid = $leader->pid;

	begin();
	$pca->fault(kind => 'stall', path => $path);
	$leader->start($tile);
	$pca->wait_for_requests(1);
	$_->start($tile) foreach @others;
	$pca->wait_until_following(@others);
	$end->($pid);
	is( results(@others),
		"$expected $expected $expected",
		"the session that has sent the request $what: others read");
	my $requests = () = $pca->requests;
	cmp_ok($requests, '>', 1, "$what: by requests of their own");
	cmp_ok($requests, '<', 5, "$what: of which each sends one at most");
	kill 'CONT', $pid if $what eq 'is stopped';
	$pca->sql("SELECT pg_cancel_backend($pid)");
	$leader->finish;
}

# --- its request fails

begin();
my ($failing, @others) = sessions(3);
$pca->fault(kind => 'stall', path => $path);
$failing->start($tile);
$pca->wait_for_requests(1);
$_->start($tile) foreach @others;
$pca->wait_until_following(@others);
$pca->reset;
is($failing->error->{sqlstate}, '08006', 'a request fails');
is( results(@others),
	"$expected $expected",
	'those that have waited send their own');
my $own = () = $pca->requests;
ok($own == 1 || $own == 2,
	"each of them one, unless it finds what the other has received: $own");

# --- a cursor that reads no further

my $rows =
  'SELECT count(service_code) FROM (SELECT service_code FROM license_usage WHERE channel = $$direct$$ OFFSET 0) x';
my $number = $pca->sql("SET pc_analytics_fdw.cache = off; $rows");
my $open =
  'BEGIN; DECLARE c CURSOR FOR SELECT service_code FROM license_usage WHERE channel = $$direct$$; FETCH 10 FROM c';
my $usage_path = '/v1/analytics/commercial/usage/license/';
foreach my $case (
	[ 'is idle', '' ],
	[ 'is closed', 'CLOSE c' ],
	[ 'is rolled back', 'ROLLBACK' ])
{
	my ($what, $end) = @$case;
	my ($idle, $other) = sessions(2);
	begin();
	$idle->query($open);
	$other->start($rows);
	$pca->wait_until_following($other);
	$idle->query($end) if $end;
	is(results($other), $number, "a cursor $what: others read");
	$idle->query('ROLLBACK');
}

# --- a response that is too large to be kept

my $large = 'SELECT count(customer_name) FROM license_deployment';
begin();
my ($first, $second, $third) = sessions(3);
$pca->fault(
	kind => 'stall',
	regex => 'top=10000&skip=10000',
	at => 'start');
$pca->hold_responses(
	sub {
		$first->start($large);
		$pca->wait_until_waiting($first);
		$second->start($large);
		$pca->wait_until_following($second);
	});
my $all_rows = results($second);
cmp_ok($all_rows, '>', 15000,
	'a response too large to be kept, by its first page: the other session reads'
);
is($third->query($large), $all_rows, 'and a third one does not wait');
$pca->sql("SELECT pg_cancel_backend(@{[ $first->pid ]})");
$first->finish;

# --- who neither waits nor lets others wait

foreach my $case (
	[
		'LIMIT',
		'',
		'SELECT count(*) FROM (SELECT service_code FROM license_usage WHERE channel = $$direct$$ LIMIT 5) x'
	],
	[
		'the setting "refresh"', 'SET pc_analytics_fdw.cache = refresh',
		$rows
	],
	[ 'the setting "off"', 'SET pc_analytics_fdw.cache = off', $rows ])
{
	my ($what, $set, $sql) = @$case;
	my ($leader, $session) = sessions(2);
	begin();
	$session->query($set) if $set;
	$pca->fault(kind => 'stall', path => $usage_path);
	$leader->start($rows);
	$pca->wait_for_requests(1);
	like($session->query($sql), qr/^\d+$/,
		"$what: the session does not wait");
	$pca->sql("SELECT pg_cancel_backend(@{[ $leader->pid ]})");
	$leader->finish;
}
my ($limited, $whole) = sessions(2);
begin();
$pca->fault(kind => 'stall', path => $usage_path);
$limited->start(
	'SELECT service_code FROM license_usage WHERE channel = $$direct$$ LIMIT 5'
);
$pca->wait_for_requests(1);
is($whole->query($rows), $number, 'nor does another one wait for its rows');
$pca->sql("SELECT pg_cancel_backend(@{[ $limited->pid ]})");
$limited->finish;

# --- a response that another session has requested later, and kept before

begin();
my ($early, $late, @later) = sessions(4);
$pca->fault(kind => 'delay', delay_ms => 3000, path => $path);
$early->start($tile);
$pca->wait_for_requests(1);
is($late->query("SET pc_analytics_fdw.cache = refresh; $tile"),
	$expected, 'a session refreshes a response that another one waits for');
is(results($early), $expected, 'which gets its own');
$pca->sql('SELECT pc_analytics_cache_clear()');
$pca->log_entries;
$pca->hold_responses(
	sub {
		$later[0]->start($tile);
		$pca->wait_until_waiting($later[0]);
		$later[1]->start($tile);
		$pca->wait_until_following($later[1]);
	});
is(results(@later), "$expected $expected", 'later sessions read');
is($pca->page_requests, 1, 'and still wait for one another');

# --- two sessions that each need what the other one has requested

begin();
my @crossed = sessions(2);
$crossed[0]->query($open);
$crossed[1]->query(
	'BEGIN; DECLARE c CURSOR FOR SELECT service_code FROM license_deployment; FETCH 10 FROM c'
);
$crossed[0]->start('SELECT count(service_code) FROM license_deployment');
$crossed[1]->start($rows);
is( results(@crossed),
	$pca->sql(
		'SET pc_analytics_fdw.cache = off; SELECT count(service_code) FROM license_deployment'
	  )
	  . " $number",
	'two sessions do not wait for each other');
$_->query('ROLLBACK') foreach @crossed;

# --- below an Append, which waits for descriptors only, and what is shown of it

# space for responses that are not compressed
$pca->node->append_conf('postgresql.conf',
	'pc_analytics_fdw.cache_size = 16MB');
$pca->node->restart;
begin();
my ($leading, $appending) = sessions(2);
my $append =
  "SELECT count(service_code) FROM (SELECT service_code FROM license_usage WHERE channel = 'direct' UNION ALL SELECT service_code FROM license_deployment WHERE channel = 'direct') x";
$pca->fault(kind => 'delay', delay_ms => 3000, path => $usage_path);
$leading->start($rows);
$pca->wait_for_requests(1);
$appending->start("EXPLAIN (ANALYZE, COSTS OFF) $append");
$pca->wait_until_following($appending);
is(results($leading), $number, 'a session sends a request');
my $plan = results($appending);
like(
	$plan,
	qr/Async Foreign Scan on license_usage.*?Requests: 0\n.*?Cached Answers: 1\n\s+Cache Age: \d\.\d+ s\n\s+Cache Wait: \d+\.\d+ ms/s,
	'a scan below an Append waits for its response');
like(
	$plan,
	qr/Async Foreign Scan on license_deployment.*?Requests: [12]\n/s,
	'while another one sends a request');
like(
	$pca->explain($append, 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF'),
	qr/Async Foreign Scan.*Cached Answers: 1.*Async Foreign Scan.*Cached Answers: 1/s,
	'the next one finds both responses');

done_testing();
