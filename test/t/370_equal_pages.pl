# Pages that are equal to the page before: rows that are equal are returned, as
# often as the table has them; a server that ignores skip, or returns a page twice,
# is an error, before any of its rows is returned a second time.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca =
  PcaTest->new(rows => 250, customers => 40, server => { page_size => 3 });
my $session = $pca->session;
my $same_page = qr/the API returned the same page twice/;

# Rows with these texts, each text once or several times.
sub searches
{
	return $pca->rows('searches',
		[ map { { keywordSearchText => $_, companyName => 'Fabrikam' } } @_ ]
	);
}

# The requests since the last call as "top,skip", with those that check skip.
sub pages
{
	return join ' ',
	  map { /[?&]top=(\d+)&skip=(\d+)/ ? "$1,$2" : () } $pca->requests;
}

sub server_option
{
	my ($name, $value) = @_;
	return $session->query('ALTER SERVER mock_api OPTIONS ('
		  . (defined $value ? "SET $name '$value'" : "DROP $name")
		  . ')');
}

my $query =
  'SELECT count(*), count(DISTINCT keyword_search_text), min(keyword_search_text), max(keyword_search_text) FROM searches WHERE company_name IS NOT NULL';

# Six identical searches, of which a condition that is evaluated locally rejects
# all, before those that the query wants.
searches(('erp') x 6, 'crm', 'crm');
server_option('page_size', 9999);
$pca->log_entries;
is( $session->query(
		q{SELECT keyword_search_text FROM searches WHERE keyword_search_text || '' = 'crm' LIMIT 2}
	),
	"crm\ncrm",
	'identical rows on both pages of a LIMIT are no error');
is( pages(),
	'2,0 20,2 1,2000000000 20,2',
	'a request after the last row shows that skip is honored');
is( $session->query(
		q{SELECT keyword_search_text FROM searches WHERE keyword_search_text || '' = 'erp' LIMIT 5}
	),
	join("\n", ('erp') x 5),
	'a LIMIT returns identical rows');
pages();

# Equal pages of equal rows, and of rows that differ, with each TotalCount.
my @tables = (
	[ 'one row, again and again', ('a') x 13 ],
	[ 'two pages of one row', ('a') x 6 ],
	[ 'three rows, again and again', ('a', 'b', 'c') x 4, 'd' ],
	[ 'pages in another order', 'a', 'b', 'c', 'c', 'b', 'a', 'b', 'c', 'a' ],
	[ 'equal pages after others', 'x', 'y', 'z', ('a') x 9, ('b', 'c') x 4 ]);
foreach my $page_size (1, 2, 3, 5)
{
	server_option('page_size', $page_size);
	foreach my $total ('filtered', 'absent', 'page', 'unfiltered')
	{
		foreach my $link ('relative', 'absent')
		{
			$pca->config({ total_count => $total, next_link => $link });
			foreach my $table (@tables)
			{
				my ($name, @texts) = @$table;
				my %texts = map { $_ => 1 } @texts;
				my @sorted = sort @texts;

				searches(@texts);
				is( $session->query($query),
					join('|',
						scalar @texts, scalar keys %texts,
						$sorted[0], $sorted[-1]),
					"$name: all rows, page_size $page_size, TotalCount $total, next link $link"
				);
			}
		}
	}
}
$pca->reset;
server_option('page_size', 3);

# count(*) without a condition, OFFSET, a cursor and parallel workers.
searches(('a') x 10);
is($session->query('SELECT count(*) FROM searches'),
	10, 'count(*) counts equal rows');
is( $session->query(
		'SELECT string_agg(keyword_search_text, $$$$) FROM (SELECT keyword_search_text FROM searches OFFSET 2) s'
	),
	'a' x 8,
	'OFFSET skips some of the equal rows');
is( $session->query(
		'SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET parallel_leader_participation = off; SELECT count(*) FROM searches WHERE company_name IS NOT NULL'
	),
	10,
	'parallel workers return equal rows');
$session->query('RESET ALL');

# A request for the page after the last row may be refused: skip is not ignored.
$pca->fault(
	kind => 'status',
	status => 400,
	regex => 'skip=2000000000',
	times => 0);
is($session->query($query),
	'10|1|a|a', 'a server that refuses such a skip honors skip');
$pca->clear_faults;
$pca->fault(
	kind => 'status',
	status => 403,
	regex => 'skip=2000000000',
	times => 0);
$pca->fails_with(
	$query, '42501',
	qr/HTTP status 403/,
	'another HTTP error of that request is an error');
$pca->reset;

# A server that ignores skip, whatever it says of the total, and however its
# pages are cut.
my @rows = ([ 'different rows', 'a' .. 'i' ], [ 'equal rows', ('a') x 9 ]);
foreach my $total ('filtered', 'absent', 'page', 'unfiltered')
{
	foreach my $rows (@rows)
	{
		my ($name, @texts) = @$rows;

		searches(@texts);
		$pca->config({ total_count => $total, ignore_skip => \1 });
		$pca->fails_with(
			$query, 'HV000',
			[ $same_page, qr/HINT:.*ignore the parameter "skip"/ ],
			"a server that ignores skip: $name, TotalCount $total");
		$pca->log_entries;
		$pca->fails_with('SELECT keyword_search_text FROM searches LIMIT 5',
			'HV000', $same_page,
			"a LIMIT gets no row twice: $name, TotalCount $total");
	}
}

# A page that comes twice, although skip is honored otherwise.
$pca->reset;
searches('a' .. 'i');
$pca->fault(kind => 'duplicate_page', regex => 'skip=3\b', times => 0);
$pca->fails_with($query, 'HV000', $same_page,
	'a page that comes twice is an error');
$pca->fails_with('SELECT keyword_search_text FROM searches LIMIT 5',
	'HV000', $same_page, 'a LIMIT gets none of its rows');
$pca->reset;
done_testing();
