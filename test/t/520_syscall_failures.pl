# System and library calls that fail raise an error at once, and the session
# can continue. test/lib/fault_injection.c makes them fail.
use strict;
use warnings FATAL => 'all';

use List::Util qw(min);
use PcaFaultInjection;
use PcaTest;
use Test::More;

my $faults = PcaFaultInjection->new;
my $pca = $faults->load_into(
	sub {
		PcaTest->new(
			rows => 400,
			latency_ms => 20,
			conf => "jit = off\n",
			mapping => \%PcaTest::CREDENTIALS,
			server => { page_size => 100, max_retries => 0 });
	});
my $all =
  "SELECT count(*) FROM license_deployment WHERE coalesce(channel, '') IS NOT NULL";
my $session = $pca->session;
$session->query('SET statement_timeout = 20000');
is($session->query($all), '400', 'nothing is refused');

# Let the session's next call of that number fail.
sub refuse { return $faults->refuse($session->pid, @_); }

# How often the session calls that function for a query without connections.
sub count_calls
{
	my ($function) = @_;
	$session->query('SELECT pc_analytics_disconnect()');
	refuse($function, 1 << 30);
	$session->query($all);
	my $calls = (1 << 30) - $faults->left;
	refuse($function, 0);
	return $calls;
}

# Sockets: the first is the token's.  libcurl's version decides how many calls there are.
foreach my $case (
	[
		'epoll_ctl', PcaFaultInjection::EPOLL_CTL,
		qr/[Aa] socket could not be watched: No space left on device/
	],
	[
		'socket', PcaFaultInjection::SOCKET,
		qr/the connection to the API failed/
	])
{
	my ($name, $function, $expected) = @$case;
	my $calls = count_calls($function);
	cmp_ok($calls, '>', 0, "$name: it is called");
	foreach my $after (1 .. min(3, $calls))
	{
		my $what = "$name, call $after";
		$session->query('SELECT pc_analytics_disconnect()');
		refuse($function, $after);
		like($session->error_of($all)->{text},
			$expected, "$what: an error that says it");
		is($faults->left, 0, "$what: it was that call");
		is($session->query($all), '400', "$what: the session goes on");
	}
}

# Memory: libcurl's own is out in some of these, PostgreSQL's in others.
$pca->config(latency_ms => 0);
foreach my $fresh (1, 0)
{
	my ($calls, @errors, @wrong) = (0);
	my $what =
	  'memory, ' . ($fresh ? 'without connections' : 'with connections');
	my $disconnect = $fresh ? 'SELECT pc_analytics_disconnect()' : 'SELECT 1';
	$session->query($disconnect);
	refuse(PcaFaultInjection::MALLOC, 1 << 30);
	$session->query($all);
	$calls = (1 << 30) - $faults->left;
	refuse(PcaFaultInjection::MALLOC, 0);
	cmp_ok($calls, '>', 100, "$what: it is asked for");

	for (my $after = 1; $after <= $calls; $after += 11)
	{
		$session->query($disconnect);
		refuse(PcaFaultInjection::MALLOC, $after);
		my $error = $session->error_of($all);
		refuse(PcaFaultInjection::MALLOC, 0);
		push @errors, "call $after: $error->{text}"
		  if %$error
		  && $error->{text} !~
		  /memory (?:is|was) out|out of memory|could not generate random values/i;
		push @wrong, $after unless $session->query($all) eq '400';
	}
	is("@errors", '', "$what: each error says it");
	is("@wrong", '', "$what: the session goes on");
}

done_testing();
