# Statements of every kind over foreign tables return the rows of a local
# copy, need as few requests as possible, and count them correctly.
use strict;
use warnings FATAL => 'all';

use JSON::PP ();
use PcaTest;
use Test::More;

my $pca = PcaTest->new(
	rows => 500,
	customers => 40,
	server => { page_size => 200, max_retry_wait => '20ms' });
$pca->local_copy($_) foreach qw(license_deployment license_usage);
$pca->sql(<<'END');
CREATE TABLE public.watched AS SELECT tenant, n FROM (
  SELECT tenant, row_number() OVER (ORDER BY c DESC, tenant) AS n FROM (
    SELECT customer_tenant_id AS tenant, count(*) AS c FROM local.license_deployment
    WHERE customer_tenant_id IS NOT NULL GROUP BY 1) x) y WHERE n <= 4;
INSERT INTO public.watched SELECT tenant, n + 4 FROM public.watched;
INSERT INTO public.watched VALUES (NULL, 9), ('00000000-0000-0000-0000-000000000000', 10);
ANALYZE public.watched;
END
my $session = $pca->session;

sub number_of_requests { return scalar(my @entries = $pca->log_entries); }

# --- the same query with values, again and again: every plan sends them

$session->query(
	'PREPARE by_channel (text, int) AS SELECT channel, service_code FROM license_deployment '
	  . 'WHERE channel = $1 AND licenses_sold > $2');
foreach my $turn (1 .. 9)
{
	my $channel = $turn % 3 ? 'direct' : 'Reseller';
	my $rows = () =
	  $session->query("EXECUTE by_channel('$channel', $turn)") =~
	  /^$channel\|/mg;
	is( $rows,
		$pca->sql(
			"SELECT count(*) FROM local.license_deployment WHERE channel = '$channel' AND licenses_sold > $turn"
		),
		"execution $turn of a prepared statement: the copy's rows");
	like(
		join(' ', $pca->requests),
		qr/filter=channel eq '$channel'$/,
		"execution $turn: what was sent");
}
is( $session->query(
		"SELECT generic_plans > 0 FROM pg_prepared_statements WHERE name = 'by_channel'"
	),
	't',
	'the last ones had a plan for all values');

# --- cursors: whatever order pages come in, a cursor keeps to it

my $copied = join "\n", sort split /\n/,
  $pca->sql('SELECT md5(d::text) FROM local.license_deployment d');
foreach my $kind (
	'SCROLL CURSOR WITHOUT HOLD',
	'SCROLL CURSOR WITH HOLD',
	'NO SCROLL CURSOR WITH HOLD')
{
	$pca->log_entries;
	$session->query(
		"BEGIN; DECLARE c $kind FOR SELECT md5(d::text) FROM license_deployment d"
	);
	$session->query('COMMIT') if $kind =~ /WITH HOLD/;
	my @rows = map { split /\n/, $session->query("FETCH $_ FROM c") } 3, 250;
	if ($kind =~ /^SCROLL/)
	{
		is( $session->query('FETCH BACKWARD 2 FROM c'),
			join("\n", @rows[ 251, 250 ]),
			"$kind: backwards");
		is($session->query('FETCH ABSOLUTE 1 FROM c'),
			$rows[0], "$kind: the first row again");
		my $last = $session->query('FETCH LAST FROM c');
		is($session->query('FETCH RELATIVE 0 FROM c'),
			$last, "$kind: the last one");
		is( $session->query('MOVE ABSOLUTE 0 IN c; FETCH 253 FROM c'),
			join("\n", @rows),
			"$kind: the same rows again");
	}
	push @rows, split /\n/, $session->query('FETCH ALL FROM c');
	is(join("\n", sort @rows), $copied, "$kind: the copy's rows");
	is(number_of_requests(), 3, "$kind: no page twice");
	$session->query($kind =~ /WITH HOLD/ ? 'CLOSE c' : 'COMMIT');
}

# Two scans of a session in turns, and one that ends early.
$session->query(
	'BEGIN; DECLARE a CURSOR FOR SELECT coalesce(channel, \'none\') FROM license_deployment; '
	  . 'DECLARE b CURSOR FOR SELECT coalesce(channel, \'none\') FROM license_usage'
);
my %in_turns = (a => '', b => '');
foreach my $turn (1 .. 26)
{
	$in_turns{$_} .= $session->query("FETCH 20 FROM $_") =~ s/\n?\z/\n/r
	  foreach qw(a b);
}
$session->query('COMMIT');
is((() = $in_turns{$_} =~ /\n/g) - 1,
	500, "two cursors in turns: all rows of $_")
  foreach qw(a b);
$session->query(
	"DO \$\$ DECLARE r record; BEGIN FOR r IN SELECT channel FROM license_deployment LOOP EXIT; END LOOP; END \$\$"
);
$pca->same_query(
	'SELECT * FROM license_deployment',
	'after a loop that was left: every row once',
	session => $session);

# --- rows that go elsewhere

my @statements = (    # statement, and where its rows are then
	[
		'CREATE TABLE t AS SELECT * FROM license_deployment',
		'SELECT * FROM license_deployment'
	],
	[
		'CREATE TABLE t (LIKE license_deployment); INSERT INTO t SELECT * FROM license_deployment WHERE channel = \'direct\'',
		'SELECT * FROM license_deployment WHERE channel = \'direct\''
	],
	[
		'SELECT channel, sum(licenses_sold) INTO t FROM license_deployment GROUP BY 1',
		'SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY 1'
	],
	[
		'CREATE TABLE t AS TABLE license_usage; DELETE FROM t USING license_deployment d WHERE d.customer_name = t.customer_name AND d.channel = \'direct\'',
		'SELECT * FROM license_usage u WHERE NOT EXISTS (SELECT FROM license_deployment d WHERE d.customer_name = u.customer_name AND d.channel = \'direct\')'
	],
	[
		'CREATE TABLE t AS SELECT tenant, n, NULL::numeric AS sold FROM watched; UPDATE t SET sold = s FROM '
		  . '(SELECT customer_tenant_id, sum(licenses_sold) AS s FROM license_deployment GROUP BY 1) d WHERE d.customer_tenant_id = t.tenant',
		'SELECT tenant, n, (SELECT sum(licenses_sold) FROM license_deployment WHERE customer_tenant_id = tenant) FROM watched'
	],
	[
		'CREATE TABLE t AS SELECT customer_tenant_id AS tenant, 0::numeric AS sold FROM license_deployment WHERE false; MERGE INTO t USING '
		  . '(SELECT customer_tenant_id AS id, sum(licenses_sold) AS s FROM license_deployment GROUP BY 1) d ON t.tenant = d.id '
		  . 'WHEN MATCHED THEN UPDATE SET sold = d.s WHEN NOT MATCHED THEN INSERT VALUES (d.id, d.s)',
		'SELECT customer_tenant_id, sum(licenses_sold) FROM license_deployment GROUP BY 1'
	],
	[
		'CREATE TABLE t (r text); WITH x AS (INSERT INTO t SELECT DISTINCT product_name FROM license_deployment RETURNING r) '
		  . 'INSERT INTO t SELECT r FROM x WHERE r IN (SELECT product_name FROM license_usage)',
		'SELECT DISTINCT product_name FROM license_deployment UNION ALL SELECT DISTINCT product_name FROM license_deployment WHERE product_name IN (SELECT product_name FROM license_usage)'
	]);
foreach my $case (@statements)
{
	my ($statement, $rows) = @$case;
	$session->query("SET search_path = partner_center, public; $statement");
	$session->query('ALTER TABLE t SET SCHEMA public')
	  if $session->query("SELECT to_regclass('partner_center.t')") ne '';
	my $foreign = join "\n", sort split /\n/,
	  $session->query('SELECT t::text FROM public.t');
	$session->query('SET search_path = local, public');
	my $local = join "\n", sort split /\n/,
	  $session->query("SELECT x::text FROM ($rows) x");
	is($foreign, $local, substr($statement, 0, 90) . ': the copy\'s rows');
	$session->query(
		'DROP TABLE public.t; SET search_path = partner_center, public');
}
$session->query(
	'CREATE MATERIALIZED VIEW snapshot AS SELECT * FROM license_deployment; '
	  . 'CREATE MATERIALIZED VIEW sums AS SELECT channel, sum(licenses_sold) AS sold FROM license_deployment GROUP BY 1; '
	  . 'CREATE UNIQUE INDEX ON sums (channel); CREATE VIEW local.snapshot AS TABLE local.license_deployment; '
	  . 'CREATE VIEW local.sums AS SELECT channel, sum(licenses_sold) AS sold FROM local.license_deployment GROUP BY 1'
);
$pca->config(seed => 2);
$pca->local_copy('license_deployment');
$session->query(
	'REFRESH MATERIALIZED VIEW snapshot; REFRESH MATERIALIZED VIEW CONCURRENTLY sums'
);
$pca->same_query(
	"TABLE $_",
	"a refreshed materialised view: the copy's rows ($_)",
	session => $session) foreach qw(snapshot sums);
$pca->reset;
$pca->local_copy('license_deployment');
$pca->fault(kind => 'status', status => 403, after => 1);
$pca->error_is(
	$session->error_of('REFRESH MATERIALIZED VIEW snapshot'),
	'42501',
	qr/the API denied access/,
	'a refresh that fails');
is($session->query('SELECT count(*) FROM snapshot'),
	500, 'leaves what was there');
$pca->clear_faults;

foreach my $write (
	'INSERT INTO license_deployment (channel) VALUES (1)',
	'DELETE FROM license_deployment',
	'UPDATE license_deployment SET channel = 1')
{
	my $error = $session->error_of($write);
	like(
		$error->{text},
		qr/ERROR:  (0A000|55000): cannot \w+ .*foreign table "license_deployment"/,
		"$write is refused");
}

# --- EXPLAIN ANALYZE counts what the mock API has seen

my $json = JSON::PP->new->utf8;

sub scans
{
	my ($node) = @_;
	return (
		exists $node->{Requests} ? $node : (),
		map { scans($_) } @{ $node->{Plans} // [] });
}
my @explained = (    # query, switches, fault, retries
	[ 'SELECT * FROM license_deployment', {}, undef, 0 ],
	[
		'SELECT * FROM license_deployment WHERE licenses_sold > 100',
		{}, undef, 0
	],
	[
		'SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY 1',
		{ gzip => 1 },
		undef,
		0
	],
	[
		'SELECT * FROM license_deployment',
		{ gzip => 1, cap_top => 90 },
		undef, 0
	],
	[
		'SELECT * FROM license_deployment', {},
		{ kind => 'status', status => 503, after => 1, times => 2 }, 2
	],
	[
		'SELECT * FROM license_deployment', {},
		{ kind => 'truncate', after_bytes => 5000 }, 1
	],
	[ 'SELECT * FROM license_deployment LIMIT 7', {}, undef, 0 ],
	[
		'SELECT * FROM watched, LATERAL (SELECT product_name FROM license_deployment WHERE customer_tenant_id = tenant LIMIT 2) x',
		{},
		undef,
		0
	],
	[
		'SELECT count(*) FROM license_deployment WHERE channel IS NULL',
		{}, undef, 0
	],
	[
		"SELECT * FROM license_deployment WHERE channel = ANY ('{}')",
		{}, undef, 0
	]);
foreach my $case (@explained)
{
	my ($query, $switches, $fault, $retries) = @$case;
	$pca->config($switches) if %$switches;
	$pca->fault(%$fault) if $fault;
	$pca->log_entries;
	my ($plan) =
	  $json->decode($session->query("EXPLAIN (ANALYZE, FORMAT JSON) $query"))
	  ->[0]{Plan};
	my ($scan) = scans($plan);
	$pca->wait_for('quiet', sub { $pca->state->{in_progress} == 0 });
	my @entries = $pca->log_entries;
	my $name =
		"EXPLAIN ANALYZE $query"
	  . ($fault            ? ", $fault->{kind}" : '')
	  . ($switches->{gzip} ? ', gzip'           : '');
	my $bytes = 0;
	$bytes += $_->{bytes} // 0 foreach @entries;
	is($scan->{Requests}, scalar @entries, "$name: Requests");
	is($scan->{Retries}, $retries, "$name: Retries");
	is( $scan->{Pages} + ($scan->{'Empty Pages'} // 0),
		@entries - $retries,
		"$name: Pages");
	is($scan->{'Bytes Received'}, $bytes, "$name: Bytes Received")
	  unless $fault && $fault->{kind} eq 'truncate';
	cmp_ok(
		$scan->{'Rows Received'},
		'>=',
		$scan->{'Actual Rows'} * $scan->{'Actual Loops'},
		"$name: Rows Received");
	cmp_ok($scan->{'Wait Time'}, '>=', 0, "$name: Wait Time");
	$pca->reset;
}
like(
	$session->query(
		'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM license_deployment'
	),
	qr/Requests: 3\n\s*Pages: 3\n\s*Rows Received: 500\n\s*Bytes Received: \d{5,}\n\s*Retries: 0(?!.*Wait Time)/s,
	'as text, without times where none are wanted');
$pca->log_entries;
$session->query('EXPLAIN (VERBOSE) SELECT * FROM license_deployment');
is(number_of_requests(), 0, 'EXPLAIN alone asks nothing');

# --- rescans

$session->query(
	'SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off; SET enable_memoize = off'
);
my @rescans = (    # query, the most requests
	[
		'SELECT n, product_name, licenses_sold FROM watched JOIN license_deployment ON customer_tenant_id = tenant',
		10
	],
	[
		'SELECT n, (SELECT sum(licenses_sold) FROM license_deployment WHERE customer_tenant_id = tenant) FROM watched',
		10
	],
	[
		"SELECT n, x.* FROM watched LEFT JOIN LATERAL (SELECT channel, sum(licenses_sold) FROM license_deployment WHERE customer_tenant_id = tenant GROUP BY 1) x ON true",
		10
	],
	[
		'SELECT n, EXISTS (SELECT FROM license_deployment WHERE customer_tenant_id = tenant AND channel = \'direct\') FROM watched',
		10
	],
	[
		'SELECT n, product_name FROM watched JOIN license_deployment ON customer_tenant_id >= tenant AND licenses_sold > 1000',
		3
	],
	[
		'SELECT n, d FROM watched CROSS JOIN (SELECT DISTINCT channel AS d FROM license_deployment) x',
		1
	],
	[
		'SELECT a.channel, b.workload_code, sum(a.licenses_sold) FROM license_deployment a JOIN license_usage b ON b.licenses_active = a.licenses_sold GROUP BY 1, 2',
		6
	],
	[
		'WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r JOIN license_deployment ON licenses_sold = i WHERE i < 4) SELECT DISTINCT i FROM r',
		12
	]);
foreach my $case (@rescans)
{
	my ($query, $most) = @$case;
	$pca->log_entries;
	$pca->same_query($query, "$query: the copy's rows", session => $session);
	my $requests = number_of_requests();
	cmp_ok($requests, '<=', $most, "$query: at most $most requests");
	note("$query: $requests requests");
}
$session->query('RESET ALL');

# --- settings that change how plans are run

foreach my $settings (
	'SET jit = on; SET jit_above_cost = 0; SET jit_inline_above_cost = 0; SET jit_optimize_above_cost = 0',
	'SET '
	. ( $pca->node->pg_version >= 16
		? 'debug_parallel_query'
		: 'force_parallel_mode')
	. ' = on; SET parallel_setup_cost = 0',
	'SET work_mem = \'64kB\'; SET enable_hashagg = off',
	'SET enable_seqscan = off; SET enable_sort = off',
	'SET cursor_tuple_fraction = 0.001; SET default_transaction_isolation = \'serializable\''
  )
{
	$session->query($settings);
	$pca->same_query($_, "$settings: $_", session => $session)
	  foreach
	  "SELECT * FROM license_deployment WHERE channel = 'direct' AND licenses_sold > 5",
	  'SELECT customer_name, sum(licenses_sold) FROM license_deployment GROUP BY 1',
	  'SELECT n, count(*) FROM watched JOIN license_deployment ON customer_tenant_id = tenant GROUP BY 1';
	$session->query('RESET ALL');
}

# --- transactions and other sessions

$session->query('CREATE TABLE public.kept (i bigint)');
$session->start(
	"BEGIN; INSERT INTO kept VALUES (1); SAVEPOINT s; SELECT channel / 0 FROM license_deployment; SELECT 1/0; "
	  . 'ROLLBACK TO s; INSERT INTO kept SELECT count(*) FROM license_deployment; COMMIT'
);
my (undef, $errors) = $session->finish;
is($session->query('SELECT sum(i) FROM kept'),
	501, 'a transaction goes on behind an error that was rolled back');
$pca->fault(kind => 'truncate', after_bytes => 5000, after => 2, times => 0);
$session->query("ALTER SERVER mock_api OPTIONS (ADD max_retries '0')");
$pca->error_is(
	$session->error_of(
		'INSERT INTO kept SELECT licenses_sold FROM license_deployment'),
	'08006',
	qr/the connection to the API failed/,
	'an error on the last page');
is($session->query('SELECT sum(i) FROM kept'),
	501, 'leaves no row of the pages before');
$pca->clear_faults;

my @sessions = map { $pca->session } 1 .. 4;
$pca->config(latency_ms => 30);
$pca->log_entries;
$_->start(
	'SELECT count(channel) FROM license_deployment WHERE licenses_sold >= 0')
  foreach @sessions;
my @counts = map { ($_->finish)[0] } @sessions;
is(scalar(keys %{ { map { $_ => 1 } @counts } }),
	1, 'four sessions at once: the same rows');
cmp_ok($pca->state->{most_in_progress},
	'>', 1, 'and they did not wait for each other');
$pca->reset;

# A row that another session changes meanwhile is looked at again.
my ($first, $second) = @sessions;
my $backend = $second->pid;
$first->query('BEGIN; UPDATE watched SET n = n + 100 WHERE n IN (1, 5)');
$second->start(
	'SELECT w.n FROM watched w JOIN license_deployment d ON d.customer_tenant_id = w.tenant '
	  . "AND d.licenses_sold > 0 WHERE w.n IN (1, 2, 105) AND d.channel = 'reseller' FOR UPDATE OF w"
);
$pca->wait_for(
	'the lock',
	sub {
		$pca->sql(
			"SELECT count(*) FROM pg_stat_activity WHERE pid = $backend AND wait_event_type = 'Lock'"
		);
	});
$first->query('COMMIT');
my %numbers = map { $_ => 1 } split /\n/, ($second->finish)[0];
is_deeply([ sort keys %numbers ],
	[2], 'rows of before and of after a change do not mix');

done_testing();
