# Paging: how many pages are requested, with which top and skip; that every
# row is returned once, whatever the server says of further pages; and that no
# result is cut short.
use strict;
use warnings FATAL => 'all';

use IO::Socket::INET;
use PcaTest;
use Test::More;

my $path = '/v1/analytics/commercial/deployment/license/';
my $pca =
  PcaTest->new(rows => 250, customers => 40, server => { page_size => 50 });
$pca->local_copy('license_deployment');
my $session = $pca->session;

# The requests since the last call as "top,skip", or the whole line of others,
# in the order of their rows: several may be on their way at once.
sub pages
{
	my @pages = map { /^GET \Q$path\E\?top=(\d+)&skip=(\d+)/ ? "$1,$2" : $_ }
	  $pca->requests;
	return sort { (split /,/, $a)[1] <=> (split /,/, $b)[1] }
	  grep({ /^\d+,\d+$/ } @pages),
	  grep { !/^\d+,\d+$/ } @pages;
}

sub option
{
	my ($object, $name, $value) = @_;
	$session->query("ALTER $object OPTIONS ("
		  . (defined $value ? "ADD $name '$value'" : "DROP $name")
		  . ')');
	return;
}

# Rows and requests when nothing is special.
$pca->same_query(
	'SELECT * FROM license_deployment',
	'five pages: every row once',
	session => $session);
is(join(' ', pages()), '50,0 50,50 50,100 50,150 50,200',
	'and five requests');
option('FOREIGN TABLE license_deployment', 'page_size', 120);
$pca->same_query(
	'SELECT * FROM license_deployment',
	'page_size of the table: every row once',
	session => $session);
is( join(' ', pages()),
	'120,0 120,120 120,240',
	'it goes before the server\'s');
option('FOREIGN TABLE license_deployment', 'page_size');
$pca->same_query(
	'SELECT customer_name, product_name, sum(licenses_sold) FROM license_deployment GROUP BY 1, 2',
	'pages of groups: every group once',
	session => $session);
my @grouped = $pca->requests;
is( scalar(grep { /groupby=customerName,productName/ } @grouped),
	scalar @grouped,
	'groups are paged, too');
cmp_ok(scalar @grouped, '>', 2, 'in several requests');
$pca->rows('license_deployment', []);
is($session->query('SELECT * FROM license_deployment'),
	'', 'no rows are no error');
is(join(' ', pages()), '50,0', 'and take one request');
$pca->reset;

# Whatever TotalCount counts, and however the next link is said: the same rows,
# and at most one request more than there are pages.
my %queries = (
	plain => 'SELECT * FROM license_deployment',
	filtered =>
	  "SELECT * FROM license_deployment WHERE channel IN ('reseller', 'direct')",
	grouped =>
	  'SELECT customer_tenant_id, product_id, sum(licenses_sold) FROM license_deployment GROUP BY 1, 2'
);
foreach my $total (qw(filtered unfiltered page absent null string))
{
	foreach my $link (
		qw(relative relative_unencoded absolute always_null absent empty))
	{
		$pca->config(total_count => $total, next_link => $link);
		foreach my $what (sort keys %queries)
		{
			$pca->log_entries;
			$pca->same_query(
				$queries{$what},
				"TotalCount $total, next link $link: $what: every row once",
				session => $session);

			# where no page says how many rows there are, a page after the last
			# may be requested before the last has arrived
			my $most =
				$what eq 'plain' && $total eq 'filtered' ? 5
			  : $total =~ /^(?:page|absent|null)$/       ? 7
			  :                                            6;
			my $asked = () = pages();
			cmp_ok($asked, '<=', $most,
				"TotalCount $total, next link $link: $what: no needless request"
			);
		}
	}
}
$pca->reset;

# A server that returns fewer rows than top is followed page by page.
# Without any word of what follows, a short page is the last.
foreach my $case (
	[ filtered => 'relative' ],
	[ filtered => 'absent' ],
	[ unfiltered => 'relative' ],
	[ unfiltered => 'always_null' ],
	[ page => 'relative' ],
	[ page => 'absolute' ],
	[ absent => 'relative' ],
	[ null => 'relative_unencoded' ])
{
	my ($total, $link) = @$case;
	$pca->config(cap_top => 30, total_count => $total, next_link => $link);
	$pca->log_entries;
	$pca->same_query(
		$queries{$_},
		"at most 30 a page, TotalCount $total, next link $link: $_: every row once",
		session => $session) foreach qw(plain filtered grouped);
	like(
		join(' ', pages()),
		qr/^(50,0 )+(\d+,30 )+(\d+,60 )+/,
		'the next page begins behind what came');
	$pca->reset;
}

# count(*): right whatever TotalCount counts, also where nothing is declared.
my @counts = (
	'',
	"WHERE channel = 'direct'",
	"WHERE channel = 'nobody'",
	"WHERE service_code IN ('o365', 'crm', 'x')",
	"WHERE licenses_sold > 5",
	"WHERE channel <> 'direct'",
	"WHERE channel = 'direct' AND licenses_sold > 5");
option('SERVER mock_api', 'string_comparison', 'case_sensitive');
foreach my $total (qw(filtered unfiltered page absent string))
{
	foreach
	  my $declared (undef, grep { $_ eq $total } qw(filtered unfiltered page))
	{
		option('SERVER mock_api', 'total_count', $declared) if $declared;
		foreach my $rows (250, 1)
		{
			$pca->config(
				string_comparison => 'sensitive',
				total_count => $total,
				rows => $rows);
			$pca->local_copy('license_deployment');
			my $how =
				"TotalCount $total, "
			  . ($declared ? 'declared' : 'not declared')
			  . ", of $rows";
			$pca->same_query(
				"SELECT count(*) FROM license_deployment $_",
				"count(*) $_ with $how",
				session => $session) foreach @counts;
		}
		option('SERVER mock_api', 'total_count') if $declared;
	}
}
option('SERVER mock_api', 'string_comparison');
$pca->reset;
$pca->local_copy('license_deployment');
$pca->log_entries;
is($session->query('SELECT count(*) FROM license_deployment'),
	250, 'count(*) of all rows');
is(join(' ', pages()), '1,0', 'is one request for one row');

# LIMIT: the first page is as large as needed; the next ones grow.
my $channel = "SELECT coalesce(channel, 'none') FROM license_deployment";
my @limits = (    # query, how many rows it gives, the pages
	[ "$channel LIMIT 7", 7, '7,0' ],
	[ "$channel LIMIT 60", 60, '50,0 50,50' ],
	[ "$channel LIMIT 0", 0, '' ],
	[ "$channel LIMIT 5 OFFSET 100", 5, '5,100' ],
	[ "$channel OFFSET 240", 10, '50,240' ],
	[ "$channel OFFSET 1000", 0, '50,1000' ],
	[ "$channel LIMIT 5 OFFSET 9223372036854775807", 0, '5,2000000000' ],
	[
		"$channel WHERE licenses_sold IS NOT NULL LIMIT 3",
		3, qr/^3,0( 30,3)?$/
	],
	[
		"$channel WHERE licenses_sold > 9000000000000000000 LIMIT 1",
		0, '1,0 10,1 50,11 50,61 50,111 50,161 50,211'
	],
	[
		"$channel ORDER BY customer_name LIMIT 3",
		3,
		'50,0 50,50 50,100 50,150 50,200'
	],
	[ 'SELECT 1 WHERE EXISTS (SELECT FROM license_deployment)', 1, '1,0' ]);
foreach my $case (@limits)
{
	my ($query, $number, $pages) = @$case;
	$pca->log_entries;
	my @rows = split /\n/, $session->query($query);
	is(scalar @rows, $number, "$query: $number rows");
	like(
		join(' ', pages()),
		ref $pages ? $pages : qr/^$pages$/,
		"$query: the pages received");
}
$session->query(
	'BEGIN; DECLARE c CURSOR FOR SELECT * FROM license_deployment');
$session->query('FETCH 3 FROM c');
is(join(' ', pages()),
	'50,0', 'a cursor asks for no page before its rows are wanted');
$session->query('FETCH ALL FROM c; CLOSE c; COMMIT');
is( join(' ', pages()),
	'50,50 50,100 50,150 50,200',
	'and then for those that have them');

# What contradicts itself is an error, never fewer rows.
my @contradictions = (
	[
		'the same page again',
		{ ignore_skip => 1 },
		undef,
		'HV000',
		qr/same page (?:twice|again)/
	],
	[
		'a TotalCount above the rows',
		{},
		{ kind => 'envelope', set => { TotalCount => 9999 }, times => 0 },
		'HV000',
		qr/not complete.*250 rows.*9999/s
	],
	[
		'a TotalCount below the rows',
		{},
		{ kind => 'envelope', set => { TotalCount => 99 }, times => 0 },
		'HV000',
		qr/not complete.*100 rows.*99/s
	],
	[
		'a TotalCount that changes',
		{},
		{ kind => 'envelope', set => { TotalCount => 251 }, after => 2 },
		'HV000',
		qr/changed while it was read/
	],
	[
		'an empty page before the end',
		{},
		{
			kind => 'envelope',
			set => { Value => [] },
			regex => 'skip=100',
			times => 0
		},
		'HV000',
		qr/more rows, but returns none/
	],
	[
		'an empty page that is the last',
		{ total_count => 'absent' },
		{
			kind => 'envelope',
			set => { Value => [], '@nextLink' => 'x?skip=1' },
			after => 2
		},
		'HV000',
		qr/more rows, but returns none/
	]);
foreach my $case (@contradictions)
{
	my ($what, $switches, $fault, $sqlstate, $expression) = @$case;
	$pca->config($switches) if %$switches;
	$pca->fault(%$fault) if $fault;
	$pca->fails_with(
		$queries{plain}, $sqlstate,
		[ qr/license_deployment/, $expression ],
		"$what is an error");
	$pca->reset;
}
option('SERVER mock_api', 'on_incomplete', 'warning');
$pca->fault(kind => 'envelope', set => { TotalCount => 9999 }, times => 0);
my ($status, $rows, $warning) = $pca->node->psql('postgres', $queries{plain});
is(scalar(split /\n/, $rows), 250, 'on_incomplete warning gives the rows');
like($warning, qr/WARNING:.*not complete/, 'and a warning');
$pca->reset;
$pca->config(ignore_skip => 1);
$pca->fails_with(
	$queries{plain}, 'HV000',
	qr/same page (?:twice|again)/,
	'on_incomplete allows nothing else');
$pca->reset;

# Rows that come behind an empty page are an error even then, however late.
foreach my $late ('skip=100', 'skip=150')
{
	$pca->fault(
		[
			{
				kind => 'envelope',
				set => { Value => [] },
				drop => ['@nextLink'],
				regex => 'skip=100\b',
				delay_ms => $late =~ /100/ ? 200 : 0
			},
			{
				kind => 'delay',
				regex => 'skip=150\b',
				delay_ms => $late =~ /150/ ? 200 : 0
			}
		]);
	$pca->fails_with(
		$queries{plain}, 'HV000',
		qr/more rows, but returns none/,
		"rows behind an empty page are an error, $late being late");
	$pca->clear_faults;
}
option('SERVER mock_api', 'on_incomplete');
$pca->reset;

# A next link that leads elsewhere: nothing is sent there.
my $elsewhere =
  IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', Blocking => 0)
  or die "no socket: $!";
my $port = $elsewhere->sockport;
(my $here = $pca->url) =~ s{^http://}{};
foreach my $link (
	"http://127.0.0.1:$port$path?skip=50", "//127.0.0.1:$port/",
	"https://$here$path?skip=50", "http://$here\@127.0.0.1:$port/",
	"http://user:word\@$here$path", 'ftp://127.0.0.1/x',
	"http:\\\\127.0.0.1:$port\\", 'http://[::1',
	'file:///etc/passwd')
{
	$pca->fault(kind => 'envelope', set => { '@nextLink' => $link });
	$pca->log_entries;
	$pca->fails_with(
		$queries{plain}, 'HV000',
		qr/next link of the API's response leads to another server/,
		"next link $link is an error");
	is(join(' ', pages()), '50,0', "next link $link: nothing more is asked");
	$pca->clear_faults;
}
ok(!$elsewhere->accept, 'no connection to the other server was made');

# Next links that are odd but lead nowhere else.
foreach my $link (
	'?', 'license/', '../../x y?filter=a b',
	"$path?skip=0",
	$pca->url . '/',
	"http://$here:/" =~ s/:(\d+):/:$1/r)
{
	$pca->fault(
		kind => 'envelope',
		set => { '@nextLink' => $link },
		times => 4);
	$pca->same_query(
		$queries{plain},
		"next link $link: every row once",
		session => $session);
	$pca->clear_faults;
}

# The other form of a path: on 404 only, once, and remembered by the session.
my $other = '/partner/v1/analytics/commercial/deployment/license';
my $one = 'SELECT FROM license_deployment LIMIT 1';
my $asks = sub {
	return join ' ', map { m{^GET ([^?]*)} } $pca->requests;
};
$session = $pca->session;
$asks->();
$pca->config(path_form => 'example');
$pca->same_query(
	$queries{plain},
	'a path that is elsewhere: every row once',
	session => $session);
is( $asks->(),
	join(' ', $path, ($other) x 5),
	'the other path is tried, for all pages');
$session->query($one);
is($asks->(), $other, 'the path that worked is remembered by the session');
$pca->config(path_form => 'table');
$session->query($one);
is($asks->(), "$other $path", 'until it is gone, too');
$session->query($one);
is($asks->(), $path, 'which is remembered again');
$pca->reset;

foreach my $case (
	[ 404, 'HV00R', "$path $other" ],
	[ 401, '28000', $path ],
	[ 403, '42501', $path ],
	[ 400, 'HV000', $path ])
{
	my ($code, $sqlstate, $asked) = @$case;
	$pca->fault(kind => 'status', status => $code, times => 0);
	$asks->();
	$pca->fails_with(
		$one, $sqlstate,
		qr/HTTP status $code/,
		"$code is an error");
	is($asks->(), $asked, "$code: the paths that were tried");
	$pca->clear_faults;
}
option('FOREIGN TABLE license_deployment', 'path', $path);
$pca->config(path_form => 'example');
$pca->fails_with(
	$one, 'HV00R',
	qr/HTTP status 404/,
	'option path: another path is not tried');
is($asks->(), $path, 'option path: the one is');
option('FOREIGN TABLE license_deployment', 'path');
$pca->reset;

# max_rows: more is an error, never a cut.
option('FOREIGN TABLE license_deployment', 'max_rows', 250);
$pca->same_query(
	$queries{plain},
	'as many rows as max_rows',
	session => $session);
$session->query(
	'ALTER FOREIGN TABLE license_deployment OPTIONS (SET max_rows \'249\')');
$pca->fails_with(
	$queries{plain}, '54000',
	[ qr/more than 249 rows/, qr/max_rows/ ],
	'more than max_rows is an error');
$pca->same_query(
	'SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY 1',
	'it counts what the API sends: groups',
	session => $session);
option('FOREIGN TABLE license_deployment', 'max_rows');

# An empty page after the last one has the TotalCount of the others, or none.
my $filtered =
  "SELECT count(service_code) FROM license_deployment WHERE channel = 'direct'";
my $rows_of_filter = $pca->sql($filtered);
$session->query(
	"ALTER SERVER mock_api OPTIONS (SET page_size '$rows_of_filter')");
$pca->config(total_count => 'unfiltered');
foreach my $case (
	[ 250, 'of the other pages: a complete response' ],
	[ 0, 'of no rows: the same' ],
	[ undef, 'null: the same' ],
	[ 249, 'of fewer rows: the data has changed' ],
	[ 251, 'of more rows: the data has changed' ],
	[ $rows_of_filter, 'of the rows so far: the data has changed' ])
{
	my ($total, $what) = @$case;
	$pca->fault(
		kind => 'envelope',
		set => { TotalCount => $total },
		regex => "skip=$rows_of_filter\\b");
	$pca->log_entries;
	if ($what =~ /changed/)
	{
		$pca->fails_with(
			$filtered, 'HV000',
			qr/the API's data changed while it was read/,
			"an empty page with TotalCount $what");
	}
	else
	{
		is($session->query($filtered),
			$rows_of_filter, "an empty page with TotalCount $what");
	}
	is(scalar(grep { /skip=$rows_of_filter\b/ } $pca->requests),
		1, 'it was requested');
	$pca->clear_faults;
}
$pca->config(total_count => 'filtered');

# 100,000 rows are ten requests.
$session->query("ALTER SERVER mock_api OPTIONS (DROP page_size)");
$pca->config(rows => 100000, customers => 250);
$pca->local_copy('license_deployment');
$pca->log_entries;
$pca->same_query(
	$queries{plain},
	'100,000 rows: every row once',
	session => $session);
is( join(' ', pages()),
	join(' ', map { "10000,${_}0000" =~ s/,00000/,0/r } 0 .. 9),
	'and ten requests');

done_testing();
