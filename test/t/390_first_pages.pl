# Pages that are requested before the first one has arrived, since ANALYZE, option
# rows or an earlier query tells how many there are: how many requests are in flight
# at once, that a wrong guess changes no row, and that EXPLAIN (ANALYZE) counts it.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $path = '/v1/analytics/commercial/deployment/license/';
my $pca = PcaTest->new(
	rows => 250,
	customers => 40,
	# a 429 of one case must not slow the next ones down
	conf => "pc_analytics_fdw.shared_state = off\n",
	server => { page_size => 20, max_parallel_requests => 8 });
$pca->local_copy('license_deployment');
my $all = 'SELECT * FROM license_deployment';
my $warm = 'SELECT FROM license_deployment LIMIT 1';

sub rows_option
{
	my ($value) = @_;
	$pca->sql("ALTER FOREIGN TABLE license_deployment OPTIONS ("
		  . (defined $value ? "ADD rows '$value'" : 'DROP rows')
		  . ')');
	return;
}

# The pages of the requests since the last call, in the order of their rows.
sub pages
{
	return sort { $a <=> $b }
	  map { /[?&]skip=(\d+)/ ? $1 : () } $pca->requests;
}

# How many requests are in flight before the first response.
sub at_once
{
	my ($sql, $number, $name, $session) = @_;

	$session //= $pca->session;
	$session->query($warm);
	my $pid = $session->pid;
	$pca->log_entries;
	$pca->fault(kind => 'stall', path => $path, times => 0);
	$session->start($sql);
	$pca->wait_for_requests($number);
	is($pca->state->{in_progress}, $number, $name);
	$pca->sql("SELECT pg_cancel_backend($pid)");
	$session->finish;
	$pca->clear_faults;
	$pca->log_entries;
	return;
}

# --- how many pages

at_once($all, 1, 'a table of unknown size: the first page alone');
rows_option(250);
at_once($all, 8, 'option rows: as many pages as max_parallel_requests');
rows_option();
rows_option(60);
at_once($all, 3, 'option rows: as many pages as it has rows');
rows_option();
rows_option(20);
at_once($all, 1, 'one page of rows');
rows_option();
rows_option(250);
at_once("$all LIMIT 200", 1, 'a LIMIT: the first page alone');
at_once("SELECT 1 WHERE EXISTS ($all)", 1, 'EXISTS: likewise');
at_once("BEGIN; DECLARE c CURSOR FOR $all; FETCH 1 FROM c",
	1, 'a cursor: likewise');
at_once("$all ORDER BY customer_name, product_name LIMIT 3",
	1, 'a sort below a LIMIT: likewise');
at_once('SELECT count(*) FROM license_deployment', 1,
	'count(*): one request');
at_once(
	"SELECT * FROM license_deployment WHERE channel = 'reseller' AND service_name = 'x'",
	1,
	'a condition that few rows satisfy: the first page alone');
rows_option();
$pca->sql('ANALYZE license_deployment');
at_once($all, 8, 'ANALYZE: as many pages as max_parallel_requests');
$pca->sql(
	'DELETE FROM pg_statistic WHERE starelid = $$license_deployment$$::regclass'
);
$pca->sql(
	'UPDATE pg_class SET reltuples = -1 WHERE oid = $$license_deployment$$::regclass'
);
at_once($all, 1, 'without it: the first page alone');

# The session knows better than an estimate.
my $again = $pca->session;
$again->query($all);
at_once($all, 1, 'of an unknown size: the first page alone, again', $again);
rows_option(21);
at_once($all, 8, 'an estimate that is too low, after a response', $again);
at_once($all, 2, 'and before one');
rows_option();

# --- the rows are the same, whatever the guess and the server

my @guesses = (
	[ 'none', undef ],
	[ 'exact', 250 ],
	[ 'too low', 70 ],
	[ 'too high', 100000 ]);
my @servers = (
	{},
	{ total_count => 'absent' },
	{ total_count => 'page' },
	{ total_count => 'unfiltered' },
	{ next_link => 'absent' },
	{ next_link => 'absent', total_count => 'absent' },
	{ cap_top => 7 },
	{ cap_top => 7, next_link => 'absent' },
	{ cap_top => 7, total_count => 'absent' },
	{ cap_top => 19 },
	{ rows => 0 },
	{ rows => 1 },
	{ rows => 20 },
	{ rows => 21 },
	{ rows => 40, total_count => 'absent', next_link => 'absent' });
my @queries = (
	$all,
	"SELECT * FROM license_deployment WHERE channel = 'reseller'",
	'SELECT customer_name, sum(licenses_sold) FROM license_deployment GROUP BY 1'
);
foreach my $server (@servers)
{
	$pca->config($server) if %$server;
	$pca->local_copy('license_deployment') if exists $server->{rows};
	my $name = join ' ', map { "$_=$server->{$_}" } sort keys %$server;
	foreach my $guess (@guesses)
	{
		rows_option($guess->[1]) if defined $guess->[1];
		$pca->same_query(
			$_, "rows $guess->[0], $name: $_",
			session => $pca->session,
			empty => 1) foreach @queries;
		rows_option() if defined $guess->[1];
	}
	$pca->reset;
	$pca->local_copy('license_deployment') if exists $server->{rows};
}

# --- a server that ignores top: no row comes twice

rows_option(250);
foreach my $size (30, 100, 250)
{
	$pca->config({ min_top => $size });
	$pca->same_query(
		$all,
		"pages of $size rows, whatever top says",
		session => $pca->session);
}
$pca->reset;

# --- failures while pages wait for the first one

foreach my $case (
	[
		'HTTP status 429',
		{ kind => 'status', status => 429, retry_after => 0 }
	],
	[ 'HTTP status 503', { kind => 'status', status => 503 } ],
	[ 'a lost connection', { kind => 'reset' } ],
	[ 'a truncated body', { kind => 'truncate' } ])
{
	my ($name, $fault) = @$case;

	foreach my $where ('skip=0\b', 'skip=20\b', 'skip=140\b', 'skip=')
	{
		$pca->fault(%$fault, regex => $where, times => 3);
		$pca->same_query($all, "$name, $where", session => $pca->session);
		$pca->clear_faults;
	}
}
foreach my $where ('skip=0\b', 'skip=20\b')
{
	$pca->fault(
		kind => 'status',
		status => 403,
		regex => $where,
		times => 0);
	$pca->fails_with(
		$all, '42501',
		qr/HTTP status 403/,
		"an HTTP error of $where is one");
	$pca->clear_faults;
}
$pca->config({ path_form => 'example' });
$pca->same_query($all, 'the other form of the path',
	session => $pca->session);
$pca->reset;
$pca->config({ ignore_skip => \1 });
$pca->fails_with(
	$all, 'HV000',
	qr/returned the same page twice|returned more rows/,
	'a server that ignores skip');
$pca->reset;

# Pages that do not exist may be refused.
rows_option();
rows_option(1000);
$pca->fault(
	kind => 'status',
	status => 400,
	regex => 'skip=(?:2[6-9]\d|[3-9]\d\d)\b',
	times => 0);
$pca->same_query(
	$all,
	'pages after the last one may be refused',
	session => $pca->session);
$pca->clear_faults;

# --- EXPLAIN (ANALYZE)

sub explained
{
	my ($sql) = @_;
	return $pca->sql("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) $sql");
}
rows_option();
rows_option(250);
my $plan = explained($all);
like($plan, qr/Pages: 13\n/, 'an exact guess: the pages that there are');
unlike($plan, qr/Empty Pages/, 'and none without rows');
$pca->config({ rows => 30 });
$plan = explained($all);
like(
	$plan,
	qr/Empty Pages: [1-6]\n/,
	'a guess that was too high: pages without rows are counted');
like($plan, qr/Rows Received: 30\n/, 'and rows are as many as there are');
$pca->reset;
done_testing();
