# Partitions: a foreign table that is a partition returns the rows of its bound, and
# no others, however many partitions read the same resource.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(
	rows => 600,
	customers => 12,
	conf => "jit = off\nenable_partition_pruning = on\n");
$pca->local_copy($_)
  foreach
  qw(license_deployment azure_usage subscriptions customer_license_usage);
my $session = $pca->session;

# A foreign table on the mock API.
sub partition
{
	my ($name, $resource, $clause) = @_;
	return
	  "CREATE FOREIGN TABLE $name $clause SERVER mock_api OPTIONS (resource '$resource');";
}

# A test point: the foreign query gives the rows of the query on the local copies.
sub same
{
	my ($foreign, $local, $name, %options) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return $pca->same_rows($foreign, $local, $name, %options);
}

# --- old and recent days, and services, of one resource

$pca->sql(<<"END");
SET search_path = partner_center, public;
CREATE TABLE usage_by_day (usage_date timestamp NOT NULL, meter_category text, quantity numeric)
  PARTITION BY RANGE (usage_date);
@{[ partition('usage_cold', 'azure_usage', "PARTITION OF usage_by_day FOR VALUES FROM (MINVALUE) TO ('2018-09-15')") ]}
@{[ partition('usage_hot', 'azure_usage', "PARTITION OF usage_by_day FOR VALUES FROM ('2018-09-15') TO (MAXVALUE)") ]}
CREATE TABLE licenses (channel text, service_code text, customer_tenant_id uuid, licenses_sold bigint)
  PARTITION BY LIST (channel);
@{[ partition('licenses_reseller', 'license_deployment', "PARTITION OF licenses FOR VALUES IN ('reseller')") ]}
@{[ partition('licenses_other', 'license_deployment', 'PARTITION OF licenses DEFAULT') ]}
END
same(
	'SELECT count(*), sum(quantity) FROM usage_by_day',
	'SELECT count(*), sum(quantity) FROM local.azure_usage',
	'two ranges of days have each row once');
same(
	'SELECT channel, sum(licenses_sold), count(*) FROM licenses GROUP BY 1',
	'SELECT channel, sum(licenses_sold), count(*) FROM local.license_deployment GROUP BY 1',
	'a list and a default partition have each row once');
same(
	'SELECT sum(quantity) FROM usage_hot',
	"SELECT sum(quantity) FROM local.azure_usage WHERE usage_date >= '2018-09-15'",
	'a partition that is read by its own name has the rows of its bound');
like(
	$pca->explain('SELECT * FROM usage_hot'),
	qr/^  Filter: .*usage_date >= '2018-09-15 .*^  Remote Filter: usageDate ge cast\('2018-09-15', Edm.DateTimeOffset\)$/ms,
	'EXPLAIN shows the bound as a condition that is evaluated and sent');
$pca->requests;
$pca->sql(
	"SELECT sum(quantity) FROM usage_by_day WHERE usage_date < '2018-09-01'");
is(scalar(() = $pca->requests),
	1, 'a partition that is pruned is not requested');
like(
	$pca->explain(
		"SELECT sum(quantity) FROM usage_by_day WHERE usage_date < '2018-09-01'"
	),
	qr/Remote Filter: usageDate lt cast\('2018-09-01', Edm.DateTimeOffset\)$/m,
	'a bound that the query implies is not sent');
same(
	"SELECT count(*) FROM licenses_other WHERE channel = 'reseller'",
	'SELECT 0::bigint',
	'a condition beyond the bound has no row');

# --- steps that the API does for the scan

like(
	$pca->explain('SELECT count(*) FROM usage_hot'),
	qr/Remote Filter: usageDate ge .*Remote Count: TotalCount/s,
	'a bound that is sent exactly leaves the count to the API');
unlike(
	$pca->explain('SELECT count(*) FROM licenses_reseller'),
	qr/Remote Count/,
	'a bound that is sent inexactly does not');
like(
	$pca->explain(
		'SELECT service_code, sum(licenses_sold) FROM licenses_reseller GROUP BY 1'
	),
	qr/Remote Filter: channel eq 'reseller'\n\s+Remote Group By: channel,serviceCode$/m,
	'the columns of the bound are keys of groupby');
like(
	$pca->explain('SELECT meter_category FROM usage_hot OFFSET 5 LIMIT 5'),
	qr/Remote Offset: 5/,
	'a bound that is sent exactly leaves OFFSET to the API');
unlike(
	$pca->explain('SELECT service_code FROM licenses_other OFFSET 5 LIMIT 5'),
	qr/Remote Offset/,
	'a bound that is not sent does not');
$pca->sql(<<"END");
CREATE TABLE partner_center.by_creation (status text, creation_date timestamp, license_count bigint)
  PARTITION BY RANGE (creation_date);
@{[ partition('partner_center.created_late', 'subscriptions', "PARTITION OF partner_center.by_creation FOR VALUES FROM ('2016-01-01') TO (MAXVALUE)") ]}
END
like(
	$pca->explain(
		'SELECT status, sum(license_count) FROM by_creation GROUP BY 1'),
	qr/Not Grouped Because: the partition's bound is on creation_date, by which the API cannot group$/m,
	'a bound on a column that is no key is the reason for single rows');
same(
	'SELECT status, sum(license_count) FROM by_creation GROUP BY 1',
	"SELECT status, sum(license_count) FROM local.subscriptions WHERE creation_date >= '2016-01-01' GROUP BY 1",
	'the rows of such a bound are right');

# --- each way to scan partitions

my $each =
  'SELECT service_code, count(*), sum(licenses_sold) FROM (SELECT * FROM %s) x GROUP BY 1';
foreach my $settings (
	'enable_async_append = off',
	'enable_partitionwise_aggregate = on; SET enable_hashagg = off',
	'plan_cache_mode = force_generic_plan',
	'max_parallel_workers_per_gather = 4; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0'
  )
{
	same(
		sprintf($each, 'licenses'),
		sprintf($each, 'local.license_deployment'),
		"each row once with $settings");
	$session->query(
		"SET search_path = partner_center, public; SET $settings");
	is( $session->query(
			'SELECT count(*), sum(licenses_sold), min(channel), max(channel) FROM licenses_reseller'
		),
		$pca->sql(
			"SELECT count(*), sum(licenses_sold), min(channel), max(channel) FROM local.license_deployment WHERE channel = 'reseller'"
		),
		"the rows of one partition with $settings");
	is( $session->query('SELECT count(*), sum(licenses_sold) FROM licenses'),
		$pca->sql(
			'SELECT count(*), sum(licenses_sold) FROM local.license_deployment'
		),
		"the rows of all partitions with $settings");
	$session->query('RESET ALL');
}
$pca->sql('ALTER SERVER mock_api OPTIONS (ADD page_size \'20\')');
$session->query(
	'SET search_path = partner_center, public; SET max_parallel_workers_per_gather = 3; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0'
);
$pca->sql("ALTER FOREIGN TABLE licenses_other OPTIONS (ADD rows '100000')");
my $parallel = 'SELECT avg(licenses_sold), count(*) FROM licenses_other';
like(
	$session->query("EXPLAIN $parallel"),
	qr/Parallel Foreign Scan on licenses_other/,
	'a partition is scanned in parallel');
is( $session->query($parallel),
	$pca->sql(
		"SELECT avg(licenses_sold), count(*) FROM local.license_deployment WHERE channel IS DISTINCT FROM 'reseller'"
	),
	'workers evaluate the bound');
$session->query('RESET ALL; SET search_path = partner_center, public');
$pca->sql("ALTER FOREIGN TABLE licenses_other OPTIONS (DROP rows)");
$pca->sql('ALTER SERVER mock_api OPTIONS (DROP page_size)');

# Pruning at run time, with a nested loop and with a parameter.
$session->query(<<'END');
CREATE TEMP TABLE channels AS VALUES ('reseller'), ('direct'), ('nobody');
SET enable_hashjoin = off; SET enable_mergejoin = off; SET plan_cache_mode = force_generic_plan;
PREPARE of_channel(text) AS SELECT count(*), sum(licenses_sold) FROM licenses WHERE channel = $1;
END
is( $session->query(
		'SELECT column1, (SELECT count(*) FROM licenses WHERE channel = column1) FROM channels ORDER BY 1'
	),
	$pca->sql(
		"SELECT c, (SELECT count(*) FROM local.license_deployment WHERE channel = c) FROM (VALUES ('reseller'), ('direct'), ('nobody')) v(c) ORDER BY 1"
	),
	'a subquery for each row reads the partition of its value');
foreach my $channel (qw(reseller direct nobody))
{
	is( $session->query("EXECUTE of_channel('$channel')"),
		$pca->sql(
			"SELECT count(*), sum(licenses_sold) FROM local.license_deployment WHERE channel = '$channel'"
		),
		"a generic plan has the rows of $channel");
}
$session->query('RESET ALL');

# --- rows beyond the bound are not seen by a condition of the query, nor by ANALYZE

$pca->sql(<<'END');
CREATE FUNCTION public.is_reseller(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.001 AS $$
BEGIN IF $1 = 'reseller' THEN RETURN true; END IF; RAISE EXCEPTION 'beyond the bound: %', $1; END $$;
END
same(
	'SELECT count(*) FROM licenses_reseller WHERE is_reseller(channel)',
	"SELECT count(*) FROM local.license_deployment WHERE channel = 'reseller'",
	'the bound is evaluated before the conditions of the query');
$pca->sql(
	'SET search_path = partner_center, public; ANALYZE licenses, usage_hot, usage_cold'
);
foreach my $case (
	[ licenses_reseller => "license_deployment WHERE channel = 'reseller'" ],
	[
		licenses_other =>
		  "license_deployment WHERE channel IS DISTINCT FROM 'reseller'"
	],
	[ usage_hot => "azure_usage WHERE usage_date >= '2018-09-15'" ])
{
	my ($table, $rows) = @$case;
	is( $pca->sql("SELECT reltuples FROM pg_class WHERE relname = '$table'"),
		$pca->sql("SELECT count(*) FROM local.$rows"),
		"ANALYZE counts the rows of $table within the bound");
}
is( $pca->sql(
		"SELECT most_common_vals::text FROM pg_stats WHERE tablename = 'licenses_reseller' AND attname = 'channel'"
	),
	'{reseller}',
	'the sample has no row beyond the bound');
like(
	$pca->explain('SELECT * FROM licenses_reseller', 'COSTS ON'),
	qr/rows=@{[ $pca->sql("SELECT count(*) FROM local.license_deployment WHERE channel = 'reseller'") ]} /,
	'the bound does not reduce an estimate of which it is a part');

# --- by hash, an expression, several levels, and columns in another order

$pca->sql(<<"END");
SET search_path = partner_center, public;
CREATE TABLE hashed (customer_tenant_id uuid, licenses_sold bigint, channel text)
  PARTITION BY HASH (customer_tenant_id);
CREATE FOREIGN TABLE hashed_0 (channel text, licenses_sold bigint, customer_tenant_id uuid)
  SERVER mock_api OPTIONS (resource 'license_deployment');
ALTER TABLE hashed ATTACH PARTITION hashed_0 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1) PARTITION BY LIST (upper(channel));
@{[ partition('hashed_1_direct', 'license_deployment', "PARTITION OF hashed_1 FOR VALUES IN ('DIRECT')") ]}
@{[ partition('hashed_1_other', 'license_deployment', 'PARTITION OF hashed_1 DEFAULT') ]}
END
same(
	'SELECT customer_tenant_id, channel, licenses_sold FROM hashed',
	'SELECT customer_tenant_id, channel, licenses_sold FROM local.license_deployment',
	'partitions by hash, and below it by an expression, have each row once');
same(
	'SELECT channel, sum(licenses_sold) FROM hashed GROUP BY 1',
	'SELECT channel, sum(licenses_sold) FROM local.license_deployment GROUP BY 1',
	'grouped rows of such partitions are right');
like(
	$pca->explain('SELECT channel FROM hashed_0'),
	qr/Local Filter Reason: .*satisfies_hash_partition.*: the API cannot evaluate the bound of a hash partition$/m,
	'EXPLAIN says that a bound by hash is evaluated locally');

# --- customers

my ($one, $two) = split /\n/,
  $pca->sql(
	'SELECT DISTINCT customer_id FROM local.customer_license_usage ORDER BY 1 LIMIT 2'
  );
$pca->sql(<<"END");
SET search_path = partner_center, public;
CREATE TABLE by_customer (customer_id uuid, service_name text, licenses_active bigint) PARTITION BY LIST (customer_id);
@{[ partition('customers_few', 'customer_license_usage', "PARTITION OF by_customer FOR VALUES IN ('$one', '$two')") ]}
@{[ partition('customers_other', 'customer_license_usage', 'PARTITION OF by_customer DEFAULT') ]}
CREATE TABLE public.one AS SELECT '$one'::uuid AS id;
ANALYZE public.one;
END
$pca->requests;
same(
	'SELECT customer_id, service_name FROM customers_few',
	"SELECT customer_id, service_name FROM local.customer_license_usage WHERE customer_id IN ('$one', '$two')",
	'a list of customers');
is(scalar(() = $pca->requests),
	2, 'the bound gives the paths of its customers');
same(
	'SELECT customer_id, service_name FROM by_customer',
	'SELECT customer_id, service_name FROM local.customer_license_usage',
	'customers of a list, and the others');
$session->query(
	'SET search_path = partner_center, public; SET enable_hashjoin = off; SET enable_mergejoin = off'
);
$pca->requests;
is( $session->query(
		'SELECT count(*) FROM public.one JOIN customers_few ON customer_id = id'
	),
	$pca->sql(
		"SELECT count(*) FROM local.customer_license_usage WHERE customer_id = '$one'"
	),
	'a join that gives the path of a partition has its rows');
is(scalar(() = $pca->requests), 1, 'such a join requests one customer');

# --- bounds that change: plans and caches of a session that goes on

my $sum = 'count(*), sum(licenses_sold)';
my $local = "SELECT $sum FROM local.license_deployment WHERE";
$session->query(<<'END');
RESET ALL; SET search_path = partner_center, public;
PREPARE other AS SELECT count(*), sum(licenses_sold) FROM licenses_other;
PREPARE deep AS SELECT count(*), sum(licenses_sold) FROM hashed_1_other;
EXECUTE other; EXECUTE deep; EXECUTE other; EXECUTE deep;
END
$pca->sql(
	'SET search_path = partner_center, public; '
	  . partition(
		'licenses_direct',
		'license_deployment',
		"PARTITION OF licenses FOR VALUES IN ('direct')"));
is( $session->query('EXECUTE other'),
	$pca->sql(
		"$local channel IS NULL OR channel NOT IN ('reseller', 'direct')"),
	'a default partition has no rows of a partition that was added');
$pca->sql(
	'SET search_path = partner_center, public; ALTER TABLE licenses DETACH PARTITION licenses_direct'
);
is( $session->query('EXECUTE other'),
	$pca->sql("$local channel IS DISTINCT FROM 'reseller'"),
	'a default partition has the rows of a partition that was detached');
is( $session->query("SELECT $sum FROM licenses_direct"),
	$pca->sql("$local true"),
	'a table that was detached has all rows');
$pca->sql(
	'SET search_path = partner_center, public; ALTER TABLE licenses DETACH PARTITION licenses_other'
);
is( $session->query('EXECUTE other'),
	$pca->sql("$local true"),
	'so it has in a plan that was made before');

$pca->sql(<<"END");
SET search_path = partner_center, public;
CREATE TABLE deep (channel text, service_code text, licenses_sold bigint) PARTITION BY LIST (channel);
CREATE TABLE deep_default PARTITION OF deep DEFAULT PARTITION BY LIST (service_code);
@{[ partition('deep_leaf', 'license_deployment', 'PARTITION OF deep_default DEFAULT') ]}
END
$session->query(
	"PREPARE leaf AS SELECT $sum FROM deep_leaf; EXECUTE leaf; EXECUTE leaf");
$pca->sql(
	'SET search_path = partner_center, public; '
	  . partition(
		'deep_direct', 'license_deployment',
		"PARTITION OF deep FOR VALUES IN ('direct')"));
is( $session->query('EXECUTE leaf'),
	$pca->sql("$local channel IS DISTINCT FROM 'direct'"),
	'a partition below a default partition has no rows of a partition that was added above it'
);
is( $session->query("SELECT $sum FROM deep"),
	$pca->sql("$local true"),
	'a scan of all levels then has each row once');
$pca->sql(
	'SET search_path = partner_center, public; ALTER TABLE deep DETACH PARTITION deep_default'
);
is( $session->query('EXECUTE leaf'),
	$pca->sql("$local true"),
	'the bounds above a level that was detached do not matter');

done_testing();
