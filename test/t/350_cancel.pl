# Interrupts end a query at once in every state, and neither they nor errors
# leave anything behind: no descriptor, no memory, no connection.
use strict;
use warnings FATAL => 'all';

use PcaStates;
BEGIN { PcaStates::alone(); }

use PcaTest;
use Test::More;
use Time::HiRes qw(time);

use constant GENEROUS =>
  1;    # second for an interrupt to act; test/soak measures it

my $pca = PcaTest->new(
	rows => 300,
	customers => 30,
	server => {
		page_size => 100,
		max_parallel_requests => 1,
		connect_timeout => '60s',
		max_retry_wait => '600s'
	});
my $query = 'SELECT * FROM license_deployment';
my $states = PcaStates->new($pca, \%PcaTest::CREDENTIALS);

# --- every state, ended in every way

my @ways = (    # name, statement_timeout, what is done, SQLSTATE, message
	[
		'pg_cancel_backend', 0,
		sub { $pca->sql("SELECT pg_cancel_backend($_[0])") }, '57014',
		qr/due to user request/
	],
	[
		'statement_timeout', '400ms',
		sub { }, '57014',
		qr/due to statement timeout/
	],
	[
		'pg_terminate_backend', 0,
		sub { $pca->sql("SELECT pg_terminate_backend($_[0])") }, '57P01',
		qr/terminating connection/
	]);

SKIP:
{
	skip 'no network of its own, so no name server that never answers', 1
	  if $ENV{PCA_ALONE} ne 'yes';
	pass('a name server that never answers');
}
foreach my $state ($states->all)
{
	my ($name, $fault) = @$state{qw(name fault)};
	my @took;
	my $session = $pca->session;
	foreach my $way (@ways)
	{
		my ($how, $timeout, $act, $sqlstate, $message) = @$way;
		$pca->clear_faults;
		$pca->wait_for('quiet', sub { $pca->state->{in_progress} == 0 });
		$states->forget;
		$pca->fault($fault) if $fault;
		my $pid = $session->pid;
		$session->query("SET statement_timeout = '$timeout'");
		$session->start($state->{query});
		my $began = time;
		$pca->wait_for($name, $state->{reached});
		$began = time unless $timeout;
		$act->($pid);
		my $error = $session->error;
		push @took, time - $began - ($timeout ? 0.4 : 0);
		$pca->error_is($error, $sqlstate, $message,
			"$name: $how ends the query");
		cmp_ok($took[-1], '<', GENEROUS, "$name: $how does so at once");
		last if $how eq 'pg_terminate_backend';
		$pca->clear_faults;
		$session->query('SET statement_timeout = 0');
		is($session->query("SELECT count(*) > 0 FROM ($query OFFSET 0) x"),
			't', "$name: $how: the session goes on");
	}
	$pca->wait_for('the end of the backend',
		sub { !-d '/proc/' . $session->pid });
	ok(!$session->is_open, "$name: the session has ended");
	note(sprintf '%s: ended after %s ms',
		$name, join ', ', map { sprintf '%.0f', $_ * 1000 } @took);
}
$pca->clear_faults;

# --- what is left behind

my $session = $pca->session;

# Sockets, and what belongs to them; PostgreSQL opens files as it likes.
sub descriptors
{
	return
	  scalar grep { (readlink($_) // '') =~ /^(socket|pipe|anon_inode):/ }
	  glob '/proc/' . $session->pid . '/fd/*';
}

# Bytes in memory contexts, and in all, in kB.
sub memory
{
	my $contexts = $session->query(
		'SELECT sum(total_bytes) / 1024 FROM pg_backend_memory_contexts');
	open(my $status, '<', '/proc/' . $session->pid . '/status')
	  or die "no /proc: $!";
	my ($rss) = map { /^VmRSS:\s+(\d+)/ } <$status>;
	return ($contexts, $rss);
}

# Do it often; after a warm-up, nothing grows.
sub leaves_nothing
{
	my ($name, $times, $sql, $faults, $expected) = @_;
	$pca->fault($faults) if $faults;
	my $run = sub {
		my ($number) = @_;
		$session->start(join ";\n", ($sql) x $number);
		my (undef, $errors) = $session->finish;
		my $met = () = $errors =~ /$expected/g;
		die "$met of $number: $errors" unless $met == $number;
	};
	$run->(30);
	my $fds = descriptors();
	my ($contexts, $rss) = memory();
	$run->($times);
	# a connection more or less may be kept, as pages happened to come
	cmp_ok(descriptors(), '<=', $fds + 4, "$name: no descriptor is left");
	my ($contexts_after, $rss_after) = memory();
	cmp_ok($contexts_after - $contexts,
		'<=', 64, "$name: no memory context grows");
  SKIP:
	{
		skip 'AddressSanitizer keeps memory that was freed', 1
		  if ($ENV{PCA_ARMED} // '') =~ /sanitizers/;
		cmp_ok($rss_after - $rss, '<=', 1024, "$name: nor does the backend");
	}
	$pca->clear_faults;
	ok( $pca->wait_for(
			'connections to be closed',
			sub { @{ $pca->state->{connections} } <= 2 }),
		"$name: no connection is left but the one in use and this test's");
	note(
		sprintf '%s: %d descriptors, contexts %+d kB, RSS %+d kB',
		$name, $fds,
		$contexts_after - $contexts,
		$rss_after - $rss);
	return;
}

$session->query("SET statement_timeout = '12ms'");
my $stall = { kind => 'stall', times => 0 };
leaves_nothing('cancels while waiting', 70, $query, $stall, 'ERROR:  57014');
leaves_nothing(
	'cancels in the midst of a page',
	70, $query,
	{ %$stall, at => 'body', after_bytes => 9000 },
	'ERROR:  57014');
leaves_nothing(
	'cancels while asking for a token',
	70,
	'TABLE at_asks',
	{ %$stall, regex => '/oauth2/token' },
	'ERROR:  57014');
# PostgreSQL lets a third of its thousand descriptors be counted for us
leaves_nothing(
	'cancels while connecting',
	400, 'TABLE at_full',
	undef, 'ERROR:  57014');
$session->query(
	"SET statement_timeout = 0; ALTER SERVER mock_api OPTIONS (ADD max_retries '0')"
);

my $caught =
  'DO $$ BEGIN PERFORM sum(licenses_sold), count(*) FROM license_deployment; '
  . 'EXCEPTION WHEN OTHERS THEN RAISE WARNING \'caught %\', SQLSTATE; END $$';

# A session keeps its last 256 requests, with their errors; from now on it has all of them.
$pca->fault(kind => 'status', status => 500, times => 0);
$session->start(join ";\n", ($query) x 256);
$session->finish;
$pca->clear_faults;
leaves_nothing(
	'errors', 200, $query,
	{ kind => 'status', status => 500, times => 0 },
	'ERROR:  HV000');
leaves_nothing(
	'errors in subtransactions',
	200, $caught, { kind => 'status', status => 403, times => 0 },
	'caught 42501');
leaves_nothing(
	'lost connections',
	200, $caught, { kind => 'truncate', after_bytes => 9000, times => 0 },
	'caught 08006');
leaves_nothing(
	'values that do not fit',
	200, $caught,
	{
		kind => 'item',
		row => 70,
		set => { licensesSold => 'many' },
		times => 0
	},
	'caught 22P02');
leaves_nothing(
	'answers that cannot be read',
	200, $caught, { kind => 'trailing_garbage', times => 0 },
	'caught HV00M');
leaves_nothing(
	'cursors that are rolled back',
	100,
	"BEGIN; DECLARE c CURSOR FOR $query; SAVEPOINT s; MOVE 5 c; ROLLBACK; DO \$\$ BEGIN RAISE WARNING 'done'; END \$\$",
	undef,
	'WARNING:  01000: done');
leaves_nothing(
	'LIMIT',
	100,
	"SELECT FROM license_deployment WHERE licenses_sold IS NOT NULL LIMIT 3; DO \$\$ BEGIN RAISE WARNING 'done'; END \$\$",
	undef,
	'WARNING:  01000: done');
leaves_nothing(
	'queries that go well',
	100,
	"SELECT count(*), sum(licenses_sold) FROM license_deployment; DO \$\$ BEGIN RAISE WARNING 'done'; END \$\$",
	undef,
	'WARNING:  01000: done');

# --- connections are used again: by pages, by statements, after errors of the API

$session = $pca->session;
$pca->log_entries;
$session->query(
	"$query; $query; SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY 1"
);
$pca->fault(kind => 'status', status => 403);
$session->error_of($query);
$session->query("BEGIN; $query; ROLLBACK; $query");
my @entries = $pca->log_entries;
is(scalar @entries, 14, 'fourteen requests of a session');
is(scalar(keys %{ { map { $_->{connection} => 1 } @entries } }),
	1, 'on one connection');
$session->query(join ';', ('SELECT * FROM license_deployment LIMIT 5') x 6);
$session->query(
	"BEGIN; DECLARE c CURSOR FOR $query; FETCH 120 FROM c; CLOSE c; COMMIT")
  foreach 1 .. 3;
@entries = $pca->log_entries;
is(scalar @entries,
	12, 'statements that want no more than was asked for: twelve requests');
# One that is left while its last bytes are on their way is not used again.
cmp_ok(scalar(keys %{ { map { $_->{connection} => 1 } @entries } }),
	'<=', 4, 'on few connections, too');
my @others = map { $pca->session } 1 .. 2;
$_->query($query) foreach @others;
@entries = $pca->log_entries;
is(scalar(keys %{ { map { $_->{connection} => 1 } @entries } }),
	2, 'sessions have connections of their own');
undef @others;

# --- without a postmaster no backend goes on, whatever it waits for

$pca->fault(kind => 'stall', times => 0);
my @orphans = map { $pca->session } 1 .. 2;
my @pids = map { $_->pid } @orphans;
$orphans[0]->start($query);
$orphans[1]->start('SELECT * FROM at_many UNION ALL SELECT * FROM at_more');
$pca->wait_for_requests(3);
$pca->node->kill9;
ok( $pca->wait_for(
		'the end of the backends',
		sub {
			!grep { -d "/proc/$_" } @pids;
		}),
	'backends end with their postmaster');

done_testing();
