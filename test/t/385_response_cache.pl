# Responses that all sessions use again (option cache_ttl): which are kept, when they are
# requested again, and that replayed rows are those of the API.
use strict;
use warnings FATAL => 'all';

use JSON::PP ();
use PcaTest;
use Test::More;

my $pca = PcaTest->new(
	rows => 500,
	customers => 5,
	mapping => { %PcaTest::CREDENTIALS, share_token => 'false' },
	server => { cache_ttl => 3600, page_size => 200, max_retries => 0 });

# What a query returns, and how many requests for pages and for tokens it sends, in a
# session of its own: "rows|pages|tokens".
sub run
{
	my ($sql, %options) = @_;
	my $session = $options{session} // $pca->session;
	$session->query("SET pc_analytics_fdw.cache = $options{cache}")
	  if defined $options{cache};
	$pca->log_entries;
	my $rows = $session->query($sql);
	my @sent = $pca->requests;
	my $tokens = grep { m{/oauth2/} } @sent;
	return "$rows|" . (@sent - $tokens) . "|$tokens";
}

# How many requests for pages a query sends, whose rows are those of the local copy.
sub pages
{
	my ($sql) = @_;
	$pca->log_entries;
	$pca->same_query($sql, $sql);
	return scalar grep { !m{/oauth2/} } $pca->requests;
}

sub error_and_pages
{
	my ($sql) = @_;
	$pca->log_entries;
	my $error = $pca->error_of($sql);
	return ($error->{sqlstate} // 'no error') . ' '
	  . grep { !m{/oauth2/} } $pca->requests;
}

# New rows at the API: none of the responses that are kept has them.
my $generation = 0;

sub new_rows
{
	my ($number) = @_;
	$generation++;
	$pca->rows(
		'license_deployment',
		[
			map {
				{
					serviceCode => "$generation", serviceName => "row $_",
					channel => $_ % 2 ? 'direct' : 'reseller',
					licensesDeployed => $_
				}
			} 1 .. $number
		]);
	return;
}

sub alter_table
{
	my ($options) = @_;
	$pca->sql("ALTER FOREIGN TABLE license_deployment OPTIONS ($options)");
	return;
}

# --- what a hit needs

my $count = 'SELECT count(service_code) FROM license_deployment';
is(run($count), '468|3|1', 'a response is requested');
is(run($count), '468|0|0',
	'another session reads it without a request, and without a token');
my $explain = $pca->explain($count, 'ANALYZE, COSTS OFF, SUMMARY OFF, TIMING OFF');
like($explain, qr/Cache: up to 3600 s old/, 'EXPLAIN shows the greatest age');
like($explain, qr/Requests: 0\n\s+Pages: 0\n/, 'ANALYZE counts what was received');
like($explain, qr/Rows Received: 500\n/,     'and the rows of cached responses');
like($explain, qr/Bytes Received: 0\n/,      'but not their bytes');
like($explain, qr/Cached Answers: 1\n\s+Cache Age: \d+\.\d+ s/,
	'and how many responses, and how old the oldest is');
unlike($pca->sql("SET pc_analytics_fdw.cache = off; EXPLAIN $count"),
	qr/Cache:/, 'without the cache, EXPLAIN shows nothing of it');
my $session = $pca->session;
$session->query($count);
is( $session->query(
		"SELECT url LIKE '%license%top=200&skip=0', attempt, status, rows, bytes, request_id, age < '1 hour' FROM pc_analytics_requests()"
	),
	't|0||500|0||t',
	'pc_analytics_requests() shows a cached response as attempt 0, with its age');
is( $session->query(
		'SELECT error FROM pc_analytics_requests()'),
	'', 'without an error');

# --- every resource, replayed

foreach my $resource (
	qw(license_deployment license_usage azure_usage subscriptions searches referrals indirect_resellers customers))
{
	$pca->local_copy($resource);
	cmp_ok(pages("SELECT * FROM $resource"), '>', 0, "$resource is requested")
	  unless $resource eq 'license_deployment';
	is(pages("SELECT * FROM $resource"),
		0, "$resource is replayed without a request");
}
foreach my $resource (qw(customer_license_deployment customer_license_usage))
{
	$pca->local_copy($resource);
	is(pages("SELECT * FROM $resource"),
		5, "$resource: 5 customers are requested, of the list that is cached");
	is(pages("SELECT * FROM $resource"),
		0, "$resource is replayed without a request");
	is( pages(
			"SELECT * FROM $resource WHERE customer_id = (SELECT min(id::text)::uuid FROM local.customers)"
		),
		0,
		"$resource: the response of a customer is used alone");
}
$pca->local_copy('license_deployment_history');
my $days =
  "SELECT * FROM license_deployment_history WHERE snapshot_date BETWEEN '2018-10-13' AND '2018-10-14'";
is(pages($days), 6, 'a history of two days is requested');
is(pages($days), 0, 'and replayed');
is( pages(
		"SELECT * FROM license_deployment_history WHERE snapshot_date = '2018-10-14'"
	),
	0,
	'each of its days is a response of its own');

# --- queries that read a table in other ways

foreach my $sql (
	'SELECT channel, sum(licenses_deployed) FROM license_deployment GROUP BY 1',
	'SELECT count(*) FROM license_deployment',
	"SELECT * FROM license_deployment WHERE channel = 'direct'",
	'SELECT a.service_code FROM license_deployment a JOIN license_deployment b USING (customer_tenant_id, product_id)',
	'SELECT d.service_code, (SELECT sum(u.licenses_active) FROM license_usage u WHERE u.customer_tenant_id = d.customer_tenant_id) FROM license_deployment d',
	'SELECT * FROM license_deployment d WHERE EXISTS (SELECT FROM license_usage u WHERE u.customer_tenant_id = d.customer_tenant_id)',
	'SELECT channel FROM license_deployment UNION ALL SELECT channel FROM license_usage',
	'WITH x AS NOT MATERIALIZED (SELECT * FROM license_deployment) SELECT count(*) FROM x a JOIN x b USING (service_code)',
	'SELECT * FROM customers c, LATERAL (SELECT sum(licenses_deployed) FROM license_deployment d WHERE d.customer_tenant_id = c.id) s'
  )
{
	pages($sql);
	is(pages($sql), 0, "again, without a request: $sql");
}

# --- options and settings

new_rows(300);
is(run($count), '468|0|0', 'a response stays the same when the rows change');
is(run($count, cache => 'off'),
	'300|2|1', 'without the cache, rows are requested');
is(run($count), '468|0|0', 'and not kept');
is(run($count, cache => 'refresh'),
	'300|2|1', 'with "refresh", rows are requested');
is(run($count), '300|0|0', 'and kept for others');
new_rows(301);
$pca->sql('CREATE MATERIALIZED VIEW kept AS SELECT * FROM license_deployment');
is($pca->sql('SELECT count(service_code) FROM kept'),
	301, 'a materialized view is made from the API');
is(run($count), '301|0|0', 'and its response is kept for others');
new_rows(302);
$pca->sql('REFRESH MATERIALIZED VIEW kept');
is($pca->sql('SELECT count(service_code) FROM kept'),
	302, 'REFRESH MATERIALIZED VIEW requests the rows');
is(run($count), '302|0|0', 'and keeps them for others');
new_rows(303);
alter_table("ADD cache_ttl '0'");
is(run($count), '303|2|1', 'the option of a table counts, not that of its server');
is(run($count), '303|2|1', 'with 0, nothing is kept');
unlike($pca->explain($count), qr/Cache/, 'and EXPLAIN shows nothing');
alter_table("SET cache_ttl '0.1'");
is($pca->wait_for('an expired response', sub { my $r = run($count); $r =~ /^303\|2/ && $r }),
	'303|2|1', 'a response that is older than the option allows is requested again');
alter_table("SET cache_ttl '3600'");
foreach my $value ('-1', '604801', 'often')
{
	$pca->fails_with(
		"ALTER FOREIGN TABLE license_deployment OPTIONS (SET cache_ttl '$value')",
		'HV024',
		qr/invalid value for option "cache_ttl"/,
		"cache_ttl $value is refused");
}
$pca->fails_with(
	"LOAD 'pc_analytics_fdw'; SET pc_analytics_fdw.cache = maybe",
	'22023', qr/on, off, refresh/, 'the setting has three values');

# --- responses that are not read to the end

# Nothing is kept of the query that runs: the rows are requested afterwards.
sub keeps_nothing
{
	my ($what, $code) = @_;
	new_rows(400 + $generation);
	$pca->sql("SET pc_analytics_fdw.cache = refresh; $count");
	new_rows(400 + $generation);
	my $rows = 400 + $generation - 1;
	$code->();
	$pca->clear_faults;
	is((split /\|/, run($count))[0], $rows - 1, "$what: nothing is kept of it");
	return;
}
my $read = 'SELECT service_name FROM license_deployment';
my $refresh = 'SET pc_analytics_fdw.cache = refresh';
keeps_nothing('LIMIT', sub { $pca->sql("$refresh; $read LIMIT 5") });
keeps_nothing(
	'a cursor that is closed',
	sub {
		$pca->sql(
			"$refresh; BEGIN; DECLARE c CURSOR FOR $read; FETCH 250 FROM c; CLOSE c; COMMIT"
		);
	});
keeps_nothing(
	'a savepoint',
	sub {
		$pca->sql(
			"$refresh; BEGIN; SAVEPOINT s; DECLARE c CURSOR FOR $read; FETCH 250 FROM c; ROLLBACK TO s; COMMIT"
		);
	});
keeps_nothing(
	'a query that is cancelled',
	sub {
		my $cancelled = $pca->session;
		$cancelled->query($refresh);
		my $pid = $cancelled->pid;
		$pca->fault(kind => 'stall', at => 'body', after_bytes => 2000, regex => 'skip=200');
		$cancelled->start($read);
		$pca->wait_for_requests(1);
		$pca->sql("SELECT pg_cancel_backend($pid)");
		is($cancelled->error->{sqlstate}, '57014', 'a query is cancelled');
	});
keeps_nothing(
	'an error of the API',
	sub {
		$pca->fault(kind => 'status', status => 500, after => 1);
		is($pca->error_of("$refresh; $read")->{sqlstate}, 'HV000', 'the API has an error');
	});
keeps_nothing(
	'a page that breaks off',
	sub {
		$pca->fault(kind => 'truncate', after_bytes => 2000, regex => 'skip=200');
		is($pca->error_of("$refresh; $read")->{sqlstate}, '08006', 'a page breaks off');
	});
keeps_nothing(
	'a value that cannot be read',
	sub {
		$pca->fault(kind => 'item', row => 150, set => { licensesDeployed => 'x' }, after => 1);
		is( $pca->error_of(
				"$refresh; SELECT licenses_deployed FROM license_deployment")
			  ->{sqlstate},
			'22P02',
			'a value cannot be read');
	});
keeps_nothing(
	'a response with fewer rows than TotalCount',
	sub {
		$pca->sql("ALTER SERVER mock_api OPTIONS (ADD on_incomplete 'warning')");
		$pca->fault(kind => 'envelope', set => { TotalCount => 1000 }, times => 0);
		$pca->sql("$refresh; $read");
		$pca->clear_faults;
		$pca->sql('ALTER SERVER mock_api OPTIONS (DROP on_incomplete)');
	});
keeps_nothing('ANALYZE', sub { $pca->sql("$refresh; ANALYZE license_deployment") });
keeps_nothing('pc_analytics_check()',
	sub { $pca->sql("$refresh; SELECT pc_analytics_check('mock_api')") });

# all rows of a cursor
new_rows(444);
$pca->sql(
	"$refresh; BEGIN; DECLARE c CURSOR FOR $read; FETCH 443 FROM c; FETCH 1 FROM c; CLOSE c; COMMIT"
);
isnt(run($count), '444|0|0', 'all rows of a cursor, but not its end: nothing is kept');
new_rows(445);
$pca->sql("$refresh; BEGIN; DECLARE c CURSOR FOR $read; FETCH ALL FROM c; COMMIT");
is(run($count), '445|0|0', 'a cursor at its end keeps the response');
is(run("SELECT count(*) FROM ($read LIMIT 5) x"),
	'5|0|0', 'the first rows of a complete response are read from it');

# --- an error drops what it was built on

my $wrong = 'SELECT count(licenses_deployed) FROM license_deployment';
new_rows(446);
$pca->fault(kind => 'item', row => 150, set => { licensesDeployed => 'x' });
is(run("$refresh; $count"), "446|3|1", 'a value that no column of the query reads is kept');
is(error_and_pages($wrong), '22P02 0', 'a query that reads it fails');
is(error_and_pages($wrong), 'no error 3', 'and the next one requests the rows');

# --- requests that are always sent

my $azure =
  "SELECT count(*) FROM azure_usage WHERE usage_date > '2018-10-01'";
$pca->config(total_count => 'unfiltered');

sub azure_rows
{
	my ($new, $old) = @_;
	return $pca->rows(
		'azure_usage',
		[
			map { { usageDate => $_ <= $new ? '2018-10-05T00:00:00' : '2018-09-05T00:00:00' } }
			  1 .. $new + $old
		]);
}
azure_rows(30, 20);
is(run($azure), '30|6|1', 'TotalCount counts all rows: a probe, and the rows');
azure_rows(30, 25);
is(run($azure), '30|6|1', 'the count is right when the number of all rows changes');
is(run($azure), '30|6|1', 'and neither probe nor count are kept');
unlike($pca->explain($azure), qr/Cache:/, 'which EXPLAIN shows');
$pca->reset;
my $offset = 'SELECT service_code FROM license_deployment OFFSET 450';
run($offset);
run($offset);
like(run($offset), qr/\|[1-3]\|1$/, 'OFFSET is always requested');
$pca->sql("ALTER SERVER mock_api OPTIONS (ADD max_url_length '700')");
my $list = "SELECT count(customer_name) FROM license_deployment WHERE product_name IN ("
  . join(', ', "'x'", map { "'" . 'y' x 100 . "$_'" } 1 .. 9) . ')';
alter_table("ADD rows '100000'");
like(run($list), qr/^0\|[2-9]\|1$/, 'a list is divided among requests');
like(run($list), qr/^0\|[2-9]\|1$/, 'which are always sent');
$pca->sql('ALTER SERVER mock_api OPTIONS (DROP max_url_length)');
alter_table('DROP rows');

# --- one query sees one state

my $join =
  'SELECT count(*) FROM license_deployment a JOIN license_deployment b USING (service_code, customer_tenant_id)';
is((split /\|/, run($join, cache => 'refresh'))[1],
	3, 'a table that is joined with itself is requested once');

# --- other servers

my @served = (
	[ 'pages that are shorter than requested' => { cap_top => 70 } ],
	[ 'pages that are longer than requested' => { min_top => 300 } ],
	[ 'no next links' => { next_link => 'absent' } ],
	[ 'no TotalCount' => { total_count => 'absent' } ],
	[ 'TotalCount of each page' => { total_count => 'page' } ],
	[ 'neither' => { total_count => 'absent', next_link => 'absent' } ],
	[ 'other names of the rows' => { envelope => 'items' } ],
	[ 'a byte order mark' => { bom => 1 } ],
	[ 'compressed bodies' => { gzip => 1, transfer => 'chunked' } ],
	[ 'numbers as text' => { numbers_as_strings => 1, omit_nulls => 1 } ]);
foreach my $case (@served)
{
	my ($what, $switches) = @$case;
	$pca->reset;
	$pca->config($switches);
	alter_table("SET cache_ttl '@{[ 7000 + $generation++ ]}'");
	$pca->local_copy('license_deployment');
	$pca->sql("SET pc_analytics_fdw.cache = refresh; SELECT count(*) FROM (SELECT * FROM $_ OFFSET 0) x")
	  foreach qw(license_deployment searches customers);
	is(pages("SELECT * FROM $_"), 0, "$what: $_ is replayed")
	  foreach qw(license_deployment searches customers);
}
$pca->reset;

# pages whose rows are all equal: the API seems to ignore skip
$pca->rows('license_deployment', [ map { { serviceName => 'x' } } 1 .. 450 ]);
$pca->local_copy('license_deployment');
like(
	run($count, cache => 'refresh'),
	qr/^0\|[4-9]\|1$/,
	'equal pages: it is checked that skip is honored');
is(pages('SELECT * FROM license_deployment'),
	0, 'and not again when they are replayed');
$pca->reset;

# --- faults

my @faults = (
	[ status => status => 503 ],
	[ status => status => 404 ],
	[ empty => () ],
	[ no_content => () ],
	[ redirect => status => 302, location => 'self' ],
	[ close => () ],
	[ truncate => after_bytes => 300 ],
	[ length => delta => 10 ],
	[ length => delta => -10 ],
	[ bad_chunk => () ],
	[ http10 => () ],
	[ interim => () ],
	[ invalid_json => () ],
	[ trailing_garbage => () ],
	[ invalid_utf8 => () ],
	[ raw_nul => () ],
	[ lone_surrogate => () ],
	[ deep_nesting => () ],
	[ envelope => set => { TotalCount => 7 } ],
	[ envelope => drop => ['Value'] ],
	[ duplicate_page => () ],
	[ reverse => () ],
	[ bad_gzip => () ],
	[ encoding => name => 'zstd', body => 'none' ]);
# No response is kept for the server with another locale.
my $locales = 0;
$pca->sql("ALTER SERVER mock_api OPTIONS (ADD locale 'none')");

sub use_new_locale
{
	$pca->sql("ALTER SERVER mock_api OPTIONS (SET locale 'x-@{[ ++$locales ]}')");
	return;
}
$pca->local_copy('license_deployment');
foreach my $fault (@faults)
{
	my ($kind, %says) = @$fault;
	my $name = join ' ', $kind,
	  map { ref $_ ? JSON::PP::encode_json($_) : $_ } %says;
	use_new_locale();
	$pca->fault(kind => $kind, %says, regex => 'skip=200', times => 1);
	my $error = $pca->error_of('SELECT * FROM license_deployment');
	$pca->clear_faults;
	is( pages('SELECT * FROM license_deployment'),
		$error->{sqlstate} ? 3 : 0,
		$error->{sqlstate}
		? "$name: an error, and nothing is kept"
		: "$name: rows, which are kept");
}

# --- bytes that are not those that were kept

use_new_locale();
my $text = "damage $$ " . time;
$pca->rows('license_deployment', [ map { { serviceName => "$text $_" } } 1 .. 9 ]);
like(
	run("SELECT count(*), max(service_name) LIKE '%9' FROM license_deployment"),
	qr/^9\|t\|[1-3]\|1$/,
	'a small response is kept');
my $damaged = 0;
foreach my $file (glob '/dev/shm/PostgreSQL.*')
{
	open(my $segment, '+<:raw', $file) or next;
	local $/;
	my $bytes = <$segment>;
	my $at = index($bytes, "$text 7");
	next if $at < 0;
	seek($segment, $at + length $text, 0);
	print $segment '-';
	close $segment or die "could not write $file: $!";
	$damaged++;
}
is($damaged, 1, 'a byte of it is changed in shared memory');
$pca->fails_with(
	'SELECT service_name FROM license_deployment',
	'XX001',
	[
		qr/could not read foreign table "license_deployment": a cached response is damaged/,
		qr/HTTP status 200\. MS-RequestId: .* This response was cached \d+ s ago\./,
		qr/It is dropped from the cache: try again\./
	],
	'the digest of the page tells it');
cmp_ok((split /\|/, run('SELECT count(service_name) FROM license_deployment'))[1],
	'>', 0, 'and the next query requests the rows');
$pca->reset;

# --- who may read a response

use_new_locale();
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
is(run($count), '468|3|1', 'a response of the owner');
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
$pca->fails_with("SET ROLE alice; $count",
	'42704', qr/no user mapping of "alice"/,
	'a role without a mapping gets its error, and no response');
$pca->sql('CREATE USER MAPPING FOR PUBLIC SERVER mock_api OPTIONS ('
	  . as_text(%known, proxy_user => 'public')
	  . ')');
is(run("SET ROLE alice; $count"), '468|3|1', 'a role of the mapping for PUBLIC');
is(run("SET ROLE bob; $count"), '468|0|0', 'another one reads its response');
is(run($count), '468|0|0', 'the owner has its own');
$pca->sql('REVOKE SELECT ON license_deployment FROM bob');
$pca->fails_with("SET ROLE bob; $count", '42501', qr/permission denied/,
	'privileges are checked first');

my $here = "locale 'x-$locales', page_size '200', max_retries '0', cache_ttl '3600', $urls";
foreach my $case (
	[ 'another database', $here, as_text(%known), 'hit' ],
	[ 'with other credentials', $here, as_text(%known, proxy_user => 'x'), 'sent' ],
	[ 'with another locale', $here =~ s/x-$locales/x/r, as_text(%known), 'sent' ],
	[ 'with another base_url', $here =~ s{//127.0.0.1}{//localhost}r, as_text(%known), 'sent' ],
	[ 'with another page_size', $here =~ s{'200'}{'100'}r, as_text(%known), 'hit' ])
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
	is((scalar(() = $pca->requests) ? 'sent' : 'hit'), $expected, "$what: $expected");
}

# a mapping that changes while its rows are read
use_new_locale();
my $reader = $pca->session;
$reader->query("BEGIN; DECLARE c CURSOR FOR $read; FETCH 10 FROM c");
$pca->sql("ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (ADD proxy_user 'x')");
$reader->query('FETCH ALL FROM c; COMMIT');
is((split /\|/, run($read))[-2] > 0 ? 'sent' : 'hit', 'sent', 'a response of two mappings is not kept for the second');
$pca->sql('ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (DROP proxy_user)');
is((split /\|/, run($read))[-2] > 0 ? 'sent' : 'hit', 'sent', 'nor for the first');

# tables that read the same response in another way
my $path = "SERVER mock_api OPTIONS (path '/v1/analytics/commercial/deployment/license/'";
foreach my $case (
	[ 'a table with path', "$path)", 'sent' ],
	[ 'the same without paging', "$path, paging 'none')", 'sent' ],
	[ 'a table with total_count', "SERVER mock_api OPTIONS (resource 'license_deployment', total_count 'filtered')", 'sent' ],
	[ 'another table', "SERVER mock_api OPTIONS (resource 'license_deployment', page_size '150')", 'hit' ])
{
	my ($what, $options, $expected) = @$case;
	$pca->sql("CREATE FOREIGN TABLE reads (service_name text OPTIONS (field 'serviceName')) $options");
	$pca->log_entries;
	is($pca->sql('SELECT count(service_name) FROM reads'), $pca->sql('SELECT count(service_name) FROM local.license_deployment'), "$what: rows");
	is((scalar(() = $pca->requests) ? 'sent' : 'hit'), $expected, "$what: $expected");
	$pca->sql('DROP FOREIGN TABLE reads');
}
$pca->sql("CREATE FOREIGN TABLE limited (service_name text) SERVER mock_api OPTIONS (resource 'license_deployment', max_rows '100')");
$pca->fails_with('SELECT * FROM limited', '54000', qr/more than 100 rows/, 'option max_rows is that of the reader');

# --- counters

$pca->sql('SELECT pc_analytics_stats_reset()');
use_new_locale();
run($count);
run($count);
run($count);
is( $pca->sql(
		"SELECT sum(requests), sum(pages), sum(cache_misses), sum(cache_hits) FROM pc_analytics_stats WHERE resource = 'license_deployment'"
	),
	'3|3|1|2',
	'pc_analytics_stats counts responses that were requested and those that were not');

done_testing();
