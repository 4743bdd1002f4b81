# Credentials: which user mapping a query uses, which token is requested for
# it and for how long it is kept, the errors of token requests, and that no
# secret is written anywhere.
use strict;
use warnings FATAL => 'all';

use Digest::SHA qw(sha256_hex);
use PcaTest;
use Test::More;

my %known = %PcaTest::CREDENTIALS;
my $token_path = "/$known{tenant_id}/oauth2/token";
my $path = '/v1/analytics/commercial/deployment/license/';
my $pca = PcaTest->new(
	rows => 30,
	customers => 10,
	# what each session does for itself; 415_shared_tokens.pl has the rest
	conf => "pc_analytics_fdw.shared_state = off\n",
	mapping => \%known,
	server => { page_size => 10, max_retries => 2, max_retry_wait => '20ms' }
);
$pca->local_copy('license_deployment');
my $query = 'SELECT * FROM license_deployment';
my $one = 'SELECT FROM license_deployment LIMIT 1';

# What stands for a secret in the mock API's log.
sub digest { return substr sha256_hex($_[0]), 0, 8; }

# The requests since the last call: "token" and the status of the others, as
# long as these were not good.
sub exchanges
{
	return join ' ', map {
			$_->{method} eq 'POST' ? 'token'
		  : $_->{status} == 200    ? 'rows'
		  : $_->{status}
	} $pca->log_entries;
}

sub header
{
	my ($entry, $name) = @_;
	return join ', ',
	  map { lc $_->[0] eq lc $name ? $_->[1] : () } @{ $entry->{headers} };
}

# The user mapping as it was, or with other options: undef drops one.
sub mapping
{
	my (%options) = @_;
	my @options = map { defined $options{$_} ? "$_ '$options{$_}'" : () }
	  sort keys %options;
	$pca->sql(
		'DROP USER MAPPING FOR CURRENT_USER SERVER mock_api; CREATE USER MAPPING FOR CURRENT_USER SERVER mock_api '
		  . 'OPTIONS ('
		  . join(', ', @options)
		  . ')');
	return;
}

# --- the token request

my $session = $pca->session;
$pca->log_entries;
$pca->same_query(
	$query,
	'with the credentials: every row once',
	session => $session);
my ($token, @rows) = $pca->log_entries;
is( "$token->{method} $token->{target}",
	"POST $token_path",
	'the token is asked for first, at the tenant\'s endpoint');
is_deeply(
	{ map { @$_ } @{ $token->{form} } },
	{
		grant_type => 'refresh_token',
		client_id => $known{client_id},
		resource => $pca->url,
		scope => 'openid',
		client_secret => 'sha256:' . digest($known{client_secret}),
		refresh_token => 'sha256:' . digest($known{refresh_token})
	},
	'with the fields of the documents in its body');
like(
	header($token, 'Content-Type'),
	qr{^application/x-www-form-urlencoded},
	'which is a form');
is(header($token, 'Authorization'), '', 'and without a token');
is(scalar @rows, 3, 'then three pages are');
like(
	header($rows[0], 'Authorization'),
	qr/^Bearer [0-9a-f]{8}$/,
	'with the token');
is(scalar(keys %{ { map { header($_, 'Authorization') => 1 } @rows } }),
	1, 'the same for all');
is(scalar(grep { $_->{form} || $_->{target} =~ /secret|token/ } @rows),
	0, 'and no credential');
$session->query("$query; $one");
is(exchanges(), 'rows rows rows rows', 'the token is kept for the session');
$pca->session->query($one);
is(exchanges(), 'token rows', 'another session gets its own');

my @endpoints = (    # options of the server, the target, fields of the form
	[
		'v2',
		{ token_endpoint => 'v2' },
		"/$known{tenant_id}/oauth2/v2.0/token",
		{
			scope => $pca->url . '/user_impersonation offline_access',
			resource => undef
		}
	],
	[
		'another resource',
		{ token_resource => 'https://api.partnercenter.microsoft.com' },
		$token_path,
		{ resource => 'https://api.partnercenter.microsoft.com' }
	]);
foreach my $case (@endpoints)
{
	my ($what, $options, $target, $fields) = @$case;
	my ($name) = keys %$options;
	$session->query(
		"ALTER SERVER mock_api OPTIONS (ADD $name '$options->{$name}')");
	$session->query($one);
	($token) = $pca->log_entries;
	my %form = map { @$_ } @{ $token->{form} // [] };
	is($token->{target}, $target, "$what: the endpoint");
	is_deeply(
		[ @form{ sort keys %$fields } ],
		[ @$fields{ sort keys %$fields } ],
		"$what: the form");
	$session->query("ALTER SERVER mock_api OPTIONS (DROP $name)");
}

# --- a token's life

# A token is renewed before it expires, so that no query waits for a 401.
$pca->config(expires_in => 2);
$session = $pca->session;
$pca->log_entries;
my @seen;
$pca->wait_for(
	'a second token',
	sub {
		$session->query($one);
		push @seen, split / /, exchanges();
		return (grep { $_ eq 'token' } @seen) > 1;
	});
is((grep { !/^(token|rows)$/ } @seen) + 0,
	0, 'a token is renewed before it expires');
$pca->config(expires_in => 0);
is($pca->error_of($one)->{sqlstate},
	'28000', 'a token that is born dead is an error');
like(exchanges(), qr/^(token ?)+( ?401)?$/, 'after a try');
$pca->reset;

# A refresh token that comes with a token replaces the one before.
foreach my $rotation (qw(keep single_use none))
{
	$pca->config(refresh_rotation => $rotation);
	$session = $pca->session;
	my %used;
	foreach my $round (1 .. 3)
	{
		$session->query($one);
		$pca->revoke('access');
		my ($post) = grep { $_->{method} eq 'POST' } $pca->log_entries;
		my %form = map { @$_ } @{ $post->{form} };
		$used{ $form{refresh_token} }++;
	}
	is( scalar keys %used,
		$rotation eq 'none' ? 1 : 3,
		"refresh_rotation $rotation: the newest refresh token is used");
	$pca->reset;
}

# A token that dies is renewed once, wherever a scan is.
$session = $pca->session;
$session->query($one);
$pca->revoke('access');
$pca->log_entries;
$pca->same_query(
	$query,
	'after the token has died: every row once',
	session => $session);
is(exchanges(), '401 token rows rows rows', 'by a new one');
$pca->fault(kind => 'status', status => 401, path => $path, after => 1);
$pca->same_query(
	$query,
	'when it dies in the midst of a scan: every row once',
	session => $session);
is( join(' ', sort split / /, exchanges()),
	'401 rows rows rows token',
	'by a new one');
$pca->clear_faults;
$pca->fault(kind => 'status', status => 401, path => $path, times => 0);
$pca->error_is(
	$session->error_of($query),
	'28000',
	[ qr/does not accept the token/, qr/token_resource/ ],
	'a token that is never accepted is an error');
is(exchanges(), '401 token 401', 'after one new one');
$pca->clear_faults;
$pca->fault(
	kind => 'status',
	status => 401,
	code => 900421,
	path => $path,
	times => 0);
$pca->error_is(
	$session->error_of($query),
	'28000',
	[ qr/900421/, qr/multi-factor/ ],
	'a token without MFA is an error');
is(exchanges(), '401', 'which no new token would cure');
$pca->reset;

# A fixed token is not renewed.
$pca->sql(
	"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (ADD access_token '$PcaTest::MAPPING{access_token}')"
);
$session = $pca->session;
$pca->log_entries;
$session->query($one);
my ($entry) = $pca->log_entries;
is( header($entry, 'Authorization'),
	'Bearer ' . digest($PcaTest::MAPPING{access_token}),
	'option access_token is sent as it is');
$pca->revoke('access');
$pca->error_is(
	$session->error_of($one),
	'28000',
	qr/HTTP status 401/,
	'a fixed token that is dead is an error');
is(exchanges(), '401', 'after one request');
$pca->reset;

# --- credentials that buy no token

my @bad = (    # options, what is done before, SQLSTATE, what the error says
	[
		'a wrong secret',
		{ client_secret => 'wrong-secret' },
		undef,
		'28000',
		qr/invalid_client.*AADSTS7000215/s,
		qr/HINT.*its value, not its ID/
	],
	[
		'a wrong refresh token',
		{ refresh_token => 'wrong-token' },
		undef,
		'28000',
		qr/invalid_grant.*AADSTS9002313/s,
		qr/HINT.*sign in again/
	],
	[
		'an expired refresh token',
		{},
		sub { $pca->revoke('refresh') },
		'28000',
		qr/AADSTS700082/,
		qr/HINT.*sign in again with pc_analytics_sign_in\(\)/
	],
	[
		'a wrong tenant', { tenant_id => 'nobody.example.com' },
		undef, '28000',
		qr/AADSTS90002/, qr/HINT.*tenant_id/
	],
	[
		'a wrong client',
		{ client_id => '11111111-0000-0000-0000-000000000000' },
		undef, '28000', qr/AADSTS700016/, qr/HINT.*client_id/
	],
	[
		'no client', { client_id => undef },
		undef, 'HV002', qr/has no option "client_id"/
	],
	[
		'neither secret nor refresh token',
		{ client_secret => undef, refresh_token => undef },
		undef,
		'HV002',
		qr/neither "refresh_token" nor/,
		qr/HINT:  Sign in: SELECT \* FROM pc_analytics_sign_in\('mock_api'\)\./
	],
	[
		'the application alone',
		{ refresh_token => undef },
		undef,
		'42501',
		qr/HTTP status 403/,
		qr/HINT:  The application alone is not let in: SELECT \* FROM pc_analytics_sign_in\('mock_api'\)\./
	]);
foreach my $case (@bad)
{
	my ($what, $options, $before, $sqlstate, @expressions) = @$case;
	mapping(%known, %$options);
	$before->() if $before;
	my $error = $pca->error_of($one);
	$pca->error_is(
		$error, $sqlstate,
		[ qr/server "mock_api"|license_deployment/, @expressions ],
		"$what: an error that says what to do");
	unlike(
		$error->{text},
		qr/wrong-secret|wrong-token|\Q$known{client_secret}\E|\Q$known{refresh_token}\E/,
		"$what: without a secret");
	$pca->reset;
}
mapping(%known);

# --- values that cannot be real ones

my %placeholders = (
	tenant_id => [
		'…',
		'<tenant>',
		'{tenant-id}',
		'${TENANT_ID}',
		'your-tenant-id',
		'YOUR_TENANT',
		'tenant_id',
		'Tenant ID',
		'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx',
		'00000000-0000-0000-0000-000000000000'
	],
	client_id => [ '...', '[client id]', 'ClientId', 'Replace-Me' ],
	client_secret =>
	  [ '…', 'xxxx', '<the secret\'\'s value>', '****', 'Kz3…' ],
	refresh_token => [ '…', 'XXXX', '%REFRESH_TOKEN%', '0.ABCD...' ],
	access_token => [ '…', '...', 'access-token', 'PLACEHOLDER' ]);
foreach my $option (sort keys %placeholders)
{
	foreach my $value (@{ $placeholders{$option} })
	{
		mapping(%known, $option => $value);
		like(
			$pca->error_of($one)->{text},
			qr/HINT: .*option "$option" is a placeholder/,
			"$option '$value': the hint says that it is a placeholder");
	}
}
mapping(%known, tenant_id => 'yachts.example.com');
unlike($pca->error_of($one)->{text},
	qr/placeholder/, 'a tenant that is only unknown is no placeholder');
mapping(%known, client_secret => '…');
$pca->query_is(
	"SELECT ok, hint ~ 'client_secret.*placeholder' FROM pc_analytics_check('mock_api') WHERE step = 'configuration'",
	't|t',
	'the check names a placeholder before it sends a request');

# --- an access token that is none

mapping(access_token => 'two words');
my $mistaken = $pca->session;
like(
	$mistaken->error_of($one)->{text},
	qr/is not a token/,
	"an access token with a blank: $_ query of a session"
) foreach qw(first second);
is( $mistaken->query(
		"SELECT string_agg(step, ' ') FROM pc_analytics_check('mock_api') WHERE NOT ok AND detail ~ 'is not a token'"
	),
	'configuration',
	'and the check');
$pca->sql(
	"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (SET access_token 'mock-api-access-token')"
);
is($mistaken->query("SELECT count(*) > 0 FROM license_usage"),
	't', 'the session goes on when the token is a good one');

# --- secrets that are too short

foreach my $secret ('s', 'e', 'in', 'abc')
{
	mapping(%known, client_secret => $secret);
	my $error = $pca->error_of($one);
	like(
		$error->{text},
		qr/"AADSTS7000215: Invalid client secret provided\./,
		"client_secret '$secret': the message can be read");
	like(
		$error->{text},
		qr/HINT: .*option "client_secret" is too short for a secret, and is therefore not redacted.*its value, not its ID/,
		"client_secret '$secret': the hint says what is too short");
}
mapping(%known, client_secret => 'inval');
$pca->fault(
	kind => 'status',
	status => 400,
	body => 'oauth',
	description => 'The secret inval is invalid',
	path => $token_path);
like(
	$pca->error_of($one)->{text},
	qr/"The secret \*{5} is \*{5}id"/,
	'a short secret is redacted as a whole');
$pca->clear_faults;
mapping(%known);

my @endpoint_faults =
  ( # fault, token requests, SQLSTATE or nothing when all is well in the end, what the error says
	[ 'a passing 503', { kind => 'status', status => 503, times => 2 }, 3 ],
	[ 'a lost connection', { kind => 'close' }, 2 ],
	[
		'a lasting 503',
		{ kind => 'status', status => 503, times => 0 },
		3, 'HV00M|08006|28000', qr/503/
	],
	[
		'a passing error of OAuth with status 400',
		{
			kind => 'status',
			status => 400,
			body => 'oauth',
			code => 'temporarily_unavailable',
			times => 2
		},
		3
	],
	[
		'a passing failure of the service with status 400',
		{
			kind => 'status',
			status => 400,
			body => 'oauth',
			code => 'server_error',
			times => 2
		},
		3
	],
	[
		'a lasting error of OAuth with status 400',
		{
			kind => 'status',
			status => 400,
			body => 'oauth',
			code => 'temporarily_unavailable',
			times => 0
		},
		3, '08006',
		qr/temporarily_unavailable/,
		qr/HINT.*Try again later/
	],
	[
		'an error of OAuth that does not pass',
		{
			kind => 'status',
			status => 400,
			body => 'oauth',
			code => 'invalid_request',
			times => 0
		},
		1, '28000',
		qr/invalid_request/
	],
	[
		'a number in another member',
		{
			kind => 'body',
			status => 400,
			text =>
			  '{"error":"invalid_grant","error_description":"No.","error_codes":[50105]}'
		},
		1, '28000',
		qr/AADSTS50105: No\./,
		qr/HINT.*not assigned to the application/
	],
	[
		'an error as an object',
		{
			kind => 'body',
			status => 400,
			text =>
			  '{"error":{"code":"BadRequest","message":"AADSTS50196: Loop."}}'
		},
		1, '28000',
		qr/BadRequest.*AADSTS50196: Loop/s,
		qr/HINT.*too many token requests/
	],
	[
		'HTML', { kind => 'body', text => '<html>Sign in</html>' },
		1, 'HV00M', qr/not a token.*<html>Sign in/s
	],
	[ 'nothing', { kind => 'empty' }, 1, 'HV00M', qr/not a token/ ],
	[
		'404', { kind => 'status', status => 404, body => 'html' },
		1, 'HV00M', qr/404/
	],
	[
		'an answer without token',
		{ kind => 'body', text => '{"token_type":"Bearer"}' },
		1, 'HV00M', qr/not a token/
	],
	[
		'a token of two lines',
		{ kind => 'body', text => '{"access_token":"a\\r\\nX-Injected: b"}' },
		1,
		'28000',
		qr/is not a token/
	],
	[
		'a redirect', { kind => 'redirect', location => '/elsewhere' },
		1, 'HV00M|28000', qr/302|not a token|redirect/
	],
	[
		'a token that is too long',
		{ kind => 'body', text => '{"access_token":"' . 'x' x 400000 . '"}' },
		1,
		'54000',
		qr/too large/
	]);
foreach my $case (@endpoint_faults)
{
	my ($what, $fault, $number, $sqlstate, @expressions) = @$case;
	$pca->fault(%$fault, path => $token_path);
	$pca->log_entries;
	my $error = $pca->error_of($one);
	like(
		$error->{sqlstate} // 'well',
		$sqlstate ? qr/^(?:$sqlstate)$/ : qr/^well$/,
		"token endpoint, $what: SQLSTATE") or diag($error->{text});
	like($error->{text}, $_, "token endpoint, $what: the error says $_")
	  foreach @expressions;
	like(
		$error->{text},
		qr/server "mock_api"/,
		"token endpoint, $what: and for which server") if $sqlstate;
	is( exchanges(),
		join(' ', ('token') x $number, $sqlstate ? () : 'rows'),
		"token endpoint, $what: the requests");
	$pca->clear_faults;
}

# --- whose mapping

$pca->sql(<<'END');
CREATE ROLE alice LOGIN; CREATE ROLE bob LOGIN;
GRANT USAGE ON SCHEMA partner_center TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA partner_center TO PUBLIC;
CREATE USER MAPPING FOR alice SERVER mock_api OPTIONS (access_token 'token-of-alice');
CREATE VIEW partner_center.of_owner AS SELECT channel FROM license_deployment;
CREATE VIEW partner_center.of_alice AS SELECT channel FROM license_deployment;
ALTER VIEW partner_center.of_alice OWNER TO alice;
CREATE VIEW partner_center.of_invoker WITH (security_invoker) AS SELECT channel FROM license_deployment;
CREATE FUNCTION partner_center.definer() RETURNS bigint LANGUAGE sql SECURITY DEFINER
  SET search_path = partner_center AS 'SELECT count(channel) FROM license_deployment';
ALTER FUNCTION partner_center.definer() OWNER TO alice;
GRANT SELECT ON ALL TABLES IN SCHEMA partner_center TO PUBLIC;
ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (ADD access_token 'token-of-owner');
END

# Whose token the query sent; none of them is alive.
sub whose
{
	my ($sql, %options) = @_;
	my %who = map { 'Bearer ' . digest("token-of-$_") => $_ }
	  qw(owner alice bob public);
	my $asking = $options{session} // $pca->session(%options);
	$pca->log_entries;
	my $error = $asking->error_of($sql);
	my %whose = map { $who{ header($_, 'Authorization') } // 'nobody' => 1 }
	  $pca->log_entries;
	return join ' ', sort keys %whose if %whose;
	return $error->{message};
}

my @queries_by_user = (
	[ 'the owner', $one, {}, 'owner' ],
	[ 'alice', $one, { user => 'alice' }, 'alice' ],
	[ 'SET ROLE', "SET ROLE alice; $one", {}, 'alice' ],
	[
		'alice through the owner\'s view',
		'SELECT * FROM of_owner',
		{ user => 'alice' },
		'owner'
	],
	[
		'bob through alice\'s view',
		'SELECT * FROM of_alice',
		{ user => 'bob' },
		'alice'
	],
	[
		'alice through a view of the invoker\'s',
		'SELECT * FROM of_invoker',
		{ user => 'alice' },
		'alice'
	],
	[
		'alice who counts the owner\'s view',
		'SELECT count(*) FROM of_owner',
		{ user => 'alice' },
		'owner'
	],
	[
		'bob who counts alice\'s view',
		'SELECT n, (SELECT count(*) FROM of_alice) FROM (VALUES (1)) v(n)',
		{ user => 'bob' }, 'alice'
	],
	[
		'alice who counts a view of the invoker\'s',
		'SELECT count(*) FROM of_invoker',
		{ user => 'alice' },
		'alice'
	],
	[
		'the owner who counts alice\'s view',
		'SELECT count(*) + 1 FROM of_alice HAVING count(*) > 0',
		{}, 'alice'
	],
	[ 'a function that runs as alice', 'SELECT definer()', {}, 'alice' ],
	[
		'bob, who has none',
		$one,
		{ user => 'bob' },
		'there is no user mapping of "bob" for server "mock_api"'
	]);
is(whose($_->[1], %{ $_->[2] }), $_->[3], "$_->[0]: whose mapping")
  foreach @queries_by_user;
$pca->fails_with(
	"SET ROLE bob; $one",
	'42704',
	qr/HINT.*CREATE USER MAPPING/,
	'without a mapping, the error says what to do');
my $bob = $pca->session(user => 'bob');
whose($one, session => $bob);
$pca->sql(
	"CREATE USER MAPPING FOR PUBLIC SERVER mock_api OPTIONS (access_token 'token-of-public')"
);
is(whose($one, session => $bob),
	'public', 'a mapping for PUBLIC is for those who have none');
is(whose($one, user => 'alice'), 'alice', 'and not for others');
$pca->sql(
	"CREATE USER MAPPING FOR bob SERVER mock_api OPTIONS (access_token 'token-of-bob')"
);
is(whose($one, session => $bob),
	'bob', 'a new mapping counts at once in a session that is open');
$pca->sql(
	"ALTER USER MAPPING FOR bob SERVER mock_api OPTIONS (SET access_token 'token-of-alice')"
);
is(whose($one, session => $bob), 'alice', 'a changed one, too');
$pca->sql('DROP USER MAPPING FOR bob SERVER mock_api');
is(whose($one, session => $bob), 'public', 'and a dropped one');
$bob->query(
	'PREPARE p AS SELECT FROM license_deployment; SET plan_cache_mode = force_generic_plan'
);
is(whose('EXECUTE p', session => $bob),
	'public', 'a prepared statement asks as its user');
$pca->sql(
	"ALTER USER MAPPING FOR PUBLIC SERVER mock_api OPTIONS (SET access_token 'token-of-bob')"
);
is(whose('EXECUTE p', session => $bob), 'bob', 'with the mapping of now');

# --- files

my $directory = $pca->node->basedir;

sub secret_file
{
	my ($name, $content, $mode) = @_;
	unlink "$directory/$name";
	PostgreSQL::Test::Utils::append_to_file("$directory/$name", $content);
	chmod $mode // 0600, "$directory/$name";
	return "$directory/$name";
}
my %files = (
	client_secret_file => secret_file('secret', "$known{client_secret}\n"),
	refresh_token_file => secret_file('refresh', $known{refresh_token}));
mapping(
	tenant_id => $known{tenant_id},
	client_id => $known{client_id},
	%files);
$pca->same_query(
	$query,
	'credentials from files: every row once',
	session => $pca->session);
mapping(access_token_file => secret_file('access', "token-of-owner\n"));
$session = $pca->session;
is(whose($one, session => $session), 'owner', 'a token from a file');
secret_file('access', 'token-of-alice');
is(whose($one, session => $session), 'alice', 'which is read again');
secret_file('access', 'token-of-owner', 0644);
$pca->error_is(
	$session->error_of($one),
	'42501',
	qr/group or world access/,
	'a file that others may read is refused');
secret_file('access', '');
$pca->error_is(
	$session->error_of($one), 'HV000',
	qr/does not hold a secret/, 'an empty one, too');
unlink "$directory/access";
$pca->error_is(
	$session->error_of($one),
	'58P01',
	qr/could not open file/,
	'and one that is not there');

# --- no secret is written: the log at its loudest

mapping(%known);
my $log = $pca->node->logfile;
my $offset = -s $log;
my $loud =
  "SET log_min_messages = debug5; SET client_min_messages = debug5; SET debug_print_plan = on; "
  . "SET debug_print_parse = on; SET log_error_verbosity = verbose; SET log_min_duration_statement = 0";
my $said = '';
foreach my $fault (
	undef,
	{ kind => 'status', status => 500, times => 0 },
	{ kind => 'truncate', times => 0 },
	{ kind => 'reset', times => 0 },
	{ kind => 'status', status => 401, path => $path, times => 0 },
	{
		kind => 'status',
		status => 400,
		regex => 'oauth2',
		body => 'text',
		times => 0
	},
	{ kind => 'reset', regex => 'oauth2', times => 0 },
	{
		kind => 'body',
		regex => 'oauth2',
		text => '{"access_token":["eyJ0eXAiOiJKV1QifQ.x"]}',
		times => 0
	})
{
	$pca->fault(%$fault) if $fault;
	$session = $pca->session;
	$session->start(
		"$loud; EXPLAIN (VERBOSE, ANALYZE) $query; $query; SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY 1"
	);
	$said .= join "\n", $session->finish;
	$pca->clear_faults;
}
my $written = PostgreSQL::Test::Utils::slurp_file($log, $offset);
like($written, qr/FOREIGNSCAN/, 'the log is loud');
like($said, qr/DEBUG: /, 'and so is the client\'s');
foreach my $secret ($known{client_secret}, $known{refresh_token},
	'eyJ0eXAiOiJKV1QifQ', '0.AAAA', 'Bearer ', 'mock-api-access-token')
{
	ok(index($written, $secret) < 0, "the log does not hold $secret");
	ok(index($said, $secret) < 0, "nor what the client is told");
}

done_testing();
