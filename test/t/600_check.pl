# pc_analytics_check: the result of each step, and of each thing that can be
# wrong with it.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(
	rows => 100,
	customers => 5,
	# a fault of one case must not pause the next
	conf => "pc_analytics_fdw.shared_state = off\n",
	mapping => \%PcaTest::CREDENTIALS,
	server => { connect_timeout => 5, request_timeout => 120 });
$pca->sql(
	"ALTER SERVER mock_api OPTIONS (ADD token_resource '@{[ $pca->url ]}')");
my @resources = split /\n/,
  $pca->sql('SELECT relname FROM pg_class WHERE relkind = \'f\' ORDER BY 1');
my @steps = (
	'configuration',
	map({ ("${_}address", "${_}TCP", "${_}TLS") } '', 'login '),
	'client credential',
	'refresh token', 'token');

# The rows of the check: {step => [ok, detail, hint]}, and their order.
sub check
{
	my ($session, $server) = @_;
	$server //= 'mock_api';
	my @lines = split /\n/,
	  $session->query("SELECT step, coalesce(ok::text, 'skipped'), "
		  . "(ok IS NULL) = (elapsed IS NULL) AND coalesce(elapsed BETWEEN '0' AND '1 minute', true), detail, hint FROM pc_analytics_check('$server')"
	  );
	my (%rows, @order);
	foreach my $line (@lines)
	{
		my ($step, $ok, $timed, $detail, $hint) = split /\|/, $line, 5;
		$rows{$step} = [ $ok, $detail, $hint ];
		push @order, $step;
		ok($timed eq 't', "$step has its time") unless $timed eq 't';
	}
	return (\%rows, \@order);
}

# --- all is well

my $session = $pca->session;
my ($rows, $order) = check($session);
is_deeply([ @$order[ 0 .. $#steps ] ],
	\@steps, 'the steps come in their order');
is_deeply([ sort @$order[ @steps .. $#$order ] ],
	\@resources, 'then each resource, once');
is_deeply([ grep { $rows->{$_}[0] eq 'false' } @$order ],
	[], 'nothing is wrong')
  or diag(explain($rows));
like(
	$rows->{configuration}[1],
	qr{base_url \Q@{[ $pca->url ]}\E, login_url .*user mapping for ".+" has a refresh token},
	'the step configuration shows URLs, user mapping and credentials');
like(
	$rows->{address}[1],
	qr/127\.0\.0\.1 has the address 127\.0\.0\.1/,
	'the step address shows the address of the host');
is($rows->{TLS}[0], 'skipped', 'there is no TLS here');
like(
	$rows->{license_usage}[1],
	qr{HTTP status 200, a row, from http://\S+top=1&skip=0},
	'and each resource\'s status');
my @sent = $pca->requests;
is(scalar(grep { /^POST/ } @sent), 1, 'it bought one token');
my $resource_requests = grep { /^GET/ } @sent;
cmp_ok(
	$resource_requests, '<=',
	@resources + 1,
	'and asked each resource once');
is( scalar(
		grep { !/token|top=1&skip=0|licenses/ && !m{/v1/customers} } @sent),
	0,
	'for one row');
($rows) = check($session);
is(scalar(grep { /^POST/ } $pca->requests),
	0, 'a token that the session holds is used');
is($session->query('SELECT count(*) FROM license_deployment'),
	100, 'the session goes on as before');

# --- what may be wrong: where it shows, and with what hint

my %good = %PcaTest::CREDENTIALS;
my $path = '/v1/analytics/commercial/deployment/license/';

sub server_option
{
	my ($name, $value) = @_;
	return "ALTER SERVER mock_api OPTIONS (SET $name '$value')";
}

sub mapping_option
{
	my ($name, $value) = @_;
	return
	  "ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (SET $name '$value')";
}

my @cases =
  ( # what, SQL or a fault, SQL that mends it, the steps that fail with what they say
	[
		'no user mapping',
		'DROP USER MAPPING FOR CURRENT_USER SERVER mock_api',
		'CREATE USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS ('
		  . join(', ', map { "$_ '$good{$_}'" } keys %good) . ')',
		{
			configuration => qr/There is no user mapping.*CREATE USER MAPPING/
		},
		'token'
	],
	[
		'a mapping without secret',
		'ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (DROP client_id)',
		"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (ADD client_id '$good{client_id}')",
		{ configuration => qr/has no option "client_id"/ },
		'token'
	],
	[
		'a wrong secret',
		mapping_option('client_secret', 'wrong'),
		mapping_option('client_secret', $good{client_secret}),
		{ token => qr/invalid_client.*AADSTS7000215.*its value, not its ID/ },
		'license_usage'
	],
	[
		'a dead refresh token',
		mapping_option('refresh_token', 'wrong'),
		mapping_option('refresh_token', $good{refresh_token}),
		{ token => qr/invalid_grant.*sign in again/ },
		'license_usage'
	],
	[
		'a host that does not exist',
		server_option('base_url', 'https://nobody.invalid'),
		server_option('base_url', $pca->url),
		{ address => qr/nobody\.invalid/ },
		'TCP',
		'TLS',
		'license_usage'
	],
	[
		'a port without a listener',
		server_option('base_url', 'http://127.0.0.1:1'),
		server_option('base_url', $pca->url),
		{ TCP => qr/127\.0\.0\.1/ },
		'TLS',
		'license_usage'
	],
	[
		'a server that speaks no TLS',
		server_option('base_url', $pca->url =~ s/^http:/https:/r),
		server_option('base_url', $pca->url),

		# it may wait for the end of a line
		{
			TLS =>
			  qr/No secure connection to the API can be made|The API did not respond in time/
		},
		'license_usage'
	],
	[
		'a sign-in service that is not there',
		server_option('login_url', 'http://127.0.0.1:1'),
		server_option('login_url', $pca->url),
		{
			'login TCP' => qr/127\.0\.0\.1/,
			token => qr/The connection to the sign-in service failed/
		},
		'license_usage'
	],
	[
		'a resource that is forbidden',
		{ config => { forbidden => ['azure_usage'] } },
		undef,
		{
			azure_usage =>
			  qr/The API denied access.*HTTP status 403.*Partner Center role/
		}
	],
	[
		'a path that is not there',
		{
			fault => {
				kind => 'status',
				status => 404,
				regex => 'deployment/license',
				times => 0
			}
		},
		undef,
		{
			license_deployment => qr/does not have this resource.*404/,
			license_deployment_history => qr/404/
		}
	],
	[
		'an API that is down',
		{
			fault =>
			  { kind => 'status', status => 503, regex => 'GET', times => 0 }
		},
		undef,
		{ map { $_ => qr/503/ } grep { !/^customer_/ } @resources }
	],
	[
		'an API that has received too many requests',
		{
			fault => {
				kind => 'status',
				status => 429,
				regex => 'azure',
				times => 0
			}
		},
		undef,
		{
			azure_usage => qr/has received too many requests.*HTTP status 429/
		}
	],
	[
		'an API that says nothing',
		{
			fault => { kind => 'stall', path => $path },
			sql => server_option('request_timeout', 4)
		},
		server_option('request_timeout', 120),
		{ license_deployment => qr/No byte arrived/ }
	],
	[
		'an application alone',
		'ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (DROP refresh_token)',
		"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (ADD refresh_token '$good{refresh_token}')",
		{
			map  { $_ => qr/403.*pc_analytics_sign_in/ }
			grep { $_ ne 'customers' } @resources
		}
	]);
foreach my $case (@cases)
{
	my ($what, $break, $mend, $wrong, @skipped) = @$case;
	$pca->sql($break) unless ref $break;
	$pca->sql($break->{sql}) if ref $break && $break->{sql};
	$pca->fault(%{ $break->{fault} }) if ref $break && $break->{fault};
	$pca->config($break->{config}) if ref $break && $break->{config};
	($rows, $order) = check($pca->session);
	my %failed = map { $_ => 1 } grep { $rows->{$_}[0] eq 'false' } @$order;
	is( join(' ', sort keys %failed),
		join(' ',
			sort grep { $rows->{$_} && $rows->{$_}[0] ne 'skipped' }
			  keys %$wrong),
		"$what: shows where it is");
	is( scalar(grep { $rows->{$_}[0] ne 'skipped' } keys %$wrong),
		scalar(keys %failed),
		"$what: and nowhere else");
	like(join(' ', @{ $rows->{$_} }[ 1, 2 ]),
		$wrong->{$_}, "$what: $_ says what it is")
	  foreach grep { $failed{$_} } sort keys %$wrong;
	is($rows->{$_}[0], 'skipped', "$what: $_ is skipped") foreach @skipped;
	is(scalar @$order, @steps + @resources, "$what: every row is there");
	$pca->sql($mend) if $mend;
	$pca->reset;
}
($rows, $order) = check($pca->session);
is_deeply([ grep { $rows->{$_}[0] eq 'false' } @$order ], [],
	'all is mended');

# --- a server of a plain role

$pca->sql(
	"CREATE ROLE alice LOGIN; GRANT USAGE ON FOREIGN DATA WRAPPER pc_analytics_fdw TO alice"
);
my $alice = $pca->session(user => 'alice');
$pca->error_is(
	$alice->error_of("SELECT * FROM pc_analytics_check('mock_api')"),
	'42501',
	qr/permission denied for function/,
	'it is not for PUBLIC');
$pca->sql('GRANT EXECUTE ON FUNCTION pc_analytics_check(text) TO alice');
$pca->error_is(
	$alice->error_of("SELECT * FROM pc_analytics_check('mock_api')"),
	'42501',
	qr/permission denied for foreign server/,
	'and needs USAGE on the server');
$pca->error_is(
	$alice->error_of("SELECT * FROM pc_analytics_check('nothing')"),
	'42704',
	qr/"nothing" does not exist/,
	'which must exist');
$alice->query('CREATE SERVER hers FOREIGN DATA WRAPPER pc_analytics_fdw');
$pca->sql("ALTER SERVER hers OPTIONS (ADD base_url '@{[ $pca->url ]}')");
($rows) = check($alice, 'hers');
is($rows->{configuration}[0],
	'false', 'what a plain role\'s server may not do');
like(
	$rows->{configuration}[1],
	qr/must be an https URL|may not reach/,
	'is told as what it is');
is($rows->{address}[0], 'skipped', 'and not done');
$pca->sql(
	"ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (ADD allowed_hosts 'localhost'); "
	  . "ALTER SERVER hers OPTIONS (SET base_url 'https://localhost:1', ADD login_url 'https://localhost:1'); "
	  . 'CREATE USER MAPPING FOR alice SERVER hers OPTIONS (access_token \'of-alice\')'
);
($rows) = check($alice, 'hers');
is($rows->{address}[0], 'false', 'an address that is not public');
like($rows->{address}[1], qr/not a public one/, 'is refused as in a scan');
is($rows->{'login address'}[0],
	'skipped', 'with an access token there is no sign-in');
$pca->sql(
	'ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (DROP allowed_hosts)'
);
$pca->sql(
	'GRANT USAGE ON FOREIGN SERVER mock_api TO alice; CREATE USER MAPPING FOR alice SERVER mock_api OPTIONS (access_token \'mock-api-access-token\')'
);
($rows, $order) = check($alice);
is_deeply([ grep { $rows->{$_}[0] eq 'false' } @$order ],
	[], 'a plain role that may, can');
$pca->sql(
	'CREATE FOREIGN DATA WRAPPER other; CREATE SERVER another FOREIGN DATA WRAPPER other'
);
$pca->fails_with(
	"SELECT * FROM pc_analytics_check('another')",
	'42809',
	qr/not one of pc_analytics_fdw/,
	'a server of another wrapper is refused');

# --- it can be cancelled, and leaves nothing behind

$pca->fault(kind => 'stall', path => $path, times => 0);
$session->start(
	"BEGIN; SAVEPOINT s; SELECT * FROM pc_analytics_check('mock_api')");
$pca->wait_for_requests(1);
$pca->sql(
	'SELECT pg_cancel_backend('
	  . $pca->sql(
		"SELECT pid FROM pg_stat_activity WHERE query LIKE '%pc_analytics_check%' AND state = 'active' AND pid <> pg_backend_pid()"
	  )
	  . ')');
is($session->error->{sqlstate},
	'57014', 'a check that is cancelled is cancelled');
$pca->clear_faults;
$session->query('ROLLBACK');
$session->query("BEGIN; CREATE TABLE public.kept (a int)");
($rows) = check($session);
$session->query('COMMIT; DROP TABLE public.kept');
pass('a check in a transaction leaves the transaction as it is');

# --- no secret in what it says

my $said = $session->query(
	"SELECT string_agg(c::text, ' ') FROM pc_analytics_check('mock_api') AS c"
);
unlike(
	$said,
	qr/mock-api-client-secret|mock-api-refresh-token|eyJ0|mock-api-access-token/,
	'no secret stands in the rows');

done_testing();
