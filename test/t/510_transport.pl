# TLS and proxies: the peer is verified, and an unverified one receives
# nothing.
use strict;
use warnings FATAL => 'all';

use IO::Select;
use IO::Socket::INET;
use MIME::Base64 qw(encode_base64);
use PcaTest;
use PcaTls;
use Test::More;

my $path = '/v1/analytics/commercial/deployment/license/';
my $query = 'SELECT * FROM license_deployment';
my $directory = PcaTls::directory();

my $ours = PcaTls::authority('ours');
my $theirs = PcaTls::authority('theirs');
my $pca = PcaTest->new(
	rows => 300,
	customers => 30,
	tls => PcaTls::certificate($ours, 'IP:127.0.0.1'),
	mapping => \%PcaTest::CREDENTIALS,
	server => {
		page_size => 100,
		ca_file => $ours,
		max_retries => 1,
		max_retry_wait => '20ms',
		max_parallel_requests => 1
	});
my $session = $pca->session;
$pca->local_copy('license_deployment');

# --- TLS

$pca->log_entries;
$pca->same_query($query, 'over TLS: every row once', session => $session);
my @entries = $pca->log_entries;
is( join(' ', map { $_->{method} } @entries),
	'POST GET GET GET',
	'token and rows');
is(scalar(keys %{ { map { $_->{connection} => 1 } @entries } }),
	1, 'on one connection');

# The certificate is verified, always: nothing is sent otherwise.
sub refused
{
	my ($what, $options, @expressions) = @_;
	$session->query("ALTER SERVER mock_api OPTIONS ($options)");
	$pca->log_entries;
	$pca->error_is(
		$session->error_of($query),
		'HV00N',
		[ qr/no secure connection/, @expressions ],
		"$what: an error");
	is(scalar(my @sent = $pca->log_entries), 0, "$what: nothing is sent");
	return;
}
(my $localhost = $pca->url) =~ s/127\.0\.0\.1/localhost/;
refused(
	'without the authority', 'DROP ca_file',
	qr/certificate/i, qr/HINT.*ca_file/);
refused('another authority', "ADD ca_file '$theirs'", qr/certificate/i);
refused(
	'an authority that is not there',
	"SET ca_file '$directory/nowhere.pem'",
	qr/nowhere\.pem|ca_file/);
refused(
	'a file that is none',
	"SET ca_file '$directory/openssl.log'",
	qr/ca_file|certificate/i);
refused(
	'another name than the certificate\'s',
	"SET ca_file '$ours', SET base_url '$localhost', SET login_url '$localhost'",
	qr/localhost/);
my $url = $pca->url;
$session->query(
	"ALTER SERVER mock_api OPTIONS (SET base_url '$url', SET login_url '$url')"
);
$pca->same_query($query, 'and then it is right again', session => $session);

# From TLS nothing leads to plain text.
my $plain =
  IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', Blocking => 0)
  or die "no socket: $!";
$pca->config(next_link => 'http');
$pca->fails_with(
	$query, 'HV000',
	qr/next link of the API's response leads to another server/,
	'a next link without TLS is an error');
$pca->reset;
foreach my $location ($url =~ s/^https/http/r . $path,
	'http://127.0.0.1:' . $plain->sockport . $path)
{
	$pca->fault(kind => 'redirect', location => $location, path => $path);
	$pca->fails_with(
		$query, 'HV000',
		qr/redirects to another server/,
		'a redirect without TLS is an error');
	$pca->clear_faults;
}
ok(!$plain->accept, 'nothing was sent without TLS');
foreach my $option (qw(base_url login_url))
{
	my $error = $pca->error_of(
		"ALTER SERVER mock_api OPTIONS (SET $option 'http://partner.example.com'); $query"
	);
	like($error->{text}, qr/allow_insecure_http|https/,
		"$option without TLS is refused where it is not loopback");
}

# --- proxies: those of the environment are not asked

my $proxy = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1')
  or die "no socket: $!";
my $at = '127.0.0.1:' . $proxy->sockport;
{
	local @ENV{qw(http_proxy https_proxy HTTPS_PROXY ALL_PROXY all_proxy)} =
	  ("http://$at") x 5;
	$pca->node->restart;
	$session = $pca->session;
	$pca->same_query(
		$query,
		'with proxies in the environment: every row once',
		session => $session);
}
ok(!IO::Select->new($proxy)->can_read(0), 'none of them was asked');

# The server's own is told the host only, with the mapping's name and word.
$session->query(
	"ALTER SERVER mock_api OPTIONS (ADD proxy 'http://$at', SET max_retries '0')"
);
$session->query(
	"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (ADD proxy_user 'me', ADD proxy_password 'p:w d')"
);
$session = $pca->session;
$session->start($query);
my $client = $proxy->accept or die "no connection was made: $!";
my $said = '';
while ($said !~ /\r\n\r\n/ && IO::Select->new($client)->can_read(60))
{
	sysread $client, $said, 4096, length $said or last;
}
close $client;
my $error = $session->error;
(my $host = $url) =~ s{^https://}{};
like(
	$said,
	qr/^CONNECT \Q$host\E HTTP\/1\.\d\r\n/,
	'option proxy is asked for a tunnel');
like(
	$said,
	qr/^Proxy-Authorization: Basic \Q${\encode_base64('me:p:w d', '')}\E\r$/m,
	'in the name of the user mapping');
unlike(
	$said,
	qr/^Authorization|Bearer|client_secret|$path/m,
	'and learns no secret, and not what is asked');
$pca->error_is(
	$error, '08006',
	qr/server "mock_api"/,
	'a proxy that hangs up is an error');
unlike($error->{text}, qr/p:w d|bWU6/, 'which does not repeat its password');

done_testing();
