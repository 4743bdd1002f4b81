# The extension is installed into a schema whose owner has created operators,
# functions, types, casts and tables there: none of them is used, and none is
# executed by the users of the extension.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(rows => 5000, extension => 0);
$pca->sql(
	'CREATE ROLE mallory LOGIN; CREATE SCHEMA hostile AUTHORIZATION mallory; GRANT USAGE ON SCHEMA hostile TO PUBLIC'
);

# --- what mallory plants

my $mallory = $pca->session(user => 'mallory');
$mallory->query(<<'END');
SET search_path = hostile;
CREATE TABLE ran (who name, what name); GRANT INSERT ON ran TO PUBLIC;
CREATE FUNCTION note(what text) RETURNS void LANGUAGE sql AS 'INSERT INTO hostile.ran VALUES (current_user, what)';
END
my $operators = 0;

# An operator or a function of these types; it notes who runs it.
sub plant
{
	my ($name, $result, @types) = @_;
	my $function = $name =~ /^"?\w/ ? $name : 'run_' . ++$operators;
	$mallory->query("CREATE FUNCTION $function("
		  . join(', ', @types)
		  . ") RETURNS $result LANGUAGE plpgsql AS "
		  . "\$\$ BEGIN PERFORM hostile.note('$name(@types)'); RETURN NULL; END \$\$"
	);
	$mallory->query(
		"CREATE OPERATOR $name (LEFTARG = $types[0], RIGHTARG = $types[1], FUNCTION = $function)"
	) if $name !~ /^"?\w/;
	return;
}
my @numbers = qw(smallint integer bigint numeric float8);
foreach my $left (@numbers)
{
	foreach my $right (@numbers)
	{
		plant($_, 'numeric', $left, $right) foreach qw(* / + -);
		plant($_, 'boolean', $left, $right) foreach qw(= <> < > <= >=);
	}
}
plant($_->[0], 'boolean', @$_[ 1, 2 ])
  foreach [qw(= name name)], [qw(= name text)], [qw(= text name)],
  [qw(= text text)], [qw(= oid oid)], [qw(= oid integer)], [qw(= oid bigint)],
  [qw(= "char" "char")], [qw(= "char" text)], [qw(= regclass oid)],
  [qw(= boolean boolean)], [qw(= uuid uuid)], [qw(= interval interval)],
  [qw(= timestamptz timestamptz)];
plant('round', 'numeric', 'numeric', $_) foreach qw(smallint integer bigint);
plant('round', 'numeric', 'float8', 'integer');
plant('pg_get_userbyid', 'name', $_) foreach qw(oid bigint integer);
plant('current_database', 'name');
plant('regclass', 'regclass', 'oid');
plant('"numeric"', 'numeric', 'bigint');
plant('"nullif"', 'bigint', 'bigint', 'integer');
plant('"coalesce"', 'bigint', 'bigint', 'integer');
$mallory->query(
	'CREATE TABLE pg_database (oid oid, datname name); CREATE TABLE pg_class (oid oid, relname name, relnamespace oid, relkind "char"); '
	  . 'GRANT SELECT ON pg_database, pg_class TO PUBLIC');

foreach my $type (
	qw(text uuid oid record void timestamptz fdw_handler bigint numeric regclass regnamespace)
  )
{
	$mallory->query(qq{CREATE TYPE "$type" AS (x pg_catalog.int4)})
	  if $type ne 'text';
}
$mallory->query('CREATE DOMAIN hostile.text AS pg_catalog.text');
$mallory->query(
	qq{CREATE FUNCTION cast_to(pg_catalog.$_->[0]) RETURNS hostile."$_->[1]" LANGUAGE plpgsql AS \$\$ BEGIN PERFORM hostile.note('a cast'); RETURN NULL; END \$\$; }
	  . qq{CREATE CAST (pg_catalog.$_->[0] AS hostile."$_->[1]") WITH FUNCTION cast_to(pg_catalog.$_->[0]) AS IMPLICIT}
) foreach [ 'oid', 'regclass' ], [ 'int8', 'numeric' ], [ 'text', 'uuid' ];

# --- none is bound

$pca->sql(
	'CREATE TABLE public.planted AS SELECT tableoid AS class, oid FROM pg_operator WHERE oprnamespace = \'hostile\'::regnamespace '
	  . 'UNION ALL SELECT tableoid, oid FROM pg_proc WHERE pronamespace = \'hostile\'::regnamespace '
	  . 'UNION ALL SELECT tableoid, oid FROM pg_type WHERE typnamespace = \'hostile\'::regnamespace '
	  . 'UNION ALL SELECT tableoid, oid FROM pg_class WHERE relnamespace = \'hostile\'::regnamespace '
	  . 'UNION ALL SELECT tableoid, oid FROM pg_cast WHERE oid >= 16384');
cmp_ok($pca->sql('SELECT count(*) FROM public.planted'),
	'>', 500, 'there is much to fall into');

# What depends on a planted object without being planted, in words.
my $bound =
  'SELECT pg_describe_object(classid, objid, objsubid) || \' uses \' || pg_describe_object(refclassid, refobjid, refobjsubid) FROM pg_depend '
  . 'WHERE (refclassid, refobjid) IN (SELECT class, oid FROM public.planted) AND (classid, objid) NOT IN (SELECT class, oid FROM public.planted) ORDER BY 1';
is($pca->sql($bound), '', 'nothing depends on it before');
$pca->sql(
	"CREATE EXTENSION pc_analytics_fdw SCHEMA hostile VERSION '0.1'; ALTER EXTENSION pc_analytics_fdw UPDATE"
);
is($pca->sql($bound), '', 'nor after ALTER EXTENSION UPDATE');
$pca->sql(
	'DROP EXTENSION pc_analytics_fdw; CREATE EXTENSION pc_analytics_fdw SCHEMA hostile'
);
is($pca->sql($bound), '', 'nor after CREATE EXTENSION');
is( $pca->sql(
		"SELECT count(*) FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pc_analytics_fdw')"
	) > 10,
	1,
	'the extension is there');
is( $pca->sql(
		"SELECT string_agg(DISTINCT n.nspname || '.' || t.typname, ' ' ORDER BY n.nspname || '.' || t.typname) "
		  . "FROM pg_depend d JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e', "
		  . 'unnest(p.prorettype || coalesce(p.proallargtypes, p.proargtypes::oid[])) AS a(oid) JOIN pg_type t ON t.oid = a.oid JOIN pg_namespace n ON n.oid = t.typnamespace '
		  . "WHERE p.proname LIKE 'pc_analytics%' AND n.nspname <> 'pg_catalog'"
	),
	'',
	'its functions have types of pg_catalog only');
is( $pca->sql(
		'CREATE VIEW public.control AS SELECT 1::numeric OPERATOR(hostile.*) 2::bigint AS x; '
		  . $bound) =~ /public\.control|control uses/ ? 'seen' : 'missed',
	'seen',
	'what is bound would be seen');
$pca->sql('DROP VIEW public.control');

# --- none runs

$pca->create_server('mock_api',
	{ page_size => 20, max_parallel_requests => 1 });
$pca->import_schema;
my $scanning = $pca->session;
$scanning->query(
	'BEGIN; DECLARE c CURSOR FOR SELECT * FROM license_deployment');
$pca->wait_for(
	'a scan that knows its total',
	sub {
		$scanning->query('FETCH 20 FROM c');
		$pca->sql(
			'SELECT count(*) FROM hostile.pc_analytics_progress WHERE total > 0'
		);
	});
my $boss = $pca->session;
foreach my $path ('public', 'hostile', 'hostile, pg_catalog')
{
	$boss->query("SET search_path = $path");
	my ($relation, $database, $rows, $total, $percent) = split /\|/,
	  $boss->query(
		'SELECT relation, datname, "rows", total, percent FROM hostile.pc_analytics_progress WHERE total OPERATOR(pg_catalog.>) 0::pg_catalog.int8'
	  );
	is( "$relation $database $total",
		'partner_center.license_deployment postgres 5000',
		"search path $path: the view tells what runs");
	is( $percent,
		sprintf('%.1f', 100 * $rows / $total),
		"search path $path: and how far it is");
	$boss->query('SET client_min_messages = warning');
	foreach my $sql (
		"SELECT FROM hostile.pc_analytics_check('mock_api')",
		"SELECT FROM hostile.pc_analytics_probe('mock_api')",
		"SELECT FROM hostile.pc_analytics_drift('partner_center.license_usage')",
		"SELECT hostile.pc_analytics_describe('partner_center')",
		"CREATE SCHEMA IF NOT EXISTS views; SELECT hostile.pc_analytics_create_views('partner_center', 'views')",
		'SELECT FROM hostile.pc_analytics_requests()',
		'SELECT hostile.pc_analytics_fdw_version()',
		'EXPLAIN (VERBOSE) SELECT channel, pg_catalog.sum(licenses_sold) FROM partner_center.license_deployment GROUP BY 1',
		'ANALYZE partner_center.license_usage')
	{
		$boss->query($sql);
		is($pca->sql('SELECT * FROM hostile.ran'),
			'', "search path $path: $sql runs nothing planted");
	}
}
$boss->error_of(
	'SELECT 1::pg_catalog.numeric OPERATOR(hostile.*) 2::pg_catalog.int8');
is( $pca->sql('SELECT what FROM hostile.ran'),
	'*(numeric bigint)',
	'what runs would be seen');
$scanning->query('COMMIT');

done_testing();
