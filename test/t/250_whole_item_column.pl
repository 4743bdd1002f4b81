# The column that shows an item as a whole, and responses that consist of one
# item.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(rows => 50);
my $session = $pca->session;
$session->query('\pset null (null)');

# --- a column that is the whole item

$pca->sql(<<'END_OF_SQL');
ALTER FOREIGN TABLE azure_usage ADD COLUMN raw jsonb OPTIONS (field '*');
CREATE FOREIGN TABLE only_raw (raw json OPTIONS (field '*')) SERVER mock_api OPTIONS (resource 'azure_usage');
CREATE FOREIGN TABLE elsewhere (raw text OPTIONS (field '*')) SERVER mock_api OPTIONS (path '/partner/v1/analytics/devices');
CREATE FOREIGN TABLE wrong (raw integer OPTIONS (field '*')) SERVER mock_api OPTIONS (resource 'azure_usage');
END_OF_SQL
$pca->query_is(
	"SELECT count(*), bool_and(raw ->> 'customerName' IS NOT DISTINCT FROM customer_name "
	  . "AND (raw ->> 'quantity')::numeric IS NOT DISTINCT FROM quantity AND raw ? 'meterUnit') FROM azure_usage",
	'50|t',
	'every item has what its columns have');
$pca->query_is(
	"SELECT count(DISTINCT raw ->> 'meterCategory') > 1 FROM only_raw",
	't', 'alone, as json');
$pca->query_is(
	"SELECT count(*) FROM elsewhere WHERE raw::jsonb ? 'storageUsed'",
	50, 'of an endpoint by path, as text');
$pca->fails_with(
	'SELECT raw FROM wrong',
	'42804',
	qr/Declare the column as jsonb, json or text/,
	'as no other type');

like(
	$pca->explain(
		"SELECT meter_category, sum(quantity), max(raw ->> 'x') FROM azure_usage GROUP BY 1"
	),
	qr/Not Grouped Because: the API cannot group by raw/,
	'a query that needs it is not grouped');
like(
	$pca->explain(
		'SELECT meter_category, sum(quantity) FROM azure_usage GROUP BY 1'),
	qr/Remote Group By: meterCategory/,
	'one that does not, is');
like(
	$pca->explain("SELECT customer_name FROM azure_usage WHERE raw @> '{}'"),
	qr/Local Filter Reason: .*: raw is the whole item/,
	'conditions on it are local');
like(
	$pca->explain("SELECT raw FROM elsewhere WHERE raw = 'x'"),
	qr/Local Filter Reason: .*: raw is the whole item/,
	'with a reason');

$pca->respond_with(
	'{"Value":[{"customerName":null,"big":123456789012345678901234567890.120,"x":[],"usageDate":"2018-05-27T00:00:00","nested":{"n":1e-7}},'
	  . '{"usageDate":"2018-05-28T00:00:00"},{"usageDate":"2018-05-29T00:00:00","*":1}]}'
);
is( $session->query('SELECT raw - \'usageDate\' FROM azure_usage'),
	"{\"x\": [], \"big\": 123456789012345678901234567890.120, \"nested\": {\"n\": 0.0000001}, \"customerName\": null}\n{}\n{\"*\": 1}",
	'numbers keep their digits, null is null, a missing key is missing');
is( $session->query('SELECT customer_name, raw IS NULL FROM azure_usage'),
	"(null)|f\n(null)|f\n(null)|f",
	'the item is never null');
$pca->respond_with(
	'{"Value":[{"customerName":"a\u0000b","usageDate":"2018-05-27T00:00:00"}]}'
);
$pca->fails_with(
	'SELECT raw FROM azure_usage',
	'HV000',
	qr/could not read column "raw" of foreign table "azure_usage": its text is invalid.*In item 1, a string holds \\u0000, which PostgreSQL cannot store/s,
	'a character that jsonb cannot hold is named');
$pca->respond_with(
	'{"Value":[{"usageDate":"2018-05-27T00:00:00","raw":"no","*":"no"}]}');
is( $session->query("SELECT raw FROM only_raw"),
	'{"usageDate":"2018-05-27T00:00:00","raw":"no","*":"no"}',
	'no key stands in for the item');

# --- an answer that is one item: only with most of a row's keys

my %azure = map { $_ => '""' }
  qw(customerTenantId customerName subscriptionId subscriptionName resourceLocation
  meterCategory meterSubcategory meterUnit reservationOrderId reservationId consumptionMeterId serviceType);
@azure{qw(customerTenantId subscriptionId usageDate quantity)} =
  ('null', 'null', '"2018-05-27T00:00:00"', '24');

sub azure
{
	my ($number, %more) = @_;
	my %item = (
		map({ $_ => $azure{$_} } (sort keys %azure)[ 0 .. $number - 1 ]),
		usageDate => $azure{usageDate},
		%more);
	return '{' . join(',', map { "\"$_\":$item{$_}" } sort keys %item) . '}';
}
my $no_row =
  qr/the API's response is an object that is not a row.*It has \d+ of the 14 keys.*foreign table "azure_usage"/s;
$pca->respond_with(azure(14));
$pca->query_is(
	'SELECT usage_date, quantity FROM azure_usage',
	'2018-05-27 00:00:00|24',
	'all keys: a row');
$pca->respond_with(azure(7));
$pca->query_is(
	'SELECT usage_date FROM azure_usage',
	'2018-05-27 00:00:00',
	'eight of fourteen: a row');
$pca->respond_with(azure(6));
$pca->fails_with('SELECT usage_date FROM azure_usage',
	'HV00M', $no_row, 'seven of fourteen: an error');
$pca->fails_with('SELECT count(*) FROM azure_usage',
	'HV00M', $no_row, 'which is not counted either');
$pca->fails_with('ANALYZE azure_usage',
	'HV00M', $no_row, 'a table without a row cannot be analyzed');
$pca->respond_with('{}');
$pca->fails_with('SELECT usage_date FROM azure_usage',
	'HV00M', $no_row, 'an empty object: an error');
$pca->respond_with('{"status":"ok","customerName":"x"}');
$pca->fails_with('SELECT usage_date FROM azure_usage',
	'HV00M', $no_row, 'a message: an error');

foreach my $key (qw(code message error statusCode Message))
{
	$pca->respond_with(azure(14, $key => '"x"'));
	$pca->fails_with(
		'SELECT usage_date FROM azure_usage',
		'HV00M',
		qr/is an error, in spite of its HTTP status/,
		"a row's keys and $key: an error");
}
$pca->respond_with('{"meterCategory":"x","Quantity":7}');
$pca->query_is(
	'SELECT meter_category, sum(quantity) FROM azure_usage GROUP BY 1',
	'x|7', 'a group with its keys: a row');
$pca->respond_with('{"meterCategory":"x","total":7}');
$pca->fails_with(
	'SELECT meter_category, sum(quantity) FROM azure_usage GROUP BY 1',
	'HV00M',
	qr/is not a row.*It has 1 of the 2 keys/s,
	'a group without its sum: an error');
$pca->respond_with(azure(14) =~ s/^\{/{"serviceCode":"a","channel":"b",/r);
$pca->fails_with(
	"SELECT * FROM $_",
	'HV00M',
	qr/has no array named Value or items/,
	"$_ is documented as no bare object"
) foreach qw(license_deployment license_usage partner_license_usage);

done_testing();
