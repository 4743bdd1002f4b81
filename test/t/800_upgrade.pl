# Upgrades: the library works with the SQL objects of every version, and
# ALTER EXTENSION UPDATE makes those that CREATE EXTENSION makes.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(
	rows => 100,
	extension => 0,
	mapping => \%PcaTest::CREDENTIALS);
my $script = 'CREATE EXTENSION pc_analytics_fdw';
my $update = 'ALTER EXTENSION pc_analytics_fdw UPDATE';

sub in_database
{
	my ($dbname, $sql) = @_;
	return $pca->sql($sql, dbname => $dbname);
}

# What the extension has in a database, as lines: the catalogs' rows without OIDs,
# privileges, initial privileges, comments, and dependencies.
my $catalogs = <<'END';
WITH member AS (
  SELECT classid, objid FROM pg_depend
  WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
    AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pc_analytics_fdw')),
  part AS (
  SELECT classid, objid FROM member
  UNION SELECT 'pg_rewrite'::regclass, r.oid FROM pg_rewrite r JOIN member ON classid = 'pg_class'::regclass AND ev_class = objid
  UNION SELECT 'pg_type'::regclass, t.oid FROM pg_type t JOIN member ON classid = 'pg_class'::regclass AND typrelid = objid)
SELECT line FROM (
  SELECT 'member ' || pg_describe_object(classid, objid, 0) AS line FROM member
  UNION ALL SELECT 'extension ' || (to_jsonb(e) - 'oid')::text FROM pg_extension e WHERE extname = 'pc_analytics_fdw'
  UNION ALL SELECT 'function ' || (to_jsonb(p) - '{oid,proargdefaults}'::text[])::text || pg_get_function_arguments(p.oid)
    FROM pg_proc p JOIN member ON classid = 'pg_proc'::regclass AND objid = p.oid
  UNION ALL SELECT 'wrapper ' || fdwname || ' ' || fdwowner::regrole || ' ' || fdwhandler::regproc || ' ' || fdwvalidator::regproc
    || coalesce(fdwacl::text, '') FROM pg_foreign_data_wrapper f JOIN member ON classid = 'pg_foreign_data_wrapper'::regclass AND objid = f.oid
  UNION ALL SELECT 'relation ' || (to_jsonb(c) - '{oid,reltype,relfilenode,relfrozenxid,relminmxid}'::text[])::text
    FROM pg_class c JOIN member ON classid = 'pg_class'::regclass AND objid = c.oid
  UNION ALL SELECT 'column ' || attrelid::regclass || ' ' || (to_jsonb(a) - '{attrelid,attoptions}'::text[])::text
    FROM pg_attribute a JOIN member ON classid = 'pg_class'::regclass AND objid = attrelid
  UNION ALL SELECT 'view ' || objid::regclass || pg_get_viewdef(objid) FROM member WHERE classid = 'pg_class'::regclass
  UNION ALL SELECT 'comment on ' || pg_describe_object(d.classoid, d.objoid, d.objsubid) || ' ' || description
    FROM pg_description d JOIN part ON (classid, objid) = (d.classoid, d.objoid)
  UNION ALL SELECT 'initial ' || pg_describe_object(i.classoid, i.objoid, i.objsubid) || i.privtype::text || i.initprivs::text
    FROM pg_init_privs i JOIN part ON (classid, objid) = (i.classoid, i.objoid)
  UNION ALL SELECT 'dependency ' || pg_describe_object(d.classid, d.objid, d.objsubid) || ' ' || d.deptype::text || ' '
    || pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid) FROM pg_depend d JOIN part USING (classid, objid)
) x ORDER BY line COLLATE "C"
END

sub lines_of
{
	my ($dbname) = @_;
	return [ split /\n/, in_database($dbname, $catalogs) ];
}

$pca->sql("CREATE DATABASE $_") foreach qw(fresh updated granted);
in_database('fresh', $script);

# --- every version, updated, is the newest

my @updates = split /\n/,
  $pca->sql(
	"SELECT source FROM pg_extension_update_paths('pc_analytics_fdw') WHERE path IS NOT NULL AND target = (SELECT default_version FROM pg_available_extensions WHERE name = 'pc_analytics_fdw') ORDER BY 1"
  );
is_deeply(\@updates,
	['0.1'], 'there is an update from every version before the newest');
foreach my $version (@updates)
{
	in_database('updated', "$script VERSION '$version'");
	isnt(
		join("\n", @{ lines_of('updated') }),
		join("\n", @{ lines_of('fresh') }),
		"$version differs from the newest version");
	in_database('updated', $update);
	my $lines = lines_of('updated');
	cmp_ok(scalar(@$lines), '>', 100, 'the catalogs are compared');
	is_deeply($lines, lines_of('fresh'),
		"$version, updated, is what CREATE EXTENSION makes");
	in_database('updated', 'DROP EXTENSION pc_analytics_fdw');
}

# --- the library works with the SQL objects of 0.1

$pca->sql("$script VERSION '0.1'");
$pca->create_server('mock_api', {}, \%PcaTest::CREDENTIALS);
$pca->import_schema;
$pca->query_is('SELECT count(*) FROM license_deployment',
	100, 'tables are read with the SQL objects of 0.1');
my $stored =
  "SELECT option_value FROM pg_user_mappings, pg_options_to_table(umoptions) WHERE option_name = 'refresh_token'";
my $token = $pca->sql($stored);
$pca->query_is(
	"SELECT saved_at IS NOT NULL, previous_age FROM pc_analytics_rotate_refresh_token('mock_api')",
	't|',
	'the refresh token is rotated with the SQL objects of 0.1');
isnt($pca->sql($stored), $token, 'and another one is stored');
my $scanning = $pca->session;
$scanning->query(
	'BEGIN; DECLARE c CURSOR FOR SELECT * FROM license_deployment; FETCH 1 FROM c'
);
my ($running, $columns) = split /\|/,
  $pca->sql(
	'SELECT relation, (SELECT count(*) FROM json_object_keys(to_json(p))) FROM pc_analytics_progress p'
  );
is( "$running $columns",
	'license_deployment 10',
	'progress is shown in the ten columns of 0.1');
$pca->query_is(
	"SELECT ok, detail, hint LIKE 'Run ALTER EXTENSION pc_analytics_fdw UPDATE. %' FROM pc_analytics_check('mock_api') LIMIT 1",
	'f|The SQL objects have version 0.1, the loaded library has version '
	  . $pca->sql('SELECT pc_analytics_fdw_version()') . '.|t',
	'the check says which statement to run');
$pca->fails_with(
	"SELECT * FROM pc_analytics_sign_in('mock_api')",
	'42883',
	qr/function pc_analytics_sign_in\(unknown\) does not exist/,
	'a function of a later version does not exist');

# --- an update below open sessions

my $open = $pca->session;
$open->query('SELECT count(*) FROM license_deployment');
$open->query('PREPARE progress AS SELECT * FROM pc_analytics_progress');
$open->query('EXECUTE progress');
$pca->sql($update);
is($open->query('SELECT count(*) FROM license_deployment'),
	100, 'an open session reads tables after the update');
like($open->query('SELECT waits_for FROM pc_analytics_progress'),
	qr/^/, 'and sees the new columns');
like(
	$open->error_of('EXECUTE progress')->{message} // '',
	qr/cached plan must not change result type/,
	'a statement that was prepared before has its old columns no longer');
$scanning->query('MOVE 5 FROM c');
is($scanning->query('SELECT relation FROM pc_analytics_progress'),
	'license_deployment', 'a scan that was running still runs');
$scanning->query('COMMIT');
$pca->query_is(
	"SELECT count(*) FROM pc_analytics_check('mock_api') WHERE step = 'extension'",
	'0',
	'the check has no row about equal versions');

# --- what users have made of 0.1

in_database('granted', <<'END');
CREATE EXTENSION pc_analytics_fdw VERSION '0.1';
CREATE ROLE rotator; CREATE ROLE watcher;
GRANT EXECUTE ON FUNCTION pc_analytics_rotate_refresh_token(text) TO rotator;
GRANT SELECT ON pc_analytics_progress TO watcher WITH GRANT OPTION;
REVOKE SELECT ON pc_analytics_progress FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pc_analytics_check(text) TO rotator;
CREATE VIEW running AS SELECT * FROM pc_analytics_progress;
CREATE SCHEMA elsewhere; ALTER EXTENSION pc_analytics_fdw SET SCHEMA elsewhere;
ALTER EXTENSION pc_analytics_fdw UPDATE;
SET search_path = elsewhere;
END
my $privileges =
  "SELECT has_function_privilege('rotator', 'elsewhere.pc_analytics_rotate_refresh_token(text)', 'EXECUTE'), "
  . "has_function_privilege('rotator', 'elsewhere.pc_analytics_rotate_refresh_token(text, regrole)', 'EXECUTE'), "
  . "has_function_privilege('rotator', 'elsewhere.pc_analytics_check(text)', 'EXECUTE'), "
  . "has_table_privilege('watcher', 'elsewhere.pc_analytics_progress', 'SELECT WITH GRANT OPTION'), "
  . "has_table_privilege('rotator', 'elsewhere.pc_analytics_progress', 'SELECT')";
is(in_database('granted', $privileges),
	't|f|t|t|f', 'privileges are as they were before the update');
is(in_database('granted', 'SELECT count(*) FROM running'),
	'0', 'and views of users still work');

in_database('updated', "$script VERSION '0.1'");
in_database('updated',
	'CREATE VIEW mine AS SELECT pid FROM pc_analytics_progress()');
$pca->error_is(
	$pca->error_of($update, dbname => 'updated'),
	'2BP01',
	[
		qr/cannot drop function pc_analytics_progress\(\)/,
		qr/view mine depends/
	],
	'a view that uses the function itself is named by the error');
is( in_database(
		'updated',
		"SELECT extversion FROM pg_extension WHERE extname = 'pc_analytics_fdw'"
	),
	'0.1',
	'and nothing is updated');

# --- a library of 0.1 below the SQL objects of the newest version

my $library = $pca->node->basedir . '/older.so';
my $bytes = PostgreSQL::Test::Utils::slurp_file(
	$pca->sql('SHOW dynamic_library_path') =~
	  s/\$libdir/`pg_config --pkglibdir` =~ s{\n}{}r/er
	  . '/pc_analytics_fdw.so');
my $added = join '|', split /\n/,
  $pca->sql(
	"SELECT DISTINCT prosrc FROM pg_proc WHERE probin = '\$libdir/pc_analytics_fdw' ORDER BY 1"
  );
my %known = map { $_ => 1 } split /\n/,
  in_database('updated',
	"SELECT DISTINCT prosrc FROM pg_proc WHERE probin = '\$libdir/pc_analytics_fdw'"
  );
my @added = grep { !$known{$_} } split /\|/, $added;
cmp_ok(scalar(@added), '>', 4,
	'the newest version has C functions of its own');
foreach my $symbol (@added)
{
	my $other = 'x' x length $symbol;
	cmp_ok(scalar($bytes =~ s/\Q$symbol\E\0/$other\0/g),
		'>', 0, "the library has the symbol $symbol");
}
open(my $file, '>:raw', $library) or die "could not write $library: $!";
print $file $bytes;
close $file or die "could not write $library: $!";
in_database('fresh',
	"UPDATE pg_proc SET probin = '$library' WHERE probin = '\$libdir/pc_analytics_fdw'"
);
my $old = $pca->session(dbname => 'fresh');
is($old->query('SELECT pc_analytics_fdw_version() IS NOT NULL'),
	't', 'a library of 0.1 does what did not change');
my %calls = (
	pc_analytics_requests_0_2 => 'SELECT * FROM pc_analytics_requests()',
	pc_analytics_progress_0_2 => 'SELECT * FROM pc_analytics_progress',
	pc_analytics_rotate_refresh_token_0_2 =>
	  "SELECT pc_analytics_rotate_refresh_token('mock_api', NULL)",
	pc_analytics_sign_in => "SELECT pc_analytics_sign_in('mock_api')",
	pc_analytics_sign_in_begin =>
	  "SELECT pc_analytics_sign_in_begin('mock_api')",
	pc_analytics_sign_in_end => "SELECT pc_analytics_sign_in_end('mock_api')",
	pc_analytics_create_views =>
	  "SELECT pc_analytics_create_views('public', 'public')",
	pc_analytics_cache => 'SELECT * FROM pc_analytics_cache',
	pc_analytics_cache_clear => 'SELECT pc_analytics_cache_clear()',
	pc_analytics_limits => 'SELECT * FROM pc_analytics_limits',
	pc_analytics_stats => 'SELECT * FROM pc_analytics_stats',
	pc_analytics_stats_reset => 'SELECT pc_analytics_stats_reset()');

foreach my $symbol (@added)
{
	$pca->error_is(
		$old->error_of($calls{$symbol} // die "no call of $symbol"),
		'42883',
		qr/could not find function "$symbol" in file "\Q$library\E"/,
		"and says that it has no $symbol");
}

done_testing();
