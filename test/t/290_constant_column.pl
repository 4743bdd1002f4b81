# Columns with the option "constant": a value that no response has, such as the account.
# Conditions on it are decided when planning, and each row has it in every plan.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(rows => 400, customers => 20);
my $session = $pca->session;

# Two accounts with the same rows, as foreign tables and as local ones.
$pca->create_server('fabrikam', {}, undef);
$pca->local_copy('license_deployment');
$session->query(<<'END');
CREATE DOMAIN account_name AS text CHECK (VALUE <> '');
CREATE TYPE tier AS ENUM ('gold', 'silver');
IMPORT FOREIGN SCHEMA analytics LIMIT TO (license_deployment) FROM SERVER mock_api INTO public;
ALTER FOREIGN TABLE public.license_deployment RENAME TO contoso_deployment;
ALTER FOREIGN TABLE public.contoso_deployment
  ADD COLUMN account text OPTIONS (constant 'contoso'), ADD COLUMN rate numeric OPTIONS (constant '2.50') NOT NULL,
  ADD COLUMN level tier OPTIONS (constant 'gold'), ADD COLUMN since date OPTIONS (constant '2018-01-31'),
  ADD COLUMN open boolean OPTIONS (constant 'yes'), ADD COLUMN name account_name OPTIONS (constant 'Contoso Ltd.');
IMPORT FOREIGN SCHEMA analytics LIMIT TO (license_deployment) FROM SERVER fabrikam INTO public;
ALTER FOREIGN TABLE public.license_deployment RENAME TO fabrikam_deployment;
ALTER FOREIGN TABLE public.fabrikam_deployment
  ADD COLUMN account text OPTIONS (constant 'fabrikam'), ADD COLUMN rate numeric OPTIONS (constant '3') NOT NULL,
  ADD COLUMN level tier OPTIONS (constant 'silver'), ADD COLUMN since date OPTIONS (constant '2019-05-01'),
  ADD COLUMN open boolean OPTIONS (constant 'no'), ADD COLUMN name account_name OPTIONS (constant 'Fabrikam');
CREATE VIEW accounts AS SELECT * FROM public.contoso_deployment UNION ALL SELECT * FROM public.fabrikam_deployment;
CREATE SCHEMA copy;
CREATE TABLE copy.contoso_deployment AS SELECT *, 'contoso'::text AS account, 2.50 AS rate, 'gold'::tier AS level,
  date '2018-01-31' AS since, true AS open, 'Contoso Ltd.'::account_name AS name FROM local.license_deployment;
CREATE TABLE copy.fabrikam_deployment AS SELECT *, 'fabrikam'::text AS account, 3::numeric AS rate, 'silver'::tier AS level,
  date '2019-05-01' AS since, false AS open, 'Fabrikam'::account_name AS name FROM local.license_deployment;
CREATE VIEW copy.accounts AS SELECT * FROM copy.contoso_deployment UNION ALL SELECT * FROM copy.fabrikam_deployment;
CREATE TABLE names (account text, manager text);
INSERT INTO names VALUES ('contoso', 'Ada'), ('fabrikam', 'Grace'), (NULL, 'Nobody'), ('other', 'Else');
ANALYZE names;
END

# The query over the foreign tables gives what it gives over the local ones; returns the
# number of page requests.
sub same
{
	my ($sql, $name) = @_;
	my $local = $sql =~
	  s/\b(accounts|contoso_deployment|fabrikam_deployment)\b/copy.$1/gr;
	$pca->log_entries;
	my $rows = $session->query("SELECT * FROM ($sql) q ORDER BY q::text");
	my @requests = $pca->requests;
	is( $rows,
		$session->query("SELECT * FROM ($local) q ORDER BY q::text"),
		$name // $sql);
	return scalar @requests;
}

# --- the value of each row

my @queries = (
	'SELECT * FROM contoso_deployment',
	'SELECT c FROM contoso_deployment c',
	'SELECT account, rate, level, since, open, name FROM contoso_deployment',
	'SELECT account FROM accounts',
	'SELECT account, count(*) FROM accounts GROUP BY 1',
	'SELECT account, sum(licenses_sold) FROM accounts GROUP BY 1',
	'SELECT account, channel, sum(licenses_sold) FROM accounts GROUP BY 1, 2',
	'SELECT account, channel, sum(licenses_sold) FROM accounts GROUP BY ROLLUP (1, 2)',
	'SELECT account, sum(licenses_sold * rate) FROM accounts GROUP BY 1',
	'SELECT sum(rate), count(account), max(since), min(level), count(DISTINCT account) FROM accounts',
	'SELECT max(account) FROM accounts',
	'SELECT DISTINCT account, open FROM accounts',
	"SELECT count(*) FROM accounts WHERE account = 'contoso'",
	"SELECT account, count(*) FROM accounts WHERE account <> 'contoso' GROUP BY 1",
	'SELECT count(*) FILTER (WHERE open) FROM accounts',
	"SELECT sum(licenses_sold) FILTER (WHERE account = 'contoso'), sum(licenses_sold) FROM accounts",
	'SELECT n.manager, sum(a.licenses_sold) FROM accounts a JOIN names n USING (account) GROUP BY 1',
	'SELECT n.manager, a.service_code FROM names n LEFT JOIN contoso_deployment a USING (account)',
	"SELECT n.manager, a.account FROM names n LEFT JOIN contoso_deployment a ON a.account = n.account AND a.account <> 'contoso'",
	'SELECT manager FROM names n WHERE EXISTS (SELECT FROM accounts a WHERE a.account = n.account)',
	'SELECT manager FROM names n WHERE account NOT IN (SELECT account FROM accounts)',
	'SELECT (SELECT count(*) FROM contoso_deployment a WHERE a.account = n.account) FROM names n',
	'SELECT n.manager, x.sold FROM names n, LATERAL (SELECT sum(licenses_sold) AS sold FROM accounts a WHERE a.account = n.account) x',
	'SELECT account, licenses_sold FROM (SELECT * FROM accounts ORDER BY account DESC, licenses_sold DESC, service_code LIMIT 0) x',
	'SELECT account, channel FROM accounts a WHERE channel = (SELECT min(channel) FROM accounts b WHERE b.account = a.account)'
);
foreach my $sql (@queries)
{
	same($sql);
}
foreach my $setting (
	'enable_hashjoin = off',
	'enable_nestloop = off',
	'enable_hashagg = off',
	'enable_async_append = off',
	'enable_partitionwise_aggregate = on; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0'
  )
{
	$session->query("SET $setting");
	same($_, "$setting: $_") foreach @queries;
	$session->query('RESET ALL');
}

# --- grouped, counted

like(
	$pca->explain(
		'SELECT account, channel, sum(licenses_sold) FROM public.contoso_deployment GROUP BY 1, 2'
	),
	qr/Remote Group By: channel$/m,
	'grouping by the constant needs no key of the API');
like(
	$pca->explain(
		'SELECT account, sum(licenses_sold) FROM public.contoso_deployment GROUP BY 1'
	),
	qr/Remote Group By: /,
	'nor does grouping by it alone');
$session->query(
	"ALTER FOREIGN TABLE public.contoso_deployment OPTIONS (ADD total_count 'filtered')"
);
foreach my $sql (
	'SELECT account, count(*) FROM contoso_deployment GROUP BY 1',
	'SELECT count(account), max(since) FROM contoso_deployment',
	"SELECT account, name FROM contoso_deployment WHERE channel = 'none'")
{
	same($sql, "counted: $sql");
}
like(
	$pca->explain(
		'SELECT account, count(*) FROM public.contoso_deployment GROUP BY 1'),
	qr/Remote Count: TotalCount/,
	'rows of nothing but constants are counted by the API');
$session->query(
	'ALTER FOREIGN TABLE public.contoso_deployment OPTIONS (DROP total_count)'
);

# --- conditions

# How many of the two accounts are asked for.
my @conditions = (
	[ "account = 'contoso'", 1 ],
	[ "'fabrikam' = account", 1 ],
	[ "account IN ('contoso', 'other')", 1 ],
	[ "account = 'other'", 0 ],
	[ "account <> 'contoso'", 1 ],
	[ 'account IS NULL', 0 ],
	[ 'account IS NOT NULL', 2 ],
	[ "account IS NOT DISTINCT FROM 'contoso'", 1 ],
	[ "account LIKE 'con%'", 1 ],
	[ "lower(account) = 'contoso'", 1 ],
	[ "account || name = 'x'", 0 ],
	[ 'open', 1 ],
	[ 'NOT open', 1 ],
	[ 'rate > 2.9', 1 ],
	[ "level = 'gold'", 1 ],
	[ "since < '2019-01-01'", 1 ],
	[ 'account = NULL', 0 ],
	[ 'account = channel', 2 ],
	[ "name = 'Fabrikam'", 1 ],
	[ "account = 'contoso' OR channel = 'direct'", 2 ],
	[ "account = 'contoso' AND channel = 'direct'", 1 ],
	[
		"(account = 'contoso' AND channel = 'direct') OR (account = 'fabrikam' AND channel = 'reseller')",
		2
	],
	[ "NOT (account = 'contoso' OR account = 'fabrikam')", 0 ],
	[
		"CASE account WHEN 'contoso' THEN channel = 'direct' ELSE false END",
		1
	],
	[ "account = (SELECT 'contoso'::text)", 1 ],
	[
		"account = ANY (ARRAY(SELECT account FROM names WHERE manager = 'Ada'))",
		1
	]);
foreach my $case (@conditions)
{
	my ($condition, $asked) = @$case;
	is(same("SELECT * FROM accounts WHERE $condition", "rows: $condition"),
		$asked, "accounts that are requested: $condition");
	same(
		"SELECT account, sum(licenses_sold) FROM accounts WHERE $condition GROUP BY 1",
		"groups: $condition");
	same("SELECT count(*) FROM accounts WHERE $condition",
		"count: $condition");
}
my $pruned =
  $pca->explain("SELECT * FROM accounts WHERE account = 'contoso'");
like($pruned, qr/contoso_deployment/, 'the branch of the account is planned');
unlike(
	$pruned,
	qr/fabrikam_deployment|Filter/,
	'that of the other one is not, and nothing is left to check');
like(
	$pca->explain(
		"SELECT * FROM public.contoso_deployment WHERE account = 'x'"),
	qr/One-Time Filter: false/,
	'a table alone becomes an empty result');
like(
	$pca->explain(
		"SELECT * FROM accounts WHERE account = 'contoso' OR channel = 'direct'"
	),
	qr/Remote Filter: channel eq 'direct'/,
	'what remains of a condition is sent');
is( $session->query(
		"EXPLAIN SELECT * FROM public.contoso_deployment WHERE account = 'contoso'"
	) =~ s/.*?rows=(\d+).*/$1/sr,
	$session->query('EXPLAIN SELECT * FROM public.contoso_deployment') =~
	  s/.*?rows=(\d+).*/$1/sr,
	'a condition that is true does not change the estimate');
foreach my $mode (qw(force_generic_plan force_custom_plan))
{
	$session->query(
		"SET plan_cache_mode = $mode; PREPARE p(text) AS SELECT count(service_code IS NULL) FROM accounts WHERE account = \$1"
	);
	$pca->log_entries;
	is($session->query("EXECUTE p('contoso')"), '400', "$mode: a parameter");
	is(scalar(() = $pca->requests), 1, "$mode: one account is requested");
	is($session->query('EXECUTE p(NULL)'), '0', "$mode: NULL");
	is(scalar(() = $pca->requests), 0, "$mode: none is requested");
	$session->query('DEALLOCATE p');
}
$session->query(
	"SET plan_cache_mode = force_generic_plan; PREPARE p AS SELECT count(*) FROM public.contoso_deployment WHERE account = 'contoso'"
);
is($session->query('EXECUTE p'), '400', 'a cached plan');
$session->query(
	"ALTER FOREIGN TABLE public.contoso_deployment ALTER account OPTIONS (SET constant 'new')"
);
is($session->query('EXECUTE p'), '0',
	'is made again when the option changes');
$session->query(
	"ALTER FOREIGN TABLE public.contoso_deployment ALTER account OPTIONS (SET constant 'contoso'); RESET plan_cache_mode"
);

# --- partitions by account

$session->query(<<'END');
CREATE TABLE by_account (LIKE copy.contoso_deployment) PARTITION BY LIST (account);
ALTER TABLE by_account ALTER rate SET NOT NULL;
ALTER TABLE by_account ATTACH PARTITION public.contoso_deployment FOR VALUES IN ('contoso');
ALTER TABLE by_account ATTACH PARTITION public.fabrikam_deployment FOR VALUES IN ('fabrikam');
CREATE VIEW copy.by_account AS SELECT * FROM copy.accounts;
END
foreach my $condition ("account = 'contoso'", "account <> 'contoso'", 'open',
	'true')
{
	my $where = "FROM by_account WHERE $condition";
	foreach my $sql (
		"SELECT * $where",
		"SELECT count(*) $where",
		"SELECT account, channel, sum(licenses_sold) $where GROUP BY 1, 2")
	{
		is( $session->query("SELECT * FROM ($sql) q ORDER BY q::text"),
			$session->query(
				'SELECT * FROM (' . $sql =~
				  s/by_account/copy.by_account/r . ') q ORDER BY q::text'),
			"partitions: $sql");
	}
}
unlike($pca->explain('SELECT * FROM by_account WHERE open'),
	qr/fabrikam/, 'a partition is pruned by a constant that is not its key');

# --- statistics, comments, keys

$pca->query_ok('ANALYZE public.contoso_deployment', 'ANALYZE');
is( $session->query(
		"SELECT n_distinct, most_common_vals FROM pg_stats WHERE schemaname = 'public' AND tablename = 'contoso_deployment' AND attname = 'account'"
	),
	'1|{contoso}',
	'reads the constant');
is( $session->query(
		"SELECT count(*) FROM pc_analytics_drift('public.contoso_deployment') WHERE name ~ 'account|rate|level|since|open|name\$'"
	),
	$session->query(
		"SELECT count(*) FROM pc_analytics_drift('partner_center.license_deployment') WHERE name ~ 'account|rate|level|since|open|name\$'"
	),
	'pc_analytics_drift() expects no such key');
$session->query("SELECT pc_analytics_describe('public')");
is( $session->query(
		"SELECT col_description('public.contoso_deployment'::regclass, attnum) FROM pg_attribute WHERE attrelid = 'public.contoso_deployment'::regclass AND attname = 'account'"
	),
	"always 'contoso'",
	'the comment says the value');

# --- what cannot be

foreach my $case (
	[
		"x timestamptz OPTIONS (constant '2018-01-01')",
		'HV004',
		qr/does not go with type timestamp with time zone/
	],
	[
		"x jsonb OPTIONS (constant '{}')",
		'HV004',
		qr/does not go with type jsonb/
	],
	[
		"x date OPTIONS (constant '01/02/2018')",
		'HV024',
		qr/invalid value for option "constant" of column "x"/
	],
	[
		"x date OPTIONS (constant 'today')", 'HV024',
		qr/A date is written as/
	],
	[
		"x integer OPTIONS (constant 'many')",
		'22P02',
		qr/option "constant" of column "x" of foreign table "t"/
	],
	[ "x account_name OPTIONS (constant ' ')", undef ],
	[
		"x varchar(2) OPTIONS (constant 'abc')",
		'22001',
		qr/option "constant"/
	])
{
	my ($column, $sqlstate, $text) = @$case;
	my $create =
	  "CREATE FOREIGN TABLE t ($column) SERVER mock_api OPTIONS (resource 'license_usage')";
	$session->query('DROP FOREIGN TABLE IF EXISTS t');
	if (!$sqlstate)
	{
		$pca->fails_with(
			$create, 'HV024',
			qr/must not be empty/,
			'an empty constant is refused');
		next;
	}
	$session->query($create);
	$pca->fails_with('EXPLAIN SELECT * FROM t',
		$sqlstate, $text, "refused: $column");
}
foreach my $other ("field 'a'", "operators 'eq'", "groupable 'true'",
	"measure 'true'")
{
	my ($option) = $other =~ /^(\w+)/;
	$pca->fails_with(
		"CREATE FOREIGN TABLE u (x text OPTIONS (constant 'a', $other)) SERVER mock_api OPTIONS (path '/x')",
		'HV024',
		qr/options "constant" and "$option" exclude each other/,
		"constant and $option");
}

done_testing();
