# Where the next page is: links that are not encoded or relative to another
# segment of the path, and continuation tokens without a link.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(
	rows => 250,
	customers => 1203,
	server => { page_size => 2, max_requests_per_minute => 0 });
my $session = $pca->session;

# --- links of resources with skip, which are hints

# Texts that a server may leave as they are in a link.
my @texts = (
	"tab\tx", "line\nx", "return\rx", "escape\x1bx",
	"delete\x7fx", 'two words', ' blanks ', 'a#b',
	'a&b', 'a?b', 'a%b', 'a%41b',
	'a+b', '"quoted"', 'a\\b', '<a>',
	'{a}|^`', "\x{e4}\x{2028}", "it's");
foreach
  my $kind ('relative_unencoded', 'last_segment', 'relative', 'absolute')
{
	$pca->config({ next_link => $kind });
	foreach my $text (@texts)
	{
		my $name = $text =~ s/([^ -~])/sprintf('\\x{%x}', ord $1)/ger;
		my $literal = $text =~ s/'/''/gr;

		$pca->rows('license_deployment',
			[ map { { productName => $text, licensesSold => $_ } } 1 .. 5 ]);
		utf8::encode($literal);
		is( $session->query(
				"SELECT count(*), sum(licenses_sold), count(DISTINCT licenses_sold) FROM license_deployment WHERE product_name = '$literal' AND licenses_deployed IS NULL"
			),
			'5|15|5',
			"a filter by $name, next link $kind: all pages");
	}
}
$pca->reset;

# --- continuation tokens of customers

$pca->local_copy('customers');

sub asked
{
	my ($sql, $requests, $name) = @_;
	$pca->requests;
	$pca->sql($sql);
	is_deeply([ map { s/^GET //r } $pca->requests ], $requests, $name);
	return;
}

my @pages = (
	'/v1/customers?size=500',
	('/v1/customers?size=500&seekOperation=Next') x 2);
$session->query(
	q{ALTER FOREIGN TABLE customers OPTIONS (ADD page_size '500')});
foreach my $where ('body', 'both', 'link')
{
	$pca->config({ customers_token => $where });
	$pca->same_query('SELECT * FROM customers',
		"every customer, the token in $where");
	asked('SELECT count(id) FROM customers',
		\@pages, "three requests, the token in $where");
}
$pca->config({ customers_token => 'body' });
$pca->query_is('SELECT count(*) FROM customers',
	1203, 'count(*) counts all pages');
is( scalar(split /\n/, $session->query('SELECT id FROM customers LIMIT 700')),
	700,
	'a LIMIT follows the token');

# A table by customer lists the customers in the same way.
$pca->config({ customers => 7, customers_cap => 3 });
$pca->query_is(
	'SELECT count(DISTINCT customer_id) FROM customer_license_deployment',
	7, 'all customers of a table by customer');
$pca->reset;

# Tokens that cannot be followed are an error, and the first page is not all.
my @bad = (
	[
		'two lines', "T\r\nX-Other: 1",
		'HV00M', qr/continuation token of the API's response cannot be sent/
	],
	[
		'blank', 'T 1', 'HV00M',
		qr/continuation token of the API's response cannot be sent/
	],
	[
		'number', 17, 'HV00M',
		qr/continuation token of the API's response cannot be sent/
	],
	[
		'object', { token => 'T' },
		'HV00M', qr/continuation token of the API's response cannot be sent/
	],
	[ 'unknown', 'T-1', 'HV000', qr/header is malformed/ ]);
foreach my $case (@bad)
{
	my ($name, $token, $sqlstate, $expression) = @$case;
	$pca->fault(
		kind => 'envelope',
		set => { continuationToken => $token },
		drop => ['links'],
		regex => 'v1/customers');
	$pca->fails_with('SELECT count(id) FROM customers',
		$sqlstate, $expression, "$name: not the first page alone");
	$pca->clear_faults;
}
foreach my $token (undef, '')
{
	$pca->fault(
		kind => 'envelope',
		set => { continuationToken => $token },
		regex => 'v1/customers',
		times => 0);
	$pca->same_query('SELECT * FROM customers',
		defined $token ? 'an empty token is none' : 'a null token is none');
	$pca->clear_faults;
}

# A server that returns the same token, or the same page, again and again.
$pca->fault(
	kind => 'envelope',
	set => { continuationToken => 'same' },
	drop => ['links'],
	regex => 'customers\?size=500$');
$pca->fails_with(
	'SELECT count(id) FROM customers',
	'HV000',
	qr/header is malformed/,
	'an unknown token is an error');
$pca->clear_faults;

# A link that is not encoded is followed.
$pca->config({ customers_next_encoded => \0 });
$pca->config({ customers_cap => 7 });
$pca->log_entries;
$pca->same_query(q{SELECT * FROM customers WHERE domain LIKE 'c%'},
	'links that are not encoded');
like(
	join(' ', $pca->requests),
	qr/filter=\S+&seekOperation=Next/,
	'have the filter');

# A page of a resource with skip may have a token, too: skip is used.
$pca->reset;
$pca->local_copy('license_deployment');
$pca->fault(
	kind => 'envelope',
	set => { continuationToken => 'T-1' },
	drop => ['@nextLink'],
	times => 0);
$pca->same_query('SELECT * FROM license_deployment',
	'a token of a resource with skip');
$pca->reset;
done_testing();
