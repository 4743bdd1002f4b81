# The context of errors: which table, customer and response a message is about,
# in each kind of scan and function, and nothing of it in the errors of others.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(
	rows => 250,
	customers => 5,
	server => { page_size => 50, max_retries => 0 },
	conf =>
	  "parallel_setup_cost = 0\nparallel_tuple_cost = 0\nmin_parallel_table_scan_size = 0\njit = off\npc_analytics_fdw.shared_state = off\n"
);
my $session = $pca->session;
my $guid = qr/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
my $ids =
  qr/MS-RequestId: $guid, MS-CorrelationId: $guid, MS-CV: \S+, MS-ServerId: \d+/;
my $last = 'skip=200\b';

# The context of an error, as psql shows it.
sub context_of
{
	my ($error) = @_;
	my ($context) =
	  ($error->{text} // '') =~ /^CONTEXT:  (.*?)(?:^LOCATION: .*)?\z/ms;
	return ($context // '') =~ s/\n\z//r;
}

sub fails_in
{
	my ($sql, $context, $name) = @_;
	return like(context_of($session->error_of($sql)),
		qr/\A$context\z/, $name);
}

sub bad_value
{
	my (%fault) = @_;
	$pca->fault(
		kind => 'item',
		set => { licensesSold => 'many' },
		times => 0,
		%fault);
	return;
}

# --- scans

my $table = qr/foreign table "license_deployment"/;
my $value =
  qr/column "licenses_sold", value "many"\nresponse: HTTP status 200\. $ids\n$table/;
$session->query('SET max_parallel_workers_per_gather = 0');
bad_value(regex => $last);
fails_in('SELECT * FROM license_deployment',
	$value, 'a value: its column, its response and its table, each once');
$session->query(
	'BEGIN; DECLARE c CURSOR FOR SELECT * FROM license_deployment; FETCH 10 FROM c; SAVEPOINT s'
);
fails_in('FETCH ALL FROM c', $value, 'rows that a cursor fetches later');
fails_in('ROLLBACK TO s; SELECT 1 / 0',
	'', 'the next error of the transaction has no context');
$session->query('ROLLBACK');
fails_in('ANALYZE license_deployment', $value, 'ANALYZE');
$pca->clear_faults;
$pca->fault(kind => 'status', status => 403, regex => $last, times => 0);
fails_in('SELECT * FROM license_deployment',
	$table, 'a refusal, whose detail has the identifiers');
$session->query('SET max_parallel_workers_per_gather = 2');
$session->query('SET parallel_leader_participation = off');
fails_in(
	'SELECT * FROM license_deployment',
	qr/$table\nparallel worker/,
	'an error of a parallel worker');
$pca->clear_faults;
bad_value(regex => $last);
fails_in(
	'SELECT * FROM license_deployment',
	qr/$value\nparallel worker/,
	'a value that a parallel worker reads');
$pca->clear_faults;
$session->query('SET parallel_leader_participation = on');

# The parameters of a scan are evaluated by others, perhaps in parallel.
$session->query(
	'CREATE TABLE plain AS SELECT generate_series(0, 99999) AS n; ANALYZE plain; SET parallel_leader_participation = off'
);
fails_in(
	'SELECT * FROM license_deployment WHERE licenses_sold > (SELECT max(1 / n) FROM plain)',
	'parallel worker',
	'an error in a parameter of the scan is not one of its table');
$session->query(
	'SET parallel_leader_participation = on; SET max_parallel_workers_per_gather = 0'
);

# Two scans below an Append.
$pca->sql('CREATE SCHEMA other');
$pca->create_server('other', { page_size => 50, max_retries => 0 });
$pca->sql(
	'IMPORT FOREIGN SCHEMA analytics LIMIT TO (license_usage) FROM SERVER other INTO other; ALTER FOREIGN TABLE other.license_usage RENAME TO usage_of_other'
);
my $both =
  'SELECT channel FROM license_deployment UNION ALL SELECT channel FROM other.usage_of_other';
like(
	$pca->explain($both, 'COSTS OFF'),
	qr/Async Foreign Scan/,
	'the scans below the Append are asynchronous');
foreach my $case ([ deployment => $table ],
	[ usage => qr/foreign table "usage_of_other"/ ])
{
	my ($path, $context) = @$case;
	$pca->fault(
		kind => 'status',
		status => 500,
		regex => "$path/license",
		times => 0);
	fails_in($both, $context, "below an Append, the context is of $path");
	$pca->clear_faults;
}

# By customer.
my ($customer) = split /\n/,
  $pca->sql('SELECT id FROM customers ORDER BY 1 LIMIT 1');
my $usage = 'customer_license_usage';
$pca->fault(
	kind => 'close',
	path => "/v1/customers/$customer/",
	times => 0);
fails_in(
	"SELECT * FROM $usage",
	qr/foreign table "$usage", customer $customer/,
	'the request for a customer');
$pca->clear_faults;
$pca->fault(kind => 'status', status => 403, path => '/v1/customers?');
fails_in(
	"SELECT * FROM $usage",
	qr/list of customers for foreign table "$usage"/,
	'the list of customers');
$pca->clear_faults;

# A value whose type calls a function that fails.
$pca->sql(
	"CREATE FUNCTION is_known(t text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN 1 / (SELECT count(*) FROM local.known) > 0; END'; "
	  . 'CREATE SCHEMA local; CREATE TABLE local.known (t text); CREATE DOMAIN known AS text CHECK (is_known(VALUE)); '
	  . "CREATE FOREIGN TABLE checked (channel known) SERVER mock_api OPTIONS (resource 'license_deployment')"
);
fails_in(
	'SELECT * FROM checked',
	qr/.*PL\/pgSQL function is_known\(text\) line 1 at RETURN\ncolumn "channel", value "\w+"\nresponse: HTTP status 200\. $ids\nforeign table "checked"/s,
	'a function that is called for a value');

# --- warnings, and errors without a request

my $count = 'SELECT count(channel) FROM license_deployment';
my $all = $pca->sql($count);
$pca->sql("ALTER SERVER mock_api OPTIONS (ADD on_incomplete 'warning')");
$pca->fault(kind => 'envelope', set => { TotalCount => 251 }, times => 0);
$session->start($count);
my ($rows, $said) = $session->finish;
is($rows, $all, 'an incomplete response with on_incomplete');
like(
	$said,
	qr/WARNING: .*the API's response for foreign table "license_deployment" is not complete/,
	'its warning has the table in the message, since psql hides its context');
$pca->clear_faults;
$pca->sql('ALTER SERVER mock_api OPTIONS (DROP on_incomplete)');
fails_in(
	'INSERT INTO license_deployment (channel) VALUES (1)',
	'',
	'an error while planning has no context');

# --- functions

$pca->fault(kind => 'status', status => 403, times => 0, regex => 'license');
fails_in("SELECT * FROM pc_analytics_drift('license_deployment')",
	$table, 'pc_analytics_drift()');
$pca->respond_with('{"Value":[{"licensesSold":01}]}');
fails_in(
	"SELECT * FROM pc_analytics_drift('license_deployment')",
	qr/response: HTTP status 200\. $ids\n$table/,
	'an item that pc_analytics_drift() cannot read');
$pca->clear_faults;
$pca->fault(kind => 'status', status => 403, times => 0, regex => 'license');
fails_in(
	"SELECT * FROM pc_analytics_probe('mock_api')",
	qr/probe of resource "license_deployment"/,
	'pc_analytics_probe()');
$pca->clear_faults;

# --- tokens

$pca->create_server('signing', { max_retries => 0 }, \%PcaTest::CREDENTIALS);
$pca->sql(
	'CREATE SCHEMA signing; IMPORT FOREIGN SCHEMA analytics LIMIT TO (license_usage) FROM SERVER signing INTO signing'
);
my $token = qr/access token for server "signing"/;
$pca->fault(kind => 'close', regex => 'oauth2', times => 0);
fails_in(
	'SELECT * FROM signing.license_usage',
	qr/$token\nforeign table "license_usage"/,
	'a token request, and the table that needs the token');
fails_in("SELECT * FROM pc_analytics_rotate_refresh_token('signing')",
	$token, 'pc_analytics_rotate_refresh_token()');
fails_in(
	"SELECT * FROM pc_analytics_sign_in_begin('signing')",
	qr/sign-in to server "signing"/,
	'pc_analytics_sign_in_begin()');
fails_in(
	"SELECT * FROM pc_analytics_sign_in('signing')",
	qr/sign-in to server "signing"/,
	'pc_analytics_sign_in()');
$pca->clear_faults;
fails_in('SELECT 1 / 0', '', 'the next error of the session has no context');

# A server that repeats the token in what identifies its response.
my $secret = $PcaTest::MAPPING{access_token};
$pca->fault(
	kind => 'body',
	text => '{"Value":[{"licensesSold":"many"}]}',
	headers => { 'MS-CV' => "cv $secret" },
	times => 0);
my $context =
  context_of(
	$session->error_of('SELECT licenses_sold FROM license_deployment'));
like($context, qr/MS-CV: cv /, 'a response that repeats the token');
unlike($context, qr/\Q$secret\E/, 'is shown without it');

done_testing();
