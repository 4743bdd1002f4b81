# One access token for all sessions with the same credentials: who requests it, who
# waits, what they get when the request fails, and whose token nobody gets.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my %known = %PcaTest::CREDENTIALS;
my $pca = PcaTest->new(
	rows => 30,
	customers => 3,
	mapping => { %known, proxy_user => 'start' },
	server => {
		page_size => 100,
		max_parallel_requests => 1,
		max_retries => 0
	});
my $node = $pca->node;
my $port = $pca->port;
my $all = 30;
my $query = 'SELECT count(service_code) FROM license_deployment';
my $token_path = "/$known{tenant_id}/oauth2/token";
my $page_path = '/v1/analytics/commercial/deployment/license/';
my $identities = 0;

# Give the mapping credentials that no session has used: the user of a proxy that is
# not there.  Forget what the mock API has received.
sub use_new_identity
{
	$pca->clear_faults;
	$pca->sql(
		"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (SET proxy_user '@{[ ++$identities ]}')"
	);
	$pca->log_entries;
	return;
}

# How many token requests the mock API has received since the last call of this.
sub token_requests
{
	return scalar grep { m{/oauth2/} } $pca->requests;
}

# That many sessions, which are connected already.
sub sessions
{
	my ($number) = @_;
	my @sessions = map { $pca->session } 1 .. $number;
	$_->pid foreach @sessions;
	return @sessions;
}

# How often each result, or SQLSTATE, of a query in sessions that begin it together.
sub in_all
{
	my ($sql, @sessions) = @_;
	my %results;
	$_->start($sql) foreach @sessions;
	foreach my $session (@sessions)
	{
		my ($rows, $errors) = $session->finish;
		my $error = PcaTest::parse_error($errors);
		$results{ $error->{sqlstate} // $rows }++;
	}
	return \%results;
}

# --- sessions that need a token at the same time

my @sessions = sessions(16);
use_new_identity();
$pca->fault(kind => 'delay', delay_ms => 500, path => $token_path);
is_deeply(
	in_all($query, @sessions),
	{ $all => 16 },
	'16 sessions read at the same time');
is(token_requests(), 1, 'and send one token request');
is($pca->session->query($query), $all, 'another session reads');
is_deeply(in_all($query, @sessions), { $all => 16 }, 'all read again');
is(token_requests(), 0, 'with the same token');
like(
	$pca->sql(
		q{SELECT detail FROM pc_analytics_check('mock_api') WHERE step = 'token'}
	),
	qr/Granted \d+ s ago, and shared by the sessions with the same credentials\.$/,
	'pc_analytics_check() says how old it is, and that it is shared');

# --- a process that requests it, and does not end it

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

	use_new_identity();
	$pca->fault(kind => 'stall', path => $token_path);
	$leader->start($query);
	$pca->wait_for_requests(1);
	$_->start($query) foreach @others;
	$pca->wait_for(
		'three sessions that wait',
		sub {
			$pca->sql(
				'SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = \'Extension\' AND pid IN ('
				  . join(',', map { $_->pid } @others)
				  . ')') eq '3';
		});
	$end->($leader->pid);
	my @rows = map { ($_->finish)[0] } @others;
	is( "@rows",
		"$all $all $all",
		"the session that requests the token $what: others read");
	is(token_requests(), 2, "$what: one of them has requested it");
	kill 'CONT', $leader->pid if $what eq 'is stopped';
	$pca->sql("SELECT pg_cancel_backend(@{[ $leader->pid ]})");
	$leader->finish;
}

# --- who shares, and who does not

$pca->sql('CREATE DATABASE other; CREATE ROLE alice LOGIN');
my $number = 0;

# A server for alice with these options beside those of the first one.
sub server_with
{
	my (%options) = @_;
	my $name = 'server_' . ++$number;
	my %server = (
		base_url => $pca->url,
		login_url => $pca->url,
		max_retries => 0,
		%options);
	my $list = join ', ', map { "$_ '$server{$_}'" } sort keys %server;
	$pca->sql(<<"END");
CREATE SERVER $name FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS ($list);
CREATE SCHEMA $name; IMPORT FOREIGN SCHEMA analytics LIMIT TO (license_deployment) FROM SERVER $name INTO $name;
GRANT USAGE ON SCHEMA $name TO alice; GRANT SELECT ON ALL TABLES IN SCHEMA $name TO alice;
END
	return $name;
}

# What alice's session with these credentials sends: "token page", or parts of that.
sub sent_with
{
	my ($server, %options) = @_;
	my $list = join ', ', map { "$_ '$options{$_}'" } sort keys %options;
	$pca->sql(
		"DROP USER MAPPING IF EXISTS FOR alice SERVER $server; CREATE USER MAPPING FOR alice SERVER $server OPTIONS ($list)"
	);
	$pca->log_entries;
	$pca->error_of(
		"SET ROLE alice; SELECT count(service_code) FROM $server.license_deployment"
	);
	return join ' ',
	  map { m{oauth2} ? 'token' : m{analytics} ? 'page' : 'other' }
	  $pca->requests;
}
use_new_identity();
my %mine = (%known, proxy_user => $identities);
is($pca->sql($query), $all, 'a session has a token');
is(token_requests(), 1, 'which it has requested');
my $same = server_with();
is(sent_with($same, %mine),
	'page', 'another role and server with the same credentials share it');
my $mapping = join ', ', map { "$_ '$mine{$_}'" } sort keys %mine;
$node->safe_psql('other', sprintf <<'END', $pca->url, $pca->url, $mapping);
CREATE EXTENSION pc_analytics_fdw;
CREATE SERVER another_name FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (base_url '%s', login_url '%s', max_retries '0');
CREATE USER MAPPING FOR CURRENT_USER SERVER another_name OPTIONS (%s);
CREATE FOREIGN TABLE license_deployment (service_code text) SERVER another_name OPTIONS (resource 'license_deployment');
END
$pca->log_entries;
is($pca->sql($query, dbname => 'other'), $all, 'so does another database');
is(token_requests(), 0, 'without a token request');

my %other = (
	tenant_id => 'contoso.onmicrosoft.com',
	client_id => '66666666-7777-8888-9999-000000000001',
	client_secret => 'another',
	refresh_token => 'another',
	proxy_user => 'another',
	proxy_password => 'another');
foreach my $option (sort keys %other)
{
	like(sent_with($same, %mine, $option => $other{$option}),
		qr/^token/, "a mapping with another $option does not get the token");
}
is(sent_with($same, %mine, share_token => 'false'),
	'token page', 'a mapping with share_token false requests its own');
is(sent_with($same, %mine, share_token => 'true'),
	'page', 'one with share_token true shares it');

my $file = $node->data_dir . '/ca.pem';
PostgreSQL::Test::Utils::append_to_file($file, '');
my %elsewhere = (
	base_url => "http://localhost:$port",
	login_url => "http://localhost:$port",
	token_resource => 'https://api.partnercenter.microsoft.com',
	token_endpoint => 'v2',
	ca_file => $file,
	allow_insecure_http => 'true');
foreach my $option (sort keys %elsewhere)
{
	my $server = server_with($option => $elsewhere{$option});
	unlike(sent_with($server, %mine),
		qr/^page/, "a server with another $option does not get the token");
}
$pca->sql(
	"ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (ADD allowed_hosts 'localhost')"
);
like(sent_with($same, %mine),
	qr/^token/, 'with other allowed_hosts, the token is another');
$pca->sql(
	'ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (DROP allowed_hosts)'
);

# --- a request that fails

@sessions = sessions(8);
use_new_identity();
$pca->fault(
	kind => 'delay',
	delay_ms => 500,
	path => $token_path,
	times => 0);
$pca->sql(
	"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (SET client_secret 'wrong')"
);
is_deeply(
	in_all($query, @sessions),
	{ 28000 => 8 },
	'the sessions that wait for a request get its error');
is(token_requests(), 1, 'and send none of their own');
$sessions[0]->start($query);
$pca->error_is(
	$sessions[0]->error,
	'28000',
	[
		qr/the sign-in service gave no access token: invalid_client/,
		qr/AADSTS7000215/
	],
	'a session that comes later gets an error');
is(token_requests(), 1, 'by its own request');
$pca->sql(
	"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (SET client_secret '$known{client_secret}')"
);

# the error names the server as each knows it
$pca->fault(
	kind => 'delay',
	delay_ms => 700,
	path => $token_path,
	times => 0);
my %wrong = (%mine, client_secret => 'also wrong');
my $wrong = join ', ', map { "$_ '$wrong{$_}'" } sort keys %wrong;
$pca->sql(
	"DROP USER MAPPING FOR alice SERVER $same; CREATE USER MAPPING FOR alice SERVER $same OPTIONS ($wrong)"
);
$node->safe_psql('other',
	"DROP USER MAPPING FOR CURRENT_USER SERVER another_name; CREATE USER MAPPING FOR CURRENT_USER SERVER another_name OPTIONS ($wrong)"
);
my ($one, $two) = ($pca->session, $pca->session(dbname => 'other'));
$one->query('SET ROLE alice');
$pca->log_entries;
$one->start("SELECT count(service_code) FROM $same.license_deployment");
$pca->wait_for_requests(1);
$two->start($query);
$pca->error_is(
	$one->error,
	'28000',
	qr/the sign-in service gave no access token: invalid_client.*CONTEXT:  access token for server "$same"$/ms,
	'the session that has sent the request names its server');
$pca->error_is(
	$two->error,
	'28000',
	qr/the sign-in service gave no access token: invalid_client.*CONTEXT:  access token for server "another_name"$/ms,
	'and the one that has waited names its own');
is(token_requests(), 1, 'of one request');

# --- a token that the API refuses

@sessions = sessions(8);
use_new_identity();
is_deeply(
	in_all($query, @sessions),
	{ $all => 8 },
	'a token that is accepted');
$pca->revoke('access');
$pca->log_entries;
is_deeply(
	in_all($query, @sessions),
	{ $all => 8 },
	'and then refused: all sessions read');
is(token_requests(), 1, 'with one new token');

# the refusal of the older token comes after the newer one
$pca->fault(
	kind => 'status',
	status => 401,
	delay_ms => 2000,
	path => $page_path);
$sessions[0]->start($query);
$pca->wait_for_requests(1);
$pca->revoke('access');
is($sessions[1]->query($query), $all, 'a token is replaced');
is(($sessions[0]->finish)[0],
	$all, 'before another session learns that it is refused');
is($pca->session->query($query), $all, 'and the newer one stays');
is(token_requests(), 1, 'the only one that was requested');

use_new_identity();
$pca->fault(
	kind => 'status',
	status => 401,
	path => $page_path,
	times => 0);
is_deeply(
	in_all($query, @sessions),
	{ 28000 => 8 },
	'a token that was never accepted and is refused is an error');
my @sent = $pca->requests;
is(scalar(grep { m{analytics} } @sent), 8, 'each session has tried once');
$pca->clear_faults;
is($sessions[0]->query($query), $all, 'the next query gets another token');

# --- refresh tokens: one chain for all

use_new_identity();
$pca->config(refresh_rotation => 'single_use');
is($pca->sql($query), $all, 'the stored refresh token is used, once');
$pca->revoke('access');
is($pca->session->query($query),
	$all, 'another session uses the one that came with the token');
$pca->revoke('access');
is($pca->session->query($query), $all, 'and the next one uses the newest');
$pca->config(refresh_rotation => 'keep');
$pca->reset;

# --- renewal

@sessions = sessions(2);
use_new_identity();
$pca->config(expires_in => 36);
is_deeply(in_all($query, @sessions), { $all => 2 }, 'a token of 36 seconds');
$pca->config(expires_in => 3599);
$pca->log_entries;
$pca->fault(kind => 'stall', path => $token_path);
$sessions[0]->start(
	"DO \$\$ BEGIN LOOP PERFORM count(service_code) FROM license_deployment; PERFORM pg_sleep(0.1); END LOOP; END \$\$"
);
$pca->wait_for(
	'the renewal',
	sub {
		grep { $_->{path} eq $token_path } $pca->log_entries;
	});
is($sessions[1]->query($query),
	$all, 'while a session renews the token, others use the old one');
is(token_requests(), 0, 'and do not request one');
$pca->sql("SELECT pg_cancel_backend(@{[ $sessions[0]->pid ]})");
is($sessions[0]->error->{sqlstate}, '57014', 'the renewal is cancelled');
$pca->clear_faults;
$pca->fault(
	kind => 'status',
	status => 503,
	path => $token_path,
	times => 0);
is($sessions[0]->query($query),
	$all,
	'a renewal that fails is not an error while the old token is valid');
is(token_requests(), 1, 'it was tried');
$pca->clear_faults;

# --- where the texts of tokens are

# The segments of dynamic shared memory that hold one.  Those of other servers have
# tokens of another length.
my $length = 2000 + int rand 6000;

sub segments_with_token
{
	my $found = 0;
	foreach my $name (glob '/dev/shm/PostgreSQL.*')
	{
		my $text = eval { PostgreSQL::Test::Utils::slurp_file($name) } // '';
		$found++
		  if grep { length == $length }
		  $text =~ /(eyJ0eXAiOiJKV1QifQ\.[^\0]*)/g;
	}
	return $found;
}
$pca->config(token_length => $length);
use_new_identity();
is($pca->sql($query), $all, 'a token that is shared');
is(segments_with_token(), 1, 'is in one segment');
$node->append_conf('postgresql.conf', 'pc_analytics_fdw.shared_state = off');
$node->reload;
my $session = $pca->session;
$pca->wait_for('the setting',
	sub { $session->query('SHOW pc_analytics_fdw.shared_state') eq 'off' });
$pca->log_entries;
is($session->query($query),
	$all, 'a session that finds shared_state off reads');
is(token_requests(), 1, 'with a token of its own');
is(segments_with_token(), 0, 'and wipes those that were shared');

# without a segment for secrets, limits and counters are shared, and tokens are not
$node->append_conf('postgresql.conf',
	"pc_analytics_fdw.shared_state = on\ndynamic_shared_memory_type = mmap");
$node->restart;
$pca->log_entries;
is($pca->sql($query), $all,
	'dynamic_shared_memory_type mmap: a session reads')
  foreach 1 .. 2;
is(token_requests(), 2, 'with a token of its own');
is( $pca->sql(
		q{SELECT scans FROM pc_analytics_stats WHERE resource = 'license_deployment'}
	),
	2,
	'and counters are shared');
done_testing();
