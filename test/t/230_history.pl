# History tables: the rows of the requested days and no others, whatever the
# API's date parameter means; one request a day.
use strict;
use warnings FATAL => 'all';

use PcaDoc;
use PcaTest;
use Test::More;

my $pca = PcaTest->new(rows => 300, customers => 20, snapshots => 6);
my @tables = qw(license_deployment_history license_usage_history);
$pca->local_copy($_) foreach @tables;

# A query gives what it gives on the local copies.
sub same
{
	my ($sql, $name) = @_;
	$pca->same_rows($sql,
		$sql =~ s/\b(FROM|JOIN) (license_\w+)/$1 local.$2/gr,
		$name, empty => 1);
	return;
}

# The days that requests asked for, in their order.
sub asked_days
{
	return
	  map { /processedDateTime=(\d{4}-\d\d-\d\d)T00:00:00/ ? $1 : 'no day' }
	  $pca->requests;
}

my @queries = (
	[
		1,
		"SELECT * FROM license_deployment_history WHERE snapshot_date = '2018-10-14'"
	],
	[
		1,
		"SELECT * FROM license_usage_history WHERE snapshot_date = '2018-10-11'"
	],
	[
		3,
		"SELECT * FROM license_deployment_history WHERE snapshot_date BETWEEN '2018-10-10' AND '2018-10-12'"
	],
	[
		2,
		"SELECT * FROM license_deployment_history WHERE snapshot_date IN ('2018-10-09', '2018-10-14', '2018-10-14')"
	],
	[
		4,
		"SELECT snapshot_date, service_name, sum(licenses_sold) AS sold FROM license_deployment_history "
		  . "WHERE snapshot_date > '2018-10-10' AND snapshot_date < '2018-10-15' GROUP BY 1, 2"
	],
	[
		5,
		"SELECT snapshot_date, service_name, sum(licenses_sold) AS sold FROM license_deployment_history "
		  . "WHERE snapshot_date BETWEEN '2018-10-10' AND '2018-10-14' GROUP BY 1, 2"
	],
	[
		2,
		"SELECT snapshot_date, count(*) AS n FROM license_usage_history "
		  . "WHERE snapshot_date >= '2018-10-13' AND snapshot_date <= '2018-10-14' AND channel = 'direct' GROUP BY 1"
	],
	[
		3,
		"SELECT d, count(h.snapshot_date) AS n FROM generate_series('2018-10-12'::date, '2018-10-14', '1 day') d "
		  . "LEFT JOIN license_deployment_history h ON snapshot_date = d::date GROUP BY 1"
	],
	[
		3,
		"SELECT d, h.* FROM generate_series('2018-10-12'::date, '2018-10-14', '1 day') d "
		  . "JOIN license_deployment_history h ON snapshot_date = d"
	],
	[
		1,
		"SELECT * FROM license_deployment_history WHERE snapshot_date = timestamptz '2018-10-13'"
	],
	[
		1,
		"SELECT DISTINCT snapshot_date, customer_tenant_id FROM license_usage_history WHERE snapshot_date = '2018-10-12'"
	],
	[
		0,
		"SELECT * FROM license_usage_history WHERE snapshot_date BETWEEN '2018-10-14' AND '2018-10-10'"
	],
	[ 0, "SELECT * FROM license_usage_history WHERE snapshot_date = NULL" ],
	[
		2,
		"SELECT * FROM license_usage_history WHERE snapshot_date = ANY (ARRAY(SELECT '2018-10-12'::date + n FROM generate_series(0, 1) n))"
	],
	# lists of moments: of each, the day that begins then
	[
		0,
		"SELECT count(*) AS n FROM license_deployment_history WHERE snapshot_date IN (now(), now() - interval '1 day')"
	],
	[
		2,
		"SELECT * FROM license_deployment_history WHERE snapshot_date IN ('2018-10-09'::timestamptz, '2018-10-14'::timestamptz, NULL)"
	],
	[
		1,
		"SELECT * FROM license_usage_history WHERE snapshot_date = ANY (ARRAY['2018-10-13'::date, now()]::timestamptz[])"
	],
	[
		2,
		"SELECT * FROM license_usage_history WHERE snapshot_date::timestamptz IN ('2018-10-13', '2018-10-10'::date)"
	],
	[
		1,
		"SELECT * FROM license_usage_history WHERE snapshot_date::timestamp IN ('2018-10-13', '2018-10-10 12:00')"
	],
	[
		3,
		"SELECT * FROM license_usage_history WHERE snapshot_date = ANY (ARRAY(SELECT generate_series('2018-10-10'::timestamptz, '2018-10-12', '1 day')))"
	],
	[
		2,
		"SELECT * FROM license_usage_history WHERE snapshot_date IN ((SELECT '2018-10-10'::timestamptz), (SELECT max('2018-10-12'::timestamptz)))"
	],
	# spans: their days, each once
	[
		7,
		"SELECT * FROM license_usage_history WHERE date_trunc('week', snapshot_date) IN ('2018-10-08', NULL)"
	],
	[
		14,
		"SELECT * FROM license_usage_history WHERE date_trunc('week', snapshot_date::timestamp) IN ('2018-10-08', '2018-10-01', '2018-10-08')"
	],
	[
		2,
		"SELECT * FROM license_usage_history WHERE date_trunc('week', snapshot_date) IN ('2018-10-08', now()) AND snapshot_date IN ('2018-10-14', '2018-10-09')"
	],
	[
		3,
		"SELECT * FROM license_usage_history WHERE snapshot_date = '2018-10-14' OR snapshot_date BETWEEN '2018-10-10' AND '2018-10-11'"
	],
	[
		4,
		"SELECT d, h.* FROM unnest(ARRAY['2018-10-12', '2018-10-14']::timestamptz[]) d JOIN license_usage_history h ON h.snapshot_date IN (d, d - interval '1 day')"
	],);

foreach my $reading (qw(exact since nearest))
{
	$pca->config(snapshot => $reading);
	foreach my $case (@queries)
	{
		my ($days, $sql) = @$case;
		# A day that the API does not have may be answered with another: dropped.
		$pca->requests;
		same($sql, "parameter $reading: $sql");
		is(scalar(asked_days()), $days, "... asked for $days days");
	}
	same(
		"SELECT * FROM license_usage_history WHERE snapshot_date = '2017-01-01'",
		"parameter $reading: a day without snapshot");
}
$pca->config(snapshot => 'ignored');
$pca->query_is(
	"SELECT count(*) FROM license_usage_history WHERE snapshot_date = '2018-10-12'",
	0,
	'parameter ignored: no row of another day');
$pca->reset;

# Rows of other days are counted.
$pca->config(snapshot => 'since');
like(
	$pca->explain(
		"SELECT * FROM license_usage_history WHERE snapshot_date = '2018-10-13'",
		'ANALYZE, COSTS OFF, TIMING OFF'),
	qr/rows=294(?:\.00)? .*Rows Received: 594\n +Rows Removed by Snapshot: 300\n/s,
	'EXPLAIN counts rows of other days');
$pca->config(snapshot => 'exact');
unlike(
	$pca->explain(
		"SELECT * FROM license_usage_history WHERE snapshot_date = '2018-10-13'",
		'ANALYZE, COSTS OFF'),
	qr/Removed by Snapshot/,
	'where there are some');
$pca->reset;

# A day that begins at no midnight, one that a zone left out, and ordinary ones.
foreach (
	[ 'America/Sao_Paulo', '2018-11-04' ],
	[ 'Pacific/Apia', '2011-12-31' ],
	[ 'Pacific/Apia', '2011-12-30' ],
	[ 'Asia/Kolkata', '2018-11-04' ],
	[ 'America/Havana', '2018-11-04' ],
	[ 'UTC', '2018-11-04' ])
{
	my ($zone, $day) = @$_;
	$pca->config(
		latest_day => $pca->sql("SELECT '$day'::date + 1"),
		snapshots => 4);
	$pca->local_copy('license_usage_history');
	my $session = $pca->session;
	$session->query("SET timezone = '$zone'");
	foreach my $moment (
		"'$day'::date::timestamptz",
		"'$day 00:00'::timestamptz + interval '1 hour'",
		"'$day 23:59:59'::timestamptz")
	{
		my $sql =
		  "SELECT h.* FROM (SELECT $moment AS t) m JOIN license_usage_history h ON snapshot_date = t";
		$pca->log_entries;
		$pca->same_query(
			$sql, "$zone: days that begin at $moment",
			session => $session,
			empty => 1);
		cmp_ok(
			scalar(asked_days()),
			'<=',
			$zone =~ /Apia/ ? 2 : 1,
			'... asks for no day more');
	}
}
$pca->reset;
$pca->local_copy($_) foreach @tables;

# Declared to be exact, groups are asked for day by day.
$pca->sql("ALTER SERVER mock_api OPTIONS (ADD snapshot_parameter 'exact')");
$pca->requests;
same(
	"SELECT snapshot_date, service_name, sum(licenses_sold) AS sold FROM license_deployment_history "
	  . "WHERE snapshot_date BETWEEN '2018-10-10' AND '2018-10-14' GROUP BY 1, 2",
	'a trend of groups');
is_deeply(
	[ sort $pca->requests ],
	[
		map {
			"GET /v1/analytics/commercial/deployment/license/?top=10000&skip=0&processedDateTime=2018-10-${_}T00:00:00&groupby=serviceName"
		} 10 .. 14
	],
	'... five requests, each grouped');
same(
	"SELECT sum(licenses_sold) AS sold, min(snapshot_date) AS first FROM license_deployment_history "
	  . "WHERE snapshot_date >= '2018-10-13' AND snapshot_date <= '2018-10-14'",
	'a sum over days');
$pca->sql("ALTER SERVER mock_api OPTIONS (DROP snapshot_parameter)");

# A prepared statement asks for its parameter's day.
foreach my $mode (qw(force_custom_plan force_generic_plan))
{
	$pca->requests;
	$pca->sql(
		"SET plan_cache_mode = $mode; PREPARE q(date) AS SELECT count(*) FROM license_usage_history "
		  . "WHERE snapshot_date = \$1; EXECUTE q('2018-10-13'); EXECUTE q(NULL)"
	);
	is_deeply([ asked_days() ],
		['2018-10-13'], "$mode: the parameter's day, none for NULL");
}

# Nor do lists of parameters ask for other days, in either plan.
my @prepared = (
	[
		'timestamptz, timestamptz',
		'snapshot_date IN ($1, $2)',
		"'2018-10-14', '2018-10-12'",
		12,
		14
	],
	[
		'timestamptz, timestamptz',
		'snapshot_date IN ($1, $2)',
		"'2018-10-14', NULL",
		14
	],
	[
		'timestamptz',
		q{snapshot_date = ANY (ARRAY[$1, '2018-10-12', NULL]::timestamptz[])},
		"'2018-10-14'",
		12,
		14
	],
	[
		'timestamptz[]',
		'snapshot_date = ANY ($1)',
		"'{2018-10-14,2018-10-12,NULL}'",
		12, 14
	],
	[
		'timestamptz',
		q{snapshot_date::timestamptz IN ($1, $1 - interval '2 days')},
		"'2018-10-14'", 12, 14
	],
	[
		'timestamp, date',
		q{date_trunc('day', snapshot_date::timestamp) IN ($1, $2)},
		"'2018-10-14', '2018-10-12'",
		12, 14
	],
	[
		'timestamptz',
		q{date_trunc('day', snapshot_date) IN ($1, '2018-10-10') AND snapshot_date > '2018-10-09'},
		"'2018-10-13'",
		10,
		13
	],
	[
		'timestamp[]',
		q{date_trunc('week', snapshot_date::timestamp) = ANY ($1)},
		"'{2018-10-08}'", '08', '09', 10 .. 14
	],
	[
		'date, text',
		q{($2 = 'all' OR snapshot_date = $1) AND snapshot_date IN ('2018-10-12', '2018-10-14')},
		"'2018-10-14', 'one'",
		14
	],
	[
		'date, text',
		q{($2 = 'all' OR snapshot_date = $1) AND snapshot_date IN ('2018-10-12', '2018-10-14')},
		"'2018-10-14', 'all'",
		12,
		14
	],
	[
		'timestamptz[]', q{date_trunc('week', snapshot_date) = ANY ($1)},
		'NULL'
	],);
foreach my $mode (qw(force_custom_plan force_generic_plan))
{
	foreach my $case (@prepared)
	{
		my ($types, $condition, $arguments, @days) = @$case;
		my $statement =
		  "SET plan_cache_mode = $mode; PREPARE q($types) AS SELECT snapshot_date, count(*) "
		  . "FROM license_usage_history WHERE $condition GROUP BY 1 ORDER BY 1; EXECUTE q($arguments)";
		my $wanted =
		  $pca->sql($statement =~ s/FROM (license_\w+)/FROM local.$1/r);
		$pca->requests;
		is($pca->sql($statement),
			$wanted, "$mode: rows by $condition with $arguments");
		is_deeply(
			[ sort(asked_days()) ],
			[ map { "2018-10-$_" } @days ],
			'... asks for the days of each value');
	}
}

# What is beyond max_snapshots is known when the query runs, and asks for nothing.
$pca->requests;
$pca->fails_with(
	"SELECT * FROM license_usage_history WHERE date_trunc('year', snapshot_date) IN ('2016-01-01', '2018-01-01')",
	'54000',
	qr/would be requested for 73\d days/,
	'two years are too many days');
is(scalar($pca->requests), 0, '... none of which is asked for');

# The latest snapshot is never asked for by day.
$pca->requests;
$pca->sql('SELECT sum(licenses_sold) FROM license_deployment');
is_deeply([ asked_days() ],
	['no day'], 'license_deployment does not send the parameter');

# The manual's way to keep each day's snapshot: again and again it changes
# nothing, a day that was lost is read again, one that came is added.
my ($made, $append) = map { $_->{sql} }
  grep { $_->{sql} =~ /license_days/ } PcaDoc::blocks('doc/queries.md');
$pca->sql($made);
foreach my $step (
	[ 5, '' ],
	[ 0, '' ],
	[ 1, "DELETE FROM license_days WHERE snapshot_date = '2018-10-12'" ],
	[ 0, '' ])
{
	my ($days, $before) = @$step;
	$pca->sql($before) if $before;
	$pca->log_entries;
	$pca->sql($append);
	is(scalar(asked_days()), $days,
		"keeping a history: $days days asked for");
	$pca->same_rows(
		'SELECT * FROM license_days',
		"SELECT * FROM local.license_deployment_history WHERE snapshot_date BETWEEN '2018-10-10' AND '2018-10-14'",
		'... all days, each once');
}

# Keeping each day's snapshot in a local table.
$pca->sql(
	'CREATE TABLE kept AS TABLE partner_center.license_deployment_history WITH NO DATA; '
	  . "INSERT INTO kept SELECT * FROM license_deployment_history WHERE snapshot_date = '2018-10-13'; "
	  . "INSERT INTO kept SELECT * FROM license_deployment_history WHERE snapshot_date = '2018-10-14'"
);
$pca->same_rows(
	'SELECT * FROM kept',
	"SELECT * FROM local.license_deployment_history WHERE snapshot_date >= '2018-10-13'",
	'two days appended');

done_testing();
