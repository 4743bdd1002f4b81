# Each fault of the mock API after the first page, in each kind of scan: the
# right rows or the right error, never other rows.
use strict;
use warnings FATAL => 'all';

use JSON::PP ();
use PcaTest;
use Test::More;

my $pca = PcaTest->new(
	rows => 300,
	customers => 30,
	import => 0,
	conf =>
	  "# a fault of one case must not pause the next\npc_analytics_fdw.shared_state = off\n"
);
my %quick = (
	page_size => 50,
	max_retries => 2,
	max_retry_wait => '20ms',
	request_timeout => '400ms',
	max_response_size => '16MB');
my %parallel = (one => 1, four => 4, more => 4);

foreach my $server (sort keys %parallel)
{
	$pca->create_server($server,
		{ %quick, max_parallel_requests => $parallel{$server} });
	$pca->import_schema($server, $server);
}
$pca->sql(
	'CREATE SCHEMA partner_center; IMPORT FOREIGN SCHEMA analytics LIMIT TO (license_deployment) FROM SERVER one INTO partner_center'
);
$pca->local_copy('license_deployment');
my $session = $pca->session;

# The kinds of scan; SCHEMA and OTHER are foreign or local.
my @groups =
  'SELECT product_name, customer_name, sum(licenses_sold) FROM SCHEMA.license_deployment GROUP BY 1, 2';
my %kinds = (
	plain => [ 'SELECT * FROM SCHEMA.license_deployment', 'one' ],
	grouped => [ $groups[0], 'four' ],
	concurrent => [ 'SELECT * FROM SCHEMA.license_deployment', 'four' ],
	parallel => [ 'SELECT * FROM SCHEMA.license_deployment', 'four' ],
	async => [
		'SELECT * FROM SCHEMA.license_deployment UNION ALL SELECT * FROM OTHER.license_deployment',
		'four',
		'more'
	]);

# A query of that kind.
sub query
{
	my ($kind, $local) = @_;
	my ($sql, $schema, $other) = @{ $kinds{$kind} };
	$schema = $other = 'local' if $local;
	$sql =~ s/SCHEMA/$schema/;
	$sql =~ s/OTHER/$other/;
	return $sql;
}
$session->query("CREATE TEMP TABLE right_$_ AS " . query($_, 1))
  foreach sort keys %kinds;

# "rows" for the right ones, "OTHER ROWS", or the error's SQLSTATE.
sub outcome
{
	my ($kind) = @_;
	$session->query('SET max_parallel_workers_per_gather = '
		  . ($kind eq 'parallel' ? 2 : 0));
	$session->query('DROP TABLE IF EXISTS found');
	my $error =
	  $session->error_of('CREATE TEMP TABLE found AS ' . query($kind));
	return $error->{sqlstate} if %$error;
	my $different = $session->query(
		"SELECT (SELECT count(*) FROM (TABLE found EXCEPT ALL TABLE right_$kind) a) "
		  . "+ (SELECT count(*) FROM (TABLE right_$kind EXCEPT ALL TABLE found) b)"
	);
	return $different == 0 ? 'rows' : 'OTHER ROWS';
}

# What the fault is, what comes of it once, and of it again and again.  The first
# page is always good; the second one is not.
my @faults = (

	# HTTP statuses
	[ { kind => 'status', status => 400 }, 'HV000', 'HV000' ],
	[ { kind => 'status', status => 401 }, '28000', '28000' ],
	[ { kind => 'status', status => 403 }, '42501', '42501' ],
	[ { kind => 'status', status => 404 }, 'HV00R', 'HV00R' ],
	[ { kind => 'status', status => 408 }, 'rows', '08006' ],
	[ { kind => 'status', status => 429 }, 'rows', '53400' ],
	[ { kind => 'status', status => 429, times => 2 }, 'rows', '53400' ],
	[
		{ kind => 'status', status => 429, retry_after => 'date:-30' },
		'rows', '53400'
	],
	[
		{ kind => 'status', status => 429, retry_after => 60 }, '53400',
		'53400'
	],
	[ { kind => 'status', status => 500 }, 'rows', 'HV000' ],
	[ { kind => 'status', status => 502, body => 'html' }, 'rows', '08006' ],
	[ { kind => 'status', status => 503 }, 'rows', '08006' ],
	[
		{ kind => 'status', status => 503, retry_after => 'date:600' },
		'53400', '53400'
	],
	[ { kind => 'status', status => 504 }, 'rows', '08006' ],
	[ { kind => 'no_content' }, 'HV000', 'HV000' ],
	[ { kind => 'redirect' }, 'rows', 'HV000' ],
	[
		{ kind => 'redirect', location => 'http://127.0.0.1:1/' }, 'HV000',
		'HV000'
	],

	# connections
	[ { kind => 'close' }, 'rows', '08006' ],
	[ { kind => 'reset' }, 'rows', '08006' ],
	[ { kind => 'garbage', text => 'no' }, 'rows', '08006' ],
	[ { kind => 'stall' }, 'rows', '08006' ],
	[ { kind => 'stall', at => 'headers' }, 'rows', '08006' ],
	[
		{ kind => 'stall', at => 'body', after_bytes => 3000 }, 'rows',
		'08006'
	],
	[ { kind => 'drip', bytes => 4000, every_ms => 5 }, 'rows', 'rows' ],
	[ { kind => 'delay', delay_ms => 30 }, 'rows', 'rows' ],
	[
		{ kind => 'truncate', after_bytes => 0, ending => 'reset' }, 'rows',
		'08006'
	],
	[ { kind => 'truncate', after_bytes => 5000 }, 'rows', '08006' ],
	[
		{ kind => 'truncate', after_bytes => 5000, ending => 'reset' },
		'rows', '08006'
	],
	[
		{ kind => 'truncate', after_bytes => 5000, framing => 'chunked' },
		'rows', '08006'
	],

	# framing and headers
	[ { kind => 'length', delta => 10 }, 'rows', '08006' ],
	[ { kind => 'length', delta => -10 }, 'rows', '08006|HV00M' ],
	[ { kind => 'bad_chunk' }, 'rows', '08006' ],
	[ { kind => 'http10' }, 'rows', 'rows' ],
	[ { kind => 'interim' }, 'rows', 'rows' ],
	[ { kind => 'huge_headers', bytes => 100000 }, '54000', '54000' ],

	# compression
	[ { kind => 'bad_gzip' }, 'rows', '08006|HV00M' ],
	[ { kind => 'truncated_gzip' }, 'rows', '08006|HV00M' ],
	[ { kind => 'encoding', name => 'br' }, 'rows', 'HV00M' ],
	[ { kind => 'bomb', megabytes => 64 }, '54000', '54000' ],

	# bodies that are not the API's
	[ { kind => 'empty' }, 'HV00M', 'HV00M' ],
	[ { kind => 'body', text => '<html>Sign in</html>' }, 'HV00M', 'HV00M' ],
	[ { kind => 'body', text => '{"Value": 1}' }, 'HV00M', 'HV00M' ],
	[ { kind => 'invalid_json' }, 'rows|HV00M|HV000', 'HV00M|HV000' ]
	,    # it may look as if it were cut short
	[ { kind => 'trailing_garbage' }, 'HV00M', 'HV00M' ],
	[ { kind => 'invalid_utf8' }, 'HV000|HV00M', 'HV000|HV00M' ],
	[ { kind => 'nul' }, 'HV000|22P05', 'HV000|22P05' ],
	[ { kind => 'raw_nul' }, 'HV000|HV00M', 'HV000|HV00M' ],
	[ { kind => 'lone_surrogate' }, 'HV000|22P05', 'HV000|22P05' ],
	[ { kind => 'deep_nesting' }, 'HV00M', 'HV00M' ],
	[ { kind => 'huge_string', bytes => 3000000 }, 'HV00M', 'HV00M' ],

	# items: of keys that come twice the first one counts
	[ { kind => 'item', raw => ',"licensesSold":7' }, 'HV000', 'HV000' ],
	[
		{ kind => 'item', set => { never => { seen => [] } } }, 'rows',
		'rows'
	],
	[
		{ kind => 'item', set => { licensesSold => 'many' } }, '22P02',
		'22P02'
	],
	[ { kind => 'item', set => { licensesSold => [1] } }, '42804', '42804' ],
	[ { kind => 'item', set => { licensesSold => 1.5 } }, '22P02', '22P02' ],

	# what stands around them
	[
		{ kind => 'envelope', set => { TotalCount => 9999 } }, 'HV000',
		'HV000'
	],
	[ { kind => 'envelope', set => { TotalCount => 1 } }, 'HV000', 'HV000' ],
	[
		{ kind => 'envelope', set => { TotalCount => 'many' } }, 'HV00M',
		'HV00M'
	],
	[ { kind => 'envelope', set => { Value => [] } }, 'HV000', 'HV000' ],
	[ { kind => 'envelope', set => { Value => {} } }, 'HV00M', 'HV00M' ],
	[ { kind => 'envelope', drop => ['Value'] }, 'HV00M', 'HV00M' ],
	[ { kind => 'envelope', drop => ['TotalCount'] }, 'rows', 'rows' ],
	[ { kind => 'envelope', drop => ['@nextLink'] }, 'rows', 'rows' ],
	[
		{
			kind => 'envelope',
			set => { '@nextLink' => 'http://foreign.invalid/' }
		},
		'HV000', 'HV000'
	],
	[ { kind => 'envelope', set => { '@nextLink' => 7 } }, 'HV00M', 'HV00M' ],

	# pages
	[ { kind => 'reverse' }, 'rows', 'rows' ],
	[ { kind => 'duplicate_page' }, 'HV000', 'HV000' ],
	[
		{ kind => 'duplicate_page', reverse => JSON::PP::true }, 'HV000',
		'HV000'
	]);

# Two workers share a scan where they may; costs do not keep them from it.
$session->query(
	'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0'
);
like(
	$session->query('EXPLAIN (ANALYZE) ' . query('parallel')),
	qr/Workers Launched: 2/,
	'a scan of three processes');

foreach my $case (@faults)
{
	my ($fault, $once, $always) = @$case;
	my $name = join ' ', map {
		ref $fault->{$_}
		  ? "$_ " . JSON::PP->new->allow_nonref->encode($fault->{$_})
		  : "$_ $fault->{$_}"
	} 'kind', grep { $_ ne 'kind' } sort keys %$fault;
	foreach my $kind (qw(plain grouped concurrent async parallel))
	{
		foreach my $times (1, 0)
		{
			my $expected = $times ? $once : $always;
			$pca->fault(
				%$fault,
				regex => 'skip=50\b',
				times => $times && ($fault->{times} // 1));
			$pca->log_entries;
			my $outcome = outcome($kind);

			# a process that must not wait for others leaves the page, and
			# another one requests it again
			$expected .= '|rows'
			  if $times
			  && $kind eq 'parallel'
			  && (grep { /skip=50\b/ } $pca->requests) > 1;
			like($outcome, qr/^(?:$expected)$/,
					"$name, "
				  . ($times ? 'once' : 'always')
				  . ", $kind: $expected");
			$pca->clear_faults;
			$session->query('SELECT pc_analytics_disconnect()');
		}
	}
}

# What a server is like all the time, and what comes of it.
my @manners = (
	[ { bom => 1 }, 'rows' ],
	[ { transfer => 'chunked' }, 'rows' ],
	[ { gzip => 1 }, 'rows' ],
	[ { close_after_each => 1 }, 'rows' ],
	[ { omit_nulls => 1 }, 'rows' ],
	[ { numbers_as_strings => 1 }, 'rows' ],
	[ { key_case => 'lower' }, 'rows' ],
	[ { json_ascii => 1, pretty => 1 }, 'rows' ],
	[ { envelope => 'array' }, 'HV00M' ],
	[ { cap_top => 20 }, 'rows' ],
	[ { shuffle => 'page' }, 'rows' ],
	[ { ignore_skip => 1 }, 'HV000' ],
	(   map { [ { total_count => $_ }, 'rows' ] }
		  qw(unfiltered page absent null string)),
	(   map { [ { next_link => $_ }, 'rows' ] }
		  qw(relative_unencoded absolute always_null absent empty)),
	(map { [ { next_link => $_ }, 'HV000' ] } qw(self foreign)));
foreach my $case (@manners)
{
	my ($switches, $expected) = @$case;
	my $name = join ' ', map { "$_ $switches->{$_}" } sort keys %$switches;
	$pca->config($switches);
	is(outcome($_), $expected, "$name, $_: $expected")
	  foreach qw(plain grouped concurrent async parallel);
	$pca->reset;
}

# An order that changes between pages: groups that move are found out.
$pca->config(shuffle => 'result');
my %seen;
$seen{ outcome('grouped') }++ foreach 1 .. 3;
is(join(' ', keys %seen),
	'HV000', 'groups that change their pages are an error');
like(
	$session->error_of(query('grouped'))->{message},
	qr/returned a group twice/,
	'which says so');
$pca->reset;
$pca->fault(
	kind => 'item',
	set => { processedDateTime => '2030-01-01T00:00:00' },
	regex => 'skip=50\b',
	times => 0);
my $plain = query('concurrent');
$pca->error_is(
	$session->error_of($plain),
	'HV000',
	qr/data changed while it was read.*processedDateTime/s,
	'a service that was processed meanwhile is an error');
$pca->reset;

# A server that limits its rate is asked more slowly, and answers all.
$pca->config(rate_limit_per_minute => 4);
$pca->log_entries;
is(outcome('concurrent'), '53400', 'a limit that lasts is an error');
my @entries = $pca->log_entries;
cmp_ok(
	scalar @entries,
	'<=',
	4 + 4 * 3,
	'and no page is asked for more than three times');
$pca->reset;
$session->query('SELECT pc_analytics_disconnect()');

# max_requests_per_minute is kept: the fourth page waits, and can be cancelled.
$pca->sql("ALTER SERVER four OPTIONS (ADD max_requests_per_minute '3')");
$pca->log_entries;
my $pid = $session->pid;
$session->start($plain);
my $asked = 0;
$pca->wait_for('three requests',
	sub { $asked += () = $pca->log_entries; $asked >= 3 });
$pca->wait_for(
	'a session that waits',
	sub {
		$pca->sql(
			"SELECT wait_event_type = 'Extension' FROM pg_stat_activity WHERE pid = $pid"
		) eq 't';
	});
$asked += () = $pca->log_entries;
is($asked, 3, 'no more requests than a minute may have');
$pca->sql("SELECT pg_cancel_backend($pid)");
$pca->error_is(
	$session->error, '57014',
	qr/canceling statement/,
	'the wait for the next minute is cancelled');
$pca->sql('ALTER SERVER four OPTIONS (DROP max_requests_per_minute)');

# Cancels with pages in flight leave no connection, descriptor or memory.
sub held
{
	my $sockets = grep { (readlink $_ // '') =~ /socket|eventpoll|timerfd/ }
	  glob "/proc/$pid/fd/*";
	my $memory = $session->query(
		'SELECT sum(total_bytes) FROM pg_backend_memory_contexts');
	return ($sockets, $memory);
}
my (@first, @last);
foreach my $round (1 .. 30)
{
	$pca->fault(
		kind => 'stall',
		at => 'body',
		after_bytes => 2000,
		regex => 'skip=[1-9]',
		times => 0);
	$session->start($plain);
	$pca->wait_for_requests(4);
	$pca->sql("SELECT pg_cancel_backend($pid)");
	$pca->error_is(
		$session->error, '57014',
		qr/canceling statement/,
		"cancel $round with four pages in flight") or last;
	$pca->clear_faults;
	$pca->wait_for('no request', sub { $pca->state->{in_progress} == 0 });
	@first = held() if $round == 10;
}
@last = held();
is($last[0], $first[0],
	'as many sockets and timers after 30 cancels as after 10');
cmp_ok($last[1], '<=', $first[1] + 65536, 'and no more memory');
is(outcome('concurrent'), 'rows', 'the session goes on');

done_testing();
