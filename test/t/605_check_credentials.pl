# pc_analytics_check: what it says of the application's credential, the refresh
# token and the access token, and the hint for each finding.
use strict;
use warnings FATAL => 'all';

use JSON::PP;
use MIME::Base64 qw(encode_base64url);
use PcaTest;
use PcaTls;
use Test::More;

my %known = %PcaTest::CREDENTIALS;
my $pca = PcaTest->new(
	rows => 5,
	customers => 2,
	foreign_tokens => 'true',
	person => 'approves',
	device_interval => 1,
	mapping => \%known);
$pca->sql(
	"ALTER SERVER mock_api OPTIONS (ADD token_resource '@{[ $pca->url ]}')");
my $directory = $pca->node->basedir;
my $sign_in = qr/SELECT \* FROM pc_analytics_sign_in\('mock_api'\)/;

# The superuser's mapping, with these options.
sub mapping
{
	my (%options) = @_;
	$pca->sql('DROP USER MAPPING IF EXISTS FOR CURRENT_USER SERVER mock_api; '
		  . 'CREATE USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS ('
		  . join(', ', map { "$_ '$options{$_}'" } sort keys %options)
		  . ')');
	return;
}
my %application =
  (tenant_id => $known{tenant_id}, client_id => $known{client_id});
my %token = (refresh_token => $known{refresh_token});

# The rows of the check: {step => {ok, detail, hint}}.
sub check
{
	my $rows = $pca->sql(
		"SELECT json_object_agg(step, json_build_object('ok', ok, 'detail', detail, 'hint', hint)) FROM pc_analytics_check('mock_api')"
	);
	return JSON::PP->new->decode($rows);
}

# Test points: a row of the check.
sub row_is
{
	my ($row, $ok, $detail, $hint, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(defined $row->{ok} ? ($row->{ok} ? 'true' : 'false') : 'skipped',
		$ok, "$name: ok");
	like($row->{detail}, $detail, "$name: the detail");
	return defined $hint
	  ? like($row->{hint}, $hint, "$name: the hint")
	  : is($row->{hint}, undef, "$name: no hint");
}

sub file
{
	my ($name, @parts) = @_;
	my $file = "$directory/$name";
	unlink $file;
	PostgreSQL::Test::Utils::append_to_file($file, $_) foreach @parts;
	chmod 0600, $file;
	return $file;
}

sub slurp { return PostgreSQL::Test::Utils::slurp_file($_[0]); }

# A certificate that ends then, or begins later, with its key in one file.
sub certificate
{
	my ($days) = @_;
	PcaTls::openssl("req -newkey rsa:2048 -nodes -subj '/O=Partner/CN=app' "
		  . "-keyout '$directory/app.key' -out '$directory/app.csr'");
	if ($days eq 'later')
	{
		PcaTls::begin_later("$directory/app.csr", "$directory/app.key",
			"$directory/app.crt");
	}
	else
	{
		PcaTls::openssl(
			"x509 -req -in '$directory/app.csr' -signkey '$directory/app.key' $days -out '$directory/app.crt'"
		);
	}
	return file(
		'app.pem',
		slurp("$directory/app.key"),
		slurp("$directory/app.crt"));
}

# --- the application's credential

mapping(%application, %token, client_secret => $known{client_secret});
my $rows = check();
row_is(
	$rows->{'client credential'},
	'true', qr/^A client secret\.$/,
	undef, 'a client secret');
my $secret = file('secret', $known{client_secret});
mapping(%application, %token, client_secret_file => $secret);
row_is(
	check()->{'client credential'},
	'true', qr/^A client secret, in file "\Q$secret\E"\.$/,
	undef, 'a client secret of a file');
$pca->config(client => 'public');
mapping(%application, %token);
row_is(
	check()->{'client credential'},
	'true', qr/^None: the application is a public client\.$/,
	undef, 'a public client');
$pca->config(client => 'confidential');

if ($pca->has_openssl)
{
	my $file = certificate('-days 90');
	$pca->config(client_certificates => ["$directory/app.crt"]);
	mapping(%application, %token, client_certificate_file => $file);
	chomp(my $thumbprint =
		  `openssl x509 -in '$directory/app.crt' -noout -fingerprint -sha256`
	);
	$thumbprint =~ s/.*=//;
	$rows = check();
	row_is(
		$rows->{'client credential'},
		'true',
		qr/^The certificate of "CN=app,O=Partner", valid until \d{4}-.*, SHA-256 thumbprint $thumbprint\.$/,
		undef,
		'a certificate, with the thumbprint that openssl prints');
	is($rows->{token}{ok}, JSON::PP::true, 'which gets a token');
	certificate('-days 20');
	row_is(
		check()->{'client credential'},
		'true',
		qr/^The certificate of/,
		qr/^The certificate ends in (?:19|20) days: upload a new one to the application's registration, then replace the file "\Q$file\E"\.$/,
		'a certificate that ends within 30 days');
	certificate(PcaTls::expired());
	row_is(
		check()->{'client credential'},
		'true',
		qr/^The certificate of/,
		qr/^The certificate has ended: upload/,
		'a certificate that has ended');
	certificate('later');
	row_is(
		check()->{'client credential'},
		'true',
		qr/^The certificate of/,
		qr/^The certificate is not valid before 2099-01-01 .*clock/,
		'a certificate that is not valid yet');
	file('app.pem', slurp("$directory/app.crt"));
	$rows = check();
	row_is(
		$rows->{'client credential'},
		'false',
		qr/holds no certificate with its private key\. It has no private key/,
		qr/PEM format/,
		'a file without a key');
	is($rows->{token}{ok}, JSON::PP::false, 'which gets no token');
}

# A JWT with these claims, whose signature is of no use.
sub jwt
{
	my (%claims) = @_;
	return join '.', map { encode_base64url($_) } '{"alg":"RS256"}',
	  JSON::PP->new->canonical->encode(\%claims), 'signature';
}
my %assertion = (
	iss => 'https://issuer.example',
	sub => 'system:serviceaccount:db:postgres',
	aud => 'api://AzureADTokenExchange');
my $path = file('assertion', jwt(%assertion, exp => time + 3600));
mapping(%application, %token, client_assertion_file => $path);
row_is(
	check()->{'client credential'},
	'true',
	qr{^An assertion of issuer https://issuer\.example, subject system:serviceaccount:db:postgres, audience api://AzureADTokenExchange, valid until \d{4}-},
	undef,
	'an assertion');
file('assertion', jwt(%assertion, exp => time - 60));
row_is(
	check()->{'client credential'},
	'true',
	qr/^An assertion of issuer/,
	qr/^The assertion has ended, or the clock of the database server is wrong: the platform must renew the file "\Q$path\E"\.$/,
	'an assertion that has ended');
file('assertion', 'a.b.c');
row_is(
	check()->{'client credential'},
	'false', qr/holds no client assertion/,
	qr/signed JWT/, 'a file without an assertion');
file('assertion', 'aaaa.bbbb.cccc');
row_is(
	check()->{'client credential'},
	'true', qr/^An assertion whose claims cannot be read\.$/,
	undef, 'an assertion whose claims cannot be read');

# --- the refresh token

my %secret = (client_secret => $known{client_secret});
foreach my $case (
	[ 12, qr/^Stored 12 days ago, ends \d{4}-\d\d-\d\d\.$/, undef ],
	[ 59, qr/^Stored 59 days ago, ends/, undef ],
	[
		60,
		qr/^Stored 60 days ago, ends/,
		qr/^SELECT pc_analytics_rotate_refresh_token\('mock_api'\) replaces it\.$/
	],
	[
		91,
		qr/^Stored 91 days ago, ended \d{4}-\d\d-\d\d\.$/,
		qr/^The refresh token has expired\. Sign in: $sign_in\.$/
	])
{
	my ($days, $detail, $hint) = @$case;
	my ($stored, $end) = split /\|/,
	  $pca->sql(
		"SELECT to_char(now() AT TIME ZONE 'UTC' - interval '$days days', 'YYYY-MM-DD HH24:MI:SS') || 'Z', (now() AT TIME ZONE 'UTC' - interval '$days days' + interval '90 days')::date"
	  );
	mapping(%application, %token, %secret, refresh_token_saved_at => $stored);
	my $row = check()->{'refresh token'};
	row_is($row, 'true', $detail, $hint, "a token of $days days");
	like($row->{detail}, qr/\Q$end\E/,
		"a token of $days days: the day of its end");
}
mapping(%application, %token, %secret);
row_is(
	check()->{'refresh token'},
	'true',
	qr/^When it was stored is not known\.$/,
	qr/^Set the user mapping's option "refresh_token_saved_at"/,
	'a token whose age is not known');
my $kept = file('refresh', $known{refresh_token});
mapping(%application, %secret, refresh_token_file => $kept);
row_is(
	check()->{'refresh token'},
	'true', qr/^In file "\Q$kept\E"\. When it ends is not known\.$/,
	undef, 'a token of a file');
mapping(%application, %secret);
$rows = check();
row_is(
	$rows->{'refresh token'},
	'skipped',
	qr/the user mapping has none/,
	qr/^Sign in: $sign_in\.$/,
	'no refresh token');
like(
	$rows->{token}{hint},
	qr/^The token is the application's own, .* Sign in: $sign_in\.$/,
	'the token of the application alone');
mapping(%application);
row_is(
	check()->{configuration},
	'false',
	qr/neither "refresh_token" nor "client_secret"/,
	qr/^Sign in: $sign_in\.$/,
	'a mapping with tenant and client only');
is(check()->{$_}{ok}, undef, "then the row $_ is skipped")
  foreach 'client credential', 'refresh token', 'token';

# --- the access token

my %good = (
	aud => $pca->url,
	tid => $known{tenant_id},
	appid => $known{client_id},
	appidacr => '2',
	upn => 'user@partner.example',
	amr => [ 'pwd', 'mfa' ],
	scp => 'email user_impersonation',
	exp => time + 3600);

# The row of a token with these claims; undef leaves one out.
sub token_row
{
	my (%claims) = @_;
	my %all = (%good, %claims);
	delete $all{$_} foreach grep { !defined $all{$_} } keys %all;
	mapping(%application, access_token => jwt(%all));
	return check()->{token};
}

mapping(access_token => jwt(%good));
$rows = check();
is($rows->{$_}{ok}, undef, "with an access token, the row $_ is skipped")
  foreach 'client credential', 'refresh token';
row_is(
	token_row(),
	'true',
	qr/^Audience \S+, valid until \d{4}-.*, tenant $known{tenant_id}, application $known{client_id} with a certificate or assertion, user user\@partner\.example with multi-factor authentication, scopes email user_impersonation, roles none, amr pwd mfa\.$/,
	undef,
	'a good token');
foreach my $case (
	[ '0', ' as a public client' ],
	[ '1', ' with a client secret' ],
	[ undef, '' ])
{
	my ($number, $text) = @$case;
	like(
		token_row(appidacr => undef, azpacr => $number)->{detail},
		qr/application $known{client_id}$text, user/,
		'the row says how the application proved its identity: '
		  . ($number // 'unknown'));
}
foreach my $case (
	[
		'no multi-factor authentication',
		{ amr => ['pwd'] },
		qr/^Sign in again: $sign_in\. The user must have multi-factor authentication enforced, by Microsoft Entra or by a federated provider whose amr says so\.$/
	],
	[ 'no amr', { amr => undef }, qr/multi-factor authentication enforced/ ],
	[
		'roles and no scope',
		{ scp => undef, roles => ['x.All'], amr => undef, upn => undef },
		qr/^The token is the application's own, .* Sign in: $sign_in\.$/
	],
	[
		'another scope',
		{ scp => 'email user_impersonation_x' },
		qr/^API permissions of the application: add "user_impersonation" of Microsoft Partner Center, and grant consent\. Then sign in again: $sign_in\.$/
	],
	[ 'no scope', { scp => undef }, qr/^API permissions of the application/ ],
	[
		'another tenant',
		{ tid => '99999999-2222-3333-4444-555555555555' },
		qr/^The token was made elsewhere, .* Sign in again: $sign_in\.$/
	],
	[
		'another application',
		{ appid => '99999999-2222-3333-4444-555555555555' },
		qr/^The token was made elsewhere/
	],
	[
		'another audience',
		{ aud => 'https://graph.windows.net' },
		qr/^The token's audience differs from option "token_resource"/
	],
	[ 'its own case', { tid => uc $known{tenant_id} }, undef ])
{
	my ($what, $claims, $hint) = @$case;
	row_is(
		token_row(%$claims), 'true', qr/^Audience/, $hint,
		"a token with $what");
}
like(
	token_row(roles => [ 'a', 'b' ])->{detail},
	qr/, roles a b, /,
	'the row shows roles');
row_is(
	token_row(exp => time - 60),
	'false', qr/^The token has expired\. Audience/,
	qr/pc_analytics_sign_in\(\)/, 'a token that has expired');

# After a sign-in.
mapping(%application, %secret);
my (undef, undef, $said) =
  $pca->node->psql('postgres', "SELECT pc_analytics_sign_in('mock_api')");
unlike($said, qr/ERROR/, 'a user signs in');
$rows = check();
row_is(
	$rows->{'refresh token'}, 'true',
	qr/^Stored 0 days ago, ends/, undef,
	'the token that was stored');

# --- access denied to all resources

$pca->fault(
	kind => 'status',
	status => 403,
	code => 900150,
	regex => 'GET',
	times => 0);
$rows = check();
my @denied =
  grep { ($rows->{$_}{detail} // '') =~ /HTTP status 403/ } sort keys %$rows;
cmp_ok(scalar(@denied), '>', 5, 'all resources are denied');
like(
	$rows->{$_}{hint},
	qr/^The user needs a Partner Center role: Admin agent, Sales agent or Helpdesk agent\. Granular delegated admin privileges \(GDAP\) are not needed/,
	"$_: the user's role is at fault") foreach @denied;
$pca->clear_faults;
$pca->config(forbidden => ['azure_usage']);
$rows = check();
unlike($rows->{azure_usage}{hint},
	qr/GDAP/, 'a single resource that is denied has another hint');

done_testing();
