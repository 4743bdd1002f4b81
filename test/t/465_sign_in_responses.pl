# Signing in from SQL: responses of the sign-in service that fail or make no sense,
# sessions and transactions beside it, and what changes while a user signs in.
use strict;
use warnings FATAL => 'all';

use HTTP::Tiny;
use JSON::PP;
use PcaTest;
use Test::More;

my %known = %PcaTest::CREDENTIALS;
my %mapping =
  map { $_ => $known{$_} } qw(tenant_id client_id client_secret);
my $pca = PcaTest->new(
	rows => 5,
	device_interval => 1,
	person => 'approves',
	mapping => \%mapping,
	conf => "wal_level = replica\n",
	server => { max_retries => 1, max_retry_wait => '2s' });
my $sign_in =
  "SELECT username, tenant, multi_factor FROM pc_analytics_sign_in('mock_api')";
my $begin = "SELECT url FROM pc_analytics_sign_in_begin('mock_api')";
my $end = "SELECT username FROM pc_analytics_sign_in_end('mock_api')";
my $token = 'v2.0/token';

# A session in which a sign-in waits for the person.
sub waiting_session
{
	my ($sql) = @_;
	my $session = $pca->session;
	$pca->config(person => 'waits');
	$pca->log_entries;
	$session->start($sql // $sign_in);
	$pca->wait_for(
		'a poll',
		sub {
			2 <= grep { $_->{path} =~ m{v2\.0/token$} }
			  @{ $pca->_control_json('GET', 'log') };
		});
	return $session;
}

# The process that waits for a person.
sub waiting_backend
{
	return $pca->sql(
		"SELECT pid FROM pg_stat_activity WHERE query LIKE '%pc_analytics_sign_in%' AND state = 'active' AND pid <> pg_backend_pid()"
	);
}

# --- polls that fail are repeated

foreach my $case (
	[ 'status 408', { kind => 'status', status => 408 } ],
	[ 'status 429', { kind => 'status', status => 429, retry_after => 1 } ],
	[ 'status 500', { kind => 'status', status => 500 } ],
	[ 'status 503', { kind => 'status', status => 503, retry_after => 1 } ],
	[ 'no response', { kind => 'close' } ],
	[ 'a connection that is reset', { kind => 'reset' } ])
{
	my ($what, $fault) = @$case;
	$pca->restore_mapping;
	$pca->log_entries;
	$pca->fault(%$fault, regex => $token, after => 1);
	$pca->query_ok($sign_in,
		"$what in place of a poll's response does not end a sign-in");
	is(scalar(grep { $_->{path} =~ m{v2\.0/token$} } $pca->log_entries),
		3, "$what: the poll is repeated");
	$pca->clear_faults;
}
$pca->restore_mapping;
$pca->config(device_expires_in => 3);
$pca->fault(
	kind => 'status',
	status => 503,
	regex => $token,
	times => 0,
	after => 1);
$pca->fails_with(
	$sign_in, '28000',
	qr/nobody completed the sign-in in time/,
	'a service that fails until the end is waited for until then');
$pca->clear_faults;
$pca->config(device_expires_in => 900);
$pca->fault(
	kind => 'status',
	status => 503,
	regex => 'devicecode');
$pca->query_ok($sign_in, 'the request for a device code is repeated');
$pca->clear_faults;
$pca->fault(
	kind => 'status',
	status => 400,
	body => 'oauth',
	code => 'invalid_grant',
	description => 'AADSTS53003: blocked',
	regex => $token);
$pca->fails_with(
	$sign_in, '28000',
	[
		qr/the sign-in service refused the sign-in: invalid_grant/,
		qr/AADSTS53003/,
		qr/HINT: .*method => 'browser'.*"Original transfer method"/
	],
	'a policy that blocks device codes: the hint names the other way');
$pca->clear_faults;

# --- responses that make no sense

$pca->restore_mapping;

my %good = (
	device_code => 'a-device-code',
	user_code => 'ABCDEFGHI',
	verification_uri => 'https://login.example/device',
	expires_in => 900,
	interval => 5);
my $json = JSON::PP->new->canonical;
foreach my $case (
	[ 'no JSON', 'hello', qr/not a JSON object/ ],
	[ 'nothing', '', qr/not a JSON object/ ],
	[ 'an array', '[1]', qr/not a JSON object/ ],
	[ 'deep nesting', '[' x 100000, qr/not a JSON object/ ],
	[
		'a long device_code',
		$json->encode({ %good, device_code => 'x' x 8193 }),
		qr/no valid device_code/
	],
	[
		'a device_code that is no text',
		$json->encode({ %good, device_code => ['x'] }),
		qr/no valid device_code/
	],
	[
		'a long user_code',
		$json->encode({ %good, user_code => 'x' x 65 }),
		qr/no valid user_code/
	],
	[
		'a user_code with a line end',
		$json->encode({ %good, user_code => "A\nERROR: x" }),
		qr/no valid user_code/
	],
	[
		'a long link',
		$json->encode(
			{ %good, verification_uri => 'https://h/' . 'x' x 1024 }),
		qr/no valid verification_uri/
	],
	[
		'a link with a user name',
		$json->encode({ %good, verification_uri => 'https://a@h.example/' }),
		qr/no valid verification_uri/
	])
{
	my ($what, $body, $expected) = @$case;
	$pca->respond_with(
		$body,
		regex => 'devicecode',
		content_type => 'application/json');
	$pca->fails_with($sign_in, 'HV00M', $expected,
		"$what in place of a device code is refused");
}
foreach my $case (
	[
		'its own message', { message => 'Send your password to evil.example' }
	],
	[
		'a complete link',
		{ verification_uri_complete => 'https://login.example/device?c=1' }
	],
	[ 'an interval that is no number', { interval => 'soon' } ],
	[ 'an interval of nothing', { interval => -1, expires_in => undef } ])
{
	my ($what, $more) = @$case;
	$pca->respond_with(
		$json->encode({ %good, %$more }),
		regex => 'devicecode',
		content_type => 'application/json');
	my $session = $pca->session;
	my $error = $session->error_of($begin);
	like($error->{text}, qr/bad_verification_code/,
		"a response with $what is read, and its code polled with");
	unlike($error->{text}, qr/evil/,
		"$what: a text from outside is not shown");
}
$pca->respond_with(
	$json->encode(
		{
			error => 'invalid_client',
			error_description => 'AADSTS9999999: No.'
		}),
	regex => 'devicecode',
	status => 401,
	content_type => 'application/json');
$pca->fails_with(
	$sign_in,
	'28000',
	qr/HINT:.*"client_secret".*"client_certificate_file".*"client_assertion_file"/,
	'an unknown number: the hint names every way to prove the identity of the application'
);
$pca->clear_faults;
$pca->fault(
	kind => 'body',
	text => '{"access_token":"x","token_type":"Bearer"}',
	content_type => 'application/json',
	regex => $token);
$pca->fails_with(
	$sign_in, 'HV00M',
	qr/the sign-in service gave a token before the user could sign in/,
	'a token that nobody has signed in for is refused');
$pca->clear_faults;
$pca->fault(
	kind => 'body',
	text =>
	  '{"access_token":"x","access_token":"y","refresh_token":"z","token_type":"Bearer"}',
	content_type => 'application/json',
	after => 1,
	regex => $token);
$pca->fails_with($sign_in, 'HV00M', qr/ambiguous/,
	'a response with two tokens is refused');
$pca->clear_faults;
is($pca->stored_option('refresh_token'),
	'', 'none of these has stored a token');
$pca->config(opaque_tokens => 1);
my (undef, $out, $err) = $pca->node->psql('postgres', $sign_in);
like(
	$out,
	qr/^user\@partner\.example\|$known{tenant_id}\|$/,
	'multi_factor is null if the token cannot be read');
unlike($err, qr/WARNING/, 'which is no warning');
$pca->config(opaque_tokens => 0);

# --- transactions

$pca->restore_mapping(refresh_token => 'before');
my $session = $pca->session;
$session->query('BEGIN');
$session->query($sign_in);
is( $pca->sql(
		"SELECT count(*) FROM pg_user_mappings, pg_options_to_table(umoptions) WHERE option_value = 'before'"
	),
	1,
	'others see the new token after COMMIT only');
$session->query('ROLLBACK');
is($pca->stored_option('refresh_token'),
	'before', 'after ROLLBACK the old token is in force');
$session->query('BEGIN; SAVEPOINT s');
$session->query($sign_in);
$session->query('ROLLBACK TO s; COMMIT');
is($pca->stored_option('refresh_token'),
	'before', 'also after one to a savepoint');
$session->query('BEGIN');
$session->query($sign_in);
$session->query('COMMIT');
isnt($pca->stored_option('refresh_token'),
	'before', 'after COMMIT it is replaced');
is($session->query('SELECT count(*) > 0 FROM license_deployment'),
	't', 'and the next query uses the new one');
is( $session->query("$begin; BEGIN; ROLLBACK; $end") =~ s/.*\n//r,
	'user@partner.example',
	'a sign-in outlives a rollback between its two functions');

# --- other sessions

my $first = $pca->session;
my $second = $pca->session;
$first->query($begin);
$second->query($begin);
$first->query($end);
my $of_first = $pca->stored_option('refresh_token');
$second->query($end);
isnt($pca->stored_option('refresh_token'),
	$of_first, 'of two sessions, the last to store a token wins');
$pca->error_is(
	$pca->session->error_of($end),
	'55000',
	qr/no sign-in to server "mock_api" has begun in this session/,
	'a sign-in belongs to its session');
my $waiting = waiting_session();
$pca->query_ok(
	"SELECT pc_analytics_rotate_refresh_token('mock_api')",
	'rotation does not wait for a user who signs in');
my $rotated = $pca->stored_option('refresh_token');
$pca->config(person => 'approves');
my ($rows, $told) = $waiting->finish;
like($rows, qr/^user\@partner\.example\|/, 'the user signs in then');
isnt($pca->stored_option('refresh_token'),
	$rotated, 'and whose token is stored');

# --- changes while a user signs in

foreach my $case (
	[
		'the application of the mapping',
		"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (SET client_id '77777777-7777-8888-9999-000000000000')",
		qr/the user mapping for server "mock_api" was changed meanwhile/
	],
	[
		'the tenant of the mapping',
		"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (SET tenant_id 'other.example')",
		qr/the user mapping for server "mock_api" was changed meanwhile/
	],
	[
		'an access token in the mapping',
		"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (ADD access_token 'x')",
		qr/has an access token/
	],
	[
		'the resource of the server',
		"ALTER SERVER mock_api OPTIONS (ADD token_resource 'https://other.example')",
		qr/was changed meanwhile/
	],
	[
		'the address of the service',
		"ALTER SERVER mock_api OPTIONS (SET login_url 'http://127.0.0.1:9')",
		qr/was changed meanwhile/
	])
{
	my ($what, $change, $expected) = @$case;
	$pca->restore_mapping;
	$session = $pca->session;
	$session->query($begin);
	$pca->sql($change);
	$pca->error_is($session->error_of($end),
		'55000', $expected, "$what changes between the two functions");
	$pca->sql(
		"ALTER SERVER mock_api OPTIONS (SET login_url '@{[ $pca->url ]}')");
	$pca->sql('ALTER SERVER mock_api OPTIONS (DROP token_resource)')
	  if $change =~ /token_resource/;
	$pca->restore_mapping;
	$waiting = waiting_session();
	$pca->sql($change);
	$pca->config(person => 'approves');
	$pca->error_is($waiting->error, '55000', $expected,
		"$what changes while a person signs in");
	$pca->sql(
		"ALTER SERVER mock_api OPTIONS (SET login_url '@{[ $pca->url ]}')");
	$pca->sql('ALTER SERVER mock_api OPTIONS (DROP token_resource)')
	  if $change =~ /token_resource/;
	is($pca->stored_option('refresh_token'), '', "$what: nothing is stored");
}
$pca->restore_mapping;
$waiting = waiting_session();
$pca->sql('DROP USER MAPPING FOR CURRENT_USER SERVER mock_api');
$pca->config(person => 'approves');
my $dropped = $waiting->error;
like($dropped->{sqlstate}, qr/^(?:42704|55000)$/,
	'a mapping that is dropped meanwhile is an error');
$pca->restore_mapping;

# --- a client that vanishes, and waits that end

$waiting = waiting_session();
my $backend = waiting_backend();
kill 'KILL', $waiting->{psql};
$pca->wait_for(
	'the end of the backend',
	sub {
		$pca->sql(
			"SELECT count(*) FROM pg_stat_activity WHERE pid = $backend") eq
		  '0';
	});
pass('a sign-in whose client has vanished ends');
$waiting = waiting_session();
$backend = waiting_backend();
$pca->sql("SELECT pg_cancel_backend($backend)");
my $cancelled = $waiting->error;
is($cancelled->{sqlstate}, '57014', 'a cancel ends the wait');
$pca->error_is($waiting->error_of($end),
	'55000', qr/has begun/, 'after which the code is forgotten');
$session = $pca->session;
$session->query($begin);
$pca->error_is(
	$session->error_of("SET statement_timeout = '300ms'; $end"),
	'57014',
	qr/statement timeout/,
	'statement_timeout ends the second function');
$pca->config(person => 'approves');
is($session->query("SET statement_timeout = 0; $end"),
	'user@partner.example', 'which can be called again');
$pca->config(device_expires_in => 1);
$session->query($begin);
$pca->config(person => 'waits');
$pca->error_is(
	$session->error_of($end),
	'28000',
	qr/nobody completed the sign-in in time/,
	'the second function waits until the code expires');
$pca->error_is(
	$session->error_of($end),
	'55000',
	qr/has begun in this session/,
	'after which the code is forgotten, too');
$pca->config(person => 'approves');
$pca->config(device_expires_in => 900);

# --- rights

$pca->sql(<<"END");
CREATE ROLE visitor LOGIN;
GRANT USAGE ON FOREIGN SERVER mock_api TO visitor;
GRANT EXECUTE ON FUNCTION pc_analytics_sign_in(text, text, regrole) TO visitor;
CREATE USER MAPPING FOR PUBLIC SERVER mock_api OPTIONS (tenant_id '$known{tenant_id}', client_id '$known{client_id}', client_secret '$known{client_secret}');
END
$pca->fails_with(
	"SET ROLE visitor; $sign_in",
	'42501',
	qr/permission denied to change the user mapping of PUBLIC/,
	'the mapping of PUBLIC is for the owner of the server');
$pca->fails_with(
	"REVOKE USAGE ON FOREIGN SERVER mock_api FROM visitor; SET ROLE visitor; $sign_in",
	'42501',
	qr/permission denied for foreign server/,
	'a role needs USAGE on the server');
$pca->query_ok("DROP USER MAPPING FOR CURRENT_USER SERVER mock_api; $sign_in",
	'the owner signs in for PUBLIC');
$pca->restore_mapping;

# --- a server in recovery

$pca->fails_with("BEGIN READ ONLY; $begin",
	'25006', qr/read-only/, 'a read-only transaction cannot begin a sign-in');
$pca->node->stop;
PostgreSQL::Test::Utils::append_to_file(
	$pca->node->data_dir . '/standby.signal', '');
$pca->node->start;
$pca->log_entries;
$pca->fails_with(
	$_, '25006',
	qr/read-only transaction|during recovery/,
	"a server in recovery refuses it: $_") foreach $sign_in, $begin, $end;
is(scalar(my @none = $pca->log_entries), 0, 'before anything is sent');

done_testing();
