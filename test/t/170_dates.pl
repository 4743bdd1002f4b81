# No literal of a date is finer or of another form than the documents show for its
# field, the bounds are exact where the field is a day, and options choose another
# form. The mock API answers 400 to every other literal.
use strict;
use warnings FATAL => 'all';

use List::Util qw(uniq);
use PcaTest;
use Test::More;

my $pca = PcaTest->new(rows => 1500, customers => 40);
$pca->local_copy($_) foreach qw(azure_usage subscriptions indirect_resellers);
$pca->sql(<<'END');
CREATE TABLE public.days (d date, t timestamp, z timestamptz);
INSERT INTO days SELECT d, d + interval '11 hours', d + interval '11 hours'
FROM generate_series(timestamp '2018-09-20', '2018-09-24', '1 day') AS d;
ANALYZE days;
END

# The different filters of the requests since the last call: a count may need several
# requests with the same filter.
sub filters
{
	return uniq(map { /[?&]filter=([^&]*)/ ? $1 : () } $pca->requests);
}

# A test point: the query gives the same rows as over the local copies, in a session
# with these settings.
my %sessions;

sub same
{
	my ($sql, $name, %options) = @_;
	my $settings = delete $options{settings} // "SET timezone = 'UTC'";
	my $session = $sessions{$settings} //= $pca->session;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$session->query($settings) unless $session->{configured}++;
	return $pca->same_query($sql, $name, session => $session, %options);
}

# A test point: the query gives the rows of the local copies, and sends these filters.
sub sends
{
	my ($sql, $filters, $name, %options) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$pca->requests;
	same($sql, "$name: the rows of the local copy", %options);
	return is_deeply(
		[ filters() ],
		[ map { literals($_) } @$filters ],
		"$name: the filters that are sent");
}

# <2018-10-14> stands for the documented literal.
sub literals
{
	return $_[0] =~ s/<([^>]*)>/cast('$1', Edm.DateTimeOffset)/gr;
}

# --- a field of whole days: every bound is a day, and no day too much is requested

my @day = (
	[
		"usage_date >= timestamp '2018-09-20 23:19:04.123'",
		'usageDate ge <2018-09-21>'
	],
	[
		"usage_date <= timestamp '2018-09-20 23:59:59.999'",
		'usageDate le <2018-09-20>'
	],
	[
		"usage_date > timestamp '2018-09-20 12:00'",
		'usageDate gt <2018-09-20>'
	],
	[
		"usage_date < timestamp '2018-09-20 12:00'",
		'usageDate lt <2018-09-21>'
	],
	[ "usage_date < timestamp '2018-09-20'", 'usageDate lt <2018-09-20>' ],
	[
		"usage_date BETWEEN '2018-09-18T23:19:04.123Z' AND '2018-09-25T23:19:04.456Z'",
		'(usageDate ge <2018-09-19>) and (usageDate le <2018-09-25>)'
	],
	[ "usage_date <> timestamp '2018-09-20'", 'usageDate ne <2018-09-20>' ],
	[ "usage_date::date = '2018-09-20'", 'usageDate eq <2018-09-20>' ],
	[ "usage_date::date <> '2018-09-20'", 'usageDate ne <2018-09-20>' ],
	[
		"usage_date::date BETWEEN '2018-09-20' AND '2018-09-22'",
		'(usageDate ge <2018-09-20>) and (usageDate le <2018-09-22>)'
	],
	[
		"extract(year FROM usage_date) = 2018",
		'(usageDate ge <2018-01-01>) and (usageDate lt <2019-01-01>)'
	],
	[
		"date_part('year', usage_date::date) >= 2018",
		'usageDate ge <2018-01-01>'
	],
	[
		"extract(year FROM usage_date::timestamptz) = 2018",
		'(usageDate ge <2018-01-01>) and (usageDate lt <2019-01-01>)'
	],
	[
		"date_trunc('month', usage_date) = '2018-09-01'",
		'(usageDate ge <2018-09-01>) and (usageDate le <2018-09-30>)'
	],
	[
		"date_trunc('month', usage_date::date) = '2018-09-01'",
		'(usageDate ge <2018-09-01>) and (usageDate le <2018-09-30>)'
	],
	[
		"date_trunc('month', usage_date) <> '2018-09-01'",
		'(usageDate lt <2018-09-01> or usageDate gt <2018-09-30>)'
	],
	[
		"date_trunc('month', usage_date) <= '2018-09-15'",
		'usageDate le <2018-09-30>'
	],
	[
		"date_trunc('quarter', usage_date) > '2018-06-01'",
		'usageDate gt <2018-06-30>'
	],
	[
		"date_trunc('hour', usage_date) = '2018-09-20'",
		'usageDate eq <2018-09-20>'
	],
	[
		"date_trunc('week', usage_date) IN ('2018-09-17', '2018-09-24')",
		'((usageDate ge <2018-09-17> and usageDate le <2018-09-23>) or '
		  . '(usageDate ge <2018-09-24> and usageDate le <2018-09-30>))'
	],
	[
		"usage_date IN ('2018-09-20', '2018-09-20 12:00', '2018-09-22')",
		'(usageDate eq <2018-09-20> or usageDate eq <2018-09-22>)'
	],
	[
		"usage_date >= '2018-09-20 00:00Z'::timestamptz AND usage_date < '2018-09-22 10:00Z'::timestamptz",
		'(usageDate ge <2018-09-20>) and (usageDate lt <2018-09-23>)'
	],
	[
		"usage_date = '2018-09-20 00:00Z'::timestamptz",
		'usageDate eq <2018-09-20>'
	],
	[
		"(usage_date AT TIME ZONE 'UTC') >= '2018-09-20 05:00+02'::timestamptz",
		'usageDate ge <2018-09-21>'
	],
	[
		"(usage_date AT TIME ZONE 'Europe/Berlin') >= '2018-09-19 22:00Z'::timestamptz",
		'usageDate ge <2018-09-20>'
	],
	[
		"(usage_date AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York')::date = '2018-09-20'",
		'usageDate eq <2018-09-21>'
	],
	[
		"usage_date = ANY (ARRAY(SELECT d FROM public.days))",
		'('
		  . join(' or ', map { "usageDate eq <2018-09-$_>" } 20 .. 24) . ')'
	],
	[
		"usage_date = ANY (ARRAY(SELECT generate_series(date '2018-09-20', '2018-09-21', '1 day')))",
		'(usageDate eq <2018-09-20> or usageDate eq <2018-09-21>)'
	],
	[
		"usage_date > (SELECT min(t) FROM public.days) AND usage_date <= (SELECT max(t) FROM public.days)",
		'(usageDate gt <2018-09-20>) and (usageDate le <2018-09-24>)'
	],
	[
		"usage_date > (SELECT min(z) FROM public.days)",
		'usageDate gt <2018-09-20>'
	]);
foreach my $case (@day)
{
	my ($condition, @filters) = @$case;
	sends("SELECT * FROM azure_usage WHERE $condition",
		\@filters, $condition, settings => "SET timezone = 'UTC'");
	sends("SELECT count(*) FROM azure_usage WHERE $condition",
		\@filters, "count by $condition")
	  if $condition !~ /America/;
}

# A local table may be joined by a hash join, or by a nested loop.
foreach my $settings ('SET enable_nestloop = off',
	'SET enable_hashjoin = off; SET enable_mergejoin = off')
{
	foreach my $column (
		'usage_date::date = d',
		'usage_date = d',
		'usage_date = t',
		'usage_date = z',
		"date_trunc('month', usage_date) = date_trunc('month', t)")
	{
		same(
			"SELECT a.usage_date, a.quantity, days.d FROM azure_usage a JOIN public.days ON $column",
			"a join on $column, $settings",
			empty => scalar($column =~ /= [tz]$/),
			settings => $settings);
	}
}
is(scalar(grep { /'\d{4}-\d\d-\d\d[^']/ } filters()),
	0, 'a join sends whole days');

# --- the time zone is that of the execution

foreach
  my $zone ('UTC', 'Pacific/Auckland', 'America/New_York', 'Pacific/Apia')
{
	foreach my $mode ('force_generic_plan', 'force_custom_plan')
	{
		my $setup =
		  "SET plan_cache_mode = $mode; SET timezone = 'Asia/Tokyo'";
		foreach my $condition (
			"usage_date >= '2018-09-20 00:00Z'::timestamptz",
			"usage_date >= \$1::timestamptz",
			"usage_date IN ('2018-09-20 00:00Z'::timestamptz, '2018-09-20 04:00Z', '2018-09-19 12:00Z')",
			"usage_date::timestamptz = ANY (ARRAY[\$1, '2018-09-21'])",
			"date_trunc('week', usage_date::timestamptz) = date_trunc('week', \$1)",
			"usage_date < now() - interval '3 years'")
		{
			my @counts = map {
				$pca->sql(<<"END") =~ s/\A.*\n//sr
$setup;
PREPARE p(timestamptz) AS SELECT count(*), count(*) FILTER (WHERE quantity > 10) FROM (
SELECT usage_date, quantity FROM $_ WHERE $condition OFFSET 0) AS q;
EXECUTE p('2018-09-20 04:00Z');
SET timezone = '$zone';
EXECUTE p('2018-09-20 04:00Z');
END
			} ('azure_usage', 'local.azure_usage');
			is($counts[0], $counts[1],
				"$condition in $zone, planned in another zone, $mode");
		}
	}
}

# --- points in time: whole seconds, rechecked

my @times = (
	[
		"creation_date >= '2017-03-04 10:00:00.5'",
		'creationDate ge <2017-03-04T10:00:00>'
	],
	[
		"creation_date < '2017-03-04 10:00:00.5'",
		'creationDate lt <2017-03-04T10:00:01>'
	],
	[ "creation_date < '2017-03-04'", 'creationDate lt <2017-03-04>' ],
	[
		"creation_date <= '2017-03-04 23:59:59'",
		'creationDate le <2017-03-05>'
	],
	[
		"creation_date > '2017-03-04 23:59:59.999999'",
		'creationDate ge <2017-03-05>'
	],
	[
		"creation_date <> '2017-03-04 10:00:00'",
		'creationDate ne <2017-03-04T10:00:00>'
	],
	["creation_date <> '2017-03-04 10:00:00.5'"],
	[
		"creation_date::date BETWEEN '2017-03-04' AND '2017-06-04'",
		'(creationDate ge <2017-03-04>) and (creationDate lt <2017-06-05>)'
	],
	[
		"creation_date >= '2017-03-04 10:00:00.5Z'::timestamptz",
		'creationDate ge <2017-03-04T10:00:00>'
	],
	[
		"date_trunc('month', creation_date::timestamptz) = '2017-03-01'",
		'(creationDate ge <2017-03-01>) and (creationDate lt <2017-04-01>)'
	]);
foreach my $case (@times)
{
	my ($condition, @filters) = @$case;
	sends("SELECT id, creation_date FROM subscriptions WHERE $condition",
		\@filters, $condition, settings => "SET timezone = 'UTC'");
}
sends(
	"SELECT id FROM subscriptions WHERE creation_date >= '2017-03-26 00:30Z'::timestamptz",
	['creationDate ge <2017-03-25T01:30:00>'],
	'close to a change of the clock, a day is added',
	settings => "SET timezone = 'Europe/Berlin'");
sends(
	"SELECT id FROM subscriptions WHERE creation_date >= '2017-04-26 00:30Z'::timestamptz",
	['creationDate ge <2017-04-26T02:30:00>'],
	'far from one, nothing is',
	settings => "SET timezone = 'Europe/Berlin'");
sends(
	"SELECT id FROM indirect_resellers WHERE first_subscription_creation_date < '2018-01-04 10:00:00.5'",
	['firstSubscriptionCreationDate lt <2018-01-04T10:00:01>'], 'resellers');

# --- the last date of .NET

my $end = '9999-12-31T23:59:59.9999999';
my @rows = map {
	{
		id => "00000000-0000-0000-0000-00000000000$_->[0]",
		commitmentEndDate => $_->[1]
	}
} ( [ 1, $end ],
	[ 2, "${end}Z" ],
	[ 3, '2018-10-14T00:00:00.0000001' ],
	[ 4, undef ]);
$pca->rows('subscriptions', \@rows);
$pca->query_is(
	"SELECT string_agg(coalesce(commitment_end_date::text, 'null'), ' ' ORDER BY id) FROM subscriptions",
	'9999-12-31 23:59:59.999999 9999-12-31 23:59:59.999999 2018-10-14 00:00:00 null',
	'the seventh digit is cut');
my %found = (
	"= '9999-12-31 23:59:59.999999'" => 2,
	">= '9999-12-31 23:59:59.999999'" => 2,
	"> '9999-12-31 23:59:59'" => 2,
	"> '9999-12-31 23:59:59.999999'" => 0,
	"<= '9999-12-31 23:59:59.999999'" => 3,
	"< '9999-12-31 23:59:59.999999'" => 1,
	"= '2018-10-14'" => 1,
	"<= '2018-10-14'" => 1,
	"< '2018-10-14'" => 0,
	"> '2018-10-14'" => 2,
	"= ANY (ARRAY(SELECT timestamp '9999-12-31 23:59:59.999999' UNION SELECT '2018-10-14'))"
	  => 3,
	"<> '9999-12-31 23:59:59.999999'" => 1,
	">= '9999-12-31 23:59:59.999999Z'::timestamptz" => 2);
$pca->query_is(
	"SET timezone = 'UTC'; SELECT count(*) FROM (SELECT FROM subscriptions WHERE commitment_end_date $_ OFFSET 0) AS s",
	$found{$_},
	"rows whose date is $_") foreach sort keys %found;
$pca->query_is(
	"SELECT count(*) FROM subscriptions WHERE commitment_end_date::date = '9999-12-31'",
	2,
	'rows whose day is the last one');
$pca->sql(<<'END');
CREATE FOREIGN TABLE public.ends (id uuid, commitment_end_date date)
SERVER mock_api OPTIONS (resource 'subscriptions');
CREATE FOREIGN TABLE public.ends_0 (id uuid, commitment_end_date timestamp(0))
SERVER mock_api OPTIONS (resource 'subscriptions');
CREATE FOREIGN TABLE public.reports (customer_name text, report_date date OPTIONS (operators 'eq, ne, gt, ge, lt, le'))
SERVER mock_api OPTIONS (path '/partner/v1/analytics/devices');
END
$pca->rows('subscriptions', [ @rows[ 0, 1 ] ]);
$pca->query_is(
	"SELECT commitment_end_date FROM ends WHERE id::text LIKE '%1'",
	'9999-12-31', 'a date column reads it as its day');
$pca->query_is(
	"SELECT commitment_end_date FROM ends_0 WHERE id::text LIKE '%1'",
	'9999-12-31 23:59:59',
	'a column without fractions stays in that year');
$pca->rows(
	'devices',
	[
		map { { customerName => 'a', reportDate => $_ } } $end,
		'2018-10-14', '2018-10-15'
	]);
my %reports = (
	"= '9999-12-31'" => 1,
	">= '9999-12-31'" => 1,
	"<= '9999-12-31'" => 3,
	"> '9999-12-30'" => 1,
	"<> '9999-12-31'" => 2,
	"IN ('9999-12-31', '2018-10-14')" => 2,
	"<= '2018-10-14'" => 1,
	"> '2018-10-14'" => 2);
$pca->query_is("SELECT count(*) FROM reports WHERE report_date $_",
	$reports{$_}, "reports whose day is $_")
  foreach sort keys %reports;
$pca->reset;

# --- lists of days below count(*) and OFFSET

my @more = map { sprintf '2018-%02d-%02d', $_ % 10 + 1, $_ % 27 + 1 } 1 .. 60;
$pca->sql('CREATE TABLE public.many (d date); INSERT INTO many VALUES '
	  . join(', ', map { "('$_')" } @more)
	  . '; ANALYZE many');
foreach my $list (
	'ARRAY(SELECT d FROM public.many)',
	'ARRAY(SELECT d::timestamptz FROM public.many)',
	'ARRAY(SELECT d::timestamp FROM public.many)',
	'ARRAY[' . join(', ', map { "date '$_'" } @more) . ']')
{
	same("SELECT count(*) FROM azure_usage WHERE usage_date = ANY ($list)",
		'a count by 60 days: ' . substr($list, 0, 40));
	$pca->query_is(
		"SELECT (SELECT count(*) FROM (SELECT FROM azure_usage WHERE usage_date = ANY ($list) OFFSET 3) AS a) "
		  . "- (SELECT count(*) FROM (SELECT FROM local.azure_usage WHERE usage_date = ANY ($list) OFFSET 3) AS a)",
		0,
		'OFFSET below 60 days: ' . substr($list, 0, 40));
	same(
		"SELECT usage_date, quantity FROM azure_usage WHERE usage_date = ANY ($list)",
		'rows of 60 days: ' . substr($list, 0, 40));
}

# --- options: other forms of the literal, local conditions, the number of comparisons

my %forms = (
	'documented documented' => q{cast('2018-09-20', Edm.DateTimeOffset)},
	'cast datetime' => q{cast('2018-09-20T00:00:00', Edm.DateTimeOffset)},
	'quoted documented' => q{'2018-09-20'},
	'quoted datetime' => q{'2018-09-20T00:00:00'},
	'bare date' => q{2018-09-20},
	'bare datetime_utc' => q{2018-09-20T00:00:00Z});
foreach my $form (sort keys %forms)
{
	my ($literal, $format) = split / /, $form;
	$pca->config(
		filter_date_literal => $literal eq 'documented' ? 'cast' : $literal,
		filter_date_format => $format);
	$pca->sql(
		"ALTER FOREIGN TABLE azure_usage OPTIONS (ADD date_literal '$literal', ADD date_format '$format')"
	);
	sends(
		"SELECT * FROM azure_usage WHERE usage_date >= '2018-09-19 12:00'",
		["usageDate ge $forms{$form}"],
		"date_literal $literal, date_format $format");
	$pca->sql(
		'ALTER FOREIGN TABLE azure_usage OPTIONS (DROP date_literal, DROP date_format)'
	);
}
$pca->config(filter_date_literal => 'quoted', filter_date_format => 'date');
$pca->fails_with(
	"SELECT * FROM azure_usage WHERE usage_date >= '2018-09-20'",
	'HV000',
	qr/date_literal.*date_format.*max_filter_clauses.*filter_pushdown.*pc_analytics_probe/s,
	'the hint of a 400 names the options of filters');
$pca->sql(
	"ALTER SERVER mock_api OPTIONS (ADD date_literal 'quoted', ADD date_format 'date')"
);
sends(
	"SELECT id FROM subscriptions WHERE creation_date < '2017-03-04 10:00'",
	[q{creationDate lt '2017-03-05'}],
	'bounds are widened to days where the format is a day');
$pca->sql(
	'ALTER SERVER mock_api OPTIONS (DROP date_literal, DROP date_format)');
$pca->config(
	filter_date_literal => 'cast',
	filter_date_format => 'documented',
	refused_fields => ['usageDate']);
$pca->sql(
	"ALTER FOREIGN TABLE azure_usage ALTER usage_date OPTIONS (ADD filter_pushdown 'false')"
);
sends(
	"SELECT * FROM azure_usage WHERE usage_date >= '2018-09-20' AND meter_category = 'Storage'",
	["meterCategory eq 'Storage'"],
	'filter_pushdown keeps the conditions on a column local');
like(
	$pca->explain(
		"SELECT * FROM azure_usage WHERE usage_date >= '2018-09-20'",
		'VERBOSE'),
	qr/Local Filter Reason: .*usage_date.*: option filter_pushdown keeps conditions on usage_date local/,
	'EXPLAIN gives the reason');
$pca->sql(
	'ALTER FOREIGN TABLE azure_usage ALTER usage_date OPTIONS (DROP filter_pushdown)'
);

foreach my $place ('SERVER mock_api', 'FOREIGN TABLE azure_usage')
{
	$pca->sql("ALTER $place OPTIONS (ADD filter_pushdown 'false')");
	sends(
		"SELECT count(*) FROM azure_usage WHERE usage_date >= '2018-09-20' AND meter_category = 'Storage'",
		[],
		"filter_pushdown of the $place");
	$pca->sql("ALTER $place OPTIONS (DROP filter_pushdown)");
}
$pca->reset;

$pca->config(max_clauses => 3);
$pca->sql("ALTER SERVER mock_api OPTIONS (ADD max_filter_clauses '3')");

# of a table that has fewer pages than the list needs requests, all rows are read
$pca->sql("ALTER FOREIGN TABLE subscriptions OPTIONS (ADD rows '100000')");
sends(
	"SELECT id FROM subscriptions WHERE customer_market IN ('US', 'DE', 'FR', 'JP') AND status = 'ACTIVE'",
	[
		"(customerMarket eq 'US' or customerMarket eq 'DE') and (status eq 'ACTIVE')",
		"(customerMarket eq 'FR' or customerMarket eq 'JP') and (status eq 'ACTIVE')"
	],
	'a list is divided among requests');
sends(
	"SELECT count(*) FROM azure_usage WHERE usage_date IN ('2018-09-20', '2018-09-22', '2018-09-24', '2018-09-26')",
	[
		literals(
			'(usageDate eq <2018-09-20> or usageDate eq <2018-09-22> or usageDate eq <2018-09-24>)'
		),
		literals('usageDate eq <2018-09-26>')
	],
	'a count by days is divided, too');
sends(
	"SELECT usage_date FROM azure_usage WHERE usage_date IN ('2018-09-20', '2018-09-22', '2018-09-24', '2018-09-26')",
	['(usageDate ge <2018-09-20>) and (usageDate le <2018-09-26>)'],
	'rows of more days are requested as a range');
my $many =
  "customer_market <> 'US' AND (status = 'ACTIVE' OR product_name = 'x' OR auto_renew_enabled OR subscription_type = 'Office')";
like(
	$pca->explain("SELECT id FROM subscriptions WHERE $many", 'VERBOSE'),
	qr/Local Filter Reason: the longest condition.*option max_filter_clauses/,
	'EXPLAIN says which option keeps a condition local');
same("SELECT id FROM subscriptions WHERE $many",
	'a condition that cannot be divided is evaluated locally');
$pca->sql('ALTER SERVER mock_api OPTIONS (DROP max_filter_clauses)');
$pca->fails_with(
	"SELECT id FROM subscriptions WHERE customer_market IN ('US', 'DE', 'FR', 'JP')",
	'HV000',
	qr/max_filter_clauses/,
	'the hint of a 400 names max_filter_clauses');
$pca->sql(
	"ALTER FOREIGN TABLE subscriptions OPTIONS (ADD max_filter_clauses '2')");
same(
	"SELECT id FROM subscriptions WHERE customer_market IN ('US', 'DE', 'FR', 'JP')",
	'max_filter_clauses of a table');

done_testing();
