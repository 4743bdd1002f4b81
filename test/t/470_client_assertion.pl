# An application proves its identity by a certificate. The mock API verifies each
# assertion by the openssl command.
use strict;
use warnings FATAL => 'all';

use PcaAssertionTest;
use PcaTls;
use Test::More;

my $pca = PcaAssertionTest->new;
my $one = $PcaAssertionTest::QUERY;
my $directory = $pca->directory;

# --- files

# A certificate of an application: [certificate and key in one file, certificate].
my $made = 0;

sub certificate
{
	my ($algorithm, $days, $cipher) = @_;
	my $base = "$directory/application" . ++$made;
	$days   //= '-days 90';
	$cipher //= '-nodes';
	my $new =
	  $days =~ /days -|not_after/
	  ? "req -new -newkey $algorithm $cipher"
	  : "req -x509 -newkey $algorithm $cipher $days";
	PcaTls::openssl("$new -subj '/O=Partner/CN=application$made' "
		  . "-keyout '$base.key' -out '$base.crt'");
	if ($new =~ /-new /)
	{
		rename "$base.crt", "$base.csr" or die $!;
		PcaTls::openssl(
			"x509 -req -in '$base.csr' -signkey '$base.key' $days -out '$base.crt'"
		);
	}
	return [ "$base.key", "$base.crt" ];
}

my %token = %PcaAssertionTest::TOKEN;
if (!$pca->has_openssl)
{
	$pca->fails_with(
		"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (DROP client_secret, ADD client_certificate_file '/x')",
		'0A000',
		qr/client certificates need a PostgreSQL that was built with OpenSSL/,
		'without OpenSSL, a certificate is refused when it is set');
	$pca->sql(
		"ALTER FOREIGN DATA WRAPPER pc_analytics_fdw NO VALIDATOR; ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (DROP client_secret, ADD client_certificate_file '@{[ $pca->file('client.pem', \'x') ]}'); "
		  . 'ALTER FOREIGN DATA WRAPPER pc_analytics_fdw VALIDATOR pc_analytics_fdw_validator'
	);
	$pca->fails_with(
		$one, '0A000',
		qr/built with OpenSSL/,
		'and when it is used, such as after a restore');
	done_testing();
	exit;
}
my $first = certificate('rsa:2048');
$pca->config(client_certificates => [ $first->[1] ]);

# --- a certificate

my $file = $pca->file('client.pem', @$first);
$pca->mapping(%token, client_certificate_file => $file);
$pca->log_entries;
$pca->query_is($one, 't',
	'a refresh token is redeemed with a certificate, whose assertion openssl verifies'
);
my ($form) = $pca->forms;
is( $form->{client_assertion_type},
	'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
	'the form has the type of the assertion');
like($form->{client_assertion},
	qr/^sha256:/, 'and the assertion in place of a secret');
ok(!exists $form->{client_secret}, 'no secret is sent');
$pca->sql("ALTER SERVER mock_api OPTIONS (ADD token_endpoint 'v2')");
$pca->query_is($one, 't', 'the audience is that of the other endpoint, too');
$pca->sql("ALTER SERVER mock_api OPTIONS (DROP token_endpoint)");

my $session = $pca->session;
$session->query($one);
$pca->revoke('access');
$pca->log_entries;
$session->query($one);
my ($again) = $pca->forms;
ok( $again->{client_assertion}
	  && $again->{client_assertion} ne $form->{client_assertion},
	'each token request has another assertion');

$pca->mapping(client_certificate_file => $file);
$pca->query_is('SELECT count(*) > 0 FROM customers',
	't', 'an application alone gets a token by its certificate');

# Another order, a chain, other text.
my $authority = certificate('rsa:2048');
foreach my $case (
	[ 'the certificate first', $first->[1], $first->[0] ],
	[ 'a chain', $first->[0], $authority->[1], $first->[1] ],
	[
		'text between', \"Bag Attributes\n",
		$first->[0], \"subject=x\n\n",
		$first->[1], \"\n\n"
	])
{
	my ($what, @parts) = @$case;
	$pca->file('client.pem', @parts);
	$pca->mapping(%token, client_certificate_file => $file);
	$pca->query_is($one, 't', "a file with $what is read");
}
PcaTls::openssl(
	"rsa -in '$first->[0]' -traditional -out '$directory/pkcs1.key'");
$pca->file('client.pem', "$directory/pkcs1.key", $first->[1]);
$pca->mapping(%token, client_certificate_file => $file);
$pca->query_is($one, 't', 'a key of the older format is read');
my $large = certificate('rsa:4096');
$pca->config(client_certificates => [ $first->[1], $large->[1] ]);
$pca->file('client.pem', @$large);
$pca->query_is($one, 't', 'a key of 4096 bits is used');

# Replaced by rename between two requests of a session.
$session = $pca->session;
$session->query($one);
$pca->config(client_certificates => [ $first->[1] ]);
$pca->file('client.pem', @$first);
$pca->revoke('access');
is($session->query($one),
	't',
	'a file that was replaced by rename is used at the next token request');

# --- files that cannot be used

my $other = certificate('rsa:2048');
my $weak = certificate('rsa:1024');
my $curve = certificate('ec -pkeyopt ec_paramgen_curve:P-256');
my $pss = certificate('rsa-pss -pkeyopt rsa_keygen_bits:2048');
my $encrypted = certificate('rsa:2048', undef, "-passout pass:secret");
my $no_pair =
  qr/client\.pem" of the user mapping holds no certificate with its private key/;
my $no_rsa =
  qr/client\.pem" of the user mapping holds a key that is not RSA of 2048 bits or more/;

foreach my $case (
	[
		'the key of another', $no_pair,
		qr/not that of its certificate/, $first->[0],
		$other->[1]
	],
	[
		'two keys', $no_pair,
		qr/more than one private key/, @$first,
		$other->[0]
	],
	[ 'an encrypted key', $no_pair, qr/is encrypted/, @$encrypted ],
	[ 'no key', $no_pair, qr/has no private key/, $first->[1] ],
	[ 'no certificate', $no_pair, qr/has no certificate/, $first->[0] ],
	[ 'neither', $no_pair, qr/has no private key/, \'text' ],
	[
		'a key that is none',
		$no_pair,
		qr/has no private key/,
		\"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		$first->[1]
	],
	[ 'a key of 1024 bits', $no_rsa, qr/no other keys/, @$weak ],
	[ 'an EC key', $no_rsa, qr/no other keys/, @$curve ],
	[ 'an RSA-PSS key', $no_rsa, qr/no other keys/, @$pss ])
{
	my ($what, $message, $detail, @parts) = @$case;
	$pca->file('client.pem', @parts);
	$pca->mapping(%token, client_certificate_file => $file);
	$pca->log_entries;
	$pca->fails_with(
		$one, 'HV000',
		[ $message, $detail, qr/RSA private key of at least 2048 bits/ ],
		"a file with $what is refused");
	$pca->fails_with("SELECT pc_analytics_sign_in('mock_api')",
		'HV000', $message, "$what: before a person is asked to sign in");
	$pca->fails_with(
		"SELECT pc_analytics_sign_in_begin('mock_api', 'browser')",
		'HV000', $message, "$what: also in a browser");
	is(scalar(my @none = $pca->log_entries), 0, "$what: nothing is sent");
}
$pca->file('client.pem', @$first);
chmod 0644, $file;
$pca->fails_with(
	$one, '42501',
	qr/has group or world access/,
	'a file that others may read is refused');
unlink $file;
$pca->fails_with(
	$one, '58P01',
	qr/could not open file/,
	'so is one that is not there');
my $pem_hint = qr/HINT:  .*in PEM format\. "openssl pkcs12 -nodes" converts/;
PcaTls::openssl(
	"pkcs12 -export -passout pass: -in '$first->[1]' -inkey '$first->[0]' -out '$directory/client.p12'"
);

foreach my $case (
	[ 'a large file', qr/larger than 64 kB/, \('x' x 70000) ],
	[ 'an empty file', qr/It is empty/, \'' ],
	[
		'a file of PKCS #12',
		qr/It is not text/,
		\PostgreSQL::Test::Utils::slurp_file("$directory/client.p12")
	])
{
	my ($what, $detail, $content) = @$case;
	$pca->file('client.pem', $content);
	$pca->fails_with(
		$one, 'HV000',
		[ qr/does not hold a secret/, $detail, $pem_hint ],
		"$what is refused, and the hint says what it must hold");
}

# --- a certificate that the application does not have

$pca->file('client.pem', @$other);
$pca->fails_with($one, '28000', [ qr/AADSTS700027/, qr/HINT: .*[Uu]pload/s ],
	'a certificate that is not the application\'s is refused by the service');

# --- the end of a certificate

# What a session is told by some statements.
sub told
{
	my ($talker, $sql) = @_;
	$talker->start($sql);
	my (undef, $said) = $talker->finish;
	return $said;
}

my $soon = certificate('rsa:2048', '-days 20');
my $ended = certificate('rsa:2048', PcaTls::expired());
$pca->config(client_certificates => [ $soon->[1], $ended->[1], $first->[1] ]);
$pca->file('client.pem', @$soon);
$session = $pca->session;
like(
	told($session, $one),
	qr/WARNING:  01000: the certificate for server "mock_api" ends in (?:19|20) days\nDETAIL:  It is the certificate of "(?:O=Partner,)?CN=application\d+[^"]*", in file "\Q$file\E"\.\nHINT:  Upload a new certificate/,
	'a certificate that ends within 30 days is a warning');
$pca->revoke('access');
is(told($session, $one), '', 'once a session');
$pca->file('client.pem', @$ended);
like(
	told($pca->session, $one),
	qr/WARNING:  01000: the certificate for server "mock_api" ended \d+ days ago/,
	'one that has ended is a warning, and no error of the extension');
$pca->file('client.pem', @$first);
is(told($pca->session, $one), '', 'one that ends later is none');

my $later = certificate('rsa:2048', PcaTls::expired());
PcaTls::begin_later($later->[1] =~ s/crt$/csr/r, $later->[0], $later->[1]);
$pca->config(client_certificates => [ $later->[1], $first->[1] ]);
$pca->file('client.pem', @$later);
like(
	told($pca->session, $one),
	qr/WARNING:  01000: the certificate for server "mock_api" is not valid before 2099-01-01 .*\nDETAIL:  It is the certificate of "(?:O=Partner,)?CN=application\d+[^"]*", in file "\Q$file\E"\.\nHINT:  .*clock/,
	'one that is not valid yet is a warning');
$pca->file('client.pem', @$first);

# --- clocks

# The assertion is valid for as long as the service permits, ten minutes, around the
# time at which it is made.  A service whose clock is five minutes ahead receives it
# when it has just ended.
foreach my $offset (295, -295, -300)
{
	$pca->config(clock_offset => $offset);
	$pca->query_is($one, 't',
		"an assertion is valid for a service whose clock is $offset seconds ahead"
	);
}
foreach my $offset (300, 320, -320)
{
	$pca->config(clock_offset => $offset);
	$pca->fails_with(
		$one, '28000',
		[ qr/AADSTS700024/, qr/clock/ ],
		"with $offset seconds, the error's hint names the clock");
}
$pca->config(clock_offset => 0);

# --- signing in with a certificate

$pca->mapping(client_certificate_file => $file);
$pca->config(device_polls => [ '', 'authorization_pending' ]);
$pca->log_entries;
$pca->signs_in('a person signs in to an application with a certificate');
my @assertions = map { $_->{client_assertion} } $pca->forms;
my %distinct = map { $_ => 1 } @assertions;
is(scalar(@assertions), 4, 'a device code and three polls are requested');
is(scalar(keys %distinct), 4, 'each with an assertion of its own');
$pca->config(device_polls => []);
$pca->query_is($one, 't',
	'the token that was stored is used with the certificate');
$session = $pca->session;
my $url = $session->query(
	"SELECT url FROM pc_analytics_sign_in_begin('mock_api', 'browser')");
my $address =
  HTTP::Tiny->new(max_redirect => 0)->get($url)->{headers}{location};
is( $session->query(
		"SELECT username FROM pc_analytics_sign_in_end('mock_api', '$address')"
	),
	'user@partner.example',
	'so does one in a browser');

done_testing();
