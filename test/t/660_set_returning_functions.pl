# Each function that returns a set, called as SQL allows: twice in one target
# list, in FROM, in LATERAL, and through cursors that are closed before their
# end.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(
	rows => 60,
	customers => 5,
	server => { page_size => 20, max_parallel_requests => 1 });

# The functions, with "%s" where an argument may depend on another table's row.
my %calls = (
	pc_analytics_check => "pc_analytics_check('mock_api'%s)",
	pc_analytics_probe => "pc_analytics_probe('mock_api'%s)",
	pc_analytics_drift => "pc_analytics_drift(('few'%s)::regclass)",
	pc_analytics_requests => 'pc_analytics_requests()',
	pc_analytics_progress => 'pc_analytics_progress()',
	pc_analytics_stats => 'pc_analytics_stats()',
	pc_analytics_limits => 'pc_analytics_limits()',
	pc_analytics_cache => 'pc_analytics_cache()');
is( $pca->sql(
		<<'END'), join("\n", sort keys %calls), 'every function that returns a set is called here');
SELECT p.proname FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
  JOIN pg_extension e ON e.oid = d.refobjid WHERE e.extname = 'pc_analytics_fdw' AND p.proretset ORDER BY 1
END

# A response that is kept, for pc_analytics_cache() to have a row.
$pca->sql(
	q{CREATE EXTENSION pca_unit; SELECT pca_unit_publish('response', 1)});

# A scan that runs, for pc_analytics_progress() to have a row.
$pca->sql(
	"CREATE FOREIGN TABLE few (service text OPTIONS (field 'serviceName')) SERVER mock_api OPTIONS (resource 'license_usage')"
);
my $scanning = $pca->session;
$scanning->query(
	'BEGIN; DECLARE c CURSOR FOR SELECT * FROM license_deployment; FETCH 30 FROM c'
);

my $session = $pca->session;
my $pid = $session->pid;
$session->query(
	'SET client_min_messages = warning; SELECT count(*) FROM license_usage');

foreach my $name (sort keys %calls)
{
	my $call = $calls{$name} =~ s/%s//r;
	my $each = $calls{$name} =~ s/%s/ || left(i::text, 0)/r;
	my $count = $session->query("SELECT count(*) FROM $call");
	cmp_ok($count, '>', 0, "$name: has rows");
	is( $session->query(
			"SELECT count(x) = count(*) AND count(y) = count(*) AND count(*) = (SELECT count(*) FROM $call) FROM (SELECT $call AS x, $call AS y) AS t"
		),
		't',
		"$name: twice in one target list");
	is( $session->query(
			"SELECT count(*) = max(a.n) * max(a.n) FROM $call AS x CROSS JOIN $call AS y, (SELECT count(*) AS n FROM $call) AS a"
		),
		't',
		"$name: twice in FROM");
	is( $session->query(
			"SELECT count(l) = 3 * max(a.n) FROM (SELECT count(*) AS n FROM $call) AS a, generate_series(1, 3) AS i, LATERAL (SELECT $call AS l, i OFFSET 0) AS q"
		),
		't',
		"$name: in a target list, once for each row");
	is( $session->query(
			"SELECT count(l) = 3 * max(a.n) FROM (SELECT count(*) AS n FROM $call) AS a, generate_series(1, 3) AS i, LATERAL (SELECT * FROM $each WHERE i > 0 OFFSET 0) AS l"
		),
		't',
		"$name: in LATERAL, once for each row");
	is($session->query("SELECT count(*) FROM (SELECT $call LIMIT 1) AS t"),
		1, "$name: not read to its end");

	$session->query(
		"BEGIN; DECLARE a CURSOR FOR SELECT $call, $call; DECLARE b CURSOR FOR SELECT * FROM $call"
	);
	my @read =
	  map { scalar split /\n/, $session->query("FETCH 1 FROM $_") } qw(a b a);
	$session->query('CLOSE a');
	push @read, scalar split /\n/, $session->query('FETCH 1 FROM b')
	  if $count > 1;
	$session->query(
		"CLOSE b; SAVEPOINT s; DECLARE c CURSOR FOR SELECT $call, $call; FETCH 1 FROM c; ROLLBACK TO s; "
		  . "DECLARE d CURSOR FOR SELECT $call; FETCH 1 FROM d; COMMIT");
	is("@read[0, 1]", '1 1', "$name: through cursors, partly read");
	is( $session->query(
			"BEGIN; DECLARE h CURSOR WITH HOLD FOR SELECT $call; COMMIT; FETCH 1 FROM h; CLOSE h"
		) ne '',
		1,
		"$name: through a cursor that outlives its transaction");
	$session->query(
		"DO \$\$ DECLARE r record; BEGIN FOR r IN SELECT $call, $call LOOP EXIT; END LOOP; END \$\$"
	);
}

# All of them beside each other, and functions that return one row.
my $all = join ', ', map { $calls{$_} =~ s/%s//r } sort keys %calls;
cmp_ok($session->query("SELECT count(*) FROM (SELECT $all) AS t"),
	'>', 10, 'all in one target list');
my $reversed = join ', ',
  map { $calls{$_} =~ s/%s//r } reverse sort keys %calls;
cmp_ok($session->query("SELECT count(*) FROM (SELECT $reversed) AS t"),
	'>', 10, 'and the other way round');
is( $session->query(
		"SELECT pc_analytics_describe('partner_center') > 0, pc_analytics_describe('partner_center')"
	),
	't|0',
	'pc_analytics_describe called twice sets comments once');
is( $session->query(
		'SELECT count(pc_analytics_fdw_version()), count(pc_analytics_fdw_version()) FROM (SELECT pc_analytics_disconnect(), pc_analytics_disconnect()) AS t'
	),
	'1|1',
	'and those of the session');

# An error in the middle of a statement, and after it.
foreach
  my $name (qw(pc_analytics_check pc_analytics_probe pc_analytics_drift))
{
	my $call = $calls{$name} =~ s/%s//r;
	my $bad = "$name('nothing')";
	$session->query(
		"DO \$\$ BEGIN PERFORM $call, $bad; EXCEPTION WHEN OTHERS THEN PERFORM $call; END \$\$"
	);
	is( $session->error_of(
			"SELECT $call, 1 / (SELECT count(*) FROM license_usage WHERE false)"
		)->{sqlstate},
		'22012',
		"$name: beside an error");
}
is($session->query('SELECT pg_backend_pid()'),
	$pid, 'the session has lived through all of it');
$scanning->query('COMMIT');

done_testing();
