# Who may read a response that is kept (option cache_ttl), and which tables read it.
use strict;
use warnings FATAL => 'all';

use PcaCacheTest;
use Test::More;

my $pca = PcaCacheTest->new;
my $read = 'SELECT service_name FROM license_deployment';
my $count = 'SELECT count(service_code) FROM license_deployment';

# --- who may read a response

$pca->use_new_locale;
my %known = %PcaTest::CREDENTIALS;
my $urls = "base_url '@{[ $pca->url ]}', login_url '@{[ $pca->url ]}'";
$pca->sql(<<"END");
CREATE ROLE alice LOGIN; CREATE ROLE bob LOGIN; CREATE DATABASE other;
GRANT USAGE ON SCHEMA partner_center TO alice, bob;
GRANT SELECT ON license_deployment TO alice, bob;
END

sub as_text
{
	my (%options) = @_;
	return join ', ', map { "$_ '$options{$_}'" } sort keys %options;
}

# What alice's query with these credentials sends; "hit" if it is nothing.
sub sent_with
{
	my (%mapping) = @_;
	$pca->sql(
		"DROP USER MAPPING IF EXISTS FOR alice SERVER mock_api; CREATE USER MAPPING FOR alice SERVER mock_api OPTIONS ("
		  . as_text(%mapping)
		  . ')');
	$pca->log_entries;
	$pca->error_of("SET ROLE alice; $count");
	my @sent = $pca->requests;
	return @sent ? 'sent' : 'hit';
}
my %mine = (%known, share_token => 'false');
is($pca->run($count), '468|3|1', 'a response of the owner');
is(sent_with(%mine), 'hit', 'a role with the same credentials reads it');
is(sent_with(%known), 'hit', 'whether it shares its token or not');
my %other = (
	tenant_id => 'contoso.onmicrosoft.com',
	client_id => '66666666-7777-8888-9999-000000000001',
	client_secret => 'another',
	refresh_token => 'another',
	proxy_user => 'another');
is(sent_with(%mine, $_ => $other{$_}), 'sent', "not with another $_")
  foreach sort keys %other;
is(sent_with(access_token => 'mock-api-access-token'),
	'sent', 'nor with an access token');
is(sent_with(access_token => 'mock-api-access-token'),
	'hit', 'which has a response of its own');
$pca->sql('DROP USER MAPPING FOR alice SERVER mock_api');
$pca->fails_with(
	"SET ROLE alice; $count",
	'42704',
	qr/no user mapping of "alice"/,
	'a role without a mapping gets its error, and no response');
$pca->sql('CREATE USER MAPPING FOR PUBLIC SERVER mock_api OPTIONS ('
	  . as_text(%known, proxy_user => 'public')
	  . ')');
is($pca->run("SET ROLE alice; $count"),
	'468|3|1', 'a role of the mapping for PUBLIC');
is($pca->run("SET ROLE bob; $count"),
	'468|0|0', 'another one reads its response');
is($pca->run($count), '468|0|0', 'the owner has its own');
$pca->sql('REVOKE SELECT ON license_deployment FROM bob');
$pca->fails_with(
	"SET ROLE bob; $count",
	'42501',
	qr/permission denied/,
	'privileges are checked first');

my $here =
  "locale '@{[ $pca->locale ]}', page_size '200', max_retries '0', cache_ttl '3600', $urls";
foreach my $case (
	[ 'another database', $here, as_text(%known), 'hit' ],
	[
		'with other credentials', $here,
		as_text(%known, proxy_user => 'x'), 'sent'
	],
	[
		'with another locale', $here =~ s/locale '[^']*'/locale 'x'/r,
		as_text(%known), 'sent'
	],
	[
		'with another base_url', $here =~ s{//127.0.0.1}{//localhost}r,
		as_text(%known), 'sent'
	],
	[
		'with another page_size', $here =~ s{'200'}{'100'}r,
		as_text(%known), 'hit'
	])
{
	my ($what, $server, $mapping, $expected) = @$case;
	$pca->node->safe_psql('other', <<"END");
DROP EXTENSION IF EXISTS pc_analytics_fdw CASCADE; CREATE EXTENSION pc_analytics_fdw;
CREATE SERVER another FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS ($server);
CREATE USER MAPPING FOR CURRENT_USER SERVER another OPTIONS ($mapping);
CREATE FOREIGN TABLE license_deployment (service_code text) SERVER another OPTIONS (resource 'license_deployment');
END
	$pca->log_entries;
	is($pca->sql($count, dbname => 'other'), '468', "$what: rows");
	is((scalar(() = $pca->requests) ? 'sent' : 'hit'),
		$expected, "$what: $expected");
}

# a mapping that changes while its rows are read
$pca->use_new_locale;
my $reader = $pca->session;
$reader->query("BEGIN; DECLARE c CURSOR FOR $read; FETCH 10 FROM c");
$pca->sql(
	"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (ADD proxy_user 'x')"
);
$reader->query('FETCH ALL FROM c; COMMIT');
is((split /\|/, $pca->run($read))[-2] > 0 ? 'sent' : 'hit',
	'sent', 'a response of two mappings is not kept for the second');
$pca->sql(
	'ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (DROP proxy_user)'
);
is((split /\|/, $pca->run($read))[-2] > 0 ? 'sent' : 'hit',
	'sent', 'nor for the first');

# a mapping that changes while the response of another session is waited for
$pca->use_new_locale;
my @customers = split /\n/, $pca->sql('SELECT id FROM customers ORDER BY 1');
my %path = map { $_ => "/v1/customers/$customers[$_]/" } 0, 1;

# How many requests for a customer were received since the last call of requests().
sub requests_of
{
	my ($customer) = @_;
	return scalar grep { m{\Q$path{$customer}\E} } $pca->requests;
}

# A query of customers.
sub of_customers
{
	return
	  'SELECT count(service_name) FROM customer_license_deployment WHERE customer_id IN ('
	  . join(', ', map { "'$customers[$_]'" } @_) . ')';
}
my ($leading, $following) = map { $pca->session } 1, 2;
$_->pid foreach $leading, $following;
$leading->query(of_customers(1));    # it has a token
my $of_two =
  $pca->sql('SET pc_analytics_fdw.cache = off; ' . of_customers(0, 1));

sub change_mapping
{
	my ($change) = @_;
	return $pca->sql(
		"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS ($change)"
	);
}
$pca->log_entries;
$pca->hold_responses(
	sub {
		$leading->start(of_customers(0));
		$pca->wait_until_waiting($leading);
		$following->start(of_customers(0));
		$pca->wait_until_following($following);
		change_mapping("ADD proxy_user 'x'");
	});
my ($of_leader) = $leading->finish;
is(($following->finish)[0], $of_leader, 'a session gets the rows');
is(requests_of(0), 2,
	'with the mapping of now, and not those that another one has requested with the last'
);
change_mapping('DROP proxy_user');

# the other one is cancelled, while this one sends another request
$pca->use_new_locale;
$pca->fault(kind => 'stall', path => $path{0});
$pca->hold_responses(
	sub {
		$leading->start(of_customers(0));
		$pca->wait_until_waiting($leading);
		$following->start(of_customers(0, 1));
		$pca->wait_until_waiting($following);
		change_mapping("ADD proxy_user 'x'");
	});
$pca->wait_until_following($following);
$pca->sql("SELECT pg_cancel_backend(@{[ $leading->pid ]})");
$leading->finish;
is(($following->finish)[0], $of_two, 'a session sends two requests');
$pca->log_entries;
$pca->sql(of_customers(0));
is(requests_of(0), 0, 'whose responses are kept for the mapping of now');
change_mapping('DROP proxy_user');
$pca->sql(of_customers(0));
is(requests_of(0), 1, 'and not for that of its beginning');

$pca->local_copy('license_deployment');
# a count, whose response has one row
$pca->use_new_locale;
is($pca->run('SELECT count(*) FROM license_deployment'),
	'500|1|1', 'rows are counted by TotalCount');
is($pca->run($count), '468|3|1', 'which is no response that has the rows');

# tables that read the same response in another way
my $path =
  "SERVER mock_api OPTIONS (path '/v1/analytics/commercial/deployment/license/'";
foreach my $case (
	[ 'a table with path', "$path)", 'sent' ],
	[ 'the same without paging', "$path, paging 'none')", 'sent' ],
	[
		'a table with total_count',
		"SERVER mock_api OPTIONS (resource 'license_deployment', total_count 'filtered')",
		'sent'
	],
	[
		'another table',
		"SERVER mock_api OPTIONS (resource 'license_deployment', page_size '150')",
		'hit'
	])
{
	my ($what, $options, $expected) = @$case;
	$pca->sql(
		"CREATE FOREIGN TABLE reads (service_name text OPTIONS (field 'serviceName')) $options"
	);
	$pca->log_entries;
	is( $pca->sql('SELECT count(service_name) FROM reads'),
		$pca->sql('SELECT count(service_name) FROM local.license_deployment'),
		"$what: rows");
	is((scalar(() = $pca->requests) ? 'sent' : 'hit'),
		$expected, "$what: $expected");
	$pca->sql('DROP FOREIGN TABLE reads');
}
$pca->sql(
	"CREATE FOREIGN TABLE limited (service_name text) SERVER mock_api OPTIONS (resource 'license_deployment', max_rows '100')"
);
$pca->fails_with(
	'SELECT * FROM limited',
	'54000',
	qr/more than 100 rows/,
	'option max_rows is that of the reader');

done_testing();
