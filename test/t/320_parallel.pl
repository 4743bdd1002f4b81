# Parallel scans: the rows, errors and requests are those of a scan by one
# process, whatever the server does, and nothing is left behind.
use strict;
use warnings FATAL => 'all';

use List::Util qw(min);
use PcaTest;
use Test::More;

my $license = '/v1/analytics/commercial/deployment/license/';
my $pca = PcaTest->new(
	rows => 250,
	server => { page_size => 10, max_retries => 2, max_retry_wait => '20ms' },
	conf =>
	  "parallel_setup_cost = 0\nparallel_tuple_cost = 0\nmin_parallel_table_scan_size = 0\njit = off\npc_analytics_fdw.shared_state = off\n"
);
$pca->local_copy('license_deployment');
my $session = $pca->session;
my $all = 'SELECT * FROM license_deployment';
my $sums =
  'SELECT count(*), sum(licenses_sold), avg(licenses_sold), max(processed_date_time) FROM license_deployment';

sub workers
{
	my ($workers) = @_;
	$session->query("SET max_parallel_workers_per_gather = $workers");
	return;
}

sub option
{
	my ($name, $value) = @_;
	$pca->sql("ALTER SERVER mock_api OPTIONS (SET $name '$value')");
	return;
}

# A test point: as many processes as said share the query, and give the rows that
# it has on the local copies.
sub same
{
	my ($workers, $query, $name) = @_;
	workers($workers);
	my $plan = $session->query(
		"DROP TABLE IF EXISTS f, l; EXPLAIN (ANALYZE) CREATE TEMP TABLE f AS $query"
	);
	my ($launched) = $plan =~ /Workers Launched: (\d+)/;
	my $different = $session->query(
		"SET search_path = local; CREATE TEMP TABLE l AS $query; SET search_path = partner_center, public; "
		  . 'SELECT (SELECT count(*) FROM (TABLE f EXCEPT ALL TABLE l) a), (SELECT count(*) FROM (TABLE l EXCEPT ALL TABLE f) b)'
	);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(($launched // 0) . " $different", "$workers 0|0", $name) or diag $plan;
	return;
}

# Requests since the last call, without order.
sub asked { return join "\n", sort $pca->requests; }

# --- when it is done

my $shared = qr/Parallel Foreign Scan on/;
my $plain = "WHERE channel = 'reseller'";
foreach my $case (
	[ $all, 1, 'a full scan' ],
	[ "$all $plain", 1, 'a filter' ],
	[ $sums, 1, 'an aggregate that the API has no groups for' ],
	[ "$all ORDER BY customer_name", 1, 'an order that PostgreSQL sees to' ],
	[
		'SELECT service_name, sum(licenses_sold) FROM license_deployment GROUP BY 1',
		0,
		'groups of the API'
	],
	[ 'SELECT count(*) FROM license_deployment', 0, 'a TotalCount' ],
	[ "$all LIMIT 5", 0, 'a LIMIT that is sent' ],
	[ 'SELECT * FROM usage_date_is_sent', 0, 'a history' ],
	[ 'SELECT * FROM customer_license_deployment', 0, 'the customers' ],
	[
		'SELECT * FROM license_deployment WHERE customer_tenant_id = ANY ($1)',
		1,
		'a parameter'
	],
	[
		"SELECT licenses_sold FROM license_deployment WHERE licenses_sold NOT IN (SELECT g FROM generate_series(1, 5) g)",
		1,
		'beside a subquery'
	],
	[
		"SELECT (SELECT avg(licenses_sold) FROM license_deployment l WHERE l.channel = x.channel) FROM local.license_deployment x",
		0,
		'a correlated subquery'
	],
	[
		"SELECT (SELECT avg(l.licenses_sold) FROM license_deployment l JOIN local.license_deployment y USING (product_id) WHERE y.channel = x.channel) FROM local.license_deployment x",
		0,
		'a part of one, which is read again and again'
	],
	[
		'WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r JOIN license_deployment ON licenses_sold = i AND i < 3) SELECT * FROM r',
		0,
		'a recursion'
	],
	[
		'SELECT * FROM license_deployment UNION ALL SELECT * FROM license_deployment',
		0,
		'an Append, which waits for several'
	])
{
	my ($sql, $expected, $name) = @$case;
	$sql =
	  'SELECT * FROM license_deployment_history WHERE snapshot_date = current_date'
	  if $name eq 'a history';
	my $plan =
	  $sql =~ /\$1/
	  ? $session->query(
		"SET plan_cache_mode = force_generic_plan; PREPARE p(uuid[]) AS $sql; EXPLAIN EXECUTE p('{}'); DEALLOCATE p; RESET plan_cache_mode"
	  )
	  : $session->query("EXPLAIN $sql");
	is($plan =~ $shared ? 1 : 0,
		$expected, "$name: " . ($expected ? 'shared' : 'not shared'))
	  or diag $plan;
	unlike(
		$plan,
		qr/Gather.*\n.*Workers Planned.*\n +-> +Foreign Scan/,
		"$name: no worker does a whole scan");
}
foreach
  my $case ([ 'max_parallel_requests', 1, 4 ], [ 'page_size', 10000, 10 ])
{
	my ($name, $value, $before) = @$case;
	$pca->sql(
		'ALTER FOREIGN TABLE license_deployment OPTIONS (ADD rows \'10000\')'
	);
	$pca->sql("ALTER SERVER mock_api OPTIONS ("
		  . ($name eq 'page_size' ? 'SET' : 'ADD')
		  . " $name '$value')");
	unlike($session->query("EXPLAIN $all"),
		$shared, "$name $value: not shared");
	$pca->sql("ALTER SERVER mock_api OPTIONS (SET $name '$before')");
	$pca->sql('ALTER FOREIGN TABLE license_deployment OPTIONS (DROP rows)');
}
foreach my $setting (
	'max_parallel_workers_per_gather = 0',
	'min_parallel_table_scan_size = \'1GB\'',
	'parallel_tuple_cost = 1000')
{
	unlike($session->query("SET $setting; EXPLAIN $all"),
		$shared, "$setting: not shared");
	$session->query('RESET ALL');
}
$pca->sql(
	"ALTER SERVER mock_api OPTIONS (ADD max_requests_per_minute '600')");
unlike($session->query("EXPLAIN $all"),
	$shared, 'max_requests_per_minute: not shared');
$pca->sql('ALTER SERVER mock_api OPTIONS (DROP max_requests_per_minute)');

# --- the same rows and requests as of one process

foreach my $case (
	[ 0, 10 ],
	[ 1, 10 ],
	[ 9, 10 ],
	[ 10, 10 ],
	[ 11, 10 ],
	[ 20, 10 ],
	[ 250, 10 ],
	[ 250, 7 ],
	[ 250, 1000 ],
	[ 33, 1 ])
{
	my ($rows, $page_size) = @$case;
	$pca->config(rows => $rows);
	$pca->sql('DROP TABLE local.license_deployment');
	option('page_size', $page_size);
	$pca->local_copy('license_deployment');
	my %requests;
	foreach my $workers (0 .. 3)
	{
		asked();
		foreach my $query ($all, "$all WHERE licenses_sold % 2 = 0", $sums)
		{
			same($workers, $query,
				"$rows rows by $page_size, $workers workers: $query");
		}
		$requests{$workers} = asked();
		is($requests{$workers}, $requests{0},
			"$rows rows by $page_size, $workers workers: the requests of one process"
		);
	}
}
$pca->reset;
option('page_size', 10);
$pca->sql('DROP TABLE local.license_deployment');
$pca->local_copy('license_deployment');

# Whatever TotalCount and the next link say, and however many rows come.
foreach my $case (
	(   map {
			my $total = $_;
			map { [ { total_count => $total, next_link => $_ }, '' ] }
			  qw(relative absolute always_null absent)
		} qw(filtered unfiltered page absent)),
	(map { [ { cap_top => 7, total_count => $_ }, '' ] } qw(filtered absent)),
	[ { shuffle => 'page' }, '' ],
	[ { ignore_skip => 1 }, 'HV000' ],
	[ { latency_ms => 5 }, '' ])
{
	my ($switches, $sqlstate) = @$case;
	my $name = join ' ', map { "$_ $switches->{$_}" } sort keys %$switches;
	$pca->config($switches);
	foreach my $query ($all, "$all $plain")
	{
		foreach my $workers (2, 3)
		{
			if ($sqlstate)
			{
				workers($workers);
				my $error = $session->error_of($query);
				is($error->{sqlstate}, $sqlstate, "$name: an error");
				next;
			}
			same($workers, $query,
				"$name, $workers workers: every row once: $query");
		}
	}
	$pca->reset;
}
workers(2);

# --- what is wrong is found out, and said

foreach my $case (
	[
		{
			kind => 'envelope',
			set => { TotalCount => 9999 },
			regex => 'skip=50\b',
			times => 0
		},
		'HV000',
		qr/data changed while it was read/
	],
	[
		{
			kind => 'item',
			set => { processedDateTime => '2030-01-01T00:00:00' },
			regex => 'skip=50\b',
			times => 0
		},
		'HV000',
		qr/data changed while it was read.*processedDateTime/s
	],
	[
		{ kind => 'duplicate_page', regex => 'skip=50\b', times => 0 },
		'HV000', qr/same page/
	],
	[
		{
			kind => 'item',
			set => { licensesSold => 'many' },
			regex => 'skip=90\b',
			times => 0
		},
		'22P02', qr/many/
	],
	[
		{ kind => 'status', status => 500, regex => 'skip=90\b', times => 0 },
		'HV000',
		qr/the API reported an internal error.*CONTEXT:  foreign table "license_deployment"/s
	],
	[
		{
			kind => 'status',
			status => 429,
			retry_after => 60,
			regex => 'skip=90\b',
			times => 0
		},
		'53400',
		qr/asks to wait/
	])
{
	my ($fault, $sqlstate, $message) = @$case;
	$pca->fault(%$fault);
	$pca->error_is($session->error_of($_),
		$sqlstate, $message, "$fault->{kind}: the error of one process: $_")
	  foreach $all, $sums;
	$pca->clear_faults;
	$session->query('SELECT pc_analytics_disconnect()');
}
$pca->fault(
	kind => 'status',
	status => 429,
	regex => 'skip=[1-9]',
	times => 3);
same(2, $all, 'three answers 429: every row once');
$pca->clear_faults;
$session->query('SELECT pc_analytics_disconnect()');
$pca->fault(kind => 'status', status => 401, regex => 'skip=0\b', times => 1);
like($session->error_of($all)->{sqlstate},
	qr/^28/, 'a token that is refused is an error');
$pca->clear_faults;

# max_rows counts the rows of all processes.
foreach my $case ([ 249, 1 ], [ 250, 0 ])
{
	my ($most, $wrong) = @$case;
	$pca->sql(
		"ALTER FOREIGN TABLE license_deployment OPTIONS (ADD max_rows '$most')"
	);
	foreach my $query ($all, $sums)
	{
		my $error = $session->error_of($query);
		is( $error->{sqlstate} // '',
			$wrong ? '54000' : '',
			"max_rows $most of 250: $query");
	}
	$pca->sql(
		'ALTER FOREIGN TABLE license_deployment OPTIONS (DROP max_rows)');
}

# --- how many requests, and what EXPLAIN ANALYZE says of them

$pca->config(latency_ms => 20);
$pca->log_entries;
foreach my $workers (1, 2, 3)
{
	workers($workers);
	$pca->log_entries;
	my $plan = $session->query("EXPLAIN (ANALYZE) $sums");
	my $most = $pca->state->{most_in_progress};
	my %said = $plan =~
	  /^\s*(Requests|Pages|Rows Received|Workers Launched|Retries): (\d+)/mg;
	is($said{'Workers Launched'}, $workers, "$workers workers are there");
	is( $said{Requests},
		scalar(my @requests = $pca->requests),
		'EXPLAIN ANALYZE counts the requests of all');
	is("$said{Pages} $said{'Rows Received'} $said{Retries}",
		'25 250 0', 'pages and rows, too');
	# the mock API may note an answer's end behind the request that follows it
	cmp_ok($most, '<', 2 * 4,
		"no more than max_parallel_requests at once, of all processes");
	cmp_ok($most, '>', 1,
		'the processes have several requests in progress at once');
}
$pca->sql("ALTER SERVER mock_api OPTIONS (SET max_parallel_requests '2')");
$pca->log_entries;
same(1, $all, 'two requests at once, and one worker');
cmp_ok($pca->state->{most_in_progress}, '<', 2 * 2, 'no more than two');
$pca->sql("ALTER SERVER mock_api OPTIONS (SET max_parallel_requests '4')");
workers(2);
$pca->reset;

# One correlation id for all of it.
$pca->log_entries;
$session->query($sums);
my %ids = map {
	map    { $_->[1] => 1 }
	  grep { lc $_->[0] eq 'ms-correlationid' }
	  @{ $_->{headers} }
} $pca->log_entries;
is(scalar keys %ids, 1, 'all requests of a scan have one MS-CorrelationId');

# --- the statements that read

workers(2);
$session->query(
	"CREATE UNLOGGED TABLE public.made AS $all; CREATE MATERIALIZED VIEW public.seen AS $all"
);
$session->query('REFRESH MATERIALIZED VIEW public.seen');
foreach my $made (qw(made seen))
{
	is( $session->query(
			"SELECT count(*) FROM (TABLE public.$made EXCEPT ALL SELECT * FROM local.license_deployment) x"
		),
		'0',
		"$made: the same rows");
	is($session->query("SELECT count(*) FROM public.$made"),
		250, "$made: all of them");
}
$session->query(
	'CREATE FUNCTION pg_temp.total() RETURNS numeric LANGUAGE plpgsql AS $$ DECLARE n numeric; BEGIN '
	  . 'SELECT avg(licenses_sold) INTO n FROM license_deployment; RETURN n; END $$'
);
is( $session->query(
		'SELECT pg_temp.total() = avg(licenses_sold) FROM local.license_deployment'
	),
	't',
	'a query in a PL/pgSQL function returns the right value');
same(
	2,
	"SELECT l.*, p.n FROM license_deployment l JOIN (SELECT product_id, count(*) AS n FROM local.license_deployment GROUP BY 1) p USING (product_id) WHERE p.n > 0",
	'one side of a join');
same(
	2,
	"SELECT channel, count(*), avg(licenses_sold) FROM license_deployment GROUP BY 1",
	'partial aggregates give the sums of the local copy');
same(
	2,
	"SELECT * FROM license_deployment WHERE licenses_sold > (SELECT avg(licenses_sold) FROM local.license_deployment)",
	'the value of an init plan');
is( $session->query(
		'SET parallel_leader_participation = off; EXPLAIN (ANALYZE) SELECT * FROM license_deployment'
	) =~ /Workers Launched: 2/ ? 1 : 0,
	1,
	'a leader that only gathers');
same(2, $_, "a leader that only gathers: $_") foreach $all, $sums;
$session->query('RESET parallel_leader_participation');
my $debug = $session->query(
	"SELECT name FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query')"
);

foreach my $value (qw(on regress))
{
	$session->query("SET $debug = $value");
	same(2, $_, "$debug $value: $_") foreach $all, $sums;
	is($session->query('SELECT count(*) FROM license_deployment'),
		250, "$debug $value: a TotalCount");
	is( $session->query("SELECT sum(licenses_sold) FROM license_deployment")
		  - $session->query(
			'SELECT sum(licenses_sold) FROM local.license_deployment'),
		0,
		"$debug $value: groups of the API");
}
$session->query("RESET $debug");

# A list that turns out to be long is several requests: one process does them all.
my $ids = $session->query(
	"SELECT array_agg(DISTINCT x) FROM (SELECT customer_tenant_id AS x FROM local.license_deployment UNION ALL SELECT gen_random_uuid() FROM generate_series(1, 50)) y"
);
$pca->sql("ALTER SERVER mock_api OPTIONS (ADD max_url_length '2000')");
$session->query(
	'SET plan_cache_mode = force_generic_plan; PREPARE many(uuid[]) AS SELECT * FROM license_deployment WHERE customer_tenant_id = ANY ($1)'
);
asked();
my $plan = $session->query(
	"EXPLAIN (ANALYZE) CREATE TEMP TABLE several AS EXECUTE many('$ids')");
like(
	$plan,
	qr/Workers Launched: [12]/,
	'a list that is not known before: there are workers');
like($plan, qr/Rows Received: 2[45]\d\b/, 'each row is fetched once');
cmp_ok(scalar(() = asked() =~ /skip=0/g), '>', 1, 'by several requests');
is( $session->query(
		'SELECT count(*) FROM (TABLE several EXCEPT ALL SELECT * FROM local.license_deployment) x'
	),
	0,
	'no row that is not there');
is( $session->query('SELECT count(*) FROM several'),
	$session->query(
		'SELECT count(customer_tenant_id) FROM local.license_deployment'),
	'all that are');
$session->query('RESET plan_cache_mode; DEALLOCATE many');
$pca->sql('ALTER SERVER mock_api OPTIONS (DROP max_url_length)');

# The other form of a path is found by whom it may be, and remembered by the session.
$pca->config(path_form => 'example');
asked();
same(2, $sums, 'the other form of the path');
is(scalar(() = asked() =~ m{license/\?}g), 1, 'the first form is asked once');
same(2, $sums, 'the same query gives the same sums again');
is(scalar(() = asked() =~ m{license/\?}g), 0, 'and not again');
$pca->reset;
$session->query('SELECT pc_analytics_disconnect()');

# --- what is left behind

sub is_quiet
{
	my ($name) = @_;
	$pca->wait_for('quiet', sub { $pca->state->{in_progress} == 0 });
	is( $pca->wait_for(
			'the ends of workers',
			sub {
				$pca->sql(
					"SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'parallel worker'"
				) eq 't';
			}),
		1,
		"$name: no request and no worker is left");
	return;
}
my $filtered =
  'SELECT licenses_sold FROM license_deployment WHERE licenses_sold % 2 = 0';
my $joined =
  'SELECT licenses_sold AS s FROM license_deployment JOIN generate_series(0, 1000, 2) e ON e = licenses_sold';
$pca->config(latency_ms => 100);
my $least = 25;
foreach my $round (1 .. 5)
{
	$pca->log_entries;
	is(scalar(my @rows = split /\n/, $session->query("$joined LIMIT 3")),
		3, 'a LIMIT above');
	$least = min($least, scalar(my @entries = $pca->log_entries));
	is_quiet('a LIMIT above');
}
cmp_ok($least, '<', 25, 'which does not ask for all pages');
$pca->config(latency_ms => 10);
like($session->query("EXPLAIN $joined LIMIT 3"),
	$shared, 'which is a shared scan');

# An inner side that is read again before it was read to its end.
$session->query('SET enable_material = off');
my $again =
  "SELECT count(*) FROM generate_series(1, 4) g LEFT JOIN ($joined OFFSET 1 LIMIT 20) x ON g + s > 0";
like(
	$session->query("EXPLAIN $again"),
	qr/Nested Loop.*Limit.*Gather.*Parallel Foreign Scan/s,
	'a scan that is read again');
is($session->query($again), 80, 'gives its rows each time');
is_quiet('a scan that is read again');
$again =~ s/ OFFSET 1 LIMIT 20//;
is( $session->query($again),
	$session->query(
		'SELECT 4 * count(*) FROM local.license_deployment WHERE licenses_sold % 2 = 0 AND licenses_sold <= 1000'
	),
	'all of them, too');
$session->query('RESET ALL');
$pca->reset;

foreach my $state (
	[ 'the first page', 'skip=0\b', 1 ],
	[ 'pages of all processes', 'skip=[1-9]', 4 ],
	[ 'the last page', 'skip=240', 1 ])
{
	my ($name, $regex, $requests) = @$state;
	foreach my $victim (
		[ 'a cancel of the leader', 'pg_cancel_backend', 'PID', '57014' ],
		[
			'a cancel of a worker',
			'pg_cancel_backend',
			'(SELECT min(pid) FROM pg_stat_activity WHERE leader_pid = PID)',
			'57014'
		],
		[
			'the end of a worker',
			'pg_terminate_backend',
			'(SELECT min(pid) FROM pg_stat_activity WHERE leader_pid = PID)',
			'57P01'
		],
		[ 'the end of the leader', 'pg_terminate_backend', 'PID', '57P01' ])
	{
		my ($what, $function, $whom, $sqlstate) = @$victim;
		foreach my $query ($all, $sums)
		{
			my $other = $pca->session;
			$other->query('SET max_parallel_workers_per_gather = 2');
			my $pid = $other->pid;
			$pca->fault(
				kind => 'stall',
				at => 'body',
				after_bytes => 2000,
				regex => $regex,
				times => 0);
			$other->start($query);
			$pca->wait_for_requests($requests);
			$pca->wait_for(
				'two workers',
				sub {
					$pca->sql(
						"SELECT count(*) FROM pg_stat_activity WHERE leader_pid = $pid"
					) eq '2';
				}) if $name ne 'the last page';
			$pca->sql("SELECT $function(" . $whom =~ s/PID/$pid/r . ')');
			like($other->error->{sqlstate},
				qr/^(?:$sqlstate)$/, "$name: $what ends the query: $query");
			$pca->clear_faults;
			is_quiet("$name: $what");
			is($other->query($filtered) eq '',
				'', "$name: $what: the session goes on")
			  if $whom ne 'PID' || $function eq 'pg_cancel_backend';
		}
	}
}

# --- how far it is

$pca->config(latency_ms => 250);
$session->query('SET pc_analytics_fdw.progress = on');
$session->start($sums);
$pca->wait_for(
	'three processes that tell of themselves',
	sub {
		$pca->sql(
			"SELECT count(*) = 3 AND bool_and(total IS NULL) FROM pc_analytics_progress WHERE relation = 'license_deployment'::regclass"
		) eq 't';
	});
my ($told, $notices) = $session->finish;
like(
	$notices,
	qr/NOTICE: .*license_deployment: \d+ of 250 rows, \d+ %, \d+ requests/,
	'one of them tells of all');
$session->query('SET pc_analytics_fdw.progress = off');
is($pca->sql('SELECT count(*) FROM pc_analytics_progress'),
	0, 'no session reports progress at the end');
$pca->reset;

# --- who signs in; access tokens that are given do not outlive this

$pca->create_server('signing', { page_size => 10 }, \%PcaTest::CREDENTIALS);
$pca->sql(
	'CREATE SCHEMA signing; IMPORT FOREIGN SCHEMA analytics LIMIT TO (license_deployment) FROM SERVER signing INTO signing'
);
my $signing = 'SELECT avg(licenses_sold) FROM signing.license_deployment';

sub statuses
{
	return join ' ',
	  sort map { $_->{method} eq 'POST' ? 'token' : $_->{status} }
	  $pca->log_entries;
}
statuses();
like(
	$session->query("EXPLAIN (ANALYZE) $signing"),
	qr/Workers Launched: 2.*Requests: 26/s,
	'the token counts among the requests');
is(statuses(), join(' ', (200) x 25, 'token'), 'one process signs in');
$session->query($signing);
is( statuses(),
	join(' ', (200) x 25),
	'and the token is kept for the next query');
$pca->revoke('access');
$session->query($signing);
my $renewed = statuses();
like($renewed, qr/token/, 'a token that is refused is renewed');
like($renewed, qr/^(200 ){25}/, 'and each page is asked for');
$pca->fault(
	kind => 'status',
	status => 400,
	body => 'oauth',
	regex => 'oauth2',
	times => 0);
$session->query('SELECT pc_analytics_disconnect()');
like(
	$session->error_of($signing)->{message},
	qr/the sign-in service gave no access token/,
	'no token is an error of the leader');
$pca->clear_faults;

done_testing();
