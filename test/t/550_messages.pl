# The errors of the manual are those of the sources, and each known remedy for
# a sign-in error is part of that error.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

sub slurp { return PostgreSQL::Test::Utils::slurp_file($_[0]); }

my $sources = join "\n", map { slurp($_) } 'pc_analytics_fdw.c',
  glob 'src/*/*.c';
my @strings =
  map { s/"\s*"//gr } $sources =~ /((?:"(?:[^"\\\n]|\\.)*"\s*)+)/g;
foreach (@strings)
{
	s/^"|"\s*$//g;
	s/\\"/"/g;
	s/%s/base_url/ if /must be an https URL/;
}

# A message as a pattern: what varies is "…" in the manual and % in the sources.
# The parts of it between must stand in the sources' strings, in their order.
sub is_in_sources
{
	my ($message) = @_;
	$message =~ s/^…: //;
	$message =~ s/\\\|/|/g;
	my @parts = grep { /\w\w/ } map { s/^[ ":]+|[ ":]+$//gr } split /…/,
	  $message;
	my @missing = grep {
		my $part = $_;
		!grep { index($_, $part) >= 0 } @strings
	} @parts;
	return join ', ', map { "\"$_\"" } @missing;
}

is(is_in_sources('there is no user mapping of "…" for server "…"'),
	'', 'a message is found');
isnt(is_in_sources('there is no user mopping of "…" for server "…"'),
	'', 'and what is none is not');

# What PostgreSQL itself says.
my $own =
  qr/^(?:invalid input syntax|permission denied for|LIMIT must|OFFSET must|cannot insert|null value in column|foreign schema|foreign table ".*" has no table|canceling statement|unrecognized configuration)/;
my $rows = 0;
foreach my $line (split /\n/, slurp('doc/errors.md'))
{
	next unless $line =~ /^\| [0-9A-Z]{5}[^|]*\| ((?:[^|\\]|\\.)*) \|/;
	foreach my $message ($1 =~ /`([^`]+)`/g)
	{
		next if $message =~ $own || $message !~ / /;
		$rows++;
		is(is_in_sources($message), '', "doc/errors.md: $message");
	}
}
cmp_ok($rows, '>', 60, 'the manual has many errors');

# --- sign-in errors

my $signin = slurp('src/auth/entra_errors.c');
my %macros;
while ($signin =~ /#define (PCA_CURE_\w+) \\\n\s*"((?:[^"\\]|\\.)*)"/g)
{
	my ($name, $text) = ($1, $2);
	$macros{$name} = $text =~ s/\\"/"/gr;
}
my %cures;
$cures{$1} = $3 // $macros{$2}
  while $signin =~ /\{"(\w+)", (?:(PCA_CURE_\w+)|"((?:[^"\\]|\\.)*)")\}/g;
$_ =~ s/\\"/"/g foreach values %cures;
cmp_ok(scalar keys %cures, '>', 30, 'cures are known');
my $pca = PcaTest->new(
	rows => 5,
	mapping => \%PcaTest::CREDENTIALS,
	server => { max_retries => 0 });
my $session = $pca->session;
foreach my $key (sort keys %cures)
{
	my %says =
	  $key =~ /^\d/
	  ? (
		code => 'some_error',
		description => "AADSTS$key: words of the service. Trace ID: 1")
	  : (code => $key, description => 'words of the service');
	$pca->fault(
		kind => 'status',
		status => 400,
		body => 'oauth',
		regex => 'oauth2',
		%says);
	my $error = $session->error_of('SELECT FROM license_deployment LIMIT 1');
	my $sqlstate =
	  $key =~ /^(?:temporarily_unavailable|server_error)$/
	  ? '08006'
	  : '28000';
	is( "$error->{sqlstate} " . ($error->{hint} =~ s/\nLOCATION.*//sr),
		"$sqlstate $cures{$key}",
		"$key: what helps");
	$pca->clear_faults;
}
my $manual = slurp('doc/errors.md');
foreach my $number (map { /(\d{5,7})/g } grep { /^\|.*AADSTS\d/ } split /\n/,
	$manual)
{
	ok(exists $cures{$number}, "doc/errors.md: AADSTS$number has a cure");
}

# Those of the API.
foreach my $case (
	[ 401, '900420', qr/"token_resource"/ ],
	[ 401, '900421', qr/multi-factor authentication/ ],
	[ 401, '10001', qr/multi-factor authentication/ ],
	[ 403, '20002', qr/no relationship with this customer/ ],
	[ 400, '60003', qr/"tenant_id"/ ],
	[ 403, '900150', qr/role AdminAgents/ ],
	[ 403, '900308', qr/role AdminAgents/ ])
{
	my ($status, $code, $expression) = @$case;
	$pca->fault(
		kind => 'status',
		status => $status,
		code => $code,
		times => 0);
	like(
		$session->error_of('SELECT FROM license_deployment LIMIT 1')->{hint},
		$expression, "the API's $code: what helps");
	$pca->clear_faults;
}

done_testing();
