# Tables and servers that are changed or dropped while functions read their
# definitions.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(rows => 60, customers => 3);
my ($changing, $calling) = ($pca->session, $pca->session);
$calling->query('SET client_min_messages = warning');
my $turn = 0;

# Begin a statement of a session, and wait until it waits for a lock or has ended.
sub start
{
	my ($session, $sql) = @_;
	my $mark = '/* turn ' . ++$turn . ' */';
	my $pid = $session->pid;
	$session->start($sql =~ s/^(\w+)/$1 $mark/r);
	return $pca->wait_for("turn $turn", sub { $pca->sql(<<"END") });
SELECT CASE WHEN EXISTS (SELECT FROM pg_locks WHERE pid = $pid AND NOT granted) THEN 'waits' WHEN state LIKE 'idle%' THEN 'has ended' END
FROM pg_stat_activity WHERE pid = $pid AND strpos(query, '$mark') > 0
END
}

# A statement that meets a change which is not committed, and then is: its rows,
# or SQLSTATE and message.
sub meets
{
	my ($sql, $change, $end) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$changing->query("BEGIN; $change");
	is(start($calling, $sql), 'waits', "$change: $sql waits for it");
	$changing->query($end // 'COMMIT');
	my ($rows, $errors) = $calling->finish;
	my $error = PcaTest::parse_error($errors);
	return $errors ? "$error->{sqlstate} $error->{message}" : $rows;
}

sub make_table
{
	my ($name, $more) = @_;
	$pca->sql(
		"CREATE FOREIGN TABLE $name (service text OPTIONS (field 'serviceName')"
		  . ($more // '')
		  . ") SERVER mock_api OPTIONS (resource 'license_usage')");
	return;
}

# --- drift

$pca->rows('license_usage', [ { serviceName => 'a' } ]);
my $drift = "SELECT finding, name FROM pc_analytics_drift('few')";
make_table('few');
like(
	meets($drift, 'DROP FOREIGN TABLE few'),
	qr/^42P01 relation with OID \d+ does not exist$/,
	'a table that is dropped is none');
make_table('few');
is( meets(
		$drift,
		"ALTER FOREIGN TABLE few ADD COLUMN gone text OPTIONS (field 'goneField')"
	),
	'column that never came|gone',
	'a column that is added is looked for');
is(meets($drift, 'ALTER FOREIGN TABLE few DROP COLUMN gone'),
	'', 'one that is dropped is not');
is( meets(
		$drift,
		"ALTER FOREIGN TABLE few ALTER COLUMN service OPTIONS (SET field 'other')"
	),
	"key without column|serviceName\ncolumn that never came|service",
	'options are the new ones');
is( meets(
		$drift,
		"ALTER FOREIGN TABLE few ALTER COLUMN service OPTIONS (SET field 'third')",
		'ROLLBACK'),
	"key without column|serviceName\ncolumn that never came|service",
	'or the old ones');
like(
	meets(
		$drift,
		'DROP FOREIGN TABLE few; CREATE FOREIGN TABLE few (service text) SERVER mock_api'
	),
	qr/^42P01 relation with OID \d+ does not exist$/,
	'another of that name is another');
$pca->reset;

# What it reads stays what it is until it ends.
$pca->sql('DROP FOREIGN TABLE few');
make_table('few');
$pca->fault(
	kind => 'stall',
	at => 'body',
	times => 0,
	path => '/v1/analytics');
$calling->start($drift);
$pca->wait_for_requests(1);
is(start($changing, 'DROP FOREIGN TABLE few'),
	'waits', 'DROP FOREIGN TABLE waits for the end of pc_analytics_drift()');
$pca->sql('SELECT pg_cancel_backend(' . $calling->pid . ')');
is($calling->error->{sqlstate}, '57014', 'which is cancelled');
is(($changing->finish)[1], '', 'then it drops the table');
$pca->reset;

# --- describe

$pca->sql('CREATE SCHEMA two; CREATE SCHEMA three');
my $describe = "SELECT pc_analytics_describe('two')";
foreach my $case (
	[ 'DROP FOREIGN TABLE two.b', 4, 'a table that is dropped is left out' ],
	[
		'ALTER FOREIGN TABLE two.b SET SCHEMA three',
		4, 'one that is moved, too'
	],
	[
		'ALTER FOREIGN TABLE two.b RENAME TO d',
		6,
		'one that is renamed is described'
	],
	[
		'ALTER FOREIGN TABLE two.b RENAME COLUMN service TO product',
		6, 'its columns, too'
	],
	[
		'ALTER FOREIGN TABLE two.b DROP COLUMN service',
		5, 'those that it still has'
	])
{
	my ($change, $expected, $name) = @$case;
	make_table("two.$_") foreach qw(a b c);
	is(meets($describe, $change), $expected, $name);
	$pca->sql(
		'DROP FOREIGN TABLE IF EXISTS two.a, two.b, two.c, two.d, three.b');
}
make_table("two.$_") foreach qw(a b);
$calling->query("BEGIN; $describe");
is(start($changing, 'DROP FOREIGN TABLE two.b'),
	'waits', 'DROP FOREIGN TABLE waits for who has described it');
$calling->query('COMMIT');
is(($changing->finish)[1], '', 'then it drops the table');

# --- probe: the statement names a table that is there

$pca->sql(
	'CREATE SCHEMA spare; CREATE FOREIGN TABLE spare.other (channel text) SERVER mock_api OPTIONS (resource \'license_deployment\')'
);
my $probe =
  "SELECT DISTINCT substring(statement FROM 'ALTER FOREIGN TABLE (\\S+)') FROM pc_analytics_probe('mock_api') WHERE statement LIKE 'ALTER FOREIGN TABLE %'";
is( $calling->query($probe),
	'partner_center.license_deployment',
	'a table in the search path is named first');
is(meets($probe, 'DROP FOREIGN TABLE partner_center.license_deployment'),
	'spare.other', 'else another that is there');
is( meets(
		$probe,
		"ALTER FOREIGN TABLE spare.other OPTIONS (SET resource 'license_usage')"
	),
	'',
	'and reads the resource');

# --- a server that is dropped while it is examined

foreach my $case (
	[
		"SELECT string_agg(detail, E'\\n') FROM pc_analytics_check('brief')",
		qr/Server with OID \d+ does not exist/
	],
	[
		"SELECT count(*) FROM pc_analytics_probe('brief', 'license_usage')",
		qr/42704: server with OID \d+ does not exist/
	])
{
	my ($sql, $expected) = @$case;
	$pca->create_server('brief',
		{ max_retries => 1, max_retry_wait => '20ms' });
	$pca->fault(
		kind => 'stall',
		at => 'start',
		times => 1,
		path => '/v1/analytics');
	$calling->start($sql);
	$pca->wait_for_requests(1);
	$pca->sql('DROP SERVER brief CASCADE');
	$pca->reset;
	my ($rows, $errors) = $calling->finish;
	like("$rows$errors", $expected, "$sql: says that the server is gone");
	unlike(
		"$rows$errors",
		qr/cache lookup|XX000/i,
		"$sql: and has no error of PostgreSQL's inside");
}

# --- a user mapping whose catalog cannot be read the first time

# A session that knows that there is a mapping, and waits for its row.
my $first = $pca->session;
$first->query(
	'SET client_min_messages = error; CREATE USER MAPPING IF NOT EXISTS FOR CURRENT_USER SERVER mock_api'
);
$changing->query('BEGIN; LOCK TABLE pg_user_mapping');
is(start($first, 'SELECT count(*) FROM license_usage'),
	'waits', 'the first query waits for the mapping');
$pca->sql("SELECT pg_cancel_backend(@{[ $first->pid ]})");
like(($first->finish)[1], qr/57014/, 'and is cancelled');
$changing->query('COMMIT');
is($first->query('SELECT count(*) > 0 FROM license_usage'),
	't', 'the next one reads it');
$pca->sql(
	"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (SET access_token 'another')"
);
like(
	$first->error_of('SELECT count(*) FROM license_usage')->{text},
	qr/does not accept the token/,
	'and sees that it has changed since');

done_testing();
