# Statements that a message, a result or a plan prints, for servers, schemas,
# tables and columns whose names need quotes: each is executed as it is
# printed.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

sub ident   { return '"' . $_[0] =~ s/"/""/gr . '"'; }
sub literal { return "'" . $_[0] =~ s/'/''/gr . "'"; }

my $pca =
  PcaTest->new(rows => 60, customers => 3, mapping => \%PcaTest::CREDENTIALS);
my $n = 0;
foreach my $name (
	'my server', 'Größe', q{O'Brien "quoted"},
	'back\\slash', 'SELECT', q{x'); DROP TABLE victim; --},
	'%s %d %n')
{
	my ($server, $schema) = (ident($name), ident("$name " . ++$n));
	my $query = sub { return $pca->sql($_[0]); };
	$query->('CREATE TABLE victim (x int)');
	$pca->create_server($server, {}, \%PcaTest::CREDENTIALS);
	$query->(
		"CREATE SCHEMA $schema; IMPORT FOREIGN SCHEMA analytics FROM SERVER $server INTO $schema"
	);
	is( $query->(
			"SELECT count(*) FROM pg_foreign_table t JOIN pg_foreign_server s ON s.oid = ftserver WHERE srvname = "
			  . literal($name)),
		14,
		"$name: tables are imported");

	# An old refresh token, and the statement that replaces it.
	$query->(
		"ALTER USER MAPPING FOR CURRENT_USER SERVER $server OPTIONS (ADD refresh_token_saved_at '2020-01-01')"
	);
	my (undef, undef, $said) = $pca->node->psql('postgres',
		"SELECT FROM $schema.license_usage LIMIT 1");
	my ($statement) = $said =~
	  /HINT:  (SELECT pc_analytics_rotate_refresh_token\(.*\)) replaces it\.$/m;
	ok($statement, "$name: an old refresh token is warned of");
	is( $query->(
			"SELECT previous_age > '1 year' FROM ("
			  . ($statement // 'SELECT NULL') =~
			  s/^SELECT (.*)$/SELECT * FROM $1/r
			  . ') AS r'),
		't',
		"$name: and replaced by what is printed");

	# A table that is read for one customer.
	my $table = "$schema." . ident("$name table");
	$query->("ALTER FOREIGN TABLE $schema.customer_license_usage RENAME TO "
		  . ident("$name table"));
	my $error = $pca->session->error_of(
		"SELECT * FROM pc_analytics_drift(" . literal($table) . ')');
	my ($drift) = $error->{hint} =~ /^Name one: (SELECT .*)\.(?:\n|\z)/;
	ok($drift, "$name: drift names a statement");
	(my $ours = $drift // 'SELECT NULL') =~
	  s/'\.\.\.'/'00000000-0000-0000-0000-000000000000'/;
	$pca->requests;
	(undef) = $pca->session->error_of($ours);
	like(
		join(' ', $pca->requests),
		qr{/customers/00000000-0000-0000-0000-000000000000/},
		"$name: which asks for that table's rows");

	# The statements that the probe prints.
	my $column = ident("$name column");
	$query->(
		"ALTER FOREIGN TABLE $schema.license_deployment RENAME TO $server; "
		  . "ALTER FOREIGN TABLE $schema.$server OPTIONS (SET resource 'license_deployment'); "
		  . "ALTER FOREIGN TABLE $schema.$server RENAME COLUMN channel TO $column; ALTER FOREIGN TABLE $schema.$server ALTER COLUMN $column OPTIONS (ADD field 'channel')"
	);
	my @statements = split /\n/,
	  $query->("SELECT statement FROM pc_analytics_probe("
		  . literal($name)
		  . ") WHERE statement IS NOT NULL");
	cmp_ok(scalar(grep { /^ALTER FOREIGN TABLE/ } @statements),
		'>', 1, "$name: the probe prints statements");
	ok(scalar(grep { index($_, $column) >= 0 } @statements),
		"$name: of that column, too")
	  or diag(explain(\@statements));
	$query->($_) foreach @statements;
	is( $query->(
				"SELECT count(*) > 0 FROM pg_attribute WHERE attrelid = "
			  . literal("$schema.$server")
			  . "::regclass AND attfdwoptions::text ~ 'string_comparison|guid_spelling'"
		),
		't',
		"$name: which declare what they say");

	# Comments, the check, and the plan of an aggregation.
	cmp_ok($query->("SELECT pc_analytics_describe(" . literal($schema) . ')'),
		'>', 100, "$name: comments are set");
	is( $query->(
				"SELECT count(*) FROM pc_analytics_check("
			  . literal($name)
			  . ") WHERE NOT ok"),
		0,
		"$name: the check is well");
	like(
		$query->(
			"EXPLAIN (VERBOSE, COSTS OFF) SELECT service_name, sum(licenses_sold) FROM $schema.$server GROUP BY 1"
		),
		qr/\Q$schema.$server\E/,
		"$name: the plan names the table");

	# An order that the API did not keep.
	my $day = ident("$name day");
	$query->(
		"ALTER FOREIGN TABLE $schema.azure_usage RENAME COLUMN usage_date TO $day; ALTER FOREIGN TABLE $schema.azure_usage ALTER COLUMN $day OPTIONS (ADD field 'usageDate')"
	);
	$pca->fault(kind => 'reverse', times => 0);
	my $hint = $pca->session->error_of(
		"SELECT $day FROM $schema.azure_usage ORDER BY $day LIMIT 50")->{hint}
	  // '';
	my ($expression) = $hint =~
	  /^Order by an expression, such as (.*), to have PostgreSQL sort/;
	ok($expression, "$name: an order that the API does not keep is told of")
	  or diag($hint);
	is( $query->(
			"SELECT count(*) FROM (SELECT $day FROM $schema.azure_usage ORDER BY "
			  . ($expression // '1')
			  . ' LIMIT 50) AS t'),
		50,
		"$name: and made by what is printed");
	$pca->reset;
	is($query->('SELECT count(*) FROM victim'),
		0, "$name: nothing else was run");
	$query->(
		"DROP TABLE victim; DROP SERVER $server CASCADE; DROP SCHEMA $schema CASCADE"
	);
}

done_testing();
