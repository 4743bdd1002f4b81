# The pages of responses that are kept (option cache_ttl), which are read again: of every
# resource, of servers with other habits, and after every fault.
use strict;
use warnings FATAL => 'all';

use JSON::PP ();
use PcaCacheTest;
use Test::More;

my $pca = PcaCacheTest->new;
my $count = 'SELECT count(service_code) FROM license_deployment';

# --- every resource, replayed

foreach my $resource (
	qw(license_deployment license_usage azure_usage subscriptions searches referrals indirect_resellers customers)
  )
{
	$pca->local_copy($resource);
	cmp_ok($pca->pages("SELECT * FROM $resource"),
		'>', 0, "$resource is requested");
	is($pca->pages("SELECT * FROM $resource"),
		0, "$resource is replayed without a request");
}
foreach my $resource (qw(customer_license_deployment customer_license_usage))
{
	$pca->local_copy($resource);
	is($pca->pages("SELECT * FROM $resource"),
		5,
		"$resource: 5 customers are requested, of the list that is cached");
	is($pca->pages("SELECT * FROM $resource"),
		0, "$resource is replayed without a request");
	is( $pca->pages(
			"SELECT * FROM $resource WHERE customer_id = (SELECT min(id::text)::uuid FROM local.customers)"
		),
		0,
		"$resource: the response of a customer is used alone");
}
$pca->local_copy('license_deployment_history');
my $days =
  "SELECT * FROM license_deployment_history WHERE snapshot_date BETWEEN '2018-10-13' AND '2018-10-14'";
is($pca->pages($days), 6, 'a history of two days is requested');
is($pca->pages($days), 0, 'and replayed');
is( $pca->pages(
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
	$pca->pages($sql);
	is($pca->pages($sql), 0, "again, without a request: $sql");
}

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
	$pca->use_new_locale;
	$pca->local_copy('license_deployment');
	cmp_ok($pca->pages("SELECT * FROM $_"), '>', 0, "$what: $_ is requested")
	  foreach qw(license_deployment searches customers);
	is($pca->pages("SELECT * FROM $_"), 0, "$what: $_ is replayed")
	  foreach qw(license_deployment searches customers);
}
$pca->reset;

# a short page that is not the last one, as a later one has rows
my @numbered = map { { serviceName => "row $_" } } 1 .. 500;
$pca->rows('license_deployment', \@numbered);
$pca->local_copy('license_deployment');
$pca->sql('ANALYZE license_deployment');
$pca->use_new_locale;
$pca->config(total_count => 'absent', next_link => 'absent');
$pca->respond_with(
	JSON::PP::encode_json({ Value => [ @numbered[ 200 .. 269 ] ] }),
	regex => 'top=200&skip=200',
	delay_ms => 700,
	times => 1);
is($pca->pages('SELECT * FROM license_deployment'),
	4, 'the rows after a short page are requested');
is($pca->pages('SELECT * FROM license_deployment'), 0, 'and replayed');
$pca->reset;

# a page after the last one, which has begun to arrive when the response is complete
$pca->rows('license_deployment', [ @numbered[ 0 .. 349 ] ]);
$pca->local_copy('license_deployment');
$pca->use_new_locale;
$pca->config(total_count => 'absent');
$pca->fault(
	kind => 'stall',
	at => 'body',
	after_bytes => 5,
	regex => 'skip=400');
$pca->fault(kind => 'delay', delay_ms => 300, regex => 'skip=200');
is($pca->pages('SELECT * FROM license_deployment'),
	3, 'a page after the last one arrives meanwhile');
is($pca->pages('SELECT * FROM license_deployment'), 0, 'and is not needed');
$pca->reset;

# a table with smaller pages
$pca->use_new_locale;
$pca->config(total_count => 'absent', next_link => 'absent');
$pca->local_copy('license_deployment');
cmp_ok($pca->pages('SELECT * FROM license_deployment'),
	'>', 2, 'pages without link and count are requested');
$pca->sql(
	"ALTER FOREIGN TABLE license_deployment OPTIONS (ADD page_size '100')");
is($pca->pages('SELECT * FROM license_deployment'),
	0, 'and replayed where the page_size is another one');
$pca->sql('ALTER FOREIGN TABLE license_deployment OPTIONS (DROP page_size)');
$pca->reset;

# pages whose rows are all equal: the API seems to ignore skip
$pca->rows('license_deployment', [ map { { serviceName => 'x' } } 1 .. 450 ]);
$pca->local_copy('license_deployment');
like($pca->run($count, cache => 'refresh'),
	qr/^0\|[4-9]\|1$/, 'equal pages: it is checked that skip is honored');
is($pca->pages('SELECT * FROM license_deployment'),
	0, 'and not again when they are replayed');
$pca->reset;

# pages that are equal, although their rows are not
$pca->use_new_locale;
$pca->rows('license_deployment',
	[ map { { serviceName => 'x' . $_ % 200 } } 1 .. 450 ]);
$pca->local_copy('license_deployment');
cmp_ok($pca->pages('SELECT * FROM license_deployment'),
	'>', 3, 'two equal pages: it is checked that skip is honored');
is($pca->pages('SELECT * FROM license_deployment'),
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
$pca->local_copy('license_deployment');
foreach my $fault (@faults)
{
	my ($kind, %says) = @$fault;
	my $name = join ' ', $kind,
	  map { ref $_ ? JSON::PP::encode_json($_) : $_ } %says;
	$pca->use_new_locale;
	$pca->fault(kind => $kind, %says, regex => 'skip=200', times => 1);
	my $error = $pca->error_of('SELECT * FROM license_deployment');
	$pca->clear_faults;
	is( $pca->pages('SELECT * FROM license_deployment'),
		$error->{sqlstate} || $kind eq 'redirect' ? 3 : 0,
		$error->{sqlstate}
		? "$name: an error, and nothing is kept"
		: "$name: rows, and what is kept of them");
}

# --- bytes that are not those that were kept

$pca->use_new_locale;
my $text = "damage $$ " . time;
$pca->rows('license_deployment',
	[ map { { serviceName => "$text $_" } } 1 .. 9 ]);
like(
	$pca->run(
		"SELECT count(*), max(service_name) LIKE '%9' FROM license_deployment"
	),
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
		qr/ERROR:  XX001: a cached response is damaged\n/,
		qr/CONTEXT:  foreign table "license_deployment"/,
		qr/HTTP status 200\. MS-RequestId: .* This response was cached \d+ s ago\./,
		qr/It is dropped from the cache: try again\./
	],
	'the digest of the page tells it');
cmp_ok(
	(   split /\|/,
		$pca->run('SELECT count(service_name) FROM license_deployment'))[1],
	'>', 0,
	'and the next query requests the rows');
$pca->reset;

done_testing();
