# A key that comes twice: an error where a query needs to know which one is meant.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(
	rows => 50,
	customers => 5,
	# each query requests a token
	conf => "pc_analytics_fdw.shared_state = off\n",
	server => { max_retries => 0 },
	mapping => \%PcaTest::CREDENTIALS);
$pca->sql(
	"CREATE FOREIGN TABLE whole (item jsonb OPTIONS (field '*')) SERVER mock_api OPTIONS (resource 'license_usage')"
);

sub items
{
	return $pca->respond_with(sprintf '{"Value":[%s]}', join ',', @_);
}

# --- items

my $active = 'SELECT licenses_active FROM license_usage';
my $twice =
  'could not read column "licenses_active" of foreign table "license_usage": an item is ambiguous';
items('{"licensesActive":-777,"licensesActive":5}');
$pca->fails_with(
	$active, 'HV000',
	[
		qr/\Q$twice\E/,
		qr/Item 1 has the key "licensesActive" twice\./,
		qr/^CONTEXT:  item 1\nresponse: HTTP status 200\. MS-RequestId: .*\nforeign table "license_usage"$/m
	],
	'table, column, item and key are named');
items('{"licensesActive":1}', '{"licenseActive":2,"LicensesActive":3}');
$pca->fails_with(
	$active,
	'HV000',
	qr/\Q$twice\E.*Item 2 has the keys "licenseActive" and "LicensesActive"/s,
	'two spellings of the field, in another case');
items('{"licensesActive":1,"licenses\u0041ctive":3}');
$pca->fails_with(
	$active, 'HV000',
	qr/\Q$twice\E.*Item 1 has the key "licensesActive" twice/s,
	'an escaped key');
$pca->fails_with("SELECT sum(licenses_active) FROM license_usage",
	'HV000', qr/\Q$twice\E/, 'in a grouped response');
$pca->fails_with('ANALYZE license_usage',
	'HV000', qr/an item is ambiguous/, 'ANALYZE');
items(
	'{"licensesActive":5,"serviceCode":"a","serviceCode":"b","other":1,"other":2}'
);
$pca->query_is($active, 5, 'keys that no wanted column reads');
$pca->fails_with(
	"$active WHERE service_code <> 'x'",
	'HV000',
	qr/column "service_code"/,
	'which a condition makes one');
items('{"licensesActive":5,"licensesActive":6,"a":{"x":1,"x":2}}');
$pca->query_is(
	'SELECT item FROM whole',
	'{"a": {"x": 2}, "licensesActive": 6}',
	'the whole item as jsonb has the last');

# --- the envelope

foreach my $body (
	'{"Value":[],"Value":[{}]}',
	'{"Value":[{}],"val\u0075e":[]}',
	'{"Value":[],"items":[]}',
	'{"Value":[],"TotalCount":0,"totalcount":1}',
	'{"Value":[],"@nextLink":null,"@nextLink":"x"}',
	'{"Value":[],"@nextLink":null,"nextLink":"x"}',
	'{"Value":[],"links":{"next":{"uri":"a","uri":"b"}}}',
	'{"Value":[],"links":{"next":{"uri":"a"},"Next":{"uri":"b"}}}',
	'{"Value":[],"links":{"next":{"uri":"a","headers":[{"key":"x","key":"MS-ContinuationToken","value":"1"}]}}}',
	'{"Value":[],"links":{"next":{"uri":"a","headers":[{"key":"MS-ContinuationToken","value":"1"},{"key":"MS-ContinuationToken","value":"2"}]}}}'
  )
{
	$pca->respond_with($body);
	$pca->fails_with(
		$active,
		'HV00M',
		qr/the API's response cannot be parsed: it.*(?:twice|two|more than one)/,
		$body);
}

# --- error bodies are read leniently

$pca->respond_with(
	'{"code":1,"code":2,"description":"bad","description":"worse"}',
	status => 400);
$pca->fails_with(
	$active, 'HV000',
	qr/HTTP status 400, code 1, "bad"/,
	'an error body');

# --- the customers

$pca->respond_with(
	'{"items":[{"id":"00000000-0000-0000-0000-000000000001","ID":"00000000-0000-0000-0000-000000000002"}]}',
	regex => 'customers');
$pca->fails_with(
	'SELECT licenses_active FROM customer_license_usage',
	'HV000',
	qr/a customer in the API's response cannot be read: it has two ids.*list of customers for foreign table "customer_license_usage"/s,
	'a customer');
$pca->fails_with(
	'SELECT id FROM customers',
	'HV000',
	qr/could not read column "id" of foreign table "customers": an item is ambiguous/,
	'in the table of customers');

# --- tokens

foreach my $key (qw(access_token refresh_token expires_in))
{
	$pca->respond_with(
		sprintf(
			'{"access_token":"one","expires_in":3600,"refresh_token":"a","%s":"t2"}',
			$key),
		regex => 'oauth2');
	my $error = $pca->error_of($active);
	$pca->error_is(
		$error, 'HV00M',
		[
			qr/the sign-in service's response is ambiguous/,
			qr/It has "$key" twice\./,
			qr/CONTEXT:  access token for server "mock_api"/
		],
		"$key in the response of the token endpoint");
}
$pca->respond_with(
	'{"error":"invalid_grant","error":"x","error_description":"AADSTS700082: old","error_description":"y"}',
	regex => 'oauth2',
	status => 400);
$pca->fails_with(
	$active, '28000',
	qr/the sign-in service gave no access token: invalid_grant/,
	'its error bodies are read leniently');
$pca->clear_faults;
$pca->query_is('SELECT count(licenses_active) > 0 FROM license_usage',
	't', 'all is well afterwards');

done_testing();
