# pc_analytics_check over TLS, and what it reports about tokens.
use strict;
use warnings FATAL => 'all';

use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use MIME::Base64 qw(encode_base64url);
use PcaTest;
use PcaTls;
use Test::More;

my $directory = PcaTls::directory();

# An authority's certificate, and the mock API's: signed by it, good for some days.
PcaTls::authority('theirs');
my $ours = PcaTls::authority('ours');
my $pca = PcaTest->new(
	rows => 50,
	customers => 5,
	tls => PcaTls::certificate($ours, 'IP:127.0.0.1', '-days 5'),
	server => { ca_file => $ours, connect_timeout => 5 },
	mapping => \%PcaTest::CREDENTIALS);

# The rows of the check: {step => [ok, detail, hint]}.
sub check
{
	my ($session) = @_;
	my %rows;
	foreach my $line (
		split /\n/,
		($session // $pca->session)->query(
			"SELECT step, coalesce(ok::text, 'skipped'), detail, hint FROM pc_analytics_check('mock_api')"
		))
	{
		my ($step, @rest) = split /\|/, $line, 4;
		$rows{$step} = \@rest;
	}
	return \%rows;
}

# --- the certificate

my $rows = check();
is($rows->{TLS}[0], 'true', 'a good certificate');
like(
	$rows->{TLS}[1],
	qr/Certificate of ".*mock_api", issued by ".*ours", valid until .*\d{4}.*; certificates in the chain: \d\.$/,
	'is shown with subject, issuer and end');
like(
	$rows->{TLS}[2],
	qr/expires in [345] days/,
	'with a hint that it expires soon');
is($rows->{'login TLS'}[0], 'true', 'and so is that of the sign-in');
is($rows->{license_usage}[0], 'true', 'a row comes over it');
my $again = check(my $session = $pca->session);
is( check($session)->{TLS}[1],
	$again->{TLS}[1],
	'a connection that is kept does not hide it');

my ($url, $localhost) = ($pca->url, $pca->url =~ s/127\.0\.0\.1/localhost/r);
my @wrong = (    # SQL, what the row says, SQL that mends it
	[
		"SET ca_file '$directory/theirs.pem'",
		qr/no secure connection.*certificate/i,
		"SET ca_file '$directory/ours.pem'"
	],
	[ "SET base_url '$localhost'", qr/localhost/, "SET base_url '$url'" ],
	[
		"SET ca_file '$directory/nowhere.pem'",
		qr/nowhere|ca_file|certificate/i,
		"SET ca_file '$directory/ours.pem'"
	]);
foreach my $case (@wrong)
{
	my ($break, $expression, $mend) = @$case;
	$pca->sql("ALTER SERVER mock_api OPTIONS ($break)");
	$rows = check();
	is( join(' ', map { $rows->{$_}[0] } qw(address TCP TLS license_usage)),
		'true true false skipped',
		"$break: it is TLS that fails");
	like($rows->{TLS}[1], $expression, "$break: with what is wrong");
	like($rows->{TLS}[2], qr/ca_file/, "$break: and a hint");
	$pca->sql("ALTER SERVER mock_api OPTIONS ($mend)");
}

# A proxy that does not let through is no matter of TLS.
my $proxy = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1')
  or die "no socket: $!";
$pca->sql("ALTER SERVER mock_api OPTIONS (ADD proxy 'http://127.0.0.1:"
	  . $proxy->sockport
	  . "')");
my $waiting = $pca->session;
$waiting->start(
	"SELECT string_agg(step || ' ' || ok || ' ' || detail, E'\\n') FROM pc_analytics_check('mock_api')"
);
foreach (1 .. 3)
{
	IO::Select->new($proxy)->can_read(60) or last;
	my $client = $proxy->accept;
	sysread $client, my $said, 4096;
	print {$client} "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
	close $client;
}
my ($said) = $waiting->finish;
like(
	$said,
	qr/^address true The proxy has the address 127\.0\.0\.1/m,
	'a proxy has an address');
like($said, qr/^TCP false .*403/m, 'and may refuse the connection');
$pca->sql('ALTER SERVER mock_api OPTIONS (DROP proxy)');

# --- what a token tells of itself

sub jwt
{
	my (%claims) = @_;
	return join '.',
	  map { encode_base64url($_) } '{"typ":"JWT","alg":"RS256"}',
	  JSON::PP->new->utf8->canonical->encode(\%claims), 'a signature';
}
my %claims = (
	aud => $url,
	exp => time + 3600,
	tid => 'the-tenant',
	appid => 'the-application',
	upn => 'somebody@example.com',
	amr => [ 'pwd', 'mfa' ],
	scp => 'user_impersonation');
my @tokens = (    # token, ok, what is said of it, the hint
	[
		jwt(%claims),
		'true',
		qr/Audience \Q$url\E, valid until 20\d\d-.*, tenant the-tenant, application the-application, user somebody\@example\.com with multi-factor/,
		qr/^$/
	],
	[
		jwt(%claims, amr => ['pwd'], appid => undef, azp => 'v2'),
		'true',
		qr/application v2, user somebody\@example\.com, /,
		qr/multi-factor authentication enforced/
	],
	[ jwt(%claims, upn => undef), 'true', qr/no user/, qr/^$/ ],
	[
		jwt(%claims, aud => 'https://graph.microsoft.com'),
		'true',
		qr/Audience https:\/\/graph/,
		qr/audience differs from option "token_resource"/
	],
	[
		jwt(%claims, exp => time - 10),
		'false',
		qr/The token has expired\. Audience/,
		qr/Store a new access token/
	],
	[
		jwt(%claims, upn => "line\r\nbreak\x{7f}" . 'x' x 1000), 'true',
		qr/user line  break\?x+\.\.\./, qr/^$/
	],
	[ 'opaque', 'true', qr/claims cannot be read/, qr/^$/ ],
	[ 'a.b', 'true', qr/claims cannot be read/, qr/^$/ ],
	[ 'a.e30x!.c', 'true', qr/claims cannot be read/, qr/^$/ ],
	[
		'a.' . encode_base64url('[1]') . '.c', 'true',
		qr/claims cannot be read/, qr/^$/
	]);
foreach my $case (@tokens)
{
	my ($token, $ok, $detail, $hint) = @$case;
	$pca->sql('DROP USER MAPPING FOR CURRENT_USER SERVER mock_api');
	$pca->sql(
		"CREATE USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (access_token '$token')"
	);
	$rows = check();
	is($rows->{token}[0], $ok, "$detail: ok is $ok");
	like($rows->{token}[1], $detail, "$detail: the detail");
	like($rows->{token}[2], $hint, "$detail: the hint");
	unlike(join(' ', map { @$_ } values %$rows),
		qr/\Q$token\E/, "$detail: not the token")
	  if length $token > 10;
}
is($rows->{'login address'}[0],
	'skipped', 'with a fixed token there is no sign-in');
like(
	$rows->{license_usage}[1],
	qr/does not accept the token/,
	'and the resources say that it is refused');

# --- EXPLAIN ANALYZE and errors tell of what was done

$pca->sql('DROP USER MAPPING FOR CURRENT_USER SERVER mock_api');
$pca->sql(
	"CREATE USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (access_token 'mock-api-access-token')"
);
$pca->fault(kind => 'status', status => 503, times => 1, regex => 'license');
my $plan = JSON::PP->new->decode(
	$pca->sql(
		'EXPLAIN (ANALYZE, FORMAT json) SELECT channel FROM license_deployment'
	));
my $scan = $plan->[0]{Plan};
is_deeply(
	[ @$scan{ 'Requests', 'Pages', 'Rows Received', 'Retries' } ],
	[ 2, 1, 50, 1 ],
	'EXPLAIN ANALYZE counts requests, pages, rows and retries');
ok($scan->{'Bytes Received'} > 1000 && $scan->{'Wait Time'} > 0,
	'bytes and the time of waiting');
$pca->fault(
	kind => 'status',
	status => 400,
	times => 1,
	regex => 'license',
	code => 4711,
	description => 'not today',
	headers => { 'MS-CV' => 'cv.1', 'MS-ServerId' => 'server 7' });
my $error = $pca->error_of('SELECT channel FROM license_deployment');
like($error->{detail}, $_, "an error's detail has $_")
  foreach qr/HTTP status 400/, qr/4711/, qr/not today/,
  qr/MS-RequestId: \S{36}/, qr/MS-CorrelationId: \S{36}/, qr/MS-CV: cv\.1/,
  qr/MS-ServerId: server 7/;

done_testing();
