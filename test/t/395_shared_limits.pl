# The pace of all sessions: max_requests_per_minute, and the pause after HTTP
# status 429, by origin, tenant and scope.
use strict;
use warnings FATAL => 'all';

use MIME::Base64 qw(encode_base64url);
use PcaTest;
use Test::More;

my $pca = PcaTest->new(
	rows => 400,
	customers => 5,
	foreign_tokens => 'true',
	server => {
		page_size => 100,
		max_parallel_requests => 1,
		max_retries => 5,
		max_retry_wait => 300
	});
my $deployment = 'SELECT count(channel) FROM license_deployment';
my $usage = 'SELECT count(channel) FROM license_usage';
my $tenants = 0;

# The mapping gets a token of a tenant that nothing is known of.
sub use_new_tenant
{
	my $claims = sprintf '{"tid":"%08d-0000-0000-0000-000000000000"}',
	  ++$tenants;
	my $token = join '.', map { encode_base64url($_) } '{}', $claims, 'x';
	$pca->sql(
		"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (SET access_token '$token')"
	);
	return $token;
}

# What a session waits for, once it waits.
sub reason_of_wait
{
	my ($session) = @_;
	my $pid = $session->pid;
	return $pca->wait_for(
		'a session that waits',
		sub {
			$pca->sql(
				"SELECT waits_for FROM pc_analytics_progress WHERE pid = $pid AND waits_for IS NOT NULL"
			);
		});
}

# A new session; its process is asked for while it can answer.
sub new_session
{
	my $session = $pca->session;
	$session->pid;
	return $session;
}

# Cancel what a session does, and return the error's SQLSTATE.
sub cancel
{
	my ($session) = @_;
	$pca->sql("SELECT pg_cancel_backend(@{[ $session->pid ]})");
	return $session->error->{sqlstate};
}

# The requests of a resource, of those that the mock API received.
sub sent
{
	my ($resource) = @_;
	return scalar grep { m{/$resource/license} } $pca->requests;
}

# --- a limit

my $all = $pca->sql($deployment);
is($all > 0, 1, 'there are rows');
use_new_tenant();
$pca->sql(
	'ALTER SERVER mock_api OPTIONS (ADD max_requests_per_minute \'6\')');
$pca->log_entries;
is($pca->sql($deployment), $all, 'four requests of six a minute');
my ($one, $two) = (new_session(), new_session());
$one->start($deployment);
is(reason_of_wait($one),
	'max_requests_per_minute', 'another session sends two, and waits');
$two->start($usage);
is(reason_of_wait($two),
	'max_requests_per_minute', 'a third one waits, too, for another table');
is(scalar(grep { /analytics/ } $pca->requests),
	6, 'so a minute has six requests, of all sessions');
is( $pca->sql(
		q{SELECT requests, declared_limit, learned_rate, paused_until FROM pc_analytics_limits WHERE scope = '*'}
	),
	'6|6||',
	'the view shows the limit, and the requests of the last minute');

is(cancel($_), '57014', 'a session that waits can be cancelled')
  foreach $one, $two;

# another server with the same origin and tenant
my $token = use_new_tenant();
$pca->sql($deployment);
$pca->create_server(
	'second',
	{
		page_size => 100,
		max_parallel_requests => 1,
		max_requests_per_minute => 6
	},
	{ access_token => $token });
$pca->sql(
	'CREATE SCHEMA second; IMPORT FOREIGN SCHEMA analytics LIMIT TO (license_deployment) FROM SERVER second INTO second'
);
$pca->log_entries;
my $three = new_session();
$three->start('SELECT count(channel) FROM second.license_deployment');
is(reason_of_wait($three), 'max_requests_per_minute',
	'servers of the same origin and tenant share a limit');
is(sent('deployment'), 2, 'and their requests');
use_new_tenant();
is($pca->sql($deployment), $all, 'another tenant has a limit of its own');

# a session that ends leaves nothing behind but a time
$pca->sql("SELECT pg_terminate_backend(@{[ $three->pid ]})");
$pca->wait_for(
	'its end',
	sub {
		$pca->sql(
			"SELECT count(*) FROM pg_stat_activity WHERE pid = @{[ $three->pid ]}"
		) eq '0';
	});
is( $pca->sql(
		q{SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'LWLock' AND wait_event = 'pc_analytics_fdw'}
	),
	0,
	'a session that is ended leaves no lock behind');
$pca->sql('ALTER SERVER mock_api OPTIONS (DROP max_requests_per_minute)');
is($pca->sql($deployment), $all,
	'without the option, the scope has no limit');
undef $_ foreach $one, $two, $three;

# --- a pause

my $paused = use_new_tenant();
$pca->fault(
	kind => 'status',
	status => 429,
	retry_after => 250,
	regex => 'deployment/license/.*skip=100\b');
$pca->log_entries;
$one = new_session();
$one->start($deployment);
is(reason_of_wait($one), 'Retry-After', 'a session was asked to wait');
$two = new_session();
$two->start($deployment);
is(reason_of_wait($two), 'Retry-After',
	'another one waits, too, for the same resource');
is(sent('deployment'), 2, 'without a request');
cmp_ok($pca->sql($usage), '>', 0, 'another resource is not paused');
is( $pca->sql(
		q{SELECT scope, requests, declared_limit, learned_rate, paused_until BETWEEN now() AND now() + '251 s' FROM pc_analytics_limits WHERE paused_until IS NOT NULL}
	),
	'license_deployment|1|||t',
	'the view shows the pause, and the requests that were accepted');
$pca->create_server(
	'elsewhere',
	{ base_url => 'http://localhost:' . $pca->port, page_size => 100 },
	{ access_token => $paused });
$pca->sql(
	'CREATE SCHEMA elsewhere; IMPORT FOREIGN SCHEMA analytics LIMIT TO (license_deployment) FROM SERVER elsewhere INTO elsewhere'
);
is($pca->sql('SELECT count(channel) FROM elsewhere.license_deployment'),
	$all, 'another origin is not paused');
$pca->sql("ALTER SERVER mock_api OPTIONS (SET max_retry_wait '1')");
$pca->log_entries;
$pca->fails_with(
	$deployment,
	'53400',
	[
		qr/the API asks to wait \d+ s/,
		qr/CONTEXT:  foreign table "license_deployment"/,
		qr/Option "max_retry_wait" allows 1 s\. The API asked for it after an earlier request, and this one was not sent\./,
		qr/Try again later, or raise the server's option "max_retry_wait"\./
	],
	'a pause that is longer than max_retry_wait is an error at once');
is(scalar(grep { /analytics/ } $pca->requests), 0, 'without a request');
is(cancel($_), '57014', 'a session that is paused can be cancelled')
  foreach $one, $two;
use_new_tenant();
is($pca->sql($deployment), $all, 'another tenant is not paused');

# a pause that ends, and one that is not asked for
use_new_tenant();
$pca->fault(
	kind => 'status',
	status => 429,
	retry_after => 1,
	regex => 'skip=100\b');
is($pca->sql($deployment), $all, 'after a pause, a scan goes on');
is($pca->sql($deployment), $all, 'and others begin');
use_new_tenant();
$pca->fault(kind => 'status', status => 429, regex => 'skip=100\b');
is($pca->sql($deployment), $all, 'a status 429 without Retry-After');

# a server that asks for a year
use_new_tenant();
$pca->fault(
	kind => 'status',
	status => 429,
	retry_after => 31536000,
	regex => 'skip=100\b');
$pca->fails_with(
	$deployment, '53400',
	qr/asks to wait 31536000 s/,
	'a server asks for a year');
is( $pca->sql(
		q{SELECT bool_and(paused_until < now() + '301 s') FROM pc_analytics_limits WHERE paused_until > now() + '100 s'}
	),
	't',
	'sessions wait five minutes before they ask again');
$pca->fails_with(
	$deployment, '53400',
	qr/asks to wait 315\d+ s/,
	'what the error says is what the server asked for');

# the functions for people wait and count like scans
use_new_tenant();
$pca->sql("SELECT count(*) FROM pc_analytics_check('mock_api')");
is( $pca->sql(
		q{SELECT requests > 0 FROM pc_analytics_limits WHERE scope = 'searches' ORDER BY requests DESC LIMIT 1}
	),
	't',
	'pc_analytics_check counts');

# --- who may see them

$pca->sql(
	'CREATE ROLE plain; CREATE ROLE auditor; GRANT pg_read_all_stats TO auditor'
);
$pca->fails_with(
	"SET ROLE plain; SELECT * FROM $_",
	'42501',
	qr/permission denied/,
	"$_ needs pg_read_all_stats"
) foreach 'pc_analytics_limits', 'pc_analytics_limits()';
is( $pca->sql(
		'SET ROLE auditor; SELECT count(*) > 0 FROM pc_analytics_limits'),
	't',
	'and shows its members all');

# --- sessions that work alone

$pca->node->append_conf('postgresql.conf',
	'pc_analytics_fdw.shared_state = off');
$pca->node->reload;
use_new_tenant();
$pca->fault(
	kind => 'status',
	status => 429,
	retry_after => 250,
	regex => 'deployment/license/.*skip=100\b');
$one = new_session();
$pca->wait_for('the setting',
	sub { $one->query('SHOW pc_analytics_fdw.shared_state') eq 'off' });
$pca->sql("ALTER SERVER mock_api OPTIONS (SET max_retry_wait '300')");
$one->start($deployment);
is(reason_of_wait($one), 'Retry-After',
	'a session that works alone was asked to wait');
is($pca->sql($deployment), $all, 'another one does not wait for it');
is(cancel($one), '57014', 'it can be cancelled');
$pca->sql("ALTER SERVER mock_api OPTIONS (SET max_retry_wait '1')");
is($one->error_of($deployment)->{sqlstate},
	'53400', 'and knows its own pause');
$one->query('SELECT pc_analytics_disconnect()');
is($one->query($deployment), $all, 'until pc_analytics_disconnect()');
done_testing();
