# Responses that all sessions use again (option cache_ttl): which are kept, when they are
# requested again, and what is shown of them.
use strict;
use warnings FATAL => 'all';

use PcaCacheTest;
use Test::More;

my $pca = PcaCacheTest->new;

sub error_and_pages
{
	my ($sql) = @_;
	$pca->log_entries;
	my $error = $pca->error_of($sql);
	return ($error->{sqlstate} // 'no error') . ' ' . $pca->page_requests;
}

# New rows at the API: none of the responses that are kept has them.
my $generation = 0;

sub new_rows
{
	my ($number) = @_;
	$generation++;
	$pca->rows(
		'license_deployment',
		[
			map {
				{
					serviceCode => "$generation",
					serviceName => "row $_",
					channel => $_ % 2 ? 'direct' : 'reseller',
					licensesDeployed => $_
				}
			} 1 .. $number
		]);
	return;
}

sub alter_table
{
	my ($options) = @_;
	$pca->sql("ALTER FOREIGN TABLE license_deployment OPTIONS ($options)");
	return;
}

# --- what a hit needs

my $count = 'SELECT count(service_code) FROM license_deployment';
is($pca->run($count), '468|3|1', 'a response is requested');
is($pca->run($count), '468|0|0',
	'another session reads it without a request, and without a token');
my $explain =
  $pca->explain($count, 'ANALYZE, COSTS OFF, SUMMARY OFF, TIMING OFF');
like($explain, qr/Cache: up to 3600 s old/, 'EXPLAIN shows the greatest age');
like(
	$explain,
	qr/Requests: 0\n\s+Pages: 0\n/,
	'ANALYZE counts what was received');
like($explain, qr/Rows Received: 500\n/, 'and the rows of cached responses');
like($explain, qr/Bytes Received: 0\n/, 'but not their bytes');
like(
	$explain,
	qr/Cached Answers: 1\n\s+Cache Age: \d+\.\d+ s/,
	'and how many responses, and how old the oldest is');
unlike($pca->sql("SET pc_analytics_fdw.cache = off; EXPLAIN $count"),
	qr/Cache:/, 'without the cache, EXPLAIN shows nothing of it');
my $session = $pca->session;
$session->query($count);
is( $session->query(
		"SELECT url LIKE '%license%top=200&skip=0', attempt, status, rows, bytes, request_id, age < '1 hour' FROM pc_analytics_requests()"
	),
	't|0||500|0||t',
	'pc_analytics_requests() shows a cached response as attempt 0, with its age'
);
is($session->query('SELECT error FROM pc_analytics_requests()'),
	'', 'without an error');

# --- options and settings

new_rows(300);
is($pca->run($count), '468|0|0',
	'a response stays the same when the rows change');
is($pca->run($count, cache => 'off'),
	'300|2|1', 'without the cache, rows are requested');
is($pca->run($count), '468|0|0', 'and not kept');
is($pca->run($count, cache => 'refresh'),
	'300|2|1', 'with "refresh", rows are requested');
is($pca->run($count), '300|0|0', 'and kept for others');
new_rows(301);
$pca->sql(
	'CREATE MATERIALIZED VIEW kept AS SELECT * FROM license_deployment');
is($pca->sql('SELECT count(service_code) FROM kept'),
	301, 'a materialized view is made from the API');
is($pca->run($count), '301|0|0', 'and its response is kept for others');
new_rows(302);
$pca->sql('REFRESH MATERIALIZED VIEW kept');
is($pca->sql('SELECT count(service_code) FROM kept'),
	302, 'REFRESH MATERIALIZED VIEW requests the rows');
is($pca->run($count), '302|0|0', 'and keeps them for others');
new_rows(303);
alter_table("ADD cache_ttl '0'");
is($pca->run($count), '303|2|1',
	'the option of a table counts, not that of its server');
is($pca->run($count), '303|2|1', 'with 0, nothing is kept');
unlike($pca->explain($count), qr/Cache/, 'and EXPLAIN shows nothing');
alter_table("SET cache_ttl '0.1'");
is( $pca->wait_for(
		'an expired response',
		sub { my $r = $pca->run($count); $r =~ /^303\|2/ && $r }),
	'303|2|1',
	'a response that is older than the option allows is requested again');
alter_table("SET cache_ttl '3600'");

foreach my $value ('-1', '604801', 'often')
{
	$pca->fails_with(
		"ALTER FOREIGN TABLE license_deployment OPTIONS (SET cache_ttl '$value')",
		'HV024',
		qr/invalid value for option "cache_ttl"/,
		"cache_ttl $value is refused");
}
$pca->fails_with(
	"LOAD 'pc_analytics_fdw'; SET pc_analytics_fdw.cache = maybe",
	'22023',
	qr/on, off, refresh/,
	'the setting has three values');

$pca->node->append_conf('postgresql.conf', 'pc_analytics_fdw.cache_size = 0');
$pca->node->reload;
ok( $pca->wait_for(
		'a plan without the cache',
		sub { $pca->explain($count) !~ /Cache:/ }),
	'with cache_size 0, EXPLAIN shows nothing of the cache');
$pca->node->append_conf('postgresql.conf',
	'pc_analytics_fdw.cache_size = 64MB');
$pca->node->reload;
ok( $pca->wait_for(
		'a plan with the cache',
		sub { $pca->explain($count) =~ /Cache:/ }),
	'until it is another one');

# --- responses that are not read to the end

# Nothing is kept of the query that runs: the rows are requested afterwards.
sub keeps_nothing
{
	my ($what, $code) = @_;
	new_rows(400 + $generation);
	$pca->sql("SET pc_analytics_fdw.cache = refresh; $count");
	new_rows(400 + $generation);
	my $rows = 400 + $generation - 1;
	$code->();
	$pca->clear_faults;
	is((split /\|/, $pca->run($count))[0],
		$rows - 1, "$what: nothing is kept of it");
	return;
}
my $read = 'SELECT service_name FROM license_deployment';
my $refresh = 'SET pc_analytics_fdw.cache = refresh';
keeps_nothing('LIMIT', sub { $pca->sql("$refresh; $read LIMIT 5") });
keeps_nothing(
	'a cursor that is closed',
	sub {
		$pca->sql(
			"$refresh; BEGIN; DECLARE c CURSOR FOR $read; FETCH 250 FROM c; CLOSE c; COMMIT"
		);
	});
keeps_nothing(
	'a savepoint',
	sub {
		$pca->sql(
			"$refresh; BEGIN; SAVEPOINT s; DECLARE c CURSOR FOR $read; FETCH 250 FROM c; ROLLBACK TO s; COMMIT"
		);
	});
keeps_nothing(
	'a query that is cancelled',
	sub {
		my $cancelled = $pca->session;
		$cancelled->query($refresh);
		my $pid = $cancelled->pid;
		$pca->fault(
			kind => 'stall',
			at => 'body',
			after_bytes => 2000,
			regex => 'skip=200');
		$cancelled->start($read);
		$pca->wait_for_requests(1);
		$pca->sql("SELECT pg_cancel_backend($pid)");
		is($cancelled->error->{sqlstate}, '57014', 'a query is cancelled');
	});
keeps_nothing(
	'an error of the API',
	sub {
		$pca->fault(kind => 'status', status => 500, after => 1);
		is($pca->error_of("$refresh; $read")->{sqlstate},
			'HV000', 'the API has an error');
	});
keeps_nothing(
	'a page that breaks off',
	sub {
		$pca->fault(
			kind => 'truncate',
			after_bytes => 2000,
			regex => 'skip=200');
		is($pca->error_of("$refresh; $read")->{sqlstate},
			'08006', 'a page breaks off');
	});
keeps_nothing(
	'a value that cannot be read',
	sub {
		$pca->fault(
			kind => 'item',
			row => 150,
			set => { licensesDeployed => 'x' },
			after => 1);
		is( $pca->error_of(
				"$refresh; SELECT licenses_deployed FROM license_deployment")
			  ->{sqlstate},
			'22P02',
			'a value cannot be read');
	});
keeps_nothing('ANALYZE',
	sub { $pca->sql("$refresh; ANALYZE license_deployment") });

# fewer rows than TotalCount; the option is a part of the key
new_rows(443);
$pca->sql("ALTER SERVER mock_api OPTIONS (ADD on_incomplete 'warning')");
$pca->fault(kind => 'envelope', set => { TotalCount => 1000 }, times => 0);
$pca->sql("$refresh; $read");
$pca->clear_faults;
isnt($pca->run($count), '443|0|0',
	'a response with fewer rows than TotalCount: nothing is kept');
is($pca->run($count), '443|0|0',
	'a complete one is kept with the same option');
$pca->sql('ALTER SERVER mock_api OPTIONS (DROP on_incomplete)');

# all rows of a cursor
new_rows(444);
$pca->sql(
	"$refresh; BEGIN; DECLARE c CURSOR FOR $read; FETCH 443 FROM c; FETCH 1 FROM c; CLOSE c; COMMIT"
);
isnt($pca->run($count), '444|0|0',
	'all rows of a cursor, but not its end: nothing is kept');
new_rows(445);
$pca->sql(
	"$refresh; BEGIN; DECLARE c CURSOR FOR $read; FETCH ALL FROM c; COMMIT");
is($pca->run($count), '445|0|0', 'a cursor at its end keeps the response');
is($pca->run("SELECT count(*) FROM ($read LIMIT 5) x"),
	'5|0|0', 'the first rows of a complete response are read from it');

# a cancel drops nothing
my $customers = 'SELECT count(domain) FROM customers';
$pca->run($customers);
my $cancelled = $pca->session;
my $pid = $cancelled->pid;
$pca->fault(kind => 'stall', path => '/v1/customers/', times => 0);
$cancelled->start('SELECT * FROM customer_license_deployment');
$pca->wait_for_requests(1);
$pca->sql("SELECT pg_cancel_backend($pid)");
is($cancelled->error->{sqlstate},
	'57014', 'a query that has read a cached list is cancelled');
$pca->clear_faults;
is((split /\|/, $pca->run($customers))[1], 0, 'the list is still cached');

# an error does
$pca->fault(
	kind => 'status',
	status => 404,
	path => '/v1/customers/',
	times => 0);
is($pca->error_of('SELECT * FROM customer_license_deployment')->{sqlstate},
	'HV00R', 'a customer of the cached list is not found');
$pca->clear_faults;
is((split /\|/, $pca->run($customers))[1],
	1, 'so the list is requested again');

# --- pc_analytics_cache_clear()

new_rows(447);
is($pca->run("$refresh; $count"), '447|3|1', 'a response is kept');
is( $pca->sql(
		"SELECT usename, rows, pages, hits FROM pc_analytics_cache WHERE url LIKE '%license%' AND rows = 447"
	),
	"@{[ $pca->sql('SELECT current_user') ]}|447|3|0",
	'the view shows it');
cmp_ok($pca->sql("SELECT pc_analytics_cache_clear('mock_api')"),
	'>', 0, 'responses are dropped');
my $clearing = $pca->session;
$clearing->query("BEGIN; DECLARE c CURSOR FOR $read; FETCH 10 FROM c");
$pca->sql('SELECT pc_analytics_cache_clear()');
$clearing->query('FETCH ALL FROM c; COMMIT');
is($pca->run($count), '447|3|1',
	'a response that was requested before is not kept afterwards');

# --- an error drops what it was built on

my $wrong = 'SELECT count(licenses_deployed) FROM license_deployment';
new_rows(446);
$pca->fault(kind => 'item', row => 150, set => { licensesDeployed => 'x' });
is($pca->run("$refresh; $count"),
	"446|3|1", 'a value that no column of the query reads is kept');
is(error_and_pages($wrong), '22P02 0', 'a query that reads it fails');
is(error_and_pages($wrong), 'no error 3',
	'and the next one requests the rows');

# --- requests that are always sent

my $azure =
  "SELECT count(*) FROM azure_usage WHERE usage_date > '2018-10-01'";
$pca->config(total_count => 'unfiltered');

sub azure_rows
{
	my ($new, $old) = @_;
	return $pca->rows(
		'azure_usage',
		[
			map {
				{
					usageDate => $_ <= $new
					? '2018-10-05T00:00:00'
					: '2018-09-05T00:00:00'
				}
			} 1 .. $new + $old
		]);
}
azure_rows(30, 20);
is($pca->run($azure), '30|6|1',
	'TotalCount counts all rows: a probe, and the rows');
azure_rows(30, 25);
is($pca->run($azure), '30|6|1',
	'the count is right when the number of all rows changes');
is($pca->run($azure), '30|6|1', 'and neither probe nor count are kept');
unlike($pca->explain($azure), qr/Cache:/, 'which EXPLAIN shows');
$pca->reset;
my $offset = 'SELECT service_code FROM license_deployment OFFSET 450';
$pca->run($offset);
$pca->run($offset);
like($pca->run($offset), qr/\|[1-3]\|1$/, 'OFFSET is always requested');
$pca->sql("ALTER SERVER mock_api OPTIONS (ADD max_url_length '700')");
my $list =
  "SELECT count(customer_name) FROM license_deployment WHERE product_name IN ("
  . join(', ', "'x'", map { "'" . 'y' x 100 . "$_'" } 1 .. 9) . ')';
alter_table("ADD rows '100000'");
like($pca->run($list), qr/^0\|[2-9]\|1$/, 'a list is divided among requests');
like($pca->run($list), qr/^0\|[2-9]\|1$/, 'which are always sent');
$pca->sql('ALTER SERVER mock_api OPTIONS (DROP max_url_length)');
alter_table('DROP rows');

# --- one query sees one state

my $join =
  'SELECT count(*) FROM license_deployment a JOIN license_deployment b USING (service_code, customer_tenant_id)';
is((split /\|/, $pca->run($join, cache => 'refresh'))[1],
	3, 'a table that is joined with itself is requested once');

# but not an older state than each table allows
$pca->sql(
	"CREATE FOREIGN TABLE recent (service_code text) SERVER mock_api OPTIONS (resource 'license_deployment', cache_ttl '0.001')"
);
new_rows(448);
$pca->run("$refresh; $count");
new_rows(449);
my $both = "SELECT ($count), (SELECT count(service_code) FROM recent)";
is( $pca->wait_for(
		'an expired response',
		sub { my $r = $pca->run($both); $r =~ /\|449\|/ && $r }),
	'448|449|3|1',
	'a table with a smaller cache_ttl does not read the response of another one in its query'
);
is($pca->run($count), '449|0|0',
	'but the other one reads its response, as long as the one before would have been kept'
);
$pca->sql('DROP FOREIGN TABLE recent');

# --- counters

$pca->sql('SELECT pc_analytics_stats_reset()');
$pca->sql('SELECT pc_analytics_cache_clear()');
$pca->run($count);
$pca->run($count);
$pca->run($count);
is( $pca->sql(
		"SELECT sum(requests), sum(pages), sum(cache_misses), sum(cache_hits) FROM pc_analytics_stats WHERE resource = 'license_deployment'"
	),
	'3|3|1|2',
	'pc_analytics_stats counts responses that were requested and those that were not'
);

done_testing();
