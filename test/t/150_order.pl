# ORDER BY usage_date is sent as orderby, and the order of the response is
# checked. PostgreSQL sorts for every other ORDER BY.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(rows => 1000, customers => 20);
my $base = 'GET /partner/v1/analytics/usage/azure';
my $rest =
  'customerTenantId,customerName,subscriptionId,subscriptionName,resourceLocation,meterCategory,meterSubcategory,meterUnit';
$pca->local_copy('azure_usage');

# The values of a query in their order, over foreign and over local rows.
sub same_order
{
	my ($sql, $name, $settings) = @_;
	my $local = $sql =~ s/\bFROM azure_usage/FROM local.azure_usage/r;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($foreign, $expected) =
	  map {
		$pca->sql(($settings // '')
			. "; SELECT string_agg(u::text, ' ') FROM ($_) AS x(u)")
	  } ($sql, $local);
	return is($foreign, $expected, $name)
	  && cmp_ok(length $foreign, '>', 0, "$name: some rows");
}

sub asked_is
{
	my ($sql, $asked, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$pca->log_entries;
	$pca->sql($sql);
	return is_deeply([ $pca->requests ], [ map { "$base?$_" } @$asked ],
		$name);
}

# --- the first rows of an order: so many are asked for

same_order(
	'SELECT usage_date FROM azure_usage ORDER BY usage_date DESC LIMIT 10',
	'the last ten days');
asked_is(
	'SELECT * FROM azure_usage ORDER BY usage_date DESC LIMIT 10',
	["top=10&skip=0&orderby=usageDate desc,$rest"],
	'ten rows are asked for, in a total order');
asked_is(
	'SELECT * FROM azure_usage ORDER BY usage_date LIMIT 5 OFFSET 7',
	["top=12&skip=0&orderby=usageDate,$rest"],
	'with those that OFFSET leaves out');
foreach my $nulls ('', 'NULLS FIRST', 'NULLS LAST')
{
	foreach my $direction (qw(ASC DESC))
	{
		same_order(
			"SELECT usage_date FROM azure_usage ORDER BY usage_date $direction $nulls LIMIT 25",
			"$direction $nulls");
		unlike(
			$pca->explain(
				"SELECT * FROM azure_usage ORDER BY usage_date $direction $nulls LIMIT 25"
			),
			qr/Sort/,
			"$direction $nulls: nothing is sorted here");
	}
}
my $plan = $pca->explain(
	'SELECT customer_name FROM azure_usage ORDER BY usage_date DESC LIMIT 10'
);
like(
	$plan,
	qr/Remote Limit: 10\n.*orderby=usageDate desc,\Q$rest\E\n.*Order: usageDate desc,\Q$rest\E\z/s,
	'EXPLAIN says so');
same_order(
	"SELECT usage_date FROM azure_usage WHERE usage_date < '2018-10-01' ORDER BY usage_date DESC LIMIT 7",
	'with a condition that is sent');
same_order(
	'SELECT quantity FROM azure_usage WHERE quantity > 100 ORDER BY usage_date DESC, quantity LIMIT 60',
	'with one that is not, and more keys');
same_order(
	"SELECT usage_date FROM azure_usage WHERE quantity > 300 ORDER BY usage_date LIMIT 30",
	'as many pages as it takes');
like(
	$pca->explain(
		'SELECT * FROM azure_usage ORDER BY usage_date, customer_name LIMIT 10'
	),
	qr/Incremental Sort.*Presorted Key: azure_usage.usage_date.*Order: usageDate,/s,
	'an order that only begins with it');
same_order(
	'SELECT customer_name FROM azure_usage ORDER BY usage_date, customer_name COLLATE "C", quantity LIMIT 50',
	'gives the right rows');
same_order('SELECT max(usage_date) FROM azure_usage', 'the last day');
same_order('SELECT min(usage_date) FROM azure_usage WHERE quantity > 0',
	'the first day of some rows');
$pca->query_is(
	'BEGIN; DECLARE c CURSOR FOR SELECT usage_date FROM azure_usage ORDER BY usage_date; '
	  . 'FETCH 3 FROM c; CLOSE c; COMMIT',
	$pca->sql('SELECT usage_date FROM local.azure_usage ORDER BY 1 LIMIT 3'),
	'a cursor');

# --- many pages: in their order, whichever way

$pca->sql(
	"ALTER FOREIGN TABLE azure_usage OPTIONS (ADD page_size '60'); ALTER SERVER mock_api OPTIONS (ADD max_parallel_requests '8')"
);
my $all = 'SELECT usage_date FROM azure_usage ORDER BY usage_date';
like(
	$pca->explain($all),
	qr/Sort.*Foreign Scan/s,
	'to the end, pages at once and a sort are better');
same_order($all, 'several pages and a sort');
like(
	$pca->explain("SELECT * FROM azure_usage ORDER BY usage_date LIMIT 200"),
	qr/\ALimit\n  Output: .*\n  ->  Foreign Scan/,
	'not for the first rows');
unlike($pca->sql("SET enable_sort = off; EXPLAIN $all"),
	qr/Sort/, 'without sorts the API orders everything');
same_order($all, 'several pages in order', 'SET enable_sort = off');
same_order("$all DESC", 'and backwards', 'SET enable_sort = off');
$pca->config(latency_ms => 5);
$pca->log_entries;
same_order("$all DESC LIMIT 300", 'one after the other');
is($pca->state->{most_in_progress}, 1, 'not at once');
$pca->reset;
$pca->fault(
	kind => 'truncate',
	after_bytes => 3000,
	path => '/partner/v1/analytics',
	times => 2,
	after => 1);
same_order("$all DESC LIMIT 300", 'pages that break off come again');
$pca->reset;

# a list too long for a URL would become several requests, which have no order
my $names = join ', ', map { "'name $_'" } 1 .. 400;
my @names = split /\n/,
  $pca->sql(
	'SELECT DISTINCT quote_literal(customer_name) FROM local.azure_usage WHERE customer_name IS NOT NULL'
  );
$pca->log_entries;
same_order(
	'SELECT usage_date FROM azure_usage WHERE customer_name IN ('
	  . join(', ', @names, $names)
	  . ') ORDER BY usage_date LIMIT 40',
	'a long list');
is(scalar(grep { /filter=/ } $pca->requests),
	0, 'is left out of the URL, not shared out');
$pca->sql('ALTER FOREIGN TABLE azure_usage OPTIONS (DROP page_size)');

# --- a page that may not be the last one needs an order, too

foreach my $case (
	[ 'SELECT * FROM azure_usage LIMIT 5', 0 ],
	[ 'SELECT * FROM azure_usage WHERE quantity > 1 LIMIT 5', 1 ],
	[
		"SELECT * FROM azure_usage WHERE customer_name IN ('x', 'Contoso') LIMIT 5",
		1
	])
{
	my ($query, $ordered) = @$case;
	$pca->requests;
	$pca->sql($query);
	is(scalar(grep { /orderby=/ } ($pca->requests)[0]),
		$ordered, ($ordered ? 'ordered: ' : 'not ordered: ') . $query);
}

# --- an API that does not order is found out

foreach my $shuffle (qw(reverse result))
{
	$shuffle eq 'result'
	  ? $pca->config(shuffle => $shuffle)
	  : $pca->fault(kind => $shuffle, times => 0);
	$pca->fails_with(
		"$all LIMIT 500",
		'HV000',
		[
			qr/the API's rows are not in the requested order of usage_date/,
			qr/came after/, qr/usage_date \+ interval '0'/
		],
		"an answer in another order ($shuffle) is an error");
	same_order(
		"SELECT usage_date FROM azure_usage ORDER BY usage_date + interval '0' LIMIT 500",
		"which an expression avoids ($shuffle)");
	$pca->reset;
}
$pca->reset;

# --- what is not claimed

my %local = (
	'another column' =>
	  'SELECT * FROM azure_usage ORDER BY customer_name LIMIT 5',
	'a number' => 'SELECT * FROM azure_usage ORDER BY quantity LIMIT 5',
	'its day' =>
	  'SELECT * FROM azure_usage ORDER BY usage_date::date LIMIT 5',
	'only the second key' =>
	  'SELECT * FROM azure_usage ORDER BY meter_category, usage_date LIMIT 5',
	'groups' =>
	  'SELECT usage_date, sum(quantity) FROM azure_usage GROUP BY 1 ORDER BY 1 LIMIT 5',
	'a join' =>
	  'SELECT * FROM azure_usage JOIN local.azure_usage l USING (customer_name) ORDER BY azure_usage.usage_date LIMIT 5',
	'a nullable date with a sentinel' =>
	  'SELECT * FROM indirect_resellers ORDER BY first_subscription_end_date LIMIT 5',
	'a resource without orderby' =>
	  'SELECT * FROM subscriptions ORDER BY creation_date LIMIT 5');
foreach my $what (sort keys %local)
{
	my $shown = $pca->explain($local{$what});
	ok( $shown =~ /Sort/
		  && $shown !~ /Order: usageDate[ ,]/
		  && $shown !~ /Remote Limit/,
		"$what is sorted here") or diag($shown);
}
$pca->sql('ALTER FOREIGN TABLE azure_usage ALTER usage_date DROP NOT NULL');
like($pca->explain("$all LIMIT 5"),
	qr/Sort/, 'a column that may be null is sorted here');
$pca->sql(
	'ALTER FOREIGN TABLE azure_usage ALTER usage_date TYPE date, ALTER usage_date SET NOT NULL'
);
like($pca->explain("$all LIMIT 5"), qr/Sort/, 'one of another type, too');

done_testing();
