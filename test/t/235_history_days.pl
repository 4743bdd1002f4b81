# History tables: how many days and rows are requested to find days that have
# rows, the first or the last of them, and some rows of the latest ones.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(rows => 300, customers => 20, snapshots => 6);
my @tables = qw(license_deployment_history license_usage_history);
$pca->local_copy($_) foreach @tables;
my $session = $pca->session;

# What requests were sent, as "day top" in their order.
sub requested_days
{
	return map {
		my ($day) = /processedDateTime=(\d{4}-\d\d-\d\d)/;
		my ($top) = /top=(\d+)/;
		"$day $top"
	} $pca->requests;
}

# A query has the rows of its local copy, and sends these requests.
sub days_are
{
	my ($sql, $wanted, %options) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$pca->requests;
	$pca->same_query(
		$sql, "$sql: the rows of the copy",
		session => $session,
		%options);
	my @days = requested_days();
	@days = sort @days unless $options{in_order};
	return is_deeply(\@days, $wanted, "$sql: the requests");
}

my $range = "snapshot_date BETWEEN '2018-10-01' AND '2018-10-20'";
my @each = map { sprintf '2018-10-%02d 1', $_ } 1 .. 20;
my @backwards = map { "2018-10-$_ 1" } reverse 14 .. 20;
my @forwards = map { sprintf '2018-10-%02d 1', $_ } 1 .. 9;

# --- the first and the last day, and all days: one row of a day shows that it has any

foreach my $declared ('', 'exact')
{
	$session->query(
		"ALTER SERVER mock_api OPTIONS (ADD snapshot_parameter '$declared')")
	  if $declared;
	days_are(
		"SELECT max(snapshot_date) FROM license_deployment_history WHERE $range",
		\@backwards,
		in_order => 1);
	days_are(
		"SELECT min(snapshot_date) FROM license_usage_history WHERE $range",
		\@forwards, in_order => 1);
	days_are(
		"SELECT snapshot_date FROM license_usage_history WHERE $range ORDER BY snapshot_date DESC LIMIT 1",
		\@backwards,
		in_order => 1);
	days_are(
		"SELECT snapshot_date, count(*) OVER () > 0 FROM (SELECT snapshot_date, channel FROM license_usage_history WHERE $range ORDER BY snapshot_date LIMIT 1) x",
		\@forwards,
		in_order => 1);
	days_are(
		"SELECT DISTINCT snapshot_date FROM license_deployment_history WHERE $range",
		\@each);
	days_are(
		"SELECT snapshot_date FROM license_deployment_history WHERE $range GROUP BY 1",
		\@each);
	days_are(
		"SELECT count(DISTINCT snapshot_date) FROM license_deployment_history WHERE $range",
		\@each);
	days_are(
		"SELECT snapshot_date AS d FROM license_deployment_history WHERE $range UNION SELECT '2018-10-20'",
		\@each);
	days_are(
		"SELECT d::date FROM generate_series('2018-10-01'::date, '2018-10-20', '1 day') d WHERE d::date IN (SELECT snapshot_date FROM license_usage_history WHERE $range)",
		\@each);
	days_are(
		"SELECT max(snapshot_date) - min(snapshot_date), bool_or(snapshot_date > '2018-10-10') FROM license_deployment_history WHERE $range",
		\@each);
	days_are(
		"SELECT max(snapshot_date), min(snapshot_date) FROM license_deployment_history WHERE $range",
		[ sort @backwards, @forwards ]);
	days_are(
		"SELECT DISTINCT snapshot_date FROM license_deployment_history WHERE $range AND channel = 'direct'",
		\@each);
	days_are(
		"SELECT max(snapshot_date) FROM license_deployment_history WHERE $range AND service_code IN ('crm', 'teams')",
		\@backwards,
		in_order => 1);
	days_are(
		"SELECT DISTINCT snapshot_date FROM license_deployment_history WHERE $range AND snapshot_date <> '2018-10-12'",
		\@each);
	$session->query('ALTER SERVER mock_api OPTIONS (DROP snapshot_parameter)')
	  if $declared;
}

# A condition that is evaluated locally: rows until the first that satisfies it.
foreach my $sql (
	"SELECT DISTINCT snapshot_date FROM license_deployment_history WHERE $range AND licenses_sold > 1000",
	"SELECT max(snapshot_date) FROM license_deployment_history WHERE $range AND licenses_sold > 1000",
	"SELECT DISTINCT snapshot_date FROM license_deployment_history WHERE $range AND customer_name LIKE '%a%'",
	"SELECT DISTINCT snapshot_date FROM license_deployment_history WHERE $range AND licenses_sold > (SELECT 500)",
	"SELECT n, (SELECT count(DISTINCT snapshot_date) FROM license_deployment_history WHERE $range AND licenses_sold > n) FROM generate_series(0, 4000, 400) n",
	"SELECT n, ARRAY(SELECT DISTINCT snapshot_date FROM license_deployment_history WHERE snapshot_date >= '2018-10-01'::date + n AND snapshot_date < '2018-10-15' ORDER BY 1) FROM generate_series(5, 12) n",
	# what needs more than the days
	"SELECT snapshot_date, count(*) FROM license_deployment_history WHERE $range GROUP BY 1",
	"SELECT DISTINCT snapshot_date, channel FROM license_deployment_history WHERE $range",
	"SELECT DISTINCT ON (snapshot_date) snapshot_date, max(licenses_sold) OVER (PARTITION BY snapshot_date) FROM license_deployment_history WHERE $range",
	"SELECT snapshot_date FROM license_deployment_history WHERE $range UNION ALL SELECT '2018-10-20'",
	"SELECT snapshot_date, channel FROM license_deployment_history WHERE $range ORDER BY 1 DESC, 2 LIMIT 1",
	"SELECT DISTINCT a.snapshot_date FROM license_deployment_history a JOIN license_usage_history b USING (snapshot_date, channel) WHERE a.$range AND b.$range",
	"SELECT count(*) FROM (SELECT DISTINCT snapshot_date FROM license_deployment_history WHERE $range) x",
	"SELECT snapshot_date FROM license_deployment_history WHERE $range ORDER BY snapshot_date DESC OFFSET 290 LIMIT 30",
	"SELECT snapshot_date FROM license_deployment_history WHERE $range ORDER BY snapshot_date DESC FETCH FIRST ROW WITH TIES",
	"SELECT max(snapshot_date) FROM license_deployment_history WHERE $range AND channel = 'nothing'",
  )
{
	$pca->same_query($sql, "$sql: the rows of the copy", session => $session);
}

# The rows of other days prove nothing.
foreach my $reading (qw(since nearest ignored))
{
	$pca->config(snapshot => $reading);
	foreach my $sql (
		"SELECT max(snapshot_date) FROM license_usage_history WHERE $range",
		"SELECT min(snapshot_date) FROM license_usage_history WHERE $range",
		"SELECT DISTINCT snapshot_date FROM license_usage_history WHERE $range",
		"SELECT snapshot_date FROM license_usage_history WHERE $range ORDER BY 1 DESC LIMIT 3",
		"SELECT max(snapshot_date) FROM license_usage_history WHERE snapshot_date BETWEEN '2018-10-15' AND '2018-10-18'"
	  )
	{
		next if $reading eq 'ignored' && $sql =~ /DISTINCT|min/;
		$pca->same_query(
			$sql,
			"parameter $reading: $sql",
			session => $session);
	}
}
$pca->reset;

like(
	$pca->explain(
		"SELECT DISTINCT snapshot_date FROM license_usage_history WHERE $range"
	),
	qr/Remote Limit: 1 for each day\n.*Remote Snapshot: 2018-10-01 to 2018-10-20, 20 days\n.*top=1&skip=0/s,
	'EXPLAIN shows that one row of each day is requested');
like(
	$pca->explain(
		"SELECT snapshot_date FROM license_usage_history WHERE $range ORDER BY snapshot_date DESC LIMIT 2"
	),
	qr/Remote Limit: 2\n.*Remote Snapshot: 2018-10-20 to 2018-10-01, 20 days\n.*Order: snapshot_date desc/s,
	'EXPLAIN shows the order of the days');

# --- a LIMIT without days: from today backwards until it is met

my ($today, $latest) = split /\|/,
  $pca->sql(
	"SELECT greatest(current_date, (now() AT TIME ZONE 'UTC')::date), greatest(current_date, (now() AT TIME ZONE 'UTC')::date) - 2"
  );
sub back { return $pca->sql("SELECT '$today'::date - $_[0]"); }
$pca->config(latest_day => $latest);
$pca->local_copy($_) foreach @tables;

# The rows are some of those of the copy.
sub some_rows
{
	my ($sql, $count, $wanted) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$pca->requests;
	my @rows = split /\n/, $session->query($sql);
	is_deeply([ requested_days() ], $wanted, "$sql: the requests");
	return is(scalar @rows, $count, "$sql: $count rows");
}
$session->query('SET search_path = partner_center, public');
some_rows('SELECT * FROM license_deployment_history LIMIT 100',
	100, [ map { back($_) . ' 100' } 0 .. 2 ]);
some_rows('SELECT * FROM license_deployment_history LIMIT 650',
	650, [ map { back($_) . ' 650' } 0 .. 4 ]);
some_rows(
	'SELECT snapshot_date FROM license_usage_history OFFSET 10 LIMIT 20',
	20, [ map { back($_) . ' 30' } 0 .. 2 ]);
some_rows(
	"SELECT * FROM license_deployment_history WHERE snapshot_date <= '$latest'::date - 1 LIMIT 3",
	3,
	[ back(3) . ' 3' ]);
some_rows(
	"SELECT * FROM license_deployment_history WHERE snapshot_date > '2001-01-01' LIMIT 3",
	3,
	[ map { back($_) . ' 3' } 0 .. 2 ]);
some_rows(
	"SELECT * FROM license_deployment_history WHERE channel = 'direct' LIMIT 3",
	3,
	[ map { back($_) . ' 3' } 0 .. 2 ]);
some_rows(
	'SELECT * FROM license_deployment_history ORDER BY snapshot_date DESC LIMIT 3',
	3,
	[ map { back($_) . ' 3' } 0 .. 2 ]);
some_rows('SELECT max(snapshot_date) FROM license_deployment_history',
	1, [ map { back($_) . ' 1' } 0 .. 2 ]);
$pca->same_query(
	'SELECT max(snapshot_date) FROM license_usage_history',
	'the latest day of a history',
	session => $session);
$pca->same_query(
	'SELECT count(*), count(snapshot_date) FROM (SELECT * FROM license_usage_history LIMIT 123) x',
	'rows of a subquery with a LIMIT',
	session => $session);
$pca->same_query(
	"SELECT n, (SELECT snapshot_date FROM license_usage_history WHERE licenses_active > n ORDER BY snapshot_date DESC LIMIT 1) FROM generate_series(0, 10) n",
	'the latest day that has rows, for each row of an outer query',
	session => $session);
like(
	$pca->explain('SELECT * FROM license_deployment_history LIMIT 100'),
	qr/Remote Limit: 100\n.*Remote Snapshot: from $today backwards until the limit is met, at most 100 days\n.*top=100&skip=0&processedDateTime=${today}T/s,
	'EXPLAIN shows where the days begin, and how many there are at most');

# Without enough rows, the omitted days could have the others.
$session->query("ALTER SERVER mock_api OPTIONS (ADD max_snapshots '7')");
$pca->requests;
$pca->fails_with(
	'SELECT * FROM license_deployment_history LIMIT 5000',
	'HV002',
	qr/the latest 7 days of foreign table "license_deployment_history" do not have enough rows for LIMIT/,
	qr/max_snapshots/);
is(scalar(requested_days()),
	7, 'days that are not enough are requested, up to max_snapshots');

# Nothing is requested without a LIMIT, or where it does not count rows of the scan.
foreach my $sql (
	'SELECT * FROM license_deployment_history',
	'SELECT * FROM license_deployment_history ORDER BY channel LIMIT 100',
	'SELECT * FROM license_deployment_history ORDER BY snapshot_date LIMIT 100',
	'SELECT min(snapshot_date) FROM license_deployment_history',
	'SELECT channel, count(*) FROM license_deployment_history GROUP BY 1 LIMIT 1',
	'SELECT DISTINCT snapshot_date FROM license_deployment_history LIMIT 1',
	'SELECT a.channel FROM license_deployment_history a, license_usage_history b LIMIT 1',
	"SELECT count(*) FROM license_deployment_history WHERE snapshot_date <= '2018-10-14'"
  )
{
	$pca->fails_with($sql, 'HV002', qr/needs a condition on snapshot_date/);
	is(scalar(requested_days()), 0, "$sql: nothing is requested");
}
$session->query('ALTER SERVER mock_api OPTIONS (DROP max_snapshots)');

# The last 90 days are within the default of max_snapshots.
foreach my $since (
	'current_date - 90',
	"now() - interval '90 days'",
	"current_date - interval '3 months'")
{
	$pca->same_query(
		"SELECT snapshot_date, sum(licenses_sold) FROM license_deployment_history WHERE snapshot_date >= $since GROUP BY 1",
		"days since $since",
		session => $session);
}

done_testing();
