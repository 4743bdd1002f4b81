# A cursor that rests: what came meanwhile is there, and nobody's silence is
# taken for the server's.
use strict;
use warnings;

use PcaTest;
use Test::More;

# More pages at once than are looked at together.
my $pca = PcaTest->new(rows => 2000, server => { page_size => 50, max_parallel_requests => 39, request_timeout => '3s', max_retries => 0 });
my $session = $pca->session;

# All pages are asked for while the second is waited for; the others come while
# the cursor rests, for longer than the server may be silent.
$pca->fault([ { kind => 'delay', delay_ms => 200, regex => 'skip=50\b', times => 0 },
    { kind => 'delay', delay_ms => 400, regex => 'skip=[1-9]', times => 0 } ]);
$session->query('BEGIN; DECLARE c CURSOR FOR SELECT coalesce(licenses_sold, 0) FROM license_deployment');
my $first = () = $session->query('FETCH 60 FROM c') =~ /^/mg;
is($first, 60, 'rows of two pages have come');
cmp_ok($session->query('SELECT count(*) FROM pc_analytics_requests() WHERE bytes IS NULL'), '>', 30, 'the other pages are on their way');
$session->query('SELECT pg_sleep(3.1)');
my $rest = () = $session->query('FETCH ALL FROM c') =~ /^/mg;
is($rest, 1940, 'and have come, after a rest that was longer than request_timeout');
is($session->query('SELECT count(*) FROM pc_analytics_requests() WHERE error IS NOT NULL'), 0, 'no request failed');

done_testing();
