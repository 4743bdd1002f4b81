# What sessions share, where something goes wrong: databases with equal OIDs, two
# layouts of the library, a small /dev/shm, a killed process, a standby server.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my %known = %PcaTest::CREDENTIALS;
my $pca = PcaTest->new(
	rows => 30,
	mapping => \%known,
	conf =>
	  "restart_after_crash = on\nwal_level = replica\nmax_wal_senders = 5\n",
	server => {
		page_size => 10,
		max_parallel_requests => 1,
		max_retries => 1,
		max_retry_wait => 120
	});
my $node = $pca->node;
my $query = 'SELECT count(service_code) FROM license_deployment';
my $token_path = "/$known{tenant_id}/oauth2/token";

# How many token requests the mock API has received since the last call of this.
sub token_requests
{
	return scalar grep { m{/oauth2/} } $pca->requests;
}

# --- databases with equal OIDs

$pca->sql('CREATE DATABASE twin TEMPLATE postgres');
my $oids =
  'SELECT oid FROM pg_user_mapping UNION ALL SELECT oid FROM pg_foreign_server';
is($pca->sql($oids, dbname => 'twin'),
	$pca->sql($oids),
	'two databases whose servers and mappings have equal OIDs');
$pca->sql('ALTER DATABASE twin SET search_path = partner_center, public');
is($pca->sql($query), 30, 'one has a token');
$pca->sql(
	q{ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (SET client_secret 'another')},
	dbname => 'twin');
$pca->log_entries;
is($pca->error_of($query, dbname => 'twin')->{sqlstate},
	'28000', 'the other one, with other credentials, does not get it');
is(join(' ', map { m{oauth2} ? 'token' : 'page' } $pca->requests),
	'token', 'and has requested one');

# --- another layout of the shared memory

my $library = `pg_config --pkglibdir` =~ s/\n//r . '/pc_analytics_fdw.so';
my $copy = $node->data_dir . '/other_layout.so';
my $bytes = PostgreSQL::Test::Utils::slurp_file($library);
is($bytes =~ s/pc_analytics_fdw shared \d/pc_analytics_fdw shared X/g,
	1, 'a library whose shared memory has another name');
PostgreSQL::Test::Utils::append_to_file($copy, $bytes);
chmod 0755, $copy;
$pca->sql('CREATE DATABASE layout TEMPLATE postgres');
$pca->sql('ALTER DATABASE layout SET search_path = partner_center, public');
$pca->sql(
	"UPDATE pg_proc SET probin = '$copy' WHERE probin LIKE '%pc_analytics_fdw'",
	dbname => 'layout');
$pca->log_entries;
is($pca->sql($query, dbname => 'layout'), 30, 'sessions with it read')
  foreach 1 .. 2;
is(token_requests(), 1, 'and share a token with one another alone');
is( $pca->sql(
		'SELECT count(*) FROM pc_analytics_stats WHERE datname <> current_database()',
		dbname => 'layout'),
	0,
	'and counters');
is($pca->sql($query), 30, 'the others have theirs');
is(token_requests(), 0, 'as before');

# --- a process that is killed, in each state

$pca->sql(
	"CREATE SERVER limited FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (base_url '@{[ $pca->url ]}', login_url '@{[ $pca->url ]}', max_requests_per_minute '1', page_size '10'); "
	  . "CREATE USER MAPPING FOR CURRENT_USER SERVER limited OPTIONS (access_token 'mock-api-access-token'); "
	  . 'CREATE SCHEMA limited; IMPORT FOREIGN SCHEMA analytics LIMIT TO (license_deployment) FROM SERVER limited INTO limited'
);
foreach my $case (
	[
		'requests a token',
		{ kind => 'stall', path => $token_path },
		$query,
		sub { $pca->wait_for_requests(1) }
	],
	[
		'reads a page',
		{ kind => 'stall', regex => 'skip=10\b' },
		$query,
		sub { $pca->wait_for_requests(1) }
	],
	[
		'waits for a limit',
		undef, 'SELECT count(service_code) FROM limited.license_deployment',
		\&wait_for_reason
	],
	[
		'is paused',
		{
			kind => 'status',
			status => 429,
			retry_after => 57,
			regex => 'skip=10\b'
		},
		$query,
		\&wait_for_reason
	],
	[ 'is idle', undef, 'SELECT 1', sub { } ])
{
	my ($what, $fault, $sql, $wait) = @$case;
	my $session = $pca->session;
	my $pid = $session->pid;
	$pca->revoke('access') if $what eq 'requests a token';
	$pca->fault(%$fault) if $fault;
	$session->start($sql);
	$wait->($pid);
	kill 'KILL', $pid;
	$session->finish if $session->is_open;
	undef $session;
	$pca->reset;
	$pca->wait_for_server;
	$pca->log_entries;
	is_deeply(
		[ map { $pca->sql($query) } 1 .. 2 ],
		[ 30, 30 ],
		"a process that $what is killed: sessions read");
	is(token_requests(), 1, "a process that $what is killed: with one token");
	is( $pca->sql(
			q{SELECT scans FROM pc_analytics_stats WHERE resource = 'license_deployment'}
		),
		2,
		"a process that $what is killed: and nothing is left of before");
}

# Until the view shows that the process waits.
sub wait_for_reason
{
	my ($pid) = @_;
	return $pca->wait_for(
		'the wait',
		sub {
			$pca->sql(
				"SELECT count(*) FROM pc_analytics_progress WHERE pid = $pid AND waits_for IS NOT NULL"
			) eq '1';
		});
}

# --- a standby server

$node->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'copy', has_streaming => 1);
$standby->start;
$pca->log_entries;
is($standby->safe_psql('postgres', $query), 30, 'sessions of a standby read')
  foreach 1 .. 2;
is(token_requests(), 1, 'with one token, which is not the primary\'s');
$standby->stop;

# --- little shared memory

SKIP:
{
	skip 'no mount namespaces here', 9 unless $pca->can_mount_shm;
	foreach my $case (
		[ '8m', 1, 2, 'a /dev/shm of 8 MB' ],
		[ '2200k', 2, 2, 'one without space for tokens' ],
		[ '1400k', 2, 0, 'one without space for anything' ])
	{
		my ($size, $tokens, $scans, $name) = @$case;
		ok($pca->start_with_shm($size), "$name: the server starts");
		$pca->log_entries;
		is_deeply(
			[ map { $pca->sql($query) } 1 .. 2 ],
			[ 30, 30 ],
			"$name: sessions read");
		is(token_requests(), $tokens, "$name: tokens");
		is( $pca->sql(
				q{SELECT coalesce(sum(scans), 0) FROM pc_analytics_stats WHERE resource = 'license_deployment'}
			),
			$scans,
			"$name: counters");
	}
	like(
		PostgreSQL::Test::Utils::slurp_file($node->logfile),
		qr/LOG:  pc_analytics_fdw: could not share state with other sessions: could not resize shared memory segment/,
		'the log says why');
}
done_testing();
