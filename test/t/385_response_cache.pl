# Responses that all sessions use again (option cache_ttl): what is kept, and for whom,
# and when it is requested anew.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(
	rows => 500,
	customers => 5,
	mapping => { %PcaTest::CREDENTIALS, share_token => 'false' },
	server => { cache_ttl => 3600, page_size => 200, max_retries => 0 });

# What a query returns in a session of its own, and how many requests for pages and for
# tokens it sends: "rows|pages|tokens".
sub run
{
	my ($sql, %options) = @_;
	$pca->log_entries;
	my $session = $options{session} // $pca->session;
	$session->query("SET pc_analytics_fdw.cache = $options{cache}")
	  if defined $options{cache};
	my $rows = $session->query($sql);
	my @sent = $pca->requests;
	my $tokens = grep { m{/oauth2/} } @sent;
	return "$rows|" . (@sent - $tokens) . "|$tokens";
}

my $count = 'SELECT count(service_code) FROM license_deployment';
is(run($count), '468|3|1', 'a response is requested');
is(run($count), '468|0|0', 'another session uses it, without a token');
done_testing();
