# SQLAlchemy with the extension.
use strict;
use warnings FATAL => 'all';

use PcaClientTest;
use Test::More;

plan skip_all => 'there is no python3-sqlalchemy'
  if system('/usr/bin/python3 -c "import sqlalchemy, psycopg2" 2>/dev/null');

my $test = PcaClientTest->new('sqlalchemy', '/usr/bin/python3',
	'test/clients/sqlalchemy_client.py');
$test->metadata;

# Lists of tables lack foreign tables; the views of pc_analytics_create_views are listed.
$test->pca->sql(
		"CREATE SCHEMA reporting; GRANT USAGE ON SCHEMA reporting TO analyst;"
	  . "SELECT pc_analytics_create_views('partner_center', 'reporting')");
is($test->client->text('names', 'partner_center'),
	"tables|\nviews|",
	'sqlalchemy: foreign tables are neither tables nor views');
like(
	$test->client->text('names', 'reporting'),
	qr/^views\|azure_usage,.*,subscriptions$/m,
	'sqlalchemy: views of them are listed');

# A statement that SQLAlchemy writes for a table that it has reflected.
$test->pca->log_entries;
is( $test->client->text('reflect', 'partner_center', 'license_deployment'),
	$test->pca->sql(
		'SELECT service_name, sum(licenses_sold) FROM local.license_deployment '
		  . "WHERE channel = 'reseller' AND service_code IN ('o365', 'crm') GROUP BY 1 ORDER BY 1"
	),
	'sqlalchemy: a statement on a reflected table');
is_deeply(
	[ $test->pca->requests ],
	[
		q{GET /v1/analytics/commercial/deployment/license/?top=10000&skip=0&filter=(serviceCode eq 'o365' or serviceCode eq 'crm') and (channel eq 'reseller')&groupby=serviceCode,serviceName,channel}
	],
	'sqlalchemy: its conditions and groups are sent in one request');
$test->parameters;
$test->cursors;
$test->errors;
done_testing(47);
