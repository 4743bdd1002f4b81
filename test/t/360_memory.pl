# Secrets are no longer in the memory of a session that has forgotten them:
# the memory is searched byte by byte.
use strict;
use warnings FATAL => 'all';
no warnings 'portable';    # addresses have more than 32 bits

use PcaTest;
use Test::More;

my %known = (
	%PcaTest::CREDENTIALS,
	client_secret => 'KeptByMeSecret' . 'k7Qw' x 20,
	refresh_token => 'KeptByMeRefresh' . 'z3Xv' x 100);
my $token =
  'KeptByMeAccess' . join('', map { chr(97 + $_ * 5 % 26) . $_ } 0 .. 300);
my $pca = PcaTest->new(
	rows => 5,
	mapping => { access_token => 'x' },
	arguments => [
		'--client-secret', $known{client_secret},
		'--refresh-token', $known{refresh_token},
		'--access-token', $token
	]);

# How often a text stands in the memory that a process writes to.
sub held
{
	my ($pid, @texts) = @_;
	my %found = map { $_ => 0 } @texts;
	open(my $maps, '<', "/proc/$pid/maps") or return;
	open(my $memory, '<:raw', "/proc/$pid/mem") or return;
	while (my $line = <$maps>)
	{
		next
		  unless $line =~ /^([0-9a-f]+)-([0-9a-f]+) rw/
		  && $line !~ m{/dev/|SYSV|\[v};
		my ($begin, $end) = (hex $1, hex $2);
		sysseek $memory, $begin, 0 or next;
		my $read = sysread $memory, my $bytes, $end - $begin;
		next unless $read;
		foreach my $text (@texts)
		{
			$found{$text} += () = $bytes =~ /\Q$text\E/g;
		}
	}
	return %found;
}

my @secrets = ($known{client_secret}, $known{refresh_token}, $token);
my $one = 'SELECT FROM license_deployment LIMIT 1';
my $session = $pca->session;
my %self = held($session->pid, 'PcaSession');
plan skip_all => 'the memory of another process may not be read here'
  unless $self{PcaSession};

sub file
{
	my ($name, $content) = @_;
	my $file = $pca->node->basedir . "/$name";
	PostgreSQL::Test::Utils::append_to_file($file, $content);
	chmod 0600, $file;
	return $file;
}

sub mapping
{
	my (%options) = @_;
	$pca->sql(
		'DROP USER MAPPING FOR CURRENT_USER SERVER mock_api; CREATE USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS ('
		  . join(', ', map { "$_ '$options{$_}'" } sort keys %options)
		  . ')');
	return;
}

# How many copies of which secrets a session has: none, said as nothing.
sub copies
{
	my %found = held($_[0]->pid, @secrets);
	return join ', ',
	  map { $found{$_} ? substr($_, 0, 14) . " $found{$_}" : () } @secrets;
}

# A token from a file, which the session keeps until it is told not to.
my %access = (access_token_file => file('access', $token));
my %files = (
	tenant_id => $known{tenant_id},
	client_id => $known{client_id},
	client_secret_file => file('secret', $known{client_secret}),
	refresh_token_file => file('refresh', $known{refresh_token}));
my @forgetting = (
	[
		'pc_analytics_disconnect()',
		sub { $session->query('SELECT pc_analytics_disconnect()') }
	],
	[ 'another mapping', sub { mapping(%files); $session->query($one) } ],
	[
		'another server',
		sub {
			$pca->sql(
				"ALTER SERVER mock_api OPTIONS (ADD locale 'de-DE'); ALTER SERVER mock_api OPTIONS (DROP locale)"
			);
			$session->query(
				'SELECT 1 FROM pg_class LIMIT 1; BEGIN; COMMIT; TABLE pg_database'
			);
		}
	]);
foreach my $case (@forgetting)
{
	my ($what, $forget) = @$case;
	mapping(%access);
	$session = $pca->session;
	$session->query($one);
	like(
		copies($session),
		qr/^KeptByMeAccess [1-3]$/,
		"$what: a session holds the token that it has used, in few copies"
	) or diag(copies($session));
	$forget->();
	is(copies($session), '', "$what: and none afterwards");
	$pca->reset;
}

# What the sign-in service has granted: tokens, in an answer that holds all.
mapping(%known);
$session = $pca->session;
$session->query($one);
my ($begins, $answer) = ('eyJ0eXAiOiJKV1QifQ.', '_token":"');
my %granted = held($session->pid, $begins);
cmp_ok($granted{$begins}, '>', 0, 'a token that was granted is held');
$session->query('SELECT pc_analytics_disconnect()');
%granted = held($session->pid, $begins, $answer);
is($granted{$begins}, 0, 'and is not, when it has been forgotten');
is($granted{$answer}, 0, 'nor is anything of the answer that granted it');

# Secrets from files, which are needed for a moment only.
mapping(%files);
foreach my $case (
	['a token'],
	[ 'a refusal', { kind => 'status', status => 400, body => 'oauth' } ],
	[ 'an answer that is none', { kind => 'body', text => 'no' } ],
	[ 'a lost connection', { kind => 'reset', times => 0 } ])
{
	my ($what, $fault) = @$case;
	$session = $pca->session;
	$pca->fault(%$fault, regex => 'oauth2') if $fault;
	$session->error_of($one);
	is(copies($session), '', "$what: no secret from a file is left");
	$pca->reset;
}
$pca->fault(kind => 'stall', at => 'start', regex => 'oauth2');
$session = $pca->session;
my $pid = $session->pid;
$session->start($one);
$pca->wait_for_requests(1);
$pca->sql("SELECT pg_cancel_backend($pid)");
$session->error;
is(copies($session), '', 'a cancel: no secret from a file is left');

done_testing();
