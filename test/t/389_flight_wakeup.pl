# A session that has sent a request for others (option cache_ttl) wakes them when it has the
# response. The session that waits has no timers here, by which it would look for itself.
use strict;
use warnings FATAL => 'all';

use PcaCacheTest;
use PcaFaultInjection;
use Test::More;

my $faults = PcaFaultInjection->new;
my $pca = $faults->load_into(
	sub {
		PcaCacheTest->new(mapping => undef, conf => "jit = off\n");
	});
my $query =
  'SELECT count(*), sum(licenses_sold) FROM (SELECT channel, sum(licenses_sold) AS licenses_sold FROM license_deployment GROUP BY 1) x';
my $leader = $pca->session;
my $follower = $faults->without_timers(sub { $pca->session });
$faults->refuse($follower->pid, PcaFaultInjection::TIMER, 1);
$leader->pid;
my $expected = $leader->query(
	"SET pc_analytics_fdw.cache = off; $query; SET pc_analytics_fdw.cache = on"
);
$pca->sql('SELECT pc_analytics_stats_reset()');

$pca->log_entries;
$pca->hold_responses(
	sub {
		foreach my $session ($leader, $follower)
		{
			$session->start($query);
			$pca->wait_until_waiting($session);
		}
	});
is(($leader->finish)[0], $expected, 'a session sends a request');
my $pid = $follower->pid;
eval {
	$pca->wait_for(
		'the session that waits',
		sub {
			$pca->sql("SELECT state FROM pg_stat_activity WHERE pid = $pid")
			  eq 'idle';
		});
} or $pca->sql("SELECT pg_cancel_backend($pid)");
is(join('', $follower->finish),
	$expected, 'another one is woken when it has the response');
is($pca->page_requests, 1, 'which is that of the first one');
is( $pca->sql(
		'SELECT sum(cache_waits), sum(cache_hits) FROM pc_analytics_stats'),
	'1|1',
	'and has waited for it');

done_testing();
