# Signing in from SQL: a device code that a person approves, or a browser, and a
# refresh token in the user mapping.
use strict;
use warnings FATAL => 'all';

use HTTP::Tiny;
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
	server => { max_retries => 1, max_retry_wait => '20ms' });
my $one = 'SELECT count(*) > 0 FROM license_deployment';
my $sign_in =
  "SELECT username, tenant, multi_factor FROM pc_analytics_sign_in('mock_api')";

# The polls since the last call.
sub polls
{
	return grep { $_->{path} =~ m{/oauth2/v2\.0/token$} } $pca->log_entries;
}

# --- a person who approves at once

my ($status, $out, $err) =
  $pca->node->psql('postgres', "SET client_min_messages = error; $sign_in");
is($status, 0, 'a sign-in succeeds') or diag($err);
is( $out,
	"user\@partner.example|$known{tenant_id}|t",
	'it returns the user, the tenant and multi-factor authentication');
like(
	$err,
	qr{INFO:  to sign in to server "mock_api", open http://127\.0\.0\.1:\d+/device and enter the code [A-Z2-9]{9}\n},
	'the link and the code are sent as INFO, whatever client_min_messages is'
);
like(
	$err,
	qr/^DETAIL:  Within 15 minutes, as a user of tenant $known{tenant_id} .*The application is $known{client_id}\.$/m,
	'with tenant and application');
unlike(
	PostgreSQL::Test::Utils::slurp_file($pca->node->logfile),
	qr/enter the code/,
	'the server\'s log does not have the code');
my ($begin, @polled) = $pca->log_entries;
my %form = map { @$_ } @{ $begin->{form} };
like(
	$begin->{path},
	qr{/$known{tenant_id}/oauth2/v2\.0/devicecode$},
	'the device code is requested from the endpoint of version 2');
is( $form{claims},
	'{"access_token":{"amr":{"essential":true,"values":["mfa"]}}}',
	'multi-factor authentication is requested');
is( $form{scope},
	$pca->url . '/user_impersonation openid profile offline_access',
	'the scope is that of the API, with a refresh token and an id_token');
is(scalar(@polled), 2,
	'one poll precedes the message, another follows the approval');
like($pca->stored_option('refresh_token'),
	qr/^0\.AAAA/, 'the refresh token is stored');
like(
	$pca->stored_option('refresh_token_saved_at'),
	qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
	'with the time');
$pca->query_is($one, 't', 'the next query uses it');

# --- responses to polls

$pca->restore_mapping;
$pca->config(
	device_polls => [ 'authorization_pending', 'authorization_pending' ]);
$pca->log_entries;
$pca->query_ok($sign_in, 'a pending sign-in is polled again');
is(scalar(polls()), 3, 'as often as it is pending');
$pca->config(device_polls => [ '', 'slow_down' ]);
$pca->log_entries;
$pca->query_ok($sign_in, 'slow_down is obeyed');
my @at = map { $_->{began} // $_->{time} } polls();
cmp_ok($at[2] - $at[1],
	'>=', 5.9, 'slow_down adds five seconds to the interval');
$pca->config(device_polls => []);
$pca->fault(
	kind => 'status',
	status => 503,
	regex => 'v2.0/token',
	times => 2);
$pca->query_ok($sign_in, 'a poll that fails with 503 is repeated');
$pca->clear_faults;

foreach my $case (
	[ 'authorization_declined', qr/the sign-in was declined/ ],
	[ 'access_denied', qr/the sign-in was declined/ ],
	[
		'expired_token',
		qr/nobody completed the sign-in in time.*method => 'browser'/s
	],
	[ 'code_expired', qr/nobody completed the sign-in in time/ ],
	[ 'bad_verification_code', qr/: bad_verification_code/ ],
	[ 'invalid_grant', qr/: invalid_grant/ ])
{
	my ($error, $expected) = @$case;
	$pca->restore_mapping;
	$pca->config(device_polls => [ '', $error ]);
	$pca->fails_with($sign_in, '28000', $expected, "$error ends the sign-in");
	is($pca->stored_option('refresh_token'), '', "$error: nothing is stored");
}
$pca->config(device_polls => ['invalid_client']);
my ($asked, undef, $said) = $pca->node->psql('postgres', $sign_in);
isnt($asked, 0, 'a client that is refused fails');
unlike($said, qr/enter the code/, 'before a person is asked to do anything');
$pca->config(device_polls => [], device_expires_in => 2, person => 'waits');
$pca->fails_with($sign_in, '28000', qr/in time/,
	'a code that nobody enters expires');
$pca->config(device_expires_in => 900, person => 'approves');

# --- responses that are no device code

foreach my $case (
	[ [ device_omit => ['device_code'] ], qr/no valid device_code/ ],
	[ [ device_omit => ['user_code'] ], qr/no valid user_code/ ],
	[
		[ device_omit => ['verification_uri'] ],
		qr/no valid verification_uri/
	],
	[
		[ device_uri => 'http://elsewhere.example/' ],
		qr/no valid verification_uri/
	],
	[
		[ device_uri => 'javascript:alert(1)' ],
		qr/no valid verification_uri/
	])
{
	my ($switch, $expected) = @$case;
	my $was = $pca->config->{ $switch->[0] };
	$pca->config(@$switch);
	$pca->fails_with($sign_in, 'HV00M', $expected,
		"@{[ $switch->[0] ]}: an error");
	$pca->config($switch->[0] => $was);
}
$pca->config(device_error => 'unauthorized_client');
$pca->fails_with(
	$sign_in, '28000',
	[ qr/: unauthorized_client/, qr/AADSTS700016/ ],
	'an error with HTTP status 200 is an error');
$pca->config(device_error => '', device_omit => [ 'interval', 'expires_in' ]);
$pca->query_ok("$sign_in", 'interval and expires_in have defaults');
$pca->config(device_omit => []);

# --- who signed in, and what was granted

$pca->restore_mapping;
$pca->fails_with(
	"SELECT pc_analytics_sign_in('mock_api', 'other\@partner.example')",
	'28000',
	qr/"user\@partner.example" signed in, not "other\@partner.example"/,
	'another user than the named one is refused');
$pca->query_ok(
	"SELECT pc_analytics_sign_in('mock_api', 'USER\@partner.example')",
	'the name is compared without case');
$pca->restore_mapping;
foreach my $case (
	[
		[ person_tenant => '99999999-2222-3333-4444-555555555555' ],
		'28000',
		qr/a user of another tenant signed in/
	],
	[ [ id_audience => 'another' ], '28000', qr/belongs to another sign-in/ ],
	[
		[ grant_omit => ['refresh_token'] ],
		'HV00M',
		qr/gave no refresh token.*Maintain access/s
	],
	[ [ grant_omit => ['id_token'] ], 'HV00M', qr/gave no id_token/ ])
{
	my ($switch, $sqlstate, $expected) = @$case;
	my $was = $pca->config->{ $switch->[0] };
	$pca->config(@$switch);
	$pca->fails_with($sign_in, $sqlstate, $expected,
		"@{[ $switch->[0] ]}: refused");
	is($pca->stored_option('refresh_token'),
		'', "@{[ $switch->[0] ]}: nothing is stored");
	$pca->config($switch->[0] => $was);
}
$pca->config(person_mfa => 0);
(undef, $out, $err) = $pca->node->psql('postgres', $sign_in);
like($out, qr/\|f$/, 'a sign-in without a second factor is told');
like(
	$err,
	qr/WARNING:  the token of "user\@partner.example" does not tell of multi-factor authentication/,
	'with a warning');
$pca->config(person_mfa => 1);

# --- what prevents it is found before a person is asked

$pca->log_entries;
$pca->restore_mapping(access_token => 'x');
$pca->fails_with(
	$sign_in, '55000',
	qr/has an access token/,
	'a mapping with an access token is refused');
my $file = $pca->node->basedir . '/token';
PostgreSQL::Test::Utils::append_to_file($file, 'some-token');
chmod 0600, $file;
$pca->restore_mapping(refresh_token_file => $file);
$pca->fails_with(
	$sign_in, '55000',
	qr/comes from a file/,
	'so is one whose token comes from a file');
$pca->sql('DROP USER MAPPING FOR CURRENT_USER SERVER mock_api; '
	  . "CREATE USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (client_id 'x')"
);
$pca->fails_with(
	$sign_in, 'HV002',
	qr/has no option "tenant_id"/,
	'so is one without a tenant');
$pca->restore_mapping;
$pca->fails_with(
	"BEGIN READ ONLY; $sign_in", '25006',
	qr/read-only/, 'so is a read-only transaction');
is(scalar(my @none = $pca->log_entries), 0, 'none of these sends a request');

# --- a transaction that is rolled back

my $session = $pca->session;
$session->query('BEGIN');
$session->query('SAVEPOINT s');
$session->start($sign_in);
$session->finish;
$session->query('ROLLBACK TO s');
$session->query('COMMIT');
is($pca->stored_option('refresh_token'),
	'', 'a rollback to a savepoint undoes a sign-in');

# --- cancel

$pca->config(person => 'waits');
my $pid = $session->pid;
$session->start($sign_in);
$pca->wait_for(
	'a poll',
	sub {
		grep { $_->{path} =~ m{v2\.0/token$} }
		  @{ $pca->_control_json('GET', 'log') };
	});
$pca->sql("SELECT pg_cancel_backend($pid)");
is($session->error->{sqlstate}, '57014', 'a cancel ends the wait');
$pca->fails_with(
	"SET statement_timeout = '300ms'; $sign_in",
	'57014',
	qr/statement timeout/,
	'so does statement_timeout');
$pca->config(person => 'approves');

# --- null arguments

foreach my $call (
	'pc_analytics_sign_in(NULL)',
	'pc_analytics_sign_in_begin(NULL)',
	"pc_analytics_sign_in_end(NULL, 'http://localhost')",
	'pc_analytics_rotate_refresh_token(NULL, role => NULL)')
{
	$pca->fails_with(
		"SELECT * FROM $call",
		'22004',
		qr/argument "server" must not be null/,
		"$call is refused");
}

# --- two calls

$pca->fails_with(
	"SELECT pc_analytics_sign_in_end('mock_api')",
	'55000',
	qr/no sign-in to server "mock_api" has begun in this session/,
	'an end without a beginning is refused');
my ($url, $code, $instructions) = split /\|/,
  $session->query(
	"SELECT url, code, instructions FROM pc_analytics_sign_in_begin('mock_api')"
  );
like(
	$url,
	qr{^http://127\.0\.0\.1:\d+/device$},
	'the first call returns the link');
like($code, qr/^[A-Z2-9]{9}$/, 'and the code');
like(
	$instructions,
	qr/^Open \Q$url\E and enter the code $code\. .*pc_analytics_sign_in_end\('mock_api'\)/,
	'and says what to do');
$pca->error_is(
	$session->error_of(
		"SELECT pc_analytics_sign_in_end('mock_api', 'http://localhost/?code=x')"
	),
	'22023',
	[ qr/ends without an address/, qr/HINT:.*method "browser"/ ],
	'an address is refused, since a device code needs none');
is( $session->query(
		"SELECT username, multi_factor FROM pc_analytics_sign_in_end('mock_api')"
	),
	"user\@partner.example|t",
	'the second call returns who signed in');
like($pca->stored_option('refresh_token'),
	qr/^0\.AAAA/, 'and stores the token');
is( $session->error_of("SELECT pc_analytics_sign_in_end('mock_api')")
	  ->{sqlstate},
	'55000', 'once');
$session->query("SELECT pc_analytics_sign_in_begin('mock_api')");
$pca->sql(
	"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (SET client_id '77777777-7777-8888-9999-000000000000')"
);
like(
	$session->error_of("SELECT pc_analytics_sign_in_end('mock_api')")->{text},
	qr/55000.*was changed meanwhile/,
	'a mapping that was changed in between is refused');
$pca->restore_mapping;
$session->query("SELECT pc_analytics_sign_in_begin('mock_api')");
$session->query('SELECT pc_analytics_disconnect()');
is( $session->error_of("SELECT pc_analytics_sign_in_end('mock_api')")
	  ->{sqlstate},
	'55000', 'pc_analytics_disconnect() forgets what has begun');

# --- a browser

# Where the browser ends that opens a URL.
sub browse
{
	my ($page) = @_;
	return HTTP::Tiny->new(max_redirect => 0)->get($page)
	  ->{headers}{location};
}

# Begin a sign-in in a browser; returns the URL.
sub begin_browser
{
	my ($more) = @_;
	return $session->query(
		"SELECT url FROM pc_analytics_sign_in_begin('mock_api', method => 'browser'"
		  . ($more // '')
		  . ')');
}

$pca->log_entries;
$url = begin_browser();
is(scalar(@none = $pca->log_entries),
	0, 'a beginning in a browser sends no request');
like(
	$url,
	qr{^http://127\.0\.0\.1:\d+/$known{tenant_id}/oauth2/v2\.0/authorize\?client_id=$known{client_id}&response_type=code&response_mode=query&redirect_uri=http%3A%2F%2Flocalhost&scope=[^&]*user_impersonation%20openid%20profile%20offline_access&state=[\w-]{22}&nonce=[\w-]{22}&code_challenge=[\w-]{43}&code_challenge_method=S256&claims=%7B%22access_token%22[^&]*mfa[^&]*&prompt=login$},
	'the URL has what the documents ask for');
my $address = browse($url);
is( $session->query(
		"SELECT username, multi_factor FROM pc_analytics_sign_in_end('mock_api', '$address')"
	),
	"user\@partner.example|t",
	'the address ends it');
like($pca->stored_option('refresh_token'),
	qr/^0\.AAAA/, 'and the token is stored');
like(
	begin_browser(", login => 'a\@b.example'"),
	qr/&login_hint=a%40b\.example$/,
	'the name is sent as a hint');
$pca->log_entries;

foreach my $call (
	"pc_analytics_sign_in('mock_api', login => '')",
	"pc_analytics_sign_in_begin('mock_api', login => '')",
	"pc_analytics_sign_in_begin('mock_api', login => '', method => 'browser')"
  )
{
	$pca->error_is(
		$session->error_of("SELECT $call"),
		'22023',
		[ qr/argument "login" must not be empty/, qr/HINT:.*Omit it/ ],
		"an empty name is refused: $call");
}
is(scalar(@none = $pca->log_entries), 0, 'without a request');

sub end_fails
{
	my ($given, $sqlstate, $expected, $name) = @_;
	my $quoted = defined $given ? "'$given'" : 'NULL';
	return $pca->error_is(
		$session->error_of(
			"SELECT pc_analytics_sign_in_end('mock_api', $quoted)"),
		$sqlstate,
		$expected,
		$name);
}
$url = begin_browser();
my $first = browse($url);
end_fails(
	undef,
	'22023',
	[ qr/a sign-in in a browser ends with an address/, qr/second argument/ ],
	'an end without an address');
end_fails($_, '22023', qr/ends with an address/, "the address '$_' is none")
  foreach ('', ' ');
end_fails(
	$first =~ s/.*code=([^&]*).*/$1/r,
	'22023',
	qr/Copy the whole address/,
	'a bare code is refused');
end_fails(
	$first =~ s/state=[^&]*/state=other/r,
	'22023',
	qr/is not the response/,
	'another state is refused');
$url = begin_browser();
end_fails(
	$first, '22023',
	qr/is not the response/,
	'so is the address of an older URL');
my $replayed = browse($url);
$session->query("SELECT pc_analytics_sign_in_end('mock_api', '$replayed')");
end_fails(
	$replayed, '55000',
	[ qr/has begun/, qr/HINT:.*sign_in_begin\(\) first/ ],
	'an address is good once');
$url = begin_browser();
$pca->config(person => 'declines');
end_fails(
	browse($url),
	'28000',
	[
		qr/: access_denied/,
		qr/AADSTS65004/,
		qr/HINT:.*declined.*sign in again and consent/
	],
	'a sign-in that is declined');
$pca->config(person => 'approves', id_nonce => 'other');
$url = begin_browser();
end_fails(
	browse($url), '28000',
	qr/belongs to another sign-in/,
	'a wrong nonce is refused');
$pca->config(id_nonce => '');

foreach my $uri (
	'http://elsewhere.example/', 'https://user@host.example/',
	'https://host.example/#x', 'ftp://localhost',
	'https://h.example/' . 'x' x 300)
{
	$pca->error_is(
		$session->error_of(
			"SELECT pc_analytics_sign_in_begin('mock_api', method => 'browser', redirect_uri => '$uri')"
		),
		'22023',
		qr/invalid redirect URI/,
		"redirect URI $uri is refused");
}
foreach my $uri ('http://127.0.0.1:8400/x?y=1', 'https://host.example/back')
{
	$url = begin_browser(", redirect_uri => '$uri'");
	is( $session->query(
			"SELECT username FROM pc_analytics_sign_in_end('mock_api', '"
			  . browse($url) . "')"),
		"user\@partner.example",
		"redirect URI $uri is used");
}
$pca->requests;
$pca->fails_with(
	"SELECT pc_analytics_sign_in_begin('mock_api', redirect_uri => 'https://host.example/back')",
	'22023',
	[ qr/by device code has no redirect URI/, qr/HINT:.*"browser"/ ],
	'a device code with a redirect URI is refused');
is(join(' ', $pca->requests), '', 'before a request is sent');
$session->query(
	"SELECT pc_analytics_sign_in_begin('mock_api', redirect_uri => NULL)");
is( $session->query(
		"SELECT username FROM pc_analytics_sign_in_end('mock_api', '')"),
	"user\@partner.example",
	'null and empty arguments are none');
$pca->fails_with(
	"SELECT pc_analytics_sign_in_begin('mock_api', 'mail')",
	'22023',
	qr/invalid sign-in method "mail"/,
	'another method is refused');

# --- a public client

$pca->sql('DROP USER MAPPING FOR CURRENT_USER SERVER mock_api; '
	  . "CREATE USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (tenant_id '$known{tenant_id}', client_id '$known{client_id}')"
);
$pca->config(client => 'public');
$pca->query_ok($sign_in, 'a public client signs in without a secret');
$pca->query_is($one, 't', 'and refreshes without one');
$pca->config(client => 'confidential');
$pca->fails_with($sign_in, '28000', qr/AADSTS7000218/,
	'a confidential client without a secret is refused');
$pca->restore_mapping;

# --- roles

$pca->sql(<<'END');
CREATE ROLE reader LOGIN;
CREATE ROLE plain LOGIN;
GRANT USAGE ON FOREIGN SERVER mock_api TO plain;
GRANT EXECUTE ON FUNCTION pc_analytics_sign_in(text, text, regrole) TO plain;
GRANT EXECUTE ON FUNCTION pc_analytics_rotate_refresh_token(text, regrole) TO plain;
END
my $secret = $pca->node->basedir . '/secret';
PostgreSQL::Test::Utils::append_to_file($secret, $known{client_secret});
chmod 0600, $secret;
$pca->sql(
	"CREATE USER MAPPING FOR reader SERVER mock_api OPTIONS (tenant_id '$known{tenant_id}', client_id '$known{client_id}', client_secret_file '$secret')"
);
$pca->query_ok("SELECT pc_analytics_sign_in('mock_api', role => 'reader')",
	'a superuser signs in for another role');
like($pca->stored_option('refresh_token', 'reader'),
	qr/^0\.AAAA/, 'the token is stored in the mapping of that role');
my $before = $pca->stored_option('refresh_token', 'reader');
$pca->query_ok(
	"SELECT pc_analytics_rotate_refresh_token('mock_api', 'reader')",
	'and rotates it');
isnt($pca->stored_option('refresh_token', 'reader'),
	$before, 'so that it is another one');
$pca->fails_with(
	"SET ROLE plain; SELECT pc_analytics_sign_in('mock_api', role => 'reader')",
	'42501',
	qr/permission denied to change the user mapping of "reader"/,
	'a plain role may not sign in for another');
$pca->fails_with(
	"SET ROLE plain; SELECT pc_analytics_rotate_refresh_token('mock_api', 'reader')",
	'42501',
	qr/permission denied to change the user mapping of "reader"/,
	'nor rotate');
$pca->fails_with("SELECT pc_analytics_sign_in('mock_api', role => 'plain')",
	'42704', qr/mapping/, 'a role without a mapping is refused');

foreach my $function (
	'pc_analytics_sign_in(text, text, regrole)',
	'pc_analytics_sign_in_begin(text, text, text, regrole, text)',
	'pc_analytics_sign_in_end(text, text, regrole)',
	'pc_analytics_rotate_refresh_token(text)',
	'pc_analytics_rotate_refresh_token(text, regrole)')
{
	$pca->query_is(
		"SELECT has_function_privilege('reader', '$function', 'EXECUTE')",
		'f', "PUBLIC may not execute $function");
}

done_testing();
