# Compressed responses: what is requested, what is refused, that memory is
# bounded whatever a server sends, and that the end of a response is
# unambiguous.
use strict;
use warnings FATAL => 'all';

use MIME::Base64 qw(encode_base64);
use PcaBench     qw(peak);
use PcaTest;
use Test::More;

my $pages = 16;
my $query = 'SELECT * FROM license_deployment';
my $pca = PcaTest->new(
	rows => 3200,
	customers => 40,
	# each session requests a token
	conf => "pc_analytics_fdw.shared_state = off\n",
	mapping => \%PcaTest::CREDENTIALS,
	server => {
		page_size => 200,
		max_retries => 2,
		max_retry_wait => '20ms',
		max_parallel_requests => $pages,
		max_response_size => '16MB',
		total_count => 'filtered'
	});
$pca->local_copy('license_deployment');
my %in = (
	page => qr/CONTEXT:  foreign table "license_deployment"/,
	token => qr/CONTEXT:  access token for server "mock_api"/);
my %requests = (page => 'deployment/license', token => 'oauth2');

# --- what is requested

# What the requests since the last call accept.
sub accepted
{
	my @accepted;
	foreach my $entry ($pca->log_entries)
	{
		my ($field) =
		  grep { lc $_->[0] eq 'accept-encoding' } @{ $entry->{headers} };
		push @accepted, $field ? $field->[1] : 'none';
	}
	return join '; ', @accepted;
}
$pca->log_entries;
$pca->session->query("$query LIMIT 1");
is( accepted(),
	'gzip, deflate; gzip, deflate',
	'gzip and deflate are requested, for a token, too');
$pca->sql("ALTER SERVER mock_api OPTIONS (ADD compression 'false')");
$pca->session->query("$query LIMIT 1");
is(accepted(), 'none; none', 'without compression, nothing is');

# --- what is refused: at the header, not when the body has been read

sub refused
{
	my ($what, $where, $fault, $said) = @_;
	$pca->reset;
	$pca->fault(
		kind => 'encoding',
		%$fault,
		regex => $requests{$where},
		times => 0);
	my $error = $pca->session->error_of($query);
	$pca->error_is(
		$error, 'HV00M',
		[
			$in{$where}, qr/response has an encoding that was not requested/,
			$said, qr/HTTP status 200/
		],
		"$what, $where");
	is(scalar(grep { /$requests{$where}/ } $pca->requests),
		3, "$what, $where: it is requested as often as others that fail");
	$pca->reset;
	return;
}
refused(
	$_, 'page',
	{ name => $_, body => $_ },
	qr/Content-Encoding "$_", but no encoding was requested/
) foreach qw(gzip deflate);
$pca->fault(kind => 'encoding', name => 'identity', times => 0);
$pca->same_query(
	$query,
	'without compression: identity is no encoding',
	session => $pca->session);
$pca->reset;
$pca->sql("ALTER SERVER mock_api OPTIONS (SET compression 'true')");
foreach my $where (qw(page token))
{
	refused('zstd', $where, { name => 'zstd', body => 'zstd' },
		qr/Content-Encoding "zstd", but either gzip or deflate was requested/
	);
	refused('br', $where, { name => 'br' }, qr/Content-Encoding "br"/);
	refused(
		'gzip twice', $where,
		{ name => 'gzip, gzip', body => 'gzip_twice' },
		qr/Content-Encoding "gzip, gzip"/);
	refused(
		'gzip in two fields',
		$where,
		{ name => [ 'gzip', 'gzip' ], body => 'gzip_twice' },
		qr/Content-Encoding "gzip"/);
}
refused(
	$_->[0], 'page',
	{ name => $_->[0] },
	qr/Content-Encoding "\Q$_->[1]\E"/)
  foreach map { ref ? [ $_, $_->[-1] ] : [ $_, $_ ] } 'ZSTD', 'Br',
  'compress', 'none', 'gzip;q=1', 'br, gzip', 'gzip,zstd';
refused(
	'a second field',
	'page',
	{ name => [ 'gzip', 'zstd' ] },
	qr/Content-Encoding "zstd"/);
$pca->fault(
	kind => 'encoding',
	name => 'zstd',
	body => 'zstd',
	regex => $requests{page},
	times => 0);
like(
	$pca->session->query(
		q{SELECT string_agg(c::text, ' ') FROM pc_analytics_check('mock_api') c}
	),
	qr/response has an encoding that was not requested/,
	'pc_analytics_check() refuses it, too');
$pca->reset;

# A gateway's error passes, however it is compressed.
foreach my $where (qw(page token))
{
	$pca->fault(
		kind => 'status',
		status => 503,
		body => 'html',
		headers => { 'Content-Encoding' => 'br' },
		regex => $requests{$where},
		times => 1);
	$pca->same_query(
		"$query LIMIT 0", "503 with br, $where",
		session => $pca->session,
		empty => 1);
	is($pca->session->query('SELECT count(*) > 0 FROM license_deployment'),
		't', "503 with br, $where: it is requested again");
	$pca->reset;
}

# --- what is decompressed, with bounded memory

foreach my $case (
	[ 'gzip', 'gzip' ],
	[ 'X-GZip', 'gzip' ],
	[ 'GZIP', 'gzip' ],
	[ 'identity, gzip', 'gzip' ],
	[ [ 'gzip', 'identity' ], 'gzip' ],
	[ 'deflate', 'deflate' ],
	[ 'Deflate', 'raw_deflate' ],
	[ 'identity', 'none' ],
	[ '', 'none' ])
{
	my ($name, $body) = @$case;
	my $text = ref $name ? join '; ', @$name : $name;
	my $session = $pca->session;
	$session->query("$query LIMIT 1");
	$pca->fault(
		kind => 'encoding',
		name => $name,
		body => $body,
		times => 0,
		regex => $requests{page});
	$pca->same_query(
		$query,
		"\"$text\" for $body: every row",
		session => $session);
	my $before = peak($session);
	$session->query($query);
	cmp_ok(peak($session) - $before,
		'<', 8192, "\"$text\" for $body: no more memory than a scan has");
	$pca->reset;
}

# Bombs: alone and behind rows, on all pages but the first at once.
foreach my $encoding (qw(gzip deflate zstd))
{
	foreach my $late (0, 1)
	{
		my $name = $encoding . ($late ? ' behind rows' : '');
		my $session = $pca->session;
		$session->query($query);
		my $before = peak($session);
		$pca->fault(
			kind => 'bomb',
			encoding => $encoding,
			megabytes => 128,
			late => $late,
			after => 1,
			times => 0,
			regex => $requests{page});
		$session->query(
			"BEGIN; DECLARE c CURSOR FOR $query; FETCH 150 FROM c");
		my $error = $session->error_of('FETCH ALL FROM c');
		like(
			$error->{text},
			$encoding eq 'zstd'
			? qr/encoding that was not requested/
			: qr/the API's response is too large/,
			"a bomb of $name is an error");
		cmp_ok(peak($session) - $before,
			'<', 8192, "a bomb of $name: memory is bounded");

		if ($encoding ne 'zstd' && !$late)
		{
			like(
				$error->{text},
				qr/The compressed response expands to 1\d\d\d times its size, and is larger than option "max_response_size" allows/,
				"a bomb of $name: the error says what it is");
			like(
				$error->{text},
				qr/HINT:.*"max_response_size"/,
				"a bomb of $name: and what the limit is");
		}
		$session->query('ROLLBACK');
		$pca->reset;
	}
}

# What becomes nothing is not read for ever.
my $nothing = "\x1f\x8b\x08\0\0\0\0\0\0\xff" . "\0\0\0\xff\xff" x 250_000;
$pca->sql("ALTER SERVER mock_api OPTIONS (SET max_response_size '1MB')");
$pca->fault(
	kind => 'body',
	base64 => encode_base64($nothing, ''),
	headers => { 'Content-Encoding' => 'gzip' },
	times => 0,
	regex => $requests{page});
$pca->error_is(
	$pca->session->error_of($query),
	'54000',
	[ $in{page}, qr/the API's response is too large/ ],
	'compressed bytes that become nothing are limited');
$pca->reset;
$pca->sql("ALTER SERVER mock_api OPTIONS (SET max_response_size '16MB')");

# --- where a response ends

my $rows = '{"Value":[],"TotalCount":0}';
my $size = length $rows;

# A response of these header fields, byte by byte.
sub raw
{
	my ($before, @fields) = @_;
	return {
		kind => 'garbage',
		text => $before
		  . join("\r\n",
			'HTTP/1.1 200 OK',
			'Content-Type: application/json',
			@fields, '', '')
	};
}

my $chunked = sprintf "%x\r\n%s\r\n0\r\n\r\n", $size, $rows;
my @ambiguous = (
	[
		'two lengths',
		raw('', 'Content-Length: 3', "Content-Length: $size"),
		$rows,
		qr/Content-Length "$size", so that its length is ambiguous|Invalid Content-Length/
	],
	[
		'two lengths in one field',
		raw('', "Content-Length: $size, 3"),
		$rows, qr/Content-Length "$size, 3", so that|Invalid Content-Length/
	],
	[
		'a length that overflows',
		raw('', 'Content-Length: ' . '9' x 30),
		$rows, qr/Content-Length "9{30}", so that|Invalid Content-Length/
	],
	[
		'a length with something behind it',
		raw('', "Content-Length: ${size}x"),
		$rows,
		qr/Content-Length "${size}x", so that|Invalid Content-Length/
	],
	[
		'a negative length', raw('', 'Content-Length: -1'),
		$rows, qr/Content-Length/
	],
	[
		'a length beside chunks',
		raw('', "Content-Length: 9", 'Transfer-Encoding: chunked'),
		$chunked, qr/Content-Length "9", so that/
	],
	[
		'a length behind chunks',
		raw('', 'Transfer-Encoding: chunked', "Content-Length: $size"),
		$chunked,
		qr/Content-Length "$size", so that/
	],
	[
		'chunks twice',
		raw('', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'),
		$chunked,
		qr/Transfer-Encoding "chunked", which is not "chunked" alone/
	],
	[
		'a transfer that is no encoding',
		raw('', 'Transfer-Encoding: identity'),
		$rows,
		qr/Transfer-Encoding "identity"/
	],
	[
		'an interim response with a length',
		raw("HTTP/1.1 103 Early Hints\r\nContent-Length: $size\r\n\r\n"),
		$rows,
		qr/Content-Length "$size" in an interim response/
	]);
foreach my $case (@ambiguous)
{
	my ($what, $fault, $body, $expression) = @$case;
	foreach my $where (qw(page token))
	{
		$pca->fault(
			%$fault,
			text => $fault->{text} . $body,
			regex => $requests{$where},
			times => 0);
		my $error = $pca->session->error_of($query);
		$pca->error_is(
			$error, '08006',
			[
				$in{$where},
				qr/the connection to the (?:API|sign-in service) failed/,
				$expression, qr/tried 3 times/
			],
			"$what, $where");
		$pca->reset;
	}
}
my @clear = (
	[
		'the same length twice',
		raw('', "Content-Length: $size", "Content-Length: $size"), $rows
	],
	[
		'the same length twice in a field',
		raw('', "Content-Length: $size, $size"),
		$rows
	],
	[ 'no length', raw(''), $rows ],
	[ 'chunks', raw('', 'transfer-encoding: Chunked'), $chunked ],
	[
		'chunks with trailers',
		raw('', 'Transfer-Encoding: chunked'),
		$chunked =~
		  s/\r\n\r\n\z/\r\nContent-Length: 3\r\nContent-Encoding: br\r\n\r\n/r
	],
	[
		'interim responses',
		raw("HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n",
			"Content-Length: $size"),
		$rows
	]);
foreach my $case (@clear)
{
	my ($what, $fault, $body) = @$case;
	$pca->fault(
		%$fault,
		text => $fault->{text} . $body,
		regex => $requests{page},
		times => 0);
	is($pca->session->query($query), '', "$what: a response without rows");
	$pca->reset;
}

# --- an error's body that is larger than what a page may hold of its own

$pca->sql("ALTER SERVER mock_api OPTIONS (SET max_parallel_requests '64')");
foreach my $body ('none', 'gzip')
{
	my $text = join ' ', map { $_ * 7919 % 100_003 } 1 .. 60_000;
	$pca->config(gzip => $body eq 'gzip' ? 1 : 0);
	$pca->fault(
		kind => 'status',
		status => 400,
		text => $text,
		regex => $requests{page},
		times => 0);
	my $session = $pca->session;
	$session->query(q{SET statement_timeout = '60s'});
	$pca->error_is(
		$session->error_of($query),
		'HV000',
		[ $in{page}, qr/does not accept the request/ ],
		"a large error, $body: it is read in part");
	$pca->reset;
}
$pca->sql(
	"ALTER SERVER mock_api OPTIONS (SET max_parallel_requests '$pages')");

# --- a limit for each minute does not take memory for each of its requests

my $session = $pca->session;
$session->query("$query LIMIT 1");

sub used
{
	return $session->query(
		'SELECT sum(total_bytes) FROM pg_backend_memory_contexts WHERE level <= 1'
	);
}
my $used = used();
$pca->sql(
	"ALTER SERVER mock_api OPTIONS (ADD max_requests_per_minute '1000000')");
$session->query("$query LIMIT 1");
cmp_ok(used() - $used,
	'<', 200_000,
	'a server with the largest max_requests_per_minute takes little memory');

done_testing();
