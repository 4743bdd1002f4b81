# Processes that share a scan and also wait for one another elsewhere; changes
# between the start of one and of another; and what they leave behind.
use strict;
use warnings FATAL => 'all';

use Digest::SHA qw(sha256_hex);
use PcaTest;
use Test::More;

# What was freed does not look as it did.
local $ENV{MALLOC_PERTURB_} = 165;
my $pca = PcaTest->new(
	rows => 5000,
	server => { page_size => 5000 },
	conf =>
	  "parallel_setup_cost = 0\nparallel_tuple_cost = 0\nmin_parallel_table_scan_size = 0\njit = off\n"
	  . "max_connections = 10\nautovacuum_max_workers = 1\nmax_wal_senders = 0\ndynamic_shared_memory_type = mmap\n"
);
$pca->local_copy('license_deployment');
$pca->sql(
	"ALTER FOREIGN TABLE license_deployment OPTIONS (ADD rows '20000')");
my $session = $pca->session;
$session->query('SET max_parallel_workers_per_gather = 2');

# --- a hash table that grows waits for all who fill it, those without a page too

$session->query(
	"SET work_mem = '64kB'; SET hash_mem_multiplier = 1; SET enable_nestloop = off; SET enable_mergejoin = off; SET statement_timeout = '30s'"
);
my $grows =
  'SELECT count(*), sum(f.licenses_sold), sum(length(f::text)) FROM local.license_deployment l '
  . 'JOIN license_deployment f ON f.customer_tenant_id = l.customer_tenant_id AND f.licenses_sold = l.licenses_sold AND f.product_id = l.product_id WHERE f.licenses_sold % 1 = 0';
my $plan = $session->query("EXPLAIN $grows");
like(
	$plan,
	qr/Parallel Hash .*\n.*Parallel Foreign Scan/,
	'the scan fills a shared hash table') or diag $plan;
my $local = $grows =~ s/FROM license/FROM local.license/r;
is(eval { $session->query($grows) } // $@,
	$pca->sql($local), 'which grows behind the only page');

$session->query('RESET ALL; SET max_parallel_workers_per_gather = 2');

# --- what is shared, however often, and where nothing can be

$pca->sql("ALTER SERVER mock_api OPTIONS (SET page_size '500')");
my $sums =
  'SELECT count(*), sum(licenses_sold), avg(licenses_sold) FROM license_deployment';
my $sum = $sums =~ s/FROM /FROM local./r;
my $joined =
  'SELECT licenses_sold AS s FROM license_deployment JOIN generate_series(0, 1000, 2) e ON e = licenses_sold OFFSET 1 LIMIT 20';
$session->query(
	'SET enable_material = off; SET parallel_leader_participation = off');
$pca->log_entries;
$plan = $session->query(
	"EXPLAIN (ANALYZE) SELECT count(*) FROM generate_series(1, 3) g LEFT JOIN ($joined) x ON g + s > 0"
);
like(
	$plan,
	qr/Limit.*loops=3\).*Gather.*loops=3\).*Parallel Foreign Scan/s,
	'a shared scan that is done three times');
is( ($plan =~ /Requests: (\d+)/)[0],
	scalar(my @asked = $pca->requests),
	'EXPLAIN ANALYZE counts the requests of all times') or diag $plan;
$session->query('RESET enable_material; RESET parallel_leader_participation');

# Each Gather of a query has a segment, until there are no more.
my $gathers = join ', ', map {
	"(SELECT count(*) FROM local.license_deployment WHERE licenses_sold <> -$_)"
} 1 .. 200;
$session->query('SET max_parallel_workers = 0');
$pca->log_entries;
my $text =
  "SELECT concat_ws('|', count(*), sum(licenses_sold), avg(licenses_sold)) FROM license_deployment";
my $all = "SELECT ARRAY[$gathers] IS NULL, ($text)";
$plan = $session->query("EXPLAIN (ANALYZE) $all");
is( ($plan =~ /Requests: (\d+)/)[0],
	scalar(@asked = $pca->requests),
	'no segment left: the requests of one process');
is($session->query($all), 'f|' . $pca->sql($sum), 'and its rows');
$session->query('RESET max_parallel_workers');

# A query whose rows are asked for by and by has no workers, though it was planned with them.
$pca->query_is(
	'SET max_parallel_workers_per_gather = 2; CREATE FUNCTION pg_temp.by_and_by() RETURNS bigint LANGUAGE plpgsql AS $$ DECLARE r record; n bigint := 0; BEGIN '
	  . 'FOR r IN SELECT licenses_sold AS s FROM license_deployment WHERE licenses_sold % 1 = 0 LOOP n := n + r.s; END LOOP; RETURN n; END $$; SELECT pg_temp.by_and_by()',
	$pca->sql('SELECT sum(licenses_sold) FROM local.license_deployment'),
	'a loop over a query');

# Too few rows are an error, or a warning where that is wanted.
$pca->fault(kind => 'envelope', set => { TotalCount => 5001 }, times => 0);
$pca->error_is(
	$session->error_of($sums),
	'HV000',
	qr/the API's response is not complete/,
	'a row too few');
$pca->sql("ALTER SERVER mock_api OPTIONS (ADD on_incomplete 'warning')");
$session->start($sums);
my ($rows, $said) = $session->finish;
is($rows =~ s/\n//r, $pca->sql($sum), 'or the rows');
is( scalar(
		() =
		  $said =~
		  /WARNING:.*response for foreign table "license_deployment" is not complete/g
	),
	1,
	'and one warning');
$pca->sql('ALTER SERVER mock_api OPTIONS (DROP on_incomplete)');
$pca->clear_faults;

# --- what changes before a worker has begun

$pca->create_server('signing', { page_size => 500 }, \%PcaTest::CREDENTIALS);
$pca->sql(
	"CREATE SCHEMA signing; IMPORT FOREIGN SCHEMA analytics LIMIT TO (license_deployment) FROM SERVER signing INTO signing; ALTER FOREIGN TABLE signing.license_deployment OPTIONS (ADD rows '20000')"
);
my $signing = $sums =~ s/FROM /FROM signing./r;
$session->query($signing);

sub digest { return substr sha256_hex($_[0]), 0, 8; }

# The tokens that requests carried, as the mock API shows them.
sub tokens
{
	return sort keys %{
		{
			map {
				map {
					lc $_->[0] eq 'authorization'
					  ? ($_->[1] =~ s/Bearer //r => 1)
					  : ()
				} @{ $_->{headers} }
			} @_
		}
	};
}

# Begin the query, whose workers find a catalog locked until it was changed; the
# session that asks has read it before.  What it comes to.
sub change
{
	my ($catalog, $change, $query) = @_;
	my $other = $pca->session;
	$other->query(
		"BEGIN; LOCK TABLE $catalog IN ACCESS EXCLUSIVE MODE; $change");
	$pca->log_entries;
	$session->start($query);
	$pca->wait_for(
		'workers that wait',
		sub {
			$pca->sql(
				"SELECT count(*) > 0 FROM pg_locks WHERE relation = '$catalog'::regclass AND NOT granted"
			) eq 't';
		});
	$other->query('COMMIT');
	return $session->error;
}

$pca->sql("ALTER SERVER signing OPTIONS (ADD locale 'en-US')");
foreach my $case (
	[ 'base_url', $pca->url, $pca->url . '/elsewhere', 'on' ],
	[ 'base_url', $pca->url, $pca->url . '/elsewhere', 'off' ],
	[ 'locale', 'en-US', 'de-DE', 'on' ])
{
	my ($option, $before, $now, $leader) = @$case;
	$session->query("SET parallel_leader_participation = $leader; $signing");
	$pca->error_is(
		change(
			'pg_foreign_server',
			"ALTER SERVER signing OPTIONS (SET $option '$now')", $signing),
		'55000',
		qr/server "signing" was changed meanwhile.*The processes of the query would not send the same requests/s,
		"$option, leader $leader: an error");
	is(scalar(grep { $_->{path} =~ /elsewhere/ } $pca->log_entries),
		0, "$option, leader $leader: nothing is asked elsewhere");
	$pca->sql("ALTER SERVER signing OPTIONS (SET $option '$before')");
}

# The leader's token is not for a mapping that is another now.
$session->query('SET parallel_leader_participation = off');
$session->query($signing);
$session->query($signing);
my ($shared) = tokens($pca->log_entries);
my $error = change(
	'pg_user_mapping',
	"ALTER USER MAPPING FOR CURRENT_USER SERVER signing OPTIONS (SET tenant_id '99999999-2222-3333-4444-555555555555')",
	$signing);
$pca->error_is(
	$error,
	'28000',
	qr/the sign-in service gave no access token.*access token for server "signing"/s,
	'a mapping of another tenant: a worker signs in for it');
is_deeply([ grep { $_ eq $shared } tokens($pca->log_entries) ],
	[], 'and the shared token is not used');
$pca->sql(
	"ALTER USER MAPPING FOR CURRENT_USER SERVER signing OPTIONS (SET tenant_id '$PcaTest::CREDENTIALS{tenant_id}')"
);
$session->query('RESET parallel_leader_participation');

# --- the shared token is overwritten

# Whether one of the files has one of the tokens.
sub holds
{
	my ($files, @tokens) = @_;
	my %wanted = map { $_ => 1 } @tokens;
	foreach my $file (@$files)
	{
		seek $file, 0, 0;
		my $bytes = do { local $/ = undef; readline $file };
		return 1
		  if grep { $wanted{ digest($_) } } $bytes =~ /([\w.-]{20,})/ag;
	}
	return 0;
}

foreach my $case (
	[ 'the end of a query', sub { $pca->reset; return '' } ],
	[
		'a cancel',
		sub {
			$pca->sql('SELECT pg_cancel_backend(' . $session->pid . ')');
			return '57014';
		}
	],
	[
		'a session\'s end',
		sub {
			$pca->sql('SELECT pg_terminate_backend(' . $session->pid . ')');
			return '57P01';
		}
	])
{
	my ($name, $end) = @$case;
	my $pid = $session->pid;
	$pca->log_entries;
	$pca->fault(
		kind => 'stall',
		at => 'body',
		after_bytes => 2000,
		regex => 'skip=500\b',
		times => 1);
	$session->start($signing);
	$pca->wait_for(
		'workers',
		sub {
			$pca->sql(
				"SELECT count(*) FROM pg_stat_activity WHERE leader_pid = $pid"
			) eq '2';
		});
	$pca->wait_for('the last page',
		sub { $pca->sql("SELECT 1") && $pca->state->{in_progress} == 1 });
	my @files = map { open my $file, '<:raw', $_ or die "$_: $!"; $file }
	  glob $pca->node->data_dir . '/pg_dynshmem/mmap.*';
	my @tokens = tokens($pca->log_entries);
	is(holds(\@files, @tokens),
		1, "before $name, the token is in shared memory");
	my $sqlstate = $end->();
	is($session->error->{sqlstate} // '', $sqlstate, $name);
	is(holds(\@files, @tokens), 0, 'and then it is not');
	$pca->clear_faults;
}

# --- more processes than there can be pages

my $crowd = PcaTest->new(
	name => 'crowd',
	rows => 250,
	server => { page_size => 10 },
	conf =>
	  "parallel_setup_cost = 0\nparallel_tuple_cost = 0\nmin_parallel_table_scan_size = 0\njit = off\nmax_worker_processes = 80\nmax_parallel_workers = 80\n"
);
$crowd->local_copy('license_deployment');
$crowd->sql(
	'CREATE TABLE local.many AS SELECT product_id FROM local.license_deployment, generate_series(1, 40); ALTER TABLE local.many SET (parallel_workers = 70); ANALYZE local.many'
);
$session = $crowd->session;
$session->query(
	'SET max_parallel_workers_per_gather = 70; SET enable_nestloop = off; SET enable_mergejoin = off'
);
my $crowded =
  'SELECT count(*) FROM local.many l WHERE EXISTS (SELECT FROM license_deployment f WHERE f.product_id || \'\' = l.product_id AND f.licenses_sold % 5 = 0)';
$crowd->fault(kind => 'delay', delay_ms => 2000, times => 1);
$plan = $session->query("EXPLAIN (ANALYZE) $crowded");
like(
	$plan,
	qr/Workers Launched: 70.*Parallel Hash .*\n.*Parallel Foreign Scan/s,
	'seventy workers are launched for the scan');
is( $session->query($crowded),
	$crowd->sql($crowded =~ s/FROM license/FROM local.license/r),
	'have the rows of one');

done_testing();
