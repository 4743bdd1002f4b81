# An application proves its identity by the assertion of a federated credential, and
# in one way only. Nothing here needs a PostgreSQL that was built with OpenSSL.
use strict;
use warnings FATAL => 'all';

use MIME::Base64 qw(encode_base64url);
use PcaAssertionTest;
use PcaTls;
use Test::More;

my $pca = PcaAssertionTest->new;
my $one = $PcaAssertionTest::QUERY;
my $directory = $pca->directory;

my %token = %PcaAssertionTest::TOKEN;

# --- the assertion of a federated credential

my ($name, $subject, $audience) = (
	'https://issuer.example', 'system:serviceaccount:db:postgres',
	'api://AzureADTokenExchange');
PcaTls::openssl("genrsa -out '$directory/issuer.key' 2048");
PcaTls::openssl(
	"rsa -in '$directory/issuer.key' -pubout -out '$directory/issuer.pub'");
$pca->config(
	federated => [ $name, $subject, $audience, "$directory/issuer.pub" ]);

# What the issuer writes, with these claims.
sub issued
{
	my (%claims) = @_;
	my %all = (
		iss => $name,
		sub => $subject,
		aud => $audience,
		nbf => time - 60,
		exp => time + 3600,
		%claims);
	my $input = join '.',
	  map { encode_base64url($_) } '{"alg":"RS256","typ":"JWT"}',
	  JSON::PP->new->canonical->encode(\%all);
	my $text = "$directory/input";
	unlink $text;
	PostgreSQL::Test::Utils::append_to_file($text, $input);
	PcaTls::openssl(
		"dgst -sha256 -sign '$directory/issuer.key' -out '$text.signature' '$text'"
	);
	return \
	  "$input.${\encode_base64url(PostgreSQL::Test::Utils::slurp_file(qq{$text.signature}))}\n";
}

my $assertion = $pca->file('assertion', issued());
$pca->mapping(%token, client_assertion_file => $assertion);
$pca->query_is($one, 't',
	'a refresh token is redeemed with the assertion of a file');
my $session = $pca->session;
$session->query($one);
$pca->log_entries;
$pca->file('assertion', issued(exp => time + 7200));
$pca->revoke('access');
is($session->query($one), 't', 'an assertion that was renewed is used');
my ($renewed) = $pca->forms;
ok($renewed->{client_assertion}, 'at the next token request');
$pca->mapping(client_assertion_file => $assertion);
$pca->signs_in('a person signs in with it');

foreach my $case (
	[
		700024,
		qr/client_assertion_file.*clock|clock.*client_assertion_file/s,
		exp => time - 60
	],
	[ 700211, qr/federated credential/, iss => 'https://other.example' ],
	[ 700212, qr/federated credential/, aud => 'api://other' ],
	[ 700213, qr/federated credential/, sub => 'other' ])
{
	my ($number, $hint, @claims) = @$case;
	$pca->file('assertion', issued(@claims));
	$pca->fails_with(
		$one, '28000',
		[ qr/AADSTS$number/, $hint ],
		"an assertion with another $claims[0]: the hint says what to check");
}
foreach my $text (
	'', 'abc', 'a.b', 'aa.bb',
	'aa.bb.', 'aa.bb.cc.dd', 'aa.bb.c c', 'aa.bb.c',
	"aa.bb.cc\nX: y", 'aa.bb.c+')
{
	$pca->file('assertion', \$text);
	$pca->fails_with(
		$one,
		'HV000',
		$text eq ''
		? qr/does not hold a secret/
		: qr/assertion" of the user mapping holds no client assertion/,
		"a file with \"@{[ $text =~ s/\n/\\n/r ]}\" is refused");
}
chmod 0640, $assertion;
$pca->fails_with(
	$one, '42501',
	qr/has group or world access/,
	'so is one that others may read');
$pca->config(federated => []);

# --- at most one way

my $path = '/nowhere';
my @ways =
  qw(client_secret client_secret_file client_certificate_file client_assertion_file);
foreach my $i (0 .. $#ways)
{
	foreach my $j ($i + 1 .. $#ways)
	{
		my $both = join ', ', map { "$_ '$path'" } @ways[ $i, $j ];
		my $sql =
		  "BEGIN; DROP USER MAPPING FOR CURRENT_USER SERVER mock_api; CREATE USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS ($both); ROLLBACK";
		if ($j == 1)
		{
			$pca->query_ok($sql,
				"$ways[0] and $ways[1] are one way to prove an identity");
			next;
		}
		$pca->fails_with(
			$sql, 'HV024',
			qr/options "$ways[$i]" and "$ways[$j]" exclude each other/,
			"$ways[$i] and $ways[$j] are two ways");
	}
}
$pca->mapping(%token, client_secret => $PcaTest::CREDENTIALS{client_secret});
$pca->fails_with(
	"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (ADD client_certificate_file '$assertion')",
	'HV024',
	qr/exclude each other/,
	'a second way is not added');
$pca->query_ok(
	"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (DROP client_secret, ADD client_assertion_file '$assertion')",
	'one is replaced by another');

# --- who may set them

$pca->sql(
	'CREATE ROLE plain; GRANT USAGE ON FOREIGN SERVER mock_api TO plain');
foreach my $option (qw(client_certificate_file client_assertion_file))
{
	$pca->fails_with(
		"SET ROLE plain; CREATE USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS ($option '$assertion')",
		'42501',
		qr/permission denied to set option "$option"/,
		"only a superuser sets $option");
}
$pca->sql(<<"END");
CREATE ROLE owner;
GRANT USAGE ON FOREIGN DATA WRAPPER pc_analytics_fdw TO owner;
ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (ADD allowed_hosts '127.0.0.1');
ALTER SERVER mock_api OPTIONS (SET base_url 'https://127.0.0.1:9', SET login_url 'https://127.0.0.1:9');
ALTER SERVER mock_api OWNER TO owner;
END
$pca->fails_with(
	$one,
	'42501',
	qr/"client_assertion_file" needs a server that belongs to a superuser/,
	'a file is read only while the server belongs to a superuser');

done_testing();
