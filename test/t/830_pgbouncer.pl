# PgBouncer in transaction mode: clients share the sessions of the server, their
# tokens and connections, but no credentials of other roles.
use strict;
use warnings FATAL => 'all';

use IPC::Run;
use PcaTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils qw(append_to_file slurp_file);
use Test::More;

my ($pgbouncer) =
  grep { -x } map { "$_/pgbouncer" } '/usr/sbin', split /:/, $ENV{PATH};
plan skip_all => 'there is no pgbouncer' unless $pgbouncer;

my $pca = PcaTest->new(rows => 200, mapping => \%PcaTest::CREDENTIALS);
my $dir = $pca->node->basedir;
my $port = PostgreSQL::Test::Cluster::get_free_port();
my $user = $pca->sql('SELECT current_user');
append_to_file("$dir/users", qq{"$user" ""\n"tenant" ""\n});
append_to_file("$dir/pgbouncer.ini", <<"END");
[databases]
postgres = host=@{[ $pca->node->host ]} port=@{[ $pca->node->port ]} dbname=postgres
[pgbouncer]
listen_addr =
listen_port = $port
unix_socket_dir = $dir
auth_type = trust
auth_file = $dir/users
pool_mode = transaction
default_pool_size = 1
logfile = $dir/pgbouncer.log
pidfile = $dir/pgbouncer.pid
END
my $bouncer = IPC::Run::start([ $pgbouncer, '-q', "$dir/pgbouncer.ini" ],
	'<', \undef, '>', '/dev/null', '2>', "$dir/pgbouncer.err");
$pca->wait_for('pgbouncer', sub { -S "$dir/.s.PGSQL.$port" });

sub client
{
	my ($role) = @_;
	return PcaSession->new(
		"host=$dir port=$port dbname=postgres user=" . ($role // $user), 180);
}

# --- several clients, one server session

$pca->requests;
my @clients = map { client() } 1 .. 3;
my %backends = map { $_->query('SELECT pg_backend_pid()') => 1 } @clients;
is(scalar(keys %backends), 1, 'three clients share one server session');
is($_->query('SELECT count(*) FROM license_deployment'),
	'200', 'each client reads all rows')
  foreach @clients;
is(scalar(grep { /^POST/ } $pca->requests), 1, 'they share one access token');
$clients[0]->query(
	'BEGIN; DECLARE c CURSOR FOR SELECT * FROM license_deployment; FETCH 10 FROM c'
);
$clients[0]->query('MOVE ALL FROM c; COMMIT');
is($clients[1]->query('SELECT count(*) FROM license_usage'),
	'200', 'a cursor within a transaction leaves the session usable');
my $error =
  $clients[1]->error_of('SELECT count(*) / 0 FROM license_deployment');
is($error->{sqlstate}, '22012', 'so does an error');
is($clients[2]->query('SELECT count(*) FROM license_deployment'),
	'200', 'of another client');
is( $clients[0]->query(
		"SELECT count(*) > 0 FROM pc_analytics_requests() WHERE url LIKE '%deployment%'"
	),
	't',
	'the requests of the session are those of all its clients with that role'
);

# --- other roles have sessions of their own

$pca->sql(<<'END');
CREATE ROLE tenant LOGIN;
GRANT USAGE ON SCHEMA partner_center TO tenant;
GRANT SELECT ON ALL TABLES IN SCHEMA partner_center TO tenant;
CREATE USER MAPPING FOR tenant SERVER mock_api OPTIONS (access_token 'no-token-of-the-partner');
END
my $tenant = client('tenant');
isnt(
	$tenant->query('SELECT pg_backend_pid()'),
	(keys %backends)[0],
	'a client with another role has another session');
is( $tenant->error_of('SELECT count(*) FROM license_deployment')->{sqlstate},
	'28000', 'and its own credentials');

# --- and within one session, SET ROLE changes the credentials

is( $clients[0]->error_of(
		'BEGIN; SET LOCAL ROLE tenant; SELECT count(*) FROM license_deployment'
	)->{sqlstate},
	'28000',
	'SET ROLE uses the credentials of that role');
$clients[0]->query('ROLLBACK');
is($clients[1]->query('SELECT count(*) FROM license_deployment'),
	'200', 'for its transaction only');
is( $clients[1]->query(
		'BEGIN; SET LOCAL ROLE tenant; SELECT count(*) FROM pc_analytics_requests() WHERE status = 200'
	),
	'0',
	'and does not see the requests of the other role');
$clients[1]->query('ROLLBACK');

# --- prepared statements by name

$clients[0]->query(
	'BEGIN; PREPARE sold AS SELECT count(*) FROM license_deployment WHERE channel = $1'
);
like($clients[0]->query("EXECUTE sold('direct')"),
	qr/^\d+$/, 'a prepared statement is executed in its transaction');
$clients[0]->query('DEALLOCATE sold; COMMIT');

# --- a sign-in in two steps

my $begin =
  "SELECT length(url) > 0 FROM pc_analytics_sign_in_begin('mock_api', method => 'browser')";
is($clients[0]->query("BEGIN; $begin"),
	't', 'a sign-in begins in a transaction');
$clients[0]->query('ROLLBACK');

# --- the end

undef @clients;
undef $tenant;
$bouncer->signal('INT');
$bouncer->finish;
unlike(slurp_file("$dir/pgbouncer.log"),
	qr/mock-api-|no-token/, 'no secret is in the log of PgBouncer');

done_testing();
