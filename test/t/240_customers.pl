# The list of customers: every row of pages that are linked, and the one
# filter that the API has for it.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(
	customers => 1203,
	rows => 10,
	# a 429 of one case must not slow the next ones down
	conf => "pc_analytics_fdw.shared_state = off\n",
	server => { max_requests_per_minute => 0 });
$pca->local_copy('customers');

# A query gives what it gives on the local copy.
sub same
{
	my ($sql, $name, %options) = @_;
	$pca->same_query($sql, $name // $sql, %options);
	return;
}

sub asked
{
	my ($sql, $requests, $name) = @_;
	$pca->requests;
	$pca->sql($sql);
	is_deeply([ map { s/^GET //r } $pca->requests ], $requests, $name);
	return;
}

# --- pages

foreach my $prefix (qw(plain v1 absolute))
{
	$pca->config(customers_next_uri => $prefix);
	same('SELECT * FROM customers',
		"every customer, with links written $prefix");
	asked(
		'SELECT id FROM customers',
		[
			'/v1/customers?size=500',
			('/v1/customers?size=500&seekOperation=Next') x 2
		],
		"three requests, at the right path, with links written $prefix");
}
$pca->reset;
$pca->config(customers_cap => 100, bom => 1);
same(
	'SELECT count(*), count(domain) FROM customers',
	'smaller pages than were asked for, and a byte order mark');
$pca->reset;
asked(
	'SELECT count(*) FROM customers',
	[
		'/v1/customers?size=500',
		('/v1/customers?size=500&seekOperation=Next') x 2
	],
	'rows are counted one by one: totalCount is that of the page');
asked(
	'SELECT id FROM customers LIMIT 3',
	['/v1/customers?size=3'],
	'LIMIT asks for a small page');
$pca->sql('ALTER FOREIGN TABLE customers OPTIONS (ADD page_size \'600\')');
asked(
	'SELECT id FROM customers LIMIT 501',
	[ '/v1/customers?size=500', '/v1/customers?size=500&seekOperation=Next' ],
	'a page has 500 customers at most');
$pca->sql(
	'ALTER FOREIGN TABLE customers OPTIONS (SET page_size \'499\', ADD total_count \'filtered\')'
);
same('SELECT * FROM customers',
	'page_size, and a total_count that is declared for other tables');
$pca->sql(
	'ALTER FOREIGN TABLE customers OPTIONS (DROP page_size, DROP total_count)'
);
$pca->query_is('SELECT count(*) FROM customers a JOIN customers b USING (id)',
	1203, 'a join with itself');

# --- links that lead nowhere good

$pca->config(
	customers_next_uri => 'foreign',
	foreign_host => 'elsewhere.invalid');
$pca->log_entries;
$pca->fails_with(
	'SELECT id FROM customers',
	'HV000',
	[
		qr/next link of the API's response leads to another server/,
		qr/elsewhere\.invalid/
	],
	'a link to another server is an error');
is(scalar(my @before = $pca->requests), 1, 'and is not followed');
$pca->reset;

my %token = (key => 'MS-ContinuationToken');
my @links = (    # which pages, links.next, SQLSTATE, error
	[
		'seekOperation',
		{ uri => '/customers?size=500' },
		'HV000',
		qr/links form a cycle/,
		'a circle of pages'
	],
	[
		'v1/customers',
		{ uri => '/customers?size=500' },
		'HV000',
		qr/leads to the same page again/,
		'a link to its own page'
	],
	[
		'v1/customers', { uri => '/customers?size=500&seekOperation=Next' },
		'HV000',
		qr/header is missing/,
		'a link without its header'
	],
	[
		'v1/customers', { uri => '//elsewhere.invalid/v1/customers' },
		'HV000',
		qr/another server/,
		'a host without scheme'
	],
	[
		'v1/customers',
		{ uri => 'http://u:p@127.0.0.1:' . $pca->port . '/v1/customers' },
		'HV000', qr/another server/,
		'a user name'
	],
	[
		'v1/customers', { uri => '/\\elsewhere.invalid/v1/customers' },
		undef, qr/404|another server/,
		'backslashes'
	],
	[
		'v1/customers', { uri => '/customers', method => 'POST' },
		'HV00M',
		qr/next link is not a GET/,
		'another method'
	],
	[
		'v1/customers',
		{
			uri => '/customers',
			headers => [ { %token, value => "a\r\nX-Evil: b" } ]
		},
		'HV00M',
		qr/cannot be sent as a header/,
		'a header that holds others'
	],
	[
		'v1/customers', {},
		'HV00M', qr/next link has no uri/,
		'a link without uri'
	],);
foreach my $case (@links)
{
	my ($path, $next, $sqlstate, $message, $name) = @$case;
	$pca->fault(
		kind => 'envelope',
		path => '/v1/customers',
		regex => $path,
		times => 0,
		set => { links => { next => $next } });
	my $error = $pca->error_of('SELECT id FROM customers');
	$sqlstate //= $error->{sqlstate};
	$pca->error_is($error, $sqlstate, $message, "an error: $name");
	my @sent =
	  map { lc $_->[0] } map { @{ $_->{headers} } } $pca->log_entries;
	ok(!(grep { $_ eq 'x-evil' } @sent), "nothing strange was sent: $name");
	$pca->reset;
}
$pca->fault(
	kind => 'envelope',
	path => '/v1/customers',
	regex => 'seekOperation',
	times => 0,
	set => { links => { next => undef } });
$pca->query_is('SELECT count(*) FROM customers',
	1000, 'a null link ends the list');
$pca->reset;
foreach my $fault (
	{ kind => 'truncate', after_bytes => 3000 },
	{ kind => 'status', status => 500 },
	{ kind => 'close' },
	{ kind => 'status', status => 429, retry_after => 0 })
{
	$pca->fault(
		%$fault,
		path => '/v1/customers',
		regex => 'seekOperation',
		times => 1);
	same('SELECT * FROM customers',
		"a page in the middle is asked again: $fault->{kind}");
	$pca->reset;
}
$pca->fault(
	kind => 'envelope',
	path => '/v1/customers',
	set => { totalCount => 1203 },
	times => 0);
same('SELECT * FROM customers', 'a totalCount of the whole list');
$pca->clear_faults;
$pca->fault(
	kind => 'envelope',
	path => '/v1/customers',
	set => { totalCount => 1204 },
	times => 0);
$pca->fails_with(
	'SELECT id FROM customers',
	'HV000',
	qr/the API's response is not complete/,
	'one that is not reached is an error');
$pca->reset;

# --- the filter

my $contoso =
  '{"Field":"CompanyName","Value":"Contoso","Operator":"starts_with"}';
my @filters = (
	[ "company_name LIKE 'Contoso%'", $contoso ],
	[ "company_name ^@ 'Contoso'", $contoso ],
	[ "starts_with(company_name, 'Contoso')", $contoso ],
	[ "company_name = 'Contoso'", $contoso ],
	[
		"company_name ILIKE 'cOnToso%'",
		'{"Field":"CompanyName","Value":"cOnToso","Operator":"starts_with"}'
	],
	[ "company_name LIKE 'Contoso%0%'", $contoso ],
	[
		"domain LIKE 'co%' AND company_name <> ''",
		'{"Field":"Domain","Value":"co","Operator":"starts_with"}'
	],);
foreach my $case (@filters)
{
	my ($condition, $filter) = @$case;
	same(
		"SELECT * FROM customers WHERE $condition",
		"right rows: $condition",
		empty => 1);
	asked(
		"SELECT * FROM customers WHERE $condition",
		["/v1/customers?size=500&filter=$filter"],
		"sent: $condition");
}
foreach my $condition (
	"company_name LIKE '%oso%'",
	"company_name NOT LIKE 'C%'",
	"company_name <> 'Contoso'",
	"company_name LIKE 'A%' OR domain LIKE 'b%'",
	"company_name IS NULL",
	"company_name > 'm'",
	"company_name ILIKE 'K%'",
	"relationship_to_partner = 'reseller'",
	"company_name ^@ ''")
{
	same(
		"SELECT * FROM customers WHERE $condition",
		"right rows: $condition",
		empty => 1);
	asked("SELECT id FROM customers WHERE $condition LIMIT 0",
		[], 'LIMIT 0 asks for nothing');
	unlike(
		$pca->explain("SELECT id FROM customers WHERE $condition"),
		qr/Remote Filter/,
		"not sent: $condition");
}
my $names = $pca->sql(
	'SELECT string_agg(DISTINCT quote_literal(company_name), \', \') FROM '
	  . '(SELECT company_name FROM local.customers WHERE company_name <> \'\' AND length(company_name) < 40 ORDER BY md5(company_name) LIMIT 30) x'
);
same(
	"SELECT * FROM customers WHERE company_name IN ($names)",
	'a list of names, whatever characters they have');
$pca->requests;
$pca->sql(
	"SELECT * FROM customers WHERE company_name IN ('Contoso', 'Con', 'c')");
is(scalar(my @shares = $pca->requests), 3, 'is a request for each name');
same(
	"SELECT * FROM customers WHERE company_name IN ('Contoso', 'Con', 'contoso', 'C')",
	'beginnings of one another give no row twice',
	empty => 1);
same(
	'SELECT * FROM customers c WHERE domain = ANY (ARRAY(SELECT domain FROM local.customers ORDER BY 1 LIMIT 5))',
	'a list that is known late');
same(
	"SELECT c.* FROM local.customers l JOIN customers c ON c.company_name = l.company_name WHERE l.domain LIKE 'c%1%'",
	'names from another table');

# --- the rows of every customer

my $usage = 'customer_license_usage';
$pca->reset;
$pca->config(customers => 60);
$pca->local_copy($_)
  foreach 'customers', $usage, 'customer_license_deployment';
my @all = split /\n/, $pca->sql('SELECT id FROM local.customers ORDER BY id');
is(scalar @all, 60, 'the mock API has sixty customers');

# What is asked for customers, by how often.
sub customers_asked
{
	my %asked;
	$asked{ m{/customers/([^/]+)/} ? $1 : 'list' }++ foreach $pca->requests;
	return \%asked;
}

same("SELECT * FROM $usage", 'every row of every customer');
same('SELECT * FROM customer_license_deployment', 'and of the other table');
$pca->requests;
same(
	"SELECT customer_id, product_name, sum(licenses_active) AS s FROM $usage GROUP BY 1, 2",
	'grouped here');
is_deeply(
	customers_asked(),
	{ list => 1, map { $_ => 1 } @all },
	'a list, and a request for each customer');
same(
	"SELECT * FROM $usage WHERE customer_id <> '$all[3]' AND licenses_active > 1",
	'conditions that stay');
$pca->config(customers_cap => 7, latency_ms => 10);
$pca->requests;
same("SELECT * FROM $usage", 'a list of several pages');
is_deeply(
	customers_asked(),
	{ list => 9, map { $_ => 1 } @all },
	'each page and each customer once');
$pca->reset;
$pca->config(customers => 60);

# A customer whom the list has twice is asked for once.
my @rows = map {
	{
		id => $_,
		companyProfile =>
		  { tenantId => $_, companyName => 'N', domain => 'd' }
	}
} @all, map { uc } @all[ 0 .. 9 ];
$pca->rows(customers => \@rows);
is( $pca->sql("SELECT count(*), count(DISTINCT customer_id) FROM $usage"),
	$pca->sql(
		"SELECT count(*), count(DISTINCT customer_id) FROM $usage WHERE customer_id IN ("
		  . join(', ', map { "'$_'" } @all) . ')'),
	'no row twice');
$pca->requests;
$pca->sql("SELECT * FROM $usage");
is_deeply(
	customers_asked(),
	{ list => 1, map { $_ => 1 } @all },
	'no customer twice');
$pca->rows(customers =>
	  [ @rows[ 0 .. 2 ], { id => 'a/../b', companyProfile => {} } ]);
$pca->fails_with(
	"SELECT * FROM $usage",
	'HV000',
	qr/a customer in the API's response cannot be read: its id is not a GUID\n.*^CONTEXT:  response: HTTP status 200\. MS-RequestId: [0-9a-f-]{36}, .*\nlist of customers for foreign table "customer_license_usage"$/ms,
	'an id that is no GUID is an error, and no path');
$pca->rows(customers => []);
$pca->query_is("SELECT count(*) FROM $usage", 0, 'no customers, no rows');
$pca->reset;
$pca->config(customers => 60);

# --- with a customer, as before

foreach my $query (
	"SELECT * FROM $usage WHERE customer_id = '$all[5]'",
	"SELECT * FROM $usage WHERE customer_id IN ('$all[5]', '$all[6]', '$all[5]')",
	"SELECT u.* FROM local.customers c JOIN $usage u ON u.customer_id = c.id WHERE c.id < '$all[4]'",
	"SELECT u.* FROM (VALUES ('$all[1]'::uuid), ('$all[2]')) v (id) LEFT JOIN $usage u ON u.customer_id = v.id"
  )
{
	$pca->requests;
	same($query);
	my $asked = customers_asked();
	cmp_ok(scalar(keys %$asked), '<=', 4, 'asks for those customers');
	ok(!$asked->{list}, 'and not for the list');
}
same(
	"SELECT c.company_name, u.* FROM customers c JOIN $usage u ON u.customer_id = c.id WHERE c.company_name LIKE 'C%'",
	'a join of the list with the rows');
same(
	"SELECT * FROM $usage WHERE customer_id = ANY (ARRAY(SELECT id FROM customers WHERE company_name ILIKE 'c%'))",
	'the list as an array');

# --- how much at once, and when it ends

$pca->config(latency_ms => 20);
$pca->log_entries;
$pca->sql("SELECT * FROM $usage");
is($pca->state->{most_in_progress}, 4, 'four requests at once')
  or diag(explain $pca->state);
$pca->requests;
my $needed = 0;
$pca->sql("SELECT * FROM $usage LIMIT 1");
cmp_ok(scalar(my @few = $pca->requests), '<=', 6, 'LIMIT stops asking');
my $session = $pca->session;
$session->query(
	"BEGIN; DECLARE c CURSOR FOR SELECT * FROM $usage; FETCH 1 FROM c; CLOSE c; COMMIT"
);
cmp_ok(scalar(@few = $pca->requests),
	'<=', 12, 'so does a cursor that is closed');
$session->query('SET statement_timeout = \'150ms\'');
$pca->config(latency_ms => 100);
$session->start("SELECT * FROM $usage");
like(($session->finish)[1], qr/57014|statement timeout/, 'a timeout ends it');
$session->query('RESET statement_timeout');
$pca->config(latency_ms => 0);
$pca->requests;
$session->query(
	'SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off; SET enable_memoize = off'
);
is( $session->query(
		"SELECT count(*) FROM (VALUES (1), (2), (3)) v (i) CROSS JOIN $usage"
	),
	3 * $pca->sql("SELECT count(*) FROM local.$usage"),
	'rescans give the same rows');
is_deeply(
	customers_asked(),
	{ list => 1, map { $_ => 1 } @all },
	'and ask for nothing again');

# --- a customer who fails

my $quiet = $pca->session;
$quiet->query('SET client_min_messages = error');
my $bad = $all[20];
foreach my $case (
	[ { kind => 'status', status => 403 }, 1 ],
	[ { kind => 'status', status => 404 }, 1 ],
	[
		{
			kind => 'status',
			status => 400,
			code => '3000',
			description => 'Customer does not have usage data'
		},
		1
	],
	[ { kind => 'status', status => 400 }, 0 ],
	[ { kind => 'status', status => 500 }, 1 ],
	[ { kind => 'status', status => 503 }, 1 ],
	[ { kind => 'status', status => 429, retry_after => 0 }, 0 ],
	[ { kind => 'stall' }, 1 ],
	[ { kind => 'stall', at => 'headers' }, 1 ],
	[ { kind => 'stall', at => 'body', after_bytes => 400 }, 0 ],
	[ { kind => 'status', status => 401, code => '900420' }, 0 ],
	[ { kind => 'close' }, 0 ],
	[ { kind => 'invalid_json' }, 0 ],
	[ { kind => 'empty' }, 0 ])
{
	my ($fault, $skipped) = @$case;
	my $name =
	  "$fault->{kind} "
	  . ($fault->{code} // $fault->{status} // $fault->{at} // '');
	$pca->fault(%$fault, path => "/v1/customers/$bad/", times => 0);
	my $timeout = $fault->{kind} eq 'stall' ? '400ms' : '180s';
	$pca->sql(
		"ALTER SERVER mock_api OPTIONS (ADD max_retries '1', ADD max_retry_wait '20ms', ADD request_timeout '$timeout')"
	);
	$pca->fails_with(
		"SELECT * FROM $usage",
		$pca->error_of("SELECT * FROM $usage WHERE customer_id = '$bad'")
		  ->{sqlstate},
		qr/^CONTEXT:  foreign table "$usage", customer $bad$/m,
		"$name: the error names the customer");
	$pca->sql(
		"ALTER FOREIGN TABLE $usage OPTIONS (ADD on_customer_error 'skip')");
	if ($skipped)
	{
		same(
			"SELECT * FROM $usage WHERE customer_id <> '$bad'",
			"$name: the others' rows come with skip",
			session => $quiet);
		my ($status, $out, $err) =
		  $pca->node->psql('postgres', "SELECT count(*) FROM $usage");
		like(
			$err,
			qr/\A[^\n]*WARNING:  1 customer of foreign table "$usage" was skipped\nDETAIL:  [^\n]*$bad\.\nHINT[^\n]*\n?\z/,
			"$name: one warning, which names the customer");
		is( $quiet->query(
				"SELECT count(*) FROM $usage WHERE customer_id = '$bad'"),
			0,
			"$name: also when asked for alone");
	}
	else
	{
		$pca->fails_with(
			"SELECT * FROM $usage",
			$pca->error_of("SELECT * FROM $usage WHERE customer_id = '$bad'")
			  ->{sqlstate},
			qr/^CONTEXT:  foreign table "$usage", customer $bad$/m,
			"$name: an error with skip, too");
	}
	$pca->sql("ALTER FOREIGN TABLE $usage OPTIONS (DROP on_customer_error)");
	$pca->sql(
		'ALTER SERVER mock_api OPTIONS (DROP max_retries, DROP max_retry_wait, DROP request_timeout)'
	);
	$pca->clear_faults;
}

# The server may say it for all of them; each scan warns once, of all it skipped.
$pca->sql("ALTER SERVER mock_api OPTIONS (ADD on_customer_error 'skip')");
$pca->fault(
	kind => 'status',
	status => 404,
	path => "/v1/customers/$_/",
	times => 0) foreach @all[ 1, 2 ];
my (undef, undef, $warned) = $pca->node->psql('postgres',
	"SELECT count(*) FROM (VALUES ('$all[0]'::uuid), ('$all[1]'), ('$all[2]'), ('$all[1]')) v (id) CROSS JOIN LATERAL "
	  . "(SELECT * FROM $usage WHERE customer_id = v.id OFFSET 0) u");
like(
	$warned,
	qr/\A[^\n]*WARNING:  2 customers of foreign table "$usage" were skipped\nDETAIL:  [^\n]*$all[1], $all[2]\.\nHINT[^\n]*\n?\z/,
	'a nested loop warns once, of each customer once');
(undef, undef, $warned) = $pca->node->psql('postgres',
	"SELECT count(*) FROM $usage a, (SELECT 1 FROM customer_license_deployment LIMIT 0) b"
);
is($warned, '', 'what was not read is not warned of');
$pca->clear_faults;
$pca->fault(
	kind => 'status',
	status => 403,
	path => '/v1/customers?',
	times => 0);
$pca->fails_with(
	"SELECT * FROM $usage",
	'42501',
	qr/the API denied access.*^CONTEXT:  list of customers for foreign table "$usage"$/ms,
	'the list is never skipped');
$pca->clear_faults;

# A token without a user: not the customer's fault.
my %without_user = map { $_ => $PcaTest::CREDENTIALS{$_} }
  qw(tenant_id client_id client_secret);
$pca->create_server(
	'lonely',
	{
		on_customer_error => 'skip',
		max_requests_per_minute => 0,
		token_resource => $pca->url
	},
	\%without_user);
$pca->sql(
	'CREATE SCHEMA lonely; IMPORT FOREIGN SCHEMA analytics FROM SERVER lonely INTO lonely'
);
$pca->query_is('SELECT count(*) FROM lonely.customers',
	60, 'a token without a user reads the list');
$pca->fails_with(
	"SELECT * FROM lonely.$usage",
	'42501',
	[
		qr/foreign table "$usage", customer /,
		qr/application alone is not let in/
	],
	'but rows of no customer, which is no error of one customer');
$pca->sql('ALTER SERVER mock_api OPTIONS (DROP on_customer_error)');

# --- where a row comes from, when it cannot be read

$pca->fault(
	kind => 'item',
	path => "/v1/customers/$all[7]/",
	set => { licensesActive => 'many' },
	times => 0);
$pca->fails_with(
	"SELECT * FROM $usage",
	'22P02',
	[
		qr/value "many"\nresponse: HTTP status 200\. MS-RequestId: [0-9a-f-]{36}, .*\nforeign table "$usage", customer $all[7]$/m
	],
	'a value that does not fit is told with its customer');
$pca->clear_faults;

# --- EXPLAIN, progress, ANALYZE, and several scans at once

my $plan = $pca->explain("SELECT * FROM $usage",
	'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF');
like(
	$plan,
	qr/Requests: 61\n\s*Pages: 61\n\s*Rows Received: @{[ $pca->sql("SELECT count(*) FROM local.$usage") ]}\n/,
	'the counters have the list, but not its rows');
$pca->requests;
(undef, undef, my $told) =
  $pca->node->psql('postgres', "ANALYZE VERBOSE $usage");
like(
	$told,
	qr/"$usage": table contains @{[ $pca->sql("SELECT count(*) FROM local.$usage") ]} rows/,
	'ANALYZE of few customers reads all');
is_deeply(
	customers_asked(),
	{ list => 1, map { $_ => 1 } @all },
	'ANALYZE of few customers requests each customer once');
$pca->query_is(
	"SELECT n_distinct FROM pg_stats WHERE schemaname = 'partner_center' AND tablename = '$usage' AND attname = 'customer_id'",
	$pca->sql(
		"ANALYZE local.$usage; SELECT n_distinct FROM pg_stats WHERE schemaname = 'local' AND tablename = '$usage' AND attname = 'customer_id'"
	),
	'with their number');
$pca->config(customers => 700);
$pca->sql("ANALYZE $usage");
my $asked = customers_asked();
is(delete $asked->{list}, 2, 'of many, the list is read');
is(scalar(keys %$asked), 100, 'and the rows of a hundred');
my $guess =
  $pca->sql("SELECT reltuples FROM pg_class WHERE oid = '$usage'::regclass");
my $rows = $pca->sql(
	"ALTER SERVER mock_api OPTIONS (SET max_requests_per_minute '0'); SELECT count(*) FROM $usage"
);
cmp_ok(abs($guess - $rows), '<', 0.4 * $rows, 'the number of rows is guessed')
  or diag("$guess for $rows");
$pca->sql('ANALYZE customers');
$pca->query_is(
	"SELECT reltuples FROM pg_class WHERE oid = 'customers'::regclass",
	700, 'ANALYZE of the list');
$pca->reset;
$pca->config(customers => 60);
same(
	"SELECT customer_id, product_name FROM $usage UNION ALL SELECT customer_id, product_name FROM customer_license_deployment "
	  . 'UNION ALL SELECT id, company_name FROM customers',
	'an Append of three scans');
like(
	$pca->explain(
		"SELECT customer_id FROM $usage UNION ALL SELECT id FROM customers"),
	qr/Async Foreign Scan on partner_center.$usage/,
	'which are on their way together');
same(
	"SELECT count(*) FROM $usage a JOIN customer_license_deployment b USING (customer_id, product_name)",
	'a join of both');
$pca->sql('ALTER SERVER mock_api OPTIONS (ADD max_parallel_requests \'1\')');
same("SELECT * FROM $usage", 'one request after the other');
$pca->config(customers_cap => 7);
same("SELECT * FROM $usage", 'with a list of several pages, too');

done_testing();
