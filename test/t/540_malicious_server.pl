# Malicious servers, over TLS: each raises the expected error, and nothing is
# sent to the hosts that they name.
use strict;
use warnings FATAL => 'all';

use IO::Socket::INET;
use PcaTest;
use PcaTls;
use Test::More;

my $directory = PcaTls::directory();
my $path = '/v1/analytics/commercial/deployment/license/';
my $query = 'SELECT * FROM license_deployment';
my $ours = PcaTls::authority('ours');
my $good = PcaTls::certificate($ours, 'IP:127.0.0.1');
my $pca = PcaTest->new(
	rows => 60,
	customers => 700,
	# a fault of one case must not pause the next
	conf => "pc_analytics_fdw.shared_state = off\n",
	tls => $good,
	mapping => \%PcaTest::CREDENTIALS,
	server => {
		page_size => 20,
		ca_file => $ours,
		max_retries => 1,
		max_retry_wait => '20ms',
		max_parallel_requests => 2
	});

# Where a client that could be led astray would arrive: the same API, with a
# certificate that it trusts, and a plain socket.
my $other =
  PcaTest->new(node => 0, rows => 60, name => 'other', tls => $good);
my $plain =
  IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', Blocking => 0)
  or die "no socket: $!";
(my $there = $other->url) =~ s{^https://}{};
my $here = $pca->url;
(my $host = $here) =~ s{^https://}{};
my $socket = 'http://127.0.0.1:' . $plain->sockport;

# A new session fails like that, and the others hear nothing.
sub hostile
{
	my ($what, $sqlstate, $expressions, $sql) = @_;
	my $error = $pca->session->error_of($sql // $query);
	$pca->error_is($error, $sqlstate, $expressions, "$what: the error");
	is_deeply([ $other->requests ], [], "$what: nothing is sent elsewhere");
	ok(!$plain->accept, "$what: nor in clear");
	return $error;
}
$pca->session->query($query);
is_deeply([ $other->requests ], [], 'a friendly server is asked itself');

# --- who answers is not who was asked

sub serve
{
	my ($pair, $what, @expressions) = @_;
	my $bad = PcaTest->new(node => 0, tls => $pair);
	foreach my $option (qw(login_url base_url))
	{
		my $session = $pca->session;
		$pca->sql("ALTER SERVER mock_api OPTIONS (SET $option '"
			  . $bad->url
			  . "')");
		hostile(
			"$what at $option",
			'HV00N',
			[
				qr/no secure connection to the (?:API|sign-in service) can be made/,
				@expressions
			]);
		is_deeply([ $bad->requests ],
			[], "$what at $option: it gets nothing either");
		$pca->sql("ALTER SERVER mock_api OPTIONS (SET $option '$here')");
	}
	$bad->stop_mock_api;
	return;
}
serve(
	PcaTls::certificate($ours, 'IP:127.0.0.1', PcaTls::expired()),
	'an expired certificate',
	qr/certificate has expired/);
serve(
	PcaTls::certificate($ours, 'DNS:elsewhere.example, IP:127.0.0.2'),
	'another host\'s certificate',
	qr/does not match target host name '127\.0\.0\.1'|no alternative certificate subject name/i
);
serve(
	PcaTls::certificate(undef, 'IP:127.0.0.1'),
	'a self-signed certificate',
	qr/self[- ]signed certificate/,
	qr/HINT.*ca_file/);
serve(
	PcaTls::certificate(PcaTls::authority('theirs'), 'IP:127.0.0.1'),
	'another authority\'s certificate',
	qr/unable to get local issuer certificate/);

# Old TLS, and no TLS at all.
foreach my $old ('-tls1', '-tls1_1')
{
	my $port = PostgreSQL::Test::Cluster::get_free_port();
	my $pid = fork;
	if (!$pid)
	{
		open(STDOUT, '>', "$directory/s_server$old.log");
		open(STDERR, '>&', \*STDOUT);
		open(STDIN, '<', '/dev/null');
		exec 'openssl', 's_server', '-accept', "127.0.0.1:$port", '-cert',
		  $good->[0], '-key', $good->[1], '-www', $old, '-cipher',
		  'DEFAULT:@SECLEVEL=0';
	}
	$pca->wait_for('s_server',
		sub { IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") });
	$pca->sql(
		"ALTER SERVER mock_api OPTIONS (SET base_url 'https://127.0.0.1:$port')"
	);
	hostile(
		"TLS no newer than $old",
		'HV00N',
		[
			qr/no secure connection to the (?:API|sign-in service) can be made/,
			qr/protocol|alert/i
		]);
	$pca->sql("ALTER SERVER mock_api OPTIONS (SET base_url '$here')");
	kill 'TERM', $pid;
	waitpid $pid, 0;
}
$pca->sql("ALTER SERVER mock_api OPTIONS (SET base_url 'https://127.0.0.1:"
	  . $plain->sockport
	  . "', SET max_retries '0', ADD connect_timeout '0.5s')");
my $error = $pca->session->error_of($query);
like($error->{sqlstate}, qr/^(08006|HV00N)$/,
	'a server without TLS: an error');
my $client = $plain->accept;
my $first = '';
sysread $client, $first, 5 if $client;
is(ord($first), 0x16, 'which got a handshake, and no request') if $client;
1 while $plain->accept;
$pca->sql(
	"ALTER SERVER mock_api OPTIONS (SET base_url '$here', SET max_retries '1', DROP connect_timeout)"
);

# --- who answers is who was asked, but not to be trusted

my @led = (    # what is done, SQLSTATE, what the error says, another query
	[
		'a foreign next link',
		sub { $pca->config(next_link => 'foreign', foreign_host => $there) },
		'HV000',
		[
			qr/the next link of the API's response leads to another server/,
			qr{"https://\Q$there\E}
		]
	],
	[
		'a next link without TLS',
		sub { $pca->config(next_link => 'http') },
		'HV000',
		qr/the next link of the API's response leads to another server/
	]);
foreach my $location (
	"https://$there$path",
	"//$there$path",
	"$socket$path",
	"http://$host$path",
	"https://$host\@$there$path",
	"https:\\\\$there$path",
	"https://user:word\@$host$path",
	'file:///etc/passwd',
	'gopher://127.0.0.1:' . $plain->sockport . '/_x',
	'ftp://' . $there,
	"https://127.0.0.1:1$path",
	'data:text/plain,x')
{
	push @led, [
		"a redirect to $location",
		sub {
			$pca->fault(
				kind => 'redirect',
				location => $location,
				path => $path,
				times => 0);
		},
		'HV000',
		qr/the API redirects to another server|the API responded with a redirect/
	];
	push @led, [
		"a next link to $location",
		sub {
			$pca->fault(
				kind => 'envelope',
				set => { '@nextLink' => $location },
				path => $path,
				times => 0);
		},
		'HV000',
		qr/the next link of the API's response leads to another server/
	];
}
foreach my $status (301, 302, 303, 307, 308)
{
	push @led, [
		"$status from the token endpoint",
		sub {
			$pca->fault(
				kind => 'redirect',
				status => $status,
				location =>
				  "https://$there/$PcaTest::CREDENTIALS{tenant_id}/oauth2/token",
				regex => 'oauth2',
				times => 0);
		},
		'HV00M',
		[
			qr/the sign-in service's response is not a token/,
			qr/HTTP status $status/
		]
	];
	push @led, [
		"$status from the API",
		sub {
			$pca->fault(
				kind => 'redirect',
				status => $status,
				location => "https://$there$path",
				path => $path,
				times => 0);
		},
		'HV000',
		qr/the API redirects to another server|the API responded with a redirect/
	];
}
push @led, (
	[
		'a redirect in circles',
		sub {
			$pca->fault(
				kind => 'redirect',
				location => 'self',
				path => $path,
				times => 0);
		},
		'HV000',
		qr/the API responded with a redirect/
	],
	[
		'use of a proxy',
		sub {
			$pca->fault(
				kind => 'redirect',
				status => 305,
				location => $socket,
				path => $path,
				times => 0);
		},
		'HV000',
		qr/the API responded with a redirect/
	],
	[
		'a question for a password',
		sub {
			$pca->fault(
				kind => 'status',
				status => 401,
				path => $path,
				times => 0,
				headers => {
					'WWW-Authenticate' => 'Basic realm="x", Negotiate, NTLM'
				});
		},
		'28000',
		qr/does not accept the token/
	],
	[
		'a proxy\'s question for a password',
		sub {
			$pca->fault(
				kind => 'status',
				status => 407,
				path => $path,
				times => 0,
				headers => { 'Proxy-Authenticate' => 'Basic realm="x"' });
		},
		'HV000',
		qr/the API refused the request/
	],
	[
		'giant headers',
		sub { $pca->fault(kind => 'huge_headers', path => $path, times => 0) }
		,
		'54000',
		qr/the API's response is too large/
	],
	[
		'many headers',
		sub {
			$pca->fault(
				kind => 'huge_headers',
				bytes => 500,
				count => 1000,
				path => $path,
				times => 0);
		},
		'54000',
		[
			qr/the API's response is too large/,
			qr/header fields are larger than 64 kB/
		]
	],
	[
		'giant headers of the token endpoint',
		sub {
			$pca->fault(
				kind => 'huge_headers',
				regex => 'oauth2',
				times => 0);
		},
		'54000',
		qr/the sign-in service's response is too large/
	],
	[
		'a token endpoint that answers HTML',
		sub {
			$pca->fault(
				kind => 'body',
				text => '<html><body>Sign in</body></html>',
				content_type => 'text/html',
				regex => 'oauth2',
				times => 0);
		},
		'HV00M',
		[
			qr/the sign-in service's response is not a token/,
			qr/HTTP status 200. The response begins with "<html><body>Sign in/,
			qr/HINT:.*"login_url"/
		]
	],
	[
		'an API that answers HTML',
		sub {
			$pca->fault(
				kind => 'body',
				text => '<html><body>Sign in</body></html>',
				content_type => 'text/html',
				path => $path,
				times => 0);
		},
		'HV00M',
		[ qr/the API's response cannot be parsed/, qr/<html>/ ]
	],
	[
		'a token with a header in it',
		sub {
			$pca->fault(
				kind => 'body',
				text => '{"access_token":"a\\r\\nHost: ' . $there . '"}',
				regex => 'oauth2',
				times => 0);
		},
		'28000',
		qr/the sign-in service's access token is not a token/
	],
	[
		'bytes that are not HTTP',
		sub { $pca->fault(kind => 'garbage', path => $path, times => 0) },
		'08006',
		qr/the connection to the API failed/
	]);
push @led, (
	[
		'customers elsewhere',
		sub {
			$pca->config(
				customers_next_uri => 'foreign',
				foreign_host => $there);
		},
		'HV000',
		qr/leads to another server/,
		'SELECT * FROM customers'
	]) if $pca->sql("SELECT to_regclass('partner_center.customers')");
foreach my $case (@led)
{
	my ($what, $before, $sqlstate, $expressions, $sql) = @$case;
	$before->();
	hostile($what, $sqlstate, $expressions, $sql);
	$pca->reset;
}

# Headers that lead elsewhere without being asked for: not heeded.
my %leading = (
	'Alt-Svc' => "h2=\"$there\"; ma=86400",
	'Refresh' => "0; url=https://$there/",
	'Link' => "<https://$there/>; rel=next",
	'Content-Location' => "https://$there/",
	'Set-Cookie' => 'a=b',
	'Location' => "https://$there/",
	'Strict-Transport-Security' => 'max-age=1');
my $session = $pca->session;
$session->query($query);
$pca->log_entries;
$pca->fault(
	kind => 'status',
	status => 429,
	retry_after => 0,
	headers => \%leading,
	path => $path,
	times => 1);
$session->query("$query; $query");
is_deeply([ $other->requests ],
	[], 'headers that lead elsewhere are not heeded');
is( scalar(
		grep {
			grep { lc $_->[0] eq 'cookie' }
			  @{ $_->{headers} }
		} $pca->log_entries),
	0,
	'and no cookie is kept');

done_testing();
