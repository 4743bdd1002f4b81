# The shared memory of responses that are kept, and flights, between sessions: who
# sees and drops them, processes that end in the middle, little memory, and other
# layouts. The module pca_unit keeps and finds responses here.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(
	rows => 30,
	conf => "restart_after_crash = on\nmax_wal_senders = 0\n");
my $node = $pca->node;
$pca->sql('CREATE EXTENSION pca_unit');

# A session whose cache has that size, in MB.
sub session
{
	my ($size, %options) = @_;
	my $session = $pca->session(%options);
	$session->query("SELECT pca_unit_cache_size($size)");
	return $session;
}

# What the memory is used for.
my $usage =
  'SELECT blocks > 0, free + used = blocks, written, flights FROM pca_unit_usage()';

# The results of steps with a flight, which begin that many ms after the file.
my $base = $pca->sql('SELECT pca_unit_now()');

sub steps
{
	my ($session, $key, $steps, $at) = @_;
	return join ' ', split /\n/,
	  $session->query(
		"SELECT result FROM pca_unit_flight('$key', '$steps', @{[ $at // 0 ]}, base => $base) WHERE result <> 'ms'"
	  );
}

# --- responses of other sessions

my ($one, $two, $three) = map { session(2) } 1 .. 3;
is($two->query('SELECT pca_unit_find($$a$$), * FROM pc_analytics_cache'),
	'', 'there is no response at first');
$one->query(
	"SELECT pca_unit_publish('@{[ $pca->url ]}|' || i, 100000) FROM generate_series(1, 5) i; SELECT pca_unit_publish('other', 10)"
);
is($two->query("SELECT pca_unit_find('@{[ $pca->url ]}|5')"), 100000,
	'a session finds what another one has kept in memory that it had not attached'
);
$three->query("SELECT pca_unit_publish('other', 20)");
is($one->query("SELECT pca_unit_find('other')"),
	20, 'and what took its place');
$pca->sql(
	'CREATE DATABASE twin; CREATE ROLE reader; CREATE ROLE auditor; GRANT pg_read_all_stats TO auditor'
);
$pca->sql('CREATE EXTENSION pca_unit', dbname => 'twin');
is($pca->sql(q{SELECT pca_unit_find('other')}, dbname => 'twin'),
	20, 'also in another database');
is( $pca->sql(
		q{SELECT server, usename = current_user, url, "rows", pages, bytes, age BETWEEN '0' AND '1 min', hits, cost_ms FROM pc_analytics_cache WHERE url = 'other'}
	),
	'unit|t|other|7|2|20|t|2|100',
	'the view shows what is kept');
is($pca->sql('SET ROLE reader; SELECT count(*) FROM pc_analytics_cache'),
	0, 'a role does not see the responses of others');
is($pca->sql('SET ROLE auditor; SELECT count(*) FROM pc_analytics_cache'),
	6, 'unless it is a member of pg_read_all_stats');

# --- dropping them

$pca->error_is(
	$pca->error_of("SET ROLE reader; SELECT pc_analytics_cache_clear()"),
	'42501',
	qr/permission denied for function pc_analytics_cache_clear/,
	'a role may not clear the cache');
$pca->sql(
	'GRANT EXECUTE ON FUNCTION pc_analytics_cache_clear(name) TO reader');
$pca->error_is(
	$pca->error_of(
		"SET ROLE reader; SELECT pc_analytics_cache_clear('mock_api')"),
	'42501',
	qr/permission denied for foreign server mock_api/,
	'nor, with EXECUTE, a server that it may not use');
is($pca->sql("SELECT pc_analytics_cache_clear('mock_api')"),
	5, 'those of a server are dropped');
is( $two->query(
		"SELECT pca_unit_find('@{[ $pca->url ]}|5') IS NULL, pca_unit_find('other')"
	),
	't|20',
	'and no others');
is($pca->sql('SET ROLE reader; SELECT pc_analytics_cache_clear()'),
	1, 'with EXECUTE, all are dropped');
is($pca->sql('SELECT count(*) FROM pc_analytics_cache'), 0, 'none is left');
$one->query("SELECT pca_unit_publish('x', 1)");
is( $two->query(
		'SELECT pca_unit_shared_state(false), pca_unit_publish($$y$$, 1), pca_unit_find($$x$$)'
	),
	'f|f|',
	'a session that finds shared_state off keeps and finds nothing');
is($one->query("SELECT pca_unit_find('x')"), '', 'and drops all');
$two->query('SELECT pca_unit_shared_state(true)');

# --- flights

# as if it had shown its work a long time from now
is(steps($one, 'a', 'join', 3600000), 'lead', 'the first session leads');
is( join(' ', map { steps($_, 'a', 'join,poll') } $two, $three),
	'follow waits 20 ms follow waits 20 ms',
	'the others follow, and wait');
my @pids = map { $_->pid } $two, $three;
$_->start(q{SELECT result FROM pca_unit_flight('a', 'wait')})
  foreach $two, $three;
wait_for_latches(@pids);
is(steps($one, 'a', 'end'), 'none', 'when the response is kept');
is(join(' ', map { ($_->finish)[0] } $two, $three),
	'kept kept', 'they are woken, and look into the cache');

is( steps($one, 'b', 'join') . ' '
	  . steps($two, 'b', 'join') . ' '
	  . steps($one, 'b', 'end mark') . ' '
	  . steps($two, 'b', 'poll') . ' '
	  . steps($three, 'b', 'join'),
	'lead follow none lost none',
	'if it is not kept, a follower sends its own request, and nobody waits for it'
);
is(steps($one, 'c', 'join') . ' ' . steps($two, 'c', 'join alone'),
	'lead none', 'who leads another flight does not follow');
is( steps($two, 'c', 'join,2900,poll,600,poll') . ' '
	  . steps($three, 'c', 'join') . ' '
	  . steps($one, 'c', 'beat,end'),
	'follow waits 200 ms lost none held none',
	'a follower leaves a leader that shows no work for three seconds, and marks the key'
);
is( steps($one, 'd', 'join,2900,beat') . ' '
	  . steps($two, 'd', '5000,join') . ' '
	  . steps($three, 'd', '6500,join'),
	'lead held follow lead',
	'who comes later takes its place');
is( steps($one, 'd', 'beat,end mark', 6500) . ' '
	  . steps($two, 'd', 'poll', 6500) . ' '
	  . steps($three, 'd', 'beat,end', 6500) . ' '
	  . steps($two, 'd', 'join,end'),
	'lost none lost held none lead none',
	'and what the first one does is without effect');
is( steps($one, 'e', 'join,page') . ' '
	  . steps($two, 'e', 'join') . ' '
	  . steps($one, 'e', 'beat,2500,beat,2500,beat,2500,beat,2500,beat') . ' '
	  . steps($two, 'e', '9000,poll') . ' '
	  . steps($two, 'e', '11000,poll') . ' '
	  . steps($three, 'e', '11000,join') . ' '
	  . steps($one, 'e', 'end') . ' '
	  . steps($three, 'e', 'join,end'),
	'lead held follow held held held held held waits 200 ms lost none none lead none',
	'nobody waits longer than ten seconds after the first page');
my $leader = session(2);
is(steps($leader, 'f', 'join') . ' ' . steps($two, 'f', 'join'),
	'lead follow', 'a leader');
my $leader_pid = $leader->pid;
undef $leader;
wait_for_end($leader_pid);
is(steps($two, 'f', 'poll') . ' ' . steps($three, 'f', 'join'),
	'lost none', 'whose process ends has no followers');
is($one->query($usage), 't|t|0|0',
	'no flight is left, and all blocks are free');

# Until the processes wait for their latches.
sub wait_for_latches
{
	my $number = @_;
	my $pids = join ', ', @_;
	return $pca->wait_for(
		'followers',
		sub {
			$pca->sql(
				"SELECT count(*) FROM pg_stat_activity WHERE pid IN ($pids) AND wait_event_type = 'Extension'"
			) eq $number;
		});
}

# Until a process has ended: pg_stat_activity forgets it before that.
sub wait_for_end
{
	my ($pid) = @_;
	return $pca->wait_for('the end of a process', sub { !kill 0, $pid });
}

# --- processes that end while they keep responses

my $busy = 'SELECT pca_unit_churn(1000000000, false, %d)';
foreach my $turn (1 .. 6)
{
	my @busy = map { session(2) } 1 .. 3;
	my @pids = map { $_->pid } @busy;
	$busy[$_]->start(sprintf $busy, 10 * $turn + $_) foreach 0 .. 2;
	$pca->wait_for(
		'responses',
		sub {
			$one->query('SELECT entries > 20 FROM pca_unit_usage()') eq 't';
		});
	my $how = $turn % 2 ? 'pg_terminate_backend' : 'pg_cancel_backend';
	$pca->sql("SELECT $how($_)") foreach @pids;
	$_->finish foreach @busy;
	undef @busy;
	wait_for_end($_) foreach @pids;
	is($one->query($usage), 't|t|0|0',
		"$how of three sessions: no block is lost")
	  or die "blocks are lost";
	$one->query('SELECT pca_unit_clear()');
}
is($one->query('SELECT used FROM pca_unit_usage()'), 0, 'none is used');

my $killed = session(2);
my $pid = $killed->pid;
$killed->start(sprintf $busy, 1);
$pca->wait_for('responses',
	sub { $one->query('SELECT entries > 20 FROM pca_unit_usage()') eq 't' });
kill 'KILL', $pid;
$_->is_open && eval { $_->finish } foreach $killed;
undef $_ foreach $killed, $one, $two, $three;
$pca->wait_for_server;
is( $pca->sql(
		'SELECT pca_unit_cache_size(2); SELECT blocks, entries FROM pca_unit_usage()'
	),
	"262144\n0|0",
	'after a process was killed, the memory begins empty');
is( $pca->sql("SELECT pca_unit_publish('a', 1)")
	  . $pca->sql("SELECT pca_unit_find('a')"),
	't1',
	'and keeps responses');

# --- many keys

my @churning = map { session(2) } 1 .. 3;
$churning[$_]->start("SELECT wrong FROM pca_unit_churn(6000, false, $_)")
  foreach 0 .. 2;
$_->finish foreach @churning;
my @before = map { private_memory($_->pid) } @churning;
$churning[$_]->start(
	"SELECT hits > 100, wrong FROM pca_unit_churn(6000, false, 10 + $_)")
  foreach 0 .. 2;
is(join(' ', map { ($_->finish)[0] } @churning),
	't|0 t|0 t|0',
	'sessions that keep and find 10,000 keys find what was kept');
my @after = map { private_memory($_->pid) } @churning;
cmp_ok($after[$_] - $before[$_],
	'<', 1024, "and session $_ needs no more memory")
  foreach 0 .. 2;
is($churning[0]->query($usage), 't|t|0|0', 'no block is lost');
is( $churning[0]
	  ->query('SELECT blocks <= 256, entries > 50 FROM pca_unit_usage()'),
	't|t', 'and the size is kept');
undef @churning;

# Memory of a process that is not shared, in kB.
sub private_memory
{
	my ($process) = @_;
	my $status = PostgreSQL::Test::Utils::slurp_file("/proc/$process/status");
	return $status =~ /^RssAnon:\s+(\d+)/m ? $1 : die 'no RssAnon';
}

# --- another layout of the shared memory

$pca->sql("SELECT pca_unit_publish('a', 1)");
my $library = `pg_config --pkglibdir` =~ s/\n//r . '/pca_unit.so';
my $copy = $node->data_dir . '/other_layout.so';
my $bytes = PostgreSQL::Test::Utils::slurp_file($library);
is($bytes =~ s/pc_analytics_fdw shared \d/pc_analytics_fdw shared X/g,
	1, 'a library whose shared memory has another name');
PostgreSQL::Test::Utils::append_to_file($copy, $bytes);
chmod 0755, $copy;
$pca->sql("UPDATE pg_proc SET probin = '$copy' WHERE probin LIKE '%pca_unit'",
	dbname => 'twin');
is( $pca->sql(
		"SELECT pca_unit_publish('b', 1), pca_unit_find('a')",
		dbname => 'twin'),
	't|',
	'keeps responses of its own');
is($pca->sql("SELECT pca_unit_find('a'), pca_unit_find('b')"),
	'1|', 'and the others have theirs');

# --- memory in files

$node->append_conf('postgresql.conf', 'dynamic_shared_memory_type = mmap');
$node->restart;
is( $pca->sql(
		"SELECT enabled, pca_unit_publish('a', 1) FROM pca_unit_usage()"),
	'f|f',
	'with dynamic_shared_memory_type mmap, nothing is kept');
$node->adjust_conf('postgresql.conf', 'dynamic_shared_memory_type', 'posix');

# --- more responses than entries

$node->restart;
SKIP:
{
	my ($available) = `df -k --output=avail /dev/shm` =~ /(\d+)\n\z/;
	my ($size) = `df -k --output=size /dev/shm` =~ /(\d+)\n\z/;
	skip 'not enough shared memory', 2
	  if $available - $size / 2 < 48 * 1024;
	my $session = session(64);
	is( $session->query(
			"SELECT count(*) FILTER (WHERE NOT pca_unit_publish('i' || i, 1)) FROM generate_series(1, 4200) i"
		),
		0,
		'4200 responses are kept');
	is( $session->query(
			'SELECT entries, free + used = blocks FROM pca_unit_usage()'),
		'4096|t',
		'of which some gave way to others');
}

# --- little shared memory

# Lines of the server's log since the last call.
my $log_offset = 0;

sub log_lines
{
	my $log =
	  PostgreSQL::Test::Utils::slurp_file($node->logfile, $log_offset);
	$log_offset = -s $node->logfile;
	return grep { /could not keep responses/ } split /\n/, $log;
}

SKIP:
{
	skip 'no mount namespaces here', 10 unless $pca->can_mount_shm;
	ok($pca->start_with_shm('16m'), 'the server starts with 16 MB');
	log_lines();
	my @sessions = map { session(32) } 1 .. 3;
	is( join(
			' ',
			map {
				$_->query(
					"SELECT count(*) FILTER (WHERE NOT pca_unit_publish('k' || i, 500000)) FROM generate_series(1, 30) i"
				)
			} @sessions),
		'0 0 0',
		'a /dev/shm of 16 MB: responses are kept');
	is($sessions[0]->query($usage), 't|t|0|0', 'and no block is lost');
	is( $sessions[0]
		  ->query('SELECT segments BETWEEN 2 AND 3 FROM pca_unit_usage()'),
		't', 'in less than half of it');
	$pca->sql('CREATE TABLE sizes (size bigint, available bigint)');
	$pca->sql(
		q{COPY sizes FROM PROGRAM 'df -k --output=size,avail /dev/shm | tail -1 | tr -s " " "\t" | sed "s/^\t//"'}
	);
	is($pca->sql('SELECT available >= size / 2 FROM sizes'),
		't', 'so that half of it is free');
	my @lines = log_lines();
	is(scalar @lines, 1, 'the log says so once');
	like(
		$lines[0],
		qr{LOG:  pc_analytics_fdw: could not keep responses for other sessions: less than half of "/dev/shm" would be free},
		'and why');
	undef @sessions;

	ok($pca->start_with_shm('2m'), 'the server starts with 2 MB');
	log_lines();
	is( $pca->sql(
			"SELECT enabled, pca_unit_publish('a', 1), pca_unit_publish('b', 1), pca_unit_find('a') FROM pca_unit_usage()"
		),
		'f|f|f|',
		'a /dev/shm of 2 MB: nothing is kept');
	is(scalar log_lines(), 1, 'and the log says so once');
}
done_testing();
