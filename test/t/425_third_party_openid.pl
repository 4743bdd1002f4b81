# Sign-ins at an OpenID provider written by others, over TLS with a private
# certificate authority: device codes, PKCE, and assertions that are signed with a
# certificate.
use strict;
use warnings FATAL => 'all';

use IPC::Open3 qw(open3);
use JSON::PP;
use PcaTest;
use PcaTls;
use Test::More;

plan skip_all => 'there is no node, or npm could not install the provider'
  unless -d 'test/third_party_oauth/node_modules/oidc-provider';

my %known = %PcaTest::CREDENTIALS;
my $tenant = $known{tenant_id};
my ($public, $confidential) =
  map { "$_-7777-8888-9999-000000000000" } qw(66666666 77777777);
my $authority = PcaTls::authority('private');
my $pair = PcaTls::certificate($authority, 'IP:127.0.0.1');
my $directory = PcaTls::directory();
PcaTls::openssl(
	"req -x509 -newkey rsa:2048 -nodes -days 90 -subj '/CN=application' -keyout '$directory/application.key' -out '$directory/application.crt'"
);
my $file = "$directory/application.pem";
PostgreSQL::Test::Utils::append_to_file($file,
	PostgreSQL::Test::Utils::slurp_file($_))
  foreach "$directory/application.key", "$directory/application.crt";
chmod 0600, $file;

my $pca = PcaTest->new(
	rows => 40,
	foreign_tokens => 'true',
	tls => $pair,
	mapping => { access_token => 'none' },
	server => {
		ca_file => $authority,
		token_endpoint => 'v2',
		max_retries => 1,
		max_retry_wait => '20ms'
	});
my $pid = open3(
	my $in,
	my $out,
	'>&STDERR',
	'node',
	'test/third_party_oauth/openid.mjs',
	@$pair,
	$tenant,
	$pca->url,
	qq({"id": "$public"}),
	qq({"id": "$confidential", "certificate": "$directory/application.crt"}));
my $port = '';

while ($port !~ /^\d+$/)
{
	chomp($port = <$out> // BAIL_OUT('the provider did not start'));
}
$pca->sql(
	"ALTER SERVER mock_api OPTIONS (SET login_url 'https://127.0.0.1:$port')"
);
my $token_path = "/$tenant/oauth2/v2.0/token";
my $one = 'SELECT count(*) > 0 FROM license_deployment';

# What the provider has printed next, without its notices.
sub printed
{
	my $line = '';
	$line = <$out> // die 'the provider has ended' until $line =~ /^\{/;
	return JSON::PP->new->utf8->decode($line);
}

# Let the user do that; returns what the provider prints.
sub user
{
	print $in JSON::PP->new->utf8->encode({@_}) . "\n";
	$in->flush;
	return printed();
}

# The mapping of an application.
sub mapping
{
	my (%options) = @_;
	my %all = (tenant_id => $tenant, %options);
	$pca->sql('DROP USER MAPPING FOR CURRENT_USER SERVER mock_api; '
		  . 'CREATE USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS ('
		  . join(', ', map { "$_ '$all{$_}'" } sort keys %all)
		  . ')');
	return;
}

my @applications = (
	[ 'a public client', { client_id => $public } ],
	[
		'an application with a certificate',
		{ client_id => $confidential, client_certificate_file => $file }
	]);
pop @applications unless $pca->has_openssl;
my $who = "SELECT username, tenant, multi_factor FROM";
my $session = $pca->session;
foreach my $application (@applications)
{
	my ($what, $options) = @$application;
	my $has_assertion = $options->{client_certificate_file};

	# a device code
	mapping(%$options);
	my ($url, $code) = split /\|/,
	  $session->query(
		"SELECT url, code FROM pc_analytics_sign_in_begin('mock_api')");
	my $begun = printed();
	is($begun->{status}, 200, "$what: the provider gives a device code");
	like(
		$url,
		qr{^https://127\.0\.0\.1:$port/device\?user_code=},
		"$what: the link is the one that has the code");
	my $pending = printed();
	is($pending->{answer}{error},
		'authorization_pending', "$what: the first poll is early");
	user(approve => $code);
	is( $session->query("$who pc_analytics_sign_in_end('mock_api')"),
		"user\@partner.example|$tenant|t",
		"$what: the user signs in with the code");
	my $granted = printed();
	is($granted->{status}, 200, "$what: the second poll gets the token");
	my @assertions =
	  grep { defined }
	  map { $_->{form}{client_assertion} } $begun, $pending, $granted;
	is( scalar(@assertions),
		$has_assertion ? 3 : 0,
		"$what: the assertions that were sent");
	is($session->query($one), 't',
		"$what: the token that was stored is used");
	my $refreshed = printed();
	is($refreshed->{form}{grant_type},
		'refresh_token', "$what: the provider takes the refresh token");
	is($refreshed->{status}, 200, "$what: and gives an access token");

	# an assertion that is repeated
	if ($has_assertion)
	{
		my %form = %{ $refreshed->{form} };
		my $fields = join ' ',
		  map { "--data-urlencode '$_=$form{$_}'" } sort keys %form;
		my $answer =
		  `curl -s --cacert '$authority' $fields 'https://127.0.0.1:$port$token_path'`;
		like($answer, qr/invalid_client/,
			"$what: the provider takes an assertion once");
		printed();
	}

	# the user declines
	(undef, $code) = split /\|/,
	  $session->query(
		"SELECT url, code FROM pc_analytics_sign_in_begin('mock_api')");
	printed() foreach 1 .. 2;
	user(decline => $code);
	$pca->error_is(
		$session->error_of("SELECT pc_analytics_sign_in_end('mock_api')"),
		'28000',
		qr/the sign-in was declined/,
		"$what: the user declines");
	printed();

	# a browser, with PKCE
	mapping(%$options);
	$url = $session->query(
		"SELECT url FROM pc_analytics_sign_in_begin('mock_api', 'browser')");
	my $address = user(open => $url)->{address};
	like(
		$address,
		qr{^http://localhost/?\?code=},
		"$what: the browser ends at the redirect URI");
	is( $session->query(
			"$who pc_analytics_sign_in_end('mock_api', '$address')"),
		"user\@partner.example|$tenant|t",
		"$what: the user signs in with a browser");
	$granted = printed();
	like($granted->{form}{code_verifier},
		qr/^[\w-]{43}$/, "$what: the verifier is sent");
	is($session->query($one), 't', "$what: that token is used, too");
	printed();
}

# --- what the provider refuses

mapping(client_id => $confidential);
$pca->fails_with(
	"SELECT pc_analytics_sign_in('mock_api')",
	'28000',
	qr/the sign-in service refused the sign-in: invalid_client.*CONTEXT:  sign-in to server "mock_api"/s,
	'an application without its certificate is refused');
printed();
if ($pca->has_openssl)
{
	PcaTls::openssl(
		"req -x509 -newkey rsa:2048 -nodes -days 90 -subj '/CN=other' -keyout '$directory/other.key' -out '$directory/other.crt'"
	);
	my $other = "$directory/other.pem";
	PostgreSQL::Test::Utils::append_to_file($other,
		PostgreSQL::Test::Utils::slurp_file($_))
	  foreach "$directory/other.key", "$directory/other.crt";
	chmod 0600, $other;
	mapping(client_id => $confidential, client_certificate_file => $other);
	$pca->fails_with(
		"SELECT pc_analytics_sign_in('mock_api')",
		'28000',
		qr/invalid_client/,
		'so is one with another certificate');
	printed();
}
$pca->sql('ALTER SERVER mock_api OPTIONS (DROP ca_file)');
$pca->fails_with(
	"SELECT pc_analytics_sign_in('mock_api')",
	'HV00N',
	qr/no secure connection to the sign-in service can be made.*CONTEXT:  sign-in to server "mock_api"/s,
	'without the certificate authority nobody signs in');

close $in;
waitpid $pid, 0;
done_testing();
