# The documents' response examples are returned row for row and value for
# value, in the columns and with the types that IMPORT declares.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $customer = '4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04';
my $dynamics =
  'crm|Microsoft Dynamics|reseller|0112a436-b14e-4888-967b-ca4bb2cf1234|TEST COMPANY';
my $office =
  'o365|Microsoft Office 365|reseller|0112a436-b14e-4888-967b-ca4bb2cf1234|TEST COMPANY';
my $demo = "$customer|DT DEMO CSP CUSTOMER 005";

# table, condition, the path that is asked, rows in the documents' order as
# psql prints them with NULL as (null)
my @examples = (
	[
		'license_deployment', '',
		'/v1/analytics/commercial/deployment/license/?top=10000&skip=0',
		<<"END" ],
$dynamics|54B84594-9C77-4499-8D65-5E0D5F410E78|DYNAMICS AX TASK|0|9|2018-10-14 00:00:00
$office|D3B4FE1F-9992-4930-8ACB-CA6EC609365E|DOMESTIC AND INTERNATIONAL CALLING PLAN|0|5|2018-10-14 00:00:00
END
	[
		'license_usage', '',
		'/v1/analytics/commercial/usage/license/?top=10000&skip=0', <<"END" ],
$office|D3B4FE1F-9992-4930-8ACB-CA6EC609365E|DOMESTIC AND INTERNATIONAL CALLING PLAN|SFB|Skype For Business|2|5|2018-10-14 00:00:00
$office|BD938F12-058F-4927-BBA3-AE36B1D2501C|OFFICE 365 BUSINESS ESSENTIALS|SPO|SharePoint|0|1|2018-10-14 00:00:00
$office|BD938F12-058F-4927-BBA3-AE36B1D2501C|OFFICE 365 BUSINESS ESSENTIALS|EXO|Exchange|1|1|2018-10-14 00:00:00
END
	[
		'partner_license_deployment', '',
		'/v1/analytics/licenses/deployment', <<"END" ],
(null)|crm|reseller|343|0|2017-03-10 00:00:00+00
(null)|o365|reseller|4464|1|2017-03-14 03:25:16.36+00
END
	[ 'partner_license_usage', '', '/v1/analytics/licenses/usage', <<"END" ],
(null)|crm|reseller|Microsoft Dynamics CRM|5.64|2017-03-10 00:00:00+00
(null)|o365|reseller|Exchange|2.13|2017-03-09 00:00:00+00
(null)|o365|reseller|Skype For Business|0|2017-03-09 00:00:00+00
END
	[
		'customer_license_deployment',
		"WHERE customer_id = '$customer'",
		"/v1/customers/$customer/analytics/licenses/deployment", <<"END" ],
$demo|OFFICE 365 BUSINESS ESSENTIALS|(null)|o365|reseller|0|1|0|2017-03-14 03:25:16.36+00
$demo|EXCHANGE ONLINE (PLAN 1)|(null)|o365|reseller|0|5|0|2017-03-14 03:25:16.36+00
$demo|EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE|(null)|o365|reseller|0|2|0|2017-03-14 03:25:16.36+00
END
	[
		'customer_license_usage',
		"WHERE customer_id = '$customer'",
		"/v1/customers/$customer/analytics/licenses/usage", <<"END" ],
$demo|OFFICE 365 BUSINESS ESSENTIALS|(null)|o365|reseller|(null)|Exchange|0|1|0|2017-03-09 00:00:00+00
$demo|OFFICE 365 BUSINESS ESSENTIALS|(null)|o365|reseller|(null)|SharePoint|0|1|0|2017-03-09 00:00:00+00
$demo|OFFICE 365 BUSINESS ESSENTIALS|(null)|o365|reseller|(null)|Skype For Business|0|1|0|2017-03-09 00:00:00+00
$demo|EXCHANGE ONLINE (PLAN 1)|(null)|o365|reseller|(null)|Exchange|0|5|0|2017-03-09 00:00:00+00
$demo|EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE|(null)|o365|reseller|(null)|Exchange|0|2|0|2017-03-09 00:00:00+00
END
	[
		'azure_usage',
		'',
		'/partner/v1/analytics/usage/azure?top=10000&skip=0&orderby=customerTenantId,customerName,'
		  . 'subscriptionId,subscriptionName,usageDate,resourceLocation,meterCategory,meterSubcategory,meterUnit',
		<<"END" ],
0112a436-b14e-4888-967b-ca4bb2cf1234|TEST COMPANY|6f3c1e5a-2a0d-4e0b-9a37-5d1b7c9e4f10|Microsoft Azure|2018-05-27 00:00:00|useast|Data Management|None|10,000s|||2A3B4C5D-6E7F-4A8B-9C0D-1E2F3A4B5C6D||24
END
	[
		'subscriptions', '',
		'/partner/v1/analytics/subscriptions?top=10000&skip=0', <<"END" ],
0112a436-b14e-4888-967b-ca4bb2cf1234|TEST COMPANY|US|b36ade9d-4e0b-4d3c-8b4a-2f1e6c7d8a90|ACTIVE|UNKNOWN|Azure|t|2E7A9D31-5B64-4C0F-8D2E-7F1A3C5B9E06|Microsoft Azure|TEST PARTNER|TEST PROVIDER|2016-02-04 19:29:38.037|2016-02-04 00:00:00|2019-02-04 00:00:00|(null)|(null)|(null)|(null)|2018-05-27 00:00:00|(null)|(null)|0|1|High|MONTHLY
END
	[
		'searches', '',
		'/partner/v1/analytics/search?top=9999&skip=0', <<"END" ],
TEST PARTNER|f|US|t|(null)|2604568|US|(null)|f|2018-05-30| consulting
END
	[
		'referrals', '',
		'/partner/v1/analytics/referrals?top=9999&skip=0', <<"END" ],
112310|Accepted|US|TEST COMPANY|10to50employees|2018-05-21 17:04:09.113|2018-05-21 18:30:00|2018-05-22 09:15:42.5|(null)|(null)|(null)|(null)|(null)|(null)|(null)|US|(null)
END
	[
		'indirect_resellers',
		'',
		'/partner/v1/analytics/indirectresellers?top=10000&skip=0&orderby=partnerTenantId,id,name,market,'
		  . 'firstSubscriptionCreationDate,latestSubscriptionCreationDate,firstSubscriptionEndDate,latestSubscriptionEndDate,'
		  . 'firstSubscriptionSuspendedDate,latestSubscriptionSuspendedDate,firstSubscriptionDeprovisionedDate,'
		  . 'latestSubscriptionDeprovisionedDate,subscriptionCount,licenseCount',
		<<"END" ],
7D2C4A19-83E5-4F60-B1A7-90C6E2D5F384|4815162|TEST RESELLER|US|2016-02-04 19:29:38.037|2018-05-27 08:00:00|2017-02-04 00:00:00|2019-05-27 00:00:00|(null)|(null)|(null)|(null)|12.0|340.0|1
END
	[ 'customers', '', '/v1/customers?size=500', <<"END" ]);
4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04|4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04|DT DEMO CSP CUSTOMER 005|dtdemocspcustomer005.onmicrosoft.com|reseller
0112a436-b14e-4888-967b-ca4bb2cf1234|0112a436-b14e-4888-967b-ca4bb2cf1234|TEST COMPANY|testcompany.onmicrosoft.com|reseller
END

my $pca = PcaTest->new(data_set => 'seeds');
my $session = $pca->session;
$session->query('\pset null (null)');

sub example_is
{
	my ($example, $zone, $how) = @_;
	my ($table, $condition, $path, $rows) = @$example;
	$session->query("SET timezone = '$zone'");
	is($session->query("SELECT * FROM $table $condition") . "\n",
		$rows, "$table: $how");
	return;
}

foreach my $example (@examples)
{
	example_is($example, 'UTC',
		'every row and value of the example, in its order');
	is_deeply([ $pca->requests ],
		["GET $example->[2]"],
		"$example->[0]: one request, at the documents' path");
}

# A point in time without zone is UTC whatever the session's zone is; one with
# zone is shown in the session's.
$session->query("SET timezone = 'Asia/Kolkata'; SET datestyle = 'SQL, DMY'");
is( $session->query(
		'SELECT DISTINCT processed_date_time FROM license_deployment'),
	'14/10/2018 00:00:00',
	'a point in time without zone does not depend on the settings');
is( $session->query(
		'SELECT processed_date_time FROM partner_license_deployment'),
	"10/03/2017 05:30:00 IST\n14/03/2017 08:55:16.36 IST",
	'a point in time with zone is shown in the session\'s');
$session->query('RESET datestyle');

# What is not in the bodies byte for byte, but must not matter either.
my @ways = (
	[ { bom => 1 }, 'a byte order mark' ],
	[ { pretty => 1 }, 'white space' ],
	[ { gzip => 1 }, 'compression' ],
	[ { transfer => 'chunked' }, 'chunks' ],
	[
		{ row_keys => 'table' },
		'the field tables\' keys, licensesActive among them'
	],
	[ { key_case => 'lower' }, 'keys in lower case' ],
	[ { key_case => 'upper-first' }, 'keys in upper case' ],
	[ { numbers_as_strings => 1 }, 'numbers as strings' ],
	[ { omit_nulls => 1 }, 'nulls left out' ],
	[ { legacy_customer_id => 'present' }, 'customerId in the rows' ],
	[ { json_ascii => 1 }, 'escapes' ],
	[ { date_format => 'ticks_z' }, 'seven digits and Z' ],
	[ { date_format => 'offset' }, '+00:00' ],
	[
		{ envelope => 'object' },
		'a bare object for a single row, as the documents print it'
	],
	[ { close_after_each => 1 }, 'closed connections' ]);
foreach my $way (@ways)
{
	$pca->config($way->[0]);
	example_is($_, 'UTC', "the same with $way->[1]") foreach @examples;
	$pca->reset;
}

# The documents' grouped example: numbers as strings, and a count that only
# grouped rows have.
$pca->fault(
	kind => 'body',
	path => '/partner/v1/analytics/subscriptions',
	text =>
	  '{"Value":[{"subscriptionType":"Azure","subscriptionCount":"63","licenseCount":"0"},'
	  . '{"subscriptionType":"Microsoft365","subscriptionCount":"10","licenseCount":"7485"}],"@nextLink":null,"TotalCount":2}'
);
is( $session->query(
		'SELECT subscription_type, sum(subscription_count), sum(license_count) FROM subscriptions GROUP BY 1 ORDER BY 1'
	),
	"Azure|63|0\nMicrosoft365|10|7485",
	'a grouped answer');
$pca->reset;

# A customer that is not the documents', and none.
is( $session->query(
		"SELECT count(*) FROM customer_license_usage WHERE customer_id = NULL"
	),
	0,
	'no customer has no rows');
is_deeply([ $pca->requests ], [], 'and is not asked for');
$pca->fails_with(
	"SELECT * FROM customer_license_usage WHERE customer_id = 'ffffffff-0000-0000-0000-000000000000'",
	'HV00R',
	[ qr/customer_license_usage/, qr/HTTP status 404/ ],
	'another partner\'s customer is an error');

done_testing();
