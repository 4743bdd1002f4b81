# A Cube server with the model of examples/cube: the rows of its queries, and what of
# them is sent to the API.
use strict;
use warnings FATAL => 'all';

use Encode qw(encode);
use HTTP::Tiny;
use IPC::Open3 qw(open3);
use JSON::PP;
use PcaTest;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'there is no node, or npm could not install Cube'
  unless -d 'test/clients/cube/node_modules/@cubejs-backend/server-core';

my $pca = PcaTest->new(
	rows => 500,
	customers => 20,
	conf => "listen_addresses = '127.0.0.1'\ntimezone = 'UTC'\n");
my @tables = qw(license_deployment license_usage azure_usage subscriptions);
$pca->local_copy($_) foreach @tables;
$pca->sql(
		"CREATE ROLE cube LOGIN; GRANT CREATE ON DATABASE postgres TO cube;"
	  . 'GRANT USAGE ON SCHEMA partner_center TO cube;'
	  . 'GRANT SELECT ON ALL TABLES IN SCHEMA partner_center TO cube;'
	  . "CREATE USER MAPPING FOR cube SERVER mock_api OPTIONS (access_token '$PcaTest::MAPPING{access_token}')"
);

# Cube with the test's database; it ends when its standard input does.
open(my $log, '>', "$PostgreSQL::Test::Utils::log_path/cube.log")
  or die "could not write the log: $!";
my ($in, $out, $pid) = start_cube();
my $port;
while (!$port && defined(my $line = <$out>))
{
	($port) = $line =~ /^port (\d+)$/;
}
ok($port, 'Cube has started')
  or BAIL_OUT(slurp_file("$PostgreSQL::Test::Utils::log_path/cube.log"));
my $http = HTTP::Tiny->new(timeout => 60);

sub start_cube
{
	local @ENV{qw(PGHOST PGPORT PGDATABASE PGUSER)} =
	  ('127.0.0.1', $pca->node->port, 'postgres', 'cube');
	my $program = open3(my $to, my $from, '>&' . fileno($log),
		'node', 'test/clients/cube/server.js');
	return ($to, $from, $program);
}

# The rows of a query as lists of the values of its members, in their order.
sub load
{
	my (%query) = @_;
	my $json = JSON::PP->new->utf8->canonical;
	my $answer = $pca->wait_for(
		'the result of a query',
		sub {
			my $got = $http->post(
				"http://127.0.0.1:$port/cubejs-api/v1/load",
				{
					headers => { 'Content-Type' => 'application/json' },
					content => $json->encode({ query => \%query })
				});
			my $said = $json->decode($got->{content});
			return ($said->{error} // '') eq 'Continue wait' ? undef : $said;
		});
	die "Cube: $answer->{error}" if $answer->{error};
	my @members = (
		@{ $query{dimensions} // [] },
		(   map { "$_->{dimension}.$_->{granularity}" }
			  @{ $query{timeDimensions} // [] }),
		@{ $query{measures} // [] });
	return encode 'UTF-8', join "\n", map {
		my $row = $_;
		join '|', map { $row->{$_} // '' } @members
	} @{ $answer->{data} };
}

# A test of a query: its rows, and its only request.
sub cube_is
{
	my ($name, $query, $local, $request) = @_;
	my $expected = $pca->sql($local);
	$pca->log_entries;
	my $rows = load(%$query);
	my @requests = $pca->requests;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	isnt($expected, '', "$name: there are rows");
	is($rows, $expected, "$name: the rows");
	ok(@requests == 1 && $requests[0] =~ $request, "$name: the request")
	  or diag(join "\n", @requests);
	return;
}

my %sold = (
	measures => [ 'LicenseDeployment.sold', 'LicenseDeployment.deployed' ],
	dimensions => ['LicenseDeployment.product'],
	order => [ [ 'LicenseDeployment.product', 'asc' ] ]);
cube_is(
	'measures with a filter',
	{
		%sold,
		filters => [
			{
				member => 'LicenseDeployment.channel',
				operator => 'equals',
				values => ['reseller']
			}
		]
	},
	"SELECT product_name, sum(licenses_sold), sum(licenses_deployed) FROM local.license_deployment WHERE channel = 'reseller' GROUP BY 1 ORDER BY 1",
	qr/filter=channel eq 'reseller'&groupby=channel,productName$/);
cube_is(
	'a filter with several values',
	{
		%sold,
		filters => [
			{
				member => 'LicenseDeployment.serviceCode',
				operator => 'equals',
				values => [ 'o365', 'crm' ]
			}
		]
	},
	"SELECT product_name, sum(licenses_sold), sum(licenses_deployed) FROM local.license_deployment WHERE service_code IN ('o365', 'crm') GROUP BY 1 ORDER BY 1",
	qr/filter=\(serviceCode eq 'o365' or serviceCode eq 'crm'\)&groupby=serviceCode,productName$/
);
cube_is(
	'a measure that is a quotient',
	{
		measures => ['LicenseUsage.percentActive'],
		dimensions => ['LicenseUsage.workload'],
		order => [ [ 'LicenseUsage.workload', 'asc' ] ]
	},
	'SELECT workload_name, 100.0 * sum(licenses_active) / nullif(sum(licenses_qualified), 0) FROM local.license_usage GROUP BY 1 ORDER BY 1',
	qr/&groupby=workloadName$/);
my ($first, $last) = split /\|/,
  $pca->sql(
	'SELECT max(usage_date)::date - 6, max(usage_date)::date FROM local.azure_usage'
  );
cube_is(
	'days of a time dimension',
	{
		measures => ['AzureUsage.quantity'],
		timeDimensions => [
			{
				dimension => 'AzureUsage.day',
				granularity => 'day',
				dateRange => [ $first, $last ]
			}
		],
		order => [ [ 'AzureUsage.day', 'asc' ] ]
	},
	"SELECT to_char(usage_date, 'YYYY-MM-DD\"T\"HH24:MI:SS.MS'), sum(quantity) FROM local.azure_usage WHERE usage_date::date BETWEEN '$first' AND '$last' GROUP BY 1 ORDER BY 1",
	qr/filter=\(?usageDate ge .*usageDate l[et] .*&groupby=usageDate&aggregationLevel=day/
);
cube_is(
	'months of a time dimension',
	{
		measures => ['AzureUsage.quantity'],
		dimensions => ['AzureUsage.unit'],
		timeDimensions => [
			{
				dimension => 'AzureUsage.day',
				granularity => 'month',
				dateRange => [ $first, $last ]
			}
		],
		order => [ [ 'AzureUsage.unit', 'asc' ], [ 'AzureUsage.day', 'asc' ] ]
	},
	"SELECT meter_unit, to_char(date_trunc('month', usage_date), 'YYYY-MM-DD\"T\"HH24:MI:SS.MS'), sum(quantity) FROM local.azure_usage WHERE usage_date::date BETWEEN '$first' AND '$last' GROUP BY 1, 2 ORDER BY 1, 2",
	qr/filter=\(?usageDate ge .*usageDate l[et] .*&groupby=usageDate,meterUnit&aggregationLevel=day/
);
cube_is(
	'a boolean and a number of rows',
	{
		measures => [ 'Subscriptions.number', 'Subscriptions.licences' ],
		dimensions => ['Subscriptions.status'],
		filters => [
			{
				member => 'Subscriptions.renews',
				operator => 'equals',
				values => ['true']
			}
		],
		order => [ [ 'Subscriptions.status', 'asc' ] ]
	},
	'SELECT status, sum(subscription_count), sum(license_count) FROM local.subscriptions WHERE auto_renew_enabled GROUP BY 1 ORDER BY 1',
	qr/filter=autoRenewEnabled eq true&groupby=status,autoRenewEnabled$/);
cube_is(
	'the values of a filter',
	{
		dimensions => ['Subscriptions.market'],
		order => [ [ 'Subscriptions.market', 'asc' ] ]
	},
	'SELECT DISTINCT customer_market FROM local.subscriptions ORDER BY 1',
	qr/&groupby=customerMarket$/);
cube_is(
	'a part of a name',
	{
		measures => ['Subscriptions.licences'],
		dimensions => ['Subscriptions.customer'],
		filters => [
			{
				member => 'Subscriptions.customer',
				operator => 'contains',
				values => ['airlines']
			}
		],
		order => [ [ 'Subscriptions.customer', 'asc' ] ]
	},
	"SELECT customer_name, sum(license_count) FROM local.subscriptions WHERE customer_name ILIKE '%airlines%' GROUP BY 1 ORDER BY 1",
	qr/&groupby=customerName$/);

# A pre-aggregation is filled by one request, and then queried without any.
my %rolled = (
	measures => [ 'LicenseDeployment.sold', 'LicenseDeployment.deployed' ],
	dimensions => ['LicenseDeployment.service'],
	order => [ [ 'LicenseDeployment.service', 'asc' ] ]);
cube_is(
	'a pre-aggregation is filled',
	\%rolled,
	'SELECT service_name, sum(licenses_sold), sum(licenses_deployed) FROM local.license_deployment GROUP BY 1 ORDER BY 1',
	qr/&groupby=serviceName,channel$/);
is( load(
		%rolled,
		filters => [
			{
				member => 'LicenseDeployment.channel',
				operator => 'equals',
				values => ['direct']
			}
		]),
	$pca->sql(
		"SELECT service_name, sum(licenses_sold), sum(licenses_deployed) FROM local.license_deployment WHERE channel = 'direct' GROUP BY 1 ORDER BY 1"
	),
	'a pre-aggregation is queried with another filter');
is(scalar(() = $pca->requests),
	0, 'a filled pre-aggregation needs no request');

# Errors are those of the extension.
$pca->fault(kind => 'status', status => 403, times => 0);
my $said = eval { load(%sold, limit => 7); 1 } ? 'none' : $@;
like(
	$said,
	qr/the API denied access/,
	'an error of the API is reported by Cube');
close $in;
waitpid $pid, 0;
done_testing(31);
