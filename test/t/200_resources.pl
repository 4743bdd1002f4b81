# The other resources: every column is read back, every operator of a column
# returns the rows of a local copy, and so do groups.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(rows => 700, customers => 40);
my @resources =
  qw(azure_usage subscriptions searches referrals indirect_resellers);

# A query gives what it gives on the local copies.
sub same
{
	my ($sql, $name) = @_;
	$pca->same_rows($sql, $sql =~ s/\bFROM (\w+)/FROM local.$1/gr,
		$name, empty => 1);
	return;
}

$pca->local_copy($_) foreach @resources;
foreach my $name (@resources)
{
	same("SELECT * FROM $name", "$name: every row, every column");
}

# --- catalog x operator: the condition for a value that the column holds

my %operators = (
	text => [
		'%s = %s',
		'%s <> %s',
		'%s IN (%s, \'no such value\')',
		'%s LIKE \'%%\' || %s || \'%%\'',
		'strpos(%s, %s) > 0',
		'%s ^@ %s'
	],
	uuid => [ '%s = %s', '%s <> %s', '%s NOT IN (%s)' ],
	boolean => [
		'%s = (SELECT %s::boolean)',
		'%s = ANY (ARRAY[%s::boolean])',
		'%s IN (true, false) AND %s::text <> \'\'',
		'NOT %s AND %s::text <> \'\''
	],
	'timestamp without time zone' => [
		'%s = %s',
		'%s <> %s',
		'%s < %s',
		'%s <= %s',
		'%s > %s',
		'%s >= %s',
		'%s::date = %s::date',
		'%s::date < %s::date',
		'date_trunc(\'day\', %s) >= %s',
		'%s BETWEEN %s::timestamp - interval \'30 days\' AND \'2020-01-01\'',
		'%s >= %s::timestamptz',
		'NOT (%s < %s)',
		'%s IN (%s, \'2018-01-01\')'
	],
	date => [ '%s = %s', '%s >= %s' ],
	numeric => ['%s > %s'],
	bigint => ['%s >= %s'],);

my @columns = split /\n/, $pca->sql(<<'END');
SELECT relname || '|' || attname || '|' || format_type(atttypid, NULL)
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'partner_center'::regnamespace AND attnum > 0
  AND relname IN ('azure_usage', 'subscriptions', 'searches', 'referrals', 'indirect_resellers')
ORDER BY relname, attnum
END
cmp_ok(scalar @columns, '>', 80, 'the columns of five resources');
foreach (@columns)
{
	my ($table, $column, $type) = split /\|/;
	my $value = $pca->sql(
		"SELECT quote_literal($column) FROM local.$table WHERE $column IS NOT NULL "
		  . "AND $column\::text <> '' ORDER BY md5($column\::text || 'x') LIMIT 1"
	);
	next if $value eq '';
	foreach my $shape (@{ $operators{$type} })
	{
		my $condition = sprintf $shape, $column,
		  $type eq 'boolean' && $shape =~ /text/ ? $column : $value;
		same("SELECT * FROM $table WHERE $condition", "$table: $condition");
	}
}

# --- what is asked

my @requests = (
	[
		"SELECT usage_date, sum(quantity) FROM azure_usage WHERE usage_date >= '2018-10-01' GROUP BY 1",
		'usage/azure?top=10000&skip=0&filter=usageDate ge cast(\'2018-10-01\', Edm.DateTimeOffset)'
		  . '&groupby=usageDate&aggregationLevel=day&orderby=usageDate'
	],
	[
		"SELECT status, sum(subscription_count) FROM subscriptions GROUP BY 1",
		'subscriptions?top=10000&skip=0&groupby=status'
	],
	[
		"SELECT count(*) FROM subscriptions WHERE customer_name = 'Contoso'",
		"subscriptions?top=10000&skip=0&filter=contains(customerName,'Contoso')&groupby=customerName"
	],
	[
		"SELECT company_name FROM searches WHERE details_viewed",
		'search?top=9999&skip=0&filter=detailsViewed eq true'
	],
	[ "SELECT id FROM referrals", 'referrals?top=9999&skip=0' ],
	[
		"SELECT sum(indirect_reseller_count) FROM indirect_resellers",
		'indirectresellers?top=10000&skip=0&groupby=market&orderby=market'
	],);
foreach my $case (@requests)
{
	my ($sql, $asked) = @$case;
	$pca->requests;
	$pca->sql($sql);
	is_deeply(
		[ $pca->requests ],
		["GET /partner/v1/analytics/$asked"],
		"asked for: $sql");
}

# --- groups, also of the sums that only grouped answers have

same($_, "groups: $_")
  foreach (
	'SELECT usage_date, meter_category, sum(quantity) FROM azure_usage GROUP BY 1, 2',
	"SELECT usage_date::date, sum(quantity) FROM azure_usage WHERE resource_location = 'useast' GROUP BY 1",
	'SELECT status, auto_renew_enabled, sum(license_count) AS licences, sum(subscription_count) AS counted FROM subscriptions GROUP BY 1, 2',
	"SELECT count(DISTINCT customer_name), min(product_name) FROM subscriptions WHERE friendly_name LIKE '%a%'",
	'SELECT market, sum(license_count)::bigint AS licences, sum(indirect_reseller_count)::bigint AS counted FROM indirect_resellers GROUP BY 1',
	'SELECT DISTINCT keyword_country FROM searches',);

# --- several pages come in one order

$pca->config(shuffle => 'none', cap_top => 100);
same('SELECT * FROM azure_usage', 'pages that the server cuts short');
$pca->reset;

# --- a date in other clothes

foreach my $format (qw(none z offset ticks ticks_z))
{
	$pca->config(date_format => $format);
	same(
		"SELECT id, creation_date FROM subscriptions WHERE creation_date >= '2016-01-01'",
		"dates written as $format");
}
$pca->reset;

done_testing();
