# pg_dump and pg_restore: plain and custom format, in parallel, by a role that is no
# superuser, and with the rows of foreign tables.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use PostgreSQL::Test::Utils qw(run_command slurp_file);
use Test::More;

my $pca = PcaTest->new(rows => 100);
my $dir = $pca->node->basedir;

# Run a program on a database; its standard error, and whether it succeeded.
sub run_on
{
	my ($dbname, $user, $program, @arguments) = @_;
	my $connstr = $pca->node->connstr($dbname);
	$connstr .= " user=$user" if defined $user;
	my ($out, $err) = run_command([ $program, '-d', $connstr, @arguments ]);
	return ($err, $? == 0);
}

sub succeeds
{
	my ($name, @command) = @_;
	my ($err, $success) = run_on(@command);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return ok($success, $name) || diag($err);
}

# What a database has of the extension: servers, mappings, tables, options, privileges.
my $objects = <<'END';
SET search_path = public;
SELECT line FROM (
  SELECT 'server ' || srvname || srvoptions::text || coalesce(srvacl::text, '') || srvowner::regrole AS line FROM pg_foreign_server
  UNION ALL SELECT 'mapping ' || usename || ' ' || srvname || umoptions::text FROM pg_user_mappings
  UNION ALL SELECT 'table ' || ftrelid::regclass || ftoptions::text || coalesce(relacl::text, '') FROM pg_foreign_table JOIN pg_class ON oid = ftrelid
  UNION ALL SELECT 'column ' || attrelid::regclass || attname || format_type(atttypid, atttypmod) || coalesce(attfdwoptions::text, '')
    FROM pg_attribute JOIN pg_foreign_table ON ftrelid = attrelid WHERE attnum > 0
  UNION ALL SELECT 'comment ' || objoid::regclass || objsubid || description FROM pg_description JOIN pg_foreign_table ON ftrelid = objoid AND classoid = 'pg_class'::regclass
  UNION ALL SELECT 'relation ' || oid::regclass || relkind::text || pg_get_viewdef(oid) FROM pg_class
    WHERE relkind IN ('v', 'm') AND relnamespace = 'partner_center'::regnamespace
  UNION ALL SELECT 'function ' || oid::regprocedure || proacl::text FROM pg_proc WHERE proname LIKE 'pc_analytics%' AND proacl IS NOT NULL
) x ORDER BY line COLLATE "C"
END

sub objects_of
{
	my ($dbname) = @_;
	return [ split /\n/, $pca->sql($objects, dbname => $dbname) ];
}

$pca->sql(<<'END');
CREATE ROLE reader LOGIN; CREATE ROLE dba LOGIN CREATEDB;
GRANT SELECT ON ALL TABLES IN SCHEMA partner_center TO reader;
GRANT USAGE ON SCHEMA partner_center TO reader;
GRANT EXECUTE ON FUNCTION pc_analytics_rotate_refresh_token(text) TO reader;
REVOKE SELECT ON pc_analytics_progress FROM PUBLIC;
CREATE VIEW partner_center.sold AS SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY 1;
CREATE MATERIALIZED VIEW partner_center.copied AS SELECT * FROM license_usage;
CREATE USER MAPPING FOR reader SERVER mock_api OPTIONS (access_token 'of-the-reader');
ALTER FOREIGN TABLE license_deployment OPTIONS (ADD rows '5000');
END
my $before = objects_of('postgres');
cmp_ok(scalar(@$before), '>', 100, 'there are objects to be dumped');

# --- plain, custom and parallel

$pca->requests;
succeeds('pg_dump writes a script',
	'postgres', undef, 'pg_dump', '-f', "$dir/plain");
succeeds('pg_dump writes an archive',
	'postgres', undef, 'pg_dump', '-Fc', '-f', "$dir/custom");
succeeds('pg_dump writes a directory in parallel',
	'postgres', undef, 'pg_dump', '-Fd', '-j2', '-f', "$dir/directory");
is(scalar($pca->requests), 0, 'a dump sends no request');
my %restores = (
	plain => [ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/plain" ],
	custom => [ 'pg_restore', '-e', '-j2', "$dir/custom" ],
	directory => [ 'pg_restore', '-e', '-j3', "$dir/directory" ]);
foreach my $kind (sort keys %restores)
{
	$pca->sql("CREATE DATABASE of_$kind");
	succeeds("$kind is restored", "of_$kind", undef, @{ $restores{$kind} });
	is_deeply(objects_of("of_$kind"), $before, "$kind restores all objects");
	is( $pca->sql(
			'SELECT count(*) FROM partner_center.license_deployment',
			dbname => "of_$kind"),
		100,
		"tables restored from $kind are read");
	is( $pca->sql(
			'SELECT count(*) FROM partner_center.copied',
			dbname => "of_$kind"),
		100,
		"a materialized view restored from $kind is populated");
}
my ($entries) = run_command([ 'pg_restore', '-l', "$dir/custom" ]);
PostgreSQL::Test::Utils::append_to_file("$dir/unpopulated",
	join("\n", grep { !/MATERIALIZED VIEW DATA/ } split /\n/, $entries)
	  . "\n");
$pca->sql('CREATE DATABASE of_list');
$pca->requests;
succeeds('the archive is restored without the rows of materialized views',
	'of_list', undef, 'pg_restore', '-e', '-L', "$dir/unpopulated",
	"$dir/custom");
is( scalar($pca->requests)
	  . $pca->sql(
		"SELECT relispopulated FROM pg_class WHERE relname = 'copied'",
		dbname => 'of_list'),
	'0f',
	'which sends no request');
my $script = slurp_file("$dir/plain");
like($script, qr/of-the-reader/,
	'a dump by a superuser has the options of user mappings');

# --- a dump of 0.1 is restored with the newest SQL objects

$pca->sql("CREATE DATABASE $_") foreach qw(first later);
$pca->sql(<<'END', dbname => 'first');
CREATE EXTENSION pc_analytics_fdw VERSION '0.1';
CREATE VIEW running AS SELECT * FROM pc_analytics_progress;
GRANT EXECUTE ON FUNCTION pc_analytics_rotate_refresh_token(text) TO reader;
END
succeeds('0.1 is dumped',
	'first', undef, 'pg_dump', '-Fc', '-f', "$dir/first");
succeeds('and restored', 'later', undef, 'pg_restore', '-e', "$dir/first");
is( $pca->sql(
		"SELECT extversion = default_version, has_function_privilege('reader', 'pc_analytics_rotate_refresh_token(text)', 'EXECUTE'), (SELECT count(*) FROM running) "
		  . "FROM pg_extension JOIN pg_available_extensions ON name = extname WHERE extname = 'pc_analytics_fdw'",
		dbname => 'later'),
	't|t|0',
	'with the newest SQL objects, the privileges and the views of 0.1');

# --- a role that is no superuser

$pca->sql(
	'CREATE DATABASE dba_from OWNER dba; CREATE DATABASE dba_to OWNER dba');
foreach my $dbname (qw(dba_from dba_to))
{
	$pca->sql(
		'CREATE EXTENSION pc_analytics_fdw; GRANT USAGE ON FOREIGN DATA WRAPPER pc_analytics_fdw TO dba',
		dbname => $dbname);
}
$pca->session(dbname => 'dba_from', user => 'dba')->query(<<'END');
CREATE SCHEMA partner_center;
CREATE SERVER partner_center FOREIGN DATA WRAPPER pc_analytics_fdw;
CREATE USER MAPPING FOR CURRENT_USER SERVER partner_center OPTIONS (access_token 'of-the-dba');
IMPORT FOREIGN SCHEMA analytics FROM SERVER partner_center INTO partner_center;
CREATE VIEW partner_center.sold AS SELECT channel, sum(licenses_sold) FROM partner_center.license_deployment GROUP BY 1;
END
succeeds('a role that is no superuser dumps its database',
	'dba_from', 'dba', 'pg_dump', '-Fc', '-f', "$dir/dba");
my ($err, $success) =
  run_on('dba_to', 'dba', 'pg_restore', '-j2', "$dir/dba");
is( join("\n", $err =~ /error: .*?(ERROR: .*)/g),
	'ERROR:  must be owner of extension pc_analytics_fdw',
	'the extension\'s comment is the only thing that it may not restore');
is_deeply(objects_of('dba_to'), objects_of('dba_from'),
	'all else is restored');
$pca->sql('CREATE DATABASE dba_again OWNER dba');
$pca->sql(
	'CREATE EXTENSION pc_analytics_fdw; GRANT USAGE ON FOREIGN DATA WRAPPER pc_analytics_fdw TO dba',
	dbname => 'dba_again');
my ($list) = run_command([ 'pg_restore', '-l', "$dir/dba" ]);
PostgreSQL::Test::Utils::append_to_file("$dir/list",
	join("\n", grep { !/COMMENT - EXTENSION/ } split /\n/, $list) . "\n");
succeeds('without that comment, it restores without an error',
	'dba_again', 'dba', 'pg_restore', '-e', '-L', "$dir/list", "$dir/dba");
is_deeply(objects_of('dba_again'),
	objects_of('dba_from'), 'and all is restored');
succeeds('a role that reads only dumps what it may read',
	'postgres', 'reader', 'pg_dump', '-n', 'partner_center', '-f',
	"$dir/reader");
my $read = slurp_file("$dir/reader");
unlike($read, qr/mock-api-access-token/,
	'no user mapping of another role is in its dump');

# --- the rows of foreign tables

$pca->requests;
succeeds(
	'pg_dump includes the rows of foreign tables', 'postgres',
	undef, 'pg_dump',
	'-Fc', '-t',
	'partner_center.license_deployment', '--include-foreign-data',
	'mock_api', '-f',
	"$dir/rows");
is(scalar(grep { m{deployment/license} } $pca->requests),
	1, 'which are requested');
$pca->sql('CREATE DATABASE of_rows');
$pca->sql(
	'CREATE EXTENSION pc_analytics_fdw; CREATE SERVER mock_api FOREIGN DATA WRAPPER pc_analytics_fdw; CREATE SCHEMA partner_center',
	dbname => 'of_rows');
($err, $success) = run_on('of_rows', undef, 'pg_restore', "$dir/rows");
like(
	$err,
	qr/cannot insert into foreign table "license_deployment"/,
	'a foreign table takes no rows');
$pca->sql('DROP FOREIGN TABLE partner_center.license_deployment',
	dbname => 'of_rows');
$pca->sql('CREATE DATABASE of_tables');
my $columns = $pca->sql(
	"SELECT string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'license_deployment'::regclass AND attnum > 0"
);
$pca->sql(
	"CREATE SCHEMA partner_center; CREATE TABLE partner_center.license_deployment ($columns)",
	dbname => 'of_tables');
succeeds('a local table does',
	'of_tables', undef, 'pg_restore', '-e', '--data-only', "$dir/rows");
is( $pca->sql(
		'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM partner_center.license_deployment t',
		dbname => 'of_tables'),
	$pca->sql(
		'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM license_deployment t'
	),
	'and has the rows of the API');

done_testing();
