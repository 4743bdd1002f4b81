# Tokens from an OAuth server written by others, over TLS with a private
# certificate authority: the extension speaks the protocol, not only that of
# the mock API.
use strict;
use warnings FATAL => 'all';

use Digest::SHA qw(sha256_hex);
use IO::Select;
use IPC::Open3 qw(open3);
use JSON::PP;
use MIME::Base64 qw(decode_base64url);
use PcaTest;
use PcaTls;
use Test::More;

plan skip_all => 'there is no node, or npm could not install the server'
  unless -d 'test/third_party_oauth/node_modules/oauth2-mock-server';

my %known = %PcaTest::CREDENTIALS;
my $one = 'SELECT FROM license_deployment LIMIT 1';
my $authority = PcaTls::authority('private');
my $pair = PcaTls::certificate($authority, 'IP:127.0.0.1');
my $pid = open3(my $in, my $out, '>&STDERR', 'node',
	'test/third_party_oauth/server.js', @$pair);
chomp(my $port = <$out> // '');
like($port, qr/^\d+$/, 'the server has started') or BAIL_OUT('no server');
my $login = "https://127.0.0.1:$port";
my $pca = PcaTest->new(
	rows => 40,
	foreign_tokens => 'true',
	tls => $pair,

	# each session requests a token
	mapping => { %known, share_token => 'false' },
	server => {
		login_url => $login,
		ca_file => $authority,
		page_size => 10,
		max_retries => 1,
		max_retry_wait => '20ms'
	});

# The next token request that the server has answered.
sub exchange
{
	IO::Select->new($out)->can_read($PostgreSQL::Test::Utils::timeout_default)
	  or die 'the server has received no token request';
	return JSON::PP->new->utf8->decode(scalar <$out>);
}

# Let the next one fail.
sub fault
{
	print $in JSON::PP->new->utf8->encode($_[0]) . "\n";
	$in->flush;
	return;
}

sub claims
{
	return JSON::PP->new->utf8->decode(
		decode_base64url((split /\./, $_[0])[1]));
}

sub tokens_sent
{
	my %sent = map {
		map { $_->[0] eq 'Authorization' ? ($_->[1] => 1) : () }
		  @{ $_->{headers} }
	} $pca->log_entries;
	return join ' ', sort keys %sent;
}
sub digest { return 'Bearer ' . substr sha256_hex($_[0]), 0, 8; }

my @flows = (    # options of the server, mapping, path, fields of the form
	[
		'a refresh token, v1',
		{},
		{},
		"/$known{tenant_id}/oauth2/token",
		{
			grant_type => 'refresh_token',
			resource => $pca->url,
			scope => 'openid',
			refresh_token => $known{refresh_token}
		}
	],
	[
		'a refresh token, v2',
		{ token_endpoint => 'v2' },
		{},
		"/$known{tenant_id}/oauth2/v2.0/token",
		{
			grant_type => 'refresh_token',
			scope => $pca->url . '/user_impersonation offline_access',
			refresh_token => $known{refresh_token}
		}
	],
	[
		'the application alone, v1',
		{},
		{ refresh_token => undef },
		"/$known{tenant_id}/oauth2/token",
		{ grant_type => 'client_credentials', resource => $pca->url }
	],
	[
		'the application alone, v2',
		{ token_endpoint => 'v2' },
		{ refresh_token => undef },
		"/$known{tenant_id}/oauth2/v2.0/token",
		{
			grant_type => 'client_credentials',
			scope => $pca->url . '/.default'
		}
	]);
foreach my $flow (@flows)
{
	my ($what, $server, $mapping, $path, $fields) = @$flow;
	$pca->sql("ALTER SERVER mock_api OPTIONS ("
		  . join(', ', map { "ADD $_ '$server->{$_}'" } keys %$server) . ')')
	  if %$server;
	$pca->sql(
		"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (DROP $_)"
	) foreach keys %$mapping;
	my $session = $pca->session;
	$pca->log_entries;
	$session->query("$one; SELECT * FROM license_deployment");
	my $exchange = exchange();
	is($exchange->{path}, $path, "$what: the endpoint");
	is_deeply(
		$exchange->{form},
		{
			client_id => $known{client_id},
			client_secret => $known{client_secret},
			%$fields
		},
		"$what: the form");
	is( tokens_sent(),
		digest($exchange->{answer}{access_token}),
		"$what: all requests have the token that was granted");
	my $audience = $fields->{resource} // $fields->{scope};
	is(claims($exchange->{answer}{access_token})->{aud},
		$audience, "$what: which is for that audience");
	$pca->sql("ALTER SERVER mock_api OPTIONS (DROP $_)")
	  foreach keys %$server;
	$pca->sql(
		"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (ADD $_ '$known{$_}')"
	) foreach keys %$mapping;
}

# Rotation.
my $session = $pca->session;
$session->query("SELECT pc_analytics_rotate_refresh_token('mock_api')");
my $first = exchange();
$session->query($one);
is( exchange()->{form}{refresh_token},
	$first->{answer}{refresh_token},
	'the refresh token that was granted is stored, and traded next');

# Lives and renewals.
fault({ set => { expires_in => '1', expires_on => undef } });
$session = $pca->session;
$session->query($one);
exchange();
$pca->wait_for(
	'a second token',
	sub {
		$session->query($one);
		$pca->sql('SELECT 1');
		IO::Select->new($out)->can_read(0);
	});
is(exchange()->{form}{grant_type},
	'refresh_token', 'a token is renewed when its life is over');

# Refusals.
my @refusals = (    # answer, SQLSTATE, what the error says
	[
		'RFC 6749\'s own',
		{ status => 400, body => { error => 'invalid_grant' } },
		'28000',
		qr/the sign-in service gave no access token: invalid_grant/,
		qr/HINT.*Sign in again/
	],
	[
		'with a sentence',
		{
			status => 401,
			body => {
				error => 'invalid_client',
				error_description => 'AADSTS7000222: expired'
			}
		},
		'28000',
		qr/invalid_client.*AADSTS7000222/s,
		qr/HINT.*client secret/
	],
	[
		'no token', { body => { token_type => 'Bearer' } },
		'HV00M', qr/the sign-in service's response is not a token/
	],
	[
		'a failure',
		{ status => 501, body => { oops => 1 } },
		'08006',
		qr/the sign-in service gave no access token/
	]);
foreach my $refusal (@refusals)
{
	my ($what, $fault, $sqlstate, @expressions) = @$refusal;
	fault($fault);
	$pca->error_is($pca->session->error_of($one),
		$sqlstate, [@expressions], "$what: an error");
	exchange();
}

# Without the private certificate authority, nothing is sent.
$pca->sql('ALTER SERVER mock_api OPTIONS (DROP ca_file)');
$pca->fails_with(
	$one, 'HV00N',
	qr/no secure connection to the sign-in service can be made/,
	'without the authority there is no token');
ok(!IO::Select->new($out)->can_read(0), 'and no token was requested');

close $in;
waitpid $pid, 0;
done_testing();
