# Transport errors: the query returns the right rows in the end, or an error
# that a person can act on; never fewer rows, never a secret.
use strict;
use warnings FATAL => 'all';

use Compress::Zlib ();
use IO::Socket::INET;
use MIME::Base64 qw(encode_base64);
use PcaTest;
use Test::More;

my $path = '/v1/analytics/commercial/deployment/license/';
my $secret = 'mock-api-access-token';
my $guid = qr/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/;
my $pca = PcaTest->new(
	rows => 300,
	customers => 30,
	# a fault of one case must not pause the next
	conf => "pc_analytics_fdw.shared_state = off\n",
	server => {
		page_size => 100,
		max_retries => 2,
		max_retry_wait => '20ms',
		max_parallel_requests => 4,
		request_timeout => '5s',
		max_response_size => '16MB'
	});
$pca->local_copy('license_deployment');
my $session = $pca->session;
my %queries = (
	plain => 'SELECT * FROM license_deployment',
	grouped =>
	  'SELECT product_name, customer_name, sum(licenses_sold) FROM license_deployment GROUP BY 1, 2'
);

my $elsewhere =
  IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', Blocking => 0)
  or die "no socket: $!";
my $other = 'http://127.0.0.1:' . $elsewhere->sockport;
my $sent = qr/MS-RequestId: $guid, MS-CorrelationId: $guid\b/;
my $told = qr/HTTP status \d+.*$sent, MS-CV: \S+, MS-ServerId: \S+/s;

sub status { return { kind => 'status', status => @_ }; }
sub body   { return { kind => 'body', text => @_ }; }

# A body of those bytes, said to be encoded.
sub body_of
{
	my ($encoding, $bytes) = @_;
	return {
		kind => 'body',
		base64 => encode_base64($bytes, ''),
		headers => { 'Content-Encoding' => $encoding }
	};
}

# Whether the API's headers come in spite of the fault.
sub answers
{
	my ($fault) = @_;
	my $at = $fault->{at} // '';
	return $fault->{kind} !~ /^(?:close|reset|garbage|huge_headers|length)$/
	  && ($fault->{kind} ne 'stall' || $at ne '');
}

# --- faults that last: the error, and how many requests were sent

my @lasting = (
	# what the status says is final
	[
		'400',
		status(400, description => 'groupby is wrong', code => 800002),
		'HV000',
		1,
		qr/does not accept the request.*code 800002, "groupby is wrong"/s,
		qr/EXPLAIN/
	],
	[
		'401', status(401, code => 800001),
		'28000', 1, qr/does not accept the token/,
		qr/token_resource/
	],
	[
		'401 for another audience', status(401, code => 900420),
		'28000', 1,
		qr/900420/, qr/another audience/
	],
	[
		'401 without MFA', status(401, code => 900421),
		'28000', 1,
		qr/900421/, qr/multi-factor/
	],
	[
		'403', status(403), '42501', 1, qr/the API denied access/,
		qr/AdminAgents/
	],
	[
		'403 without a relationship',
		status(403, code => 20002),
		'42501', 1, qr/no relationship with this customer/
	],
	[
		'404 on both paths', status(404),
		'HV00R', 2,
		qr/does not have this resource/, qr/base_url/
	],
	[ '409', status(409), 'HV000', 1, qr/refused the request/ ],
	[
		'501', status(501), 'HV000', 1,
		qr/the API reported an internal error/
	],
	[
		'201', status(201), 'HV00M', 1,
		qr/the API's response does not contain rows/
	],
	[
		'a code as number',
		status(400, body => 'int_code', code => 3000),
		'HV000', 1, qr/code 3000/
	],
	[
		'OAuth\'s form',
		status(400, body => 'oauth', description => 'AADSTS1'),
		'HV000', 1, qr/AADSTS1/
	],
	[
		'ASP.NET\'s form',
		status(400, body => 'aspnet', description => 'Bad input.'),
		'HV000',
		1,
		qr/HTTP status 400, "An error has occurred\."/,
		qr/ExceptionMessage "Bad input\."/,
		qr/ExceptionType "System\.FormatException"/,
		qr/InnerException\.ExceptionMessage "Bad digit at 3\."/,
		qr/InnerException\.ExceptionType "System\.IndexException"/,
		qr/ModelState\.query\.filter "Not a filter\.", ModelState\.query\.filter "Too long\."/,
		qr/\A(?!.*Startup)/s
	],
	[
		'OData\'s form',
		status(
			400,
			body => 'odata',
			code => 'BadFilter',
			description => 'No.'),
		'HV000', 1,
		qr/code BadFilter, "No\.", target "\$filter"/,
		qr/details\.code "E2", details\.target "channel", details\.message "No such field\."/,
		qr/innererror\.type "Microsoft\.OData\.ODataException", innererror\.message "Unknown token\."/,
		qr/\A(?!.*Startup)/s
	],
	[
		'the form of OData 3',
		status(400, body => 'odata_v3', code => 7, description => 'No.'),
		'HV000', 1, qr/code 7, "No\."\. MS-RequestId/
	],
	[
		'problem details',
		status(400, body => 'problem', description => 'Not valid.'),
		'HV000',
		1,
		qr/HTTP status 400, "Not valid\."/,
		qr/errors\.filter "The value is not valid\."/,
		qr/traceId "00-4bf92f35-01"/
	],
	[
		'a string of JSON',
		status(400, text => '"No \\"way\\""'),
		'HV000', 1, qr/HTTP status 400, "No "way""/
	],
	[
		'an array of errors',
		status(
			400,
			text =>
			  '[{"errorCode":12,"errorMessage":"First."},{"errorMessage":"Second."}]'
		),
		'HV000', 1,
		qr/code 12, "First\.", errorMessage "Second\."/
	],
	[
		'a list of errors beside the error',
		status(
			400,
			text =>
			  '{"code":2000,"description":"Bad.","data":["skip is negative","top is large"],"source":"PartnerAPI"}'
		),
		'HV000', 1,
		qr/code 2000, "Bad\.", data "skip is negative", data "top is large"\. MS-/
	],
	[
		'an error that repeats the token',
		status(
			400,
			text =>
			  '{"Message":"Bad.","ModelState":{"{authorization}":["is {authorization}"]},"access_token":"other"}'
		),
		'HV000', 1,
		qr/ModelState\.\*{8,128}(?:\.\.\.)? "is \*{8,}"/,
		qr/\A(?!.*other)/s
	],
	(   map {
			[
				"400, $_",
				status(400, description => $_),
				'HV000',
				1,
				qr/The application alone is not let in: SELECT \* FROM pc_analytics_sign_in\('mock_api'\)/
			]
		} 'The access token does not contain a user.',
		'App-only tokens are not supported',
		'AppOnly is not allowed here',
		'Requires App+User authentication',
		'User context is required',
		'A user_impersonation scope is needed'),
	[
		'400 about a user that is not the token\'s',
		status(400, description => 'Unknown property userName in filter'),
		'HV000',
		1,
		qr/EXPLAIN \(VERBOSE\)/
	],
	[
		'plain text',
		status(400, body => 'text', description => 'no way'),
		'HV000',
		1,
		qr/no way/
	],
	[
		'no text',
		status(400, body => 'empty'),
		'HV000',
		1,
		qr/HTTP status 400\. MS-RequestId/
	],

	# what may pass is tried again
	[
		'408', status(408), '08006', 3,
		qr/did not receive the request in time/
	],
	[
		'429', status(429, body => 'gateway'),
		'53400', 3, qr/too many requests.*Rate limit is exceeded/s,
		qr/max_requests_per_minute/
	],
	[
		'500', status(500), 'HV000', 3,
		qr/the API reported an internal error/,
		qr/tried 3 times/
	],
	[
		'502 with HTML', status(502, body => 'html'),
		'08006', 3,
		qr/gateway.*<h1>Service/s
	],
	[
		'503', status(503, body => 'empty'),
		'08006', 3,
		qr/temporarily unavailable/,
		qr/tried 3 times/
	],
	[
		'504', status(504), '08006', 3, qr/did not respond to its gateway/,
		qr/page_size/
	],
	[
		'Retry-After above the limit',
		status(429, body => 'gateway', retry_after => 57),
		'53400',
		1,
		qr/asks to wait 57 s/,
		qr/max_retry_wait/
	],
	[
		'Retry-After as a date above it',
		status(503, retry_after => 'date:600'),
		'53400',
		1,
		qr/asks to wait (601|600|599) s/
	],
	[
		'Retry-After beyond all numbers',
		status(503, retry_after => '9' x 30),
		'53400',
		1,
		qr/asks to wait 31536000 s/
	],
	[
		'Retry-After as nonsense',
		status(503, retry_after => 'soon'),
		'08006', 3, qr/temporarily unavailable/
	],

	# answers that are none
	[
		'HTML with 200',
		{
			kind => 'body',
			text => '<html>Sign in</html>',
			content_type => 'text/html'
		},
		'HV00M', 1,
		qr/cannot be parsed.*begins with "<html>Sign in<\/html>"/s
	],
	[
		'nothing with 200',
		{ kind => 'empty' },
		'HV00M', 1, qr/the API's response is empty/
	],
	[
		'invalid JSON', { kind => 'invalid_json' },
		'HV000|HV00M', undef, qr/not valid JSON|malformed|cannot be parsed/
	],
	[
		'text behind the end',
		{ kind => 'trailing_garbage' },
		'HV00M',
		1,
		qr/something follows its end/
	],
	[
		'invalid UTF-8',
		{ kind => 'invalid_utf8' },
		'HV000|HV00M',
		1,
		qr/UTF-8|not valid/
	],
	[ 'a null character', { kind => 'nul' }, 'HV000|22P05', 1, qr/u0000/ ],
	[
		'a null byte', { kind => 'raw_nul' },
		'HV000|HV00M', 1,
		qr/license_deployment/
	],
	[
		'an error with 200',
		body('{"code":"3000","description":"no data"}'),
		'HV00M', 1, qr/no data/
	],

	# answers that break off
	[
		'JSON that ends too early', body('{"Value":[{"channel":"a"'),
		'HV00M', 3,
		qr/ends too early/
	],
	[
		'a body cut off',
		{ kind => 'truncate', after_bytes => 9000 },
		'08006', 3,
		qr/the connection to the API failed/,
		qr/tried 3 times/
	],
	[
		'a body cut off by a reset',
		{ kind => 'truncate', after_bytes => 9000, ending => 'reset' },
		'08006',
		3,
		qr/the connection to the API failed/
	],
	[
		'chunks cut off',
		{ kind => 'truncate', after_bytes => 9000, framing => 'chunked' },
		'08006', 3, qr/the connection to the API failed/
	],
	[
		'a connection that ends',
		{ kind => 'close' },
		'08006', 3, qr/the connection to the API failed/
	],
	[
		'a connection that is reset',
		{ kind => 'reset' },
		'08006', 3, qr/the connection to the API failed/
	],
	[
		'no HTTP', { kind => 'garbage' },
		'08006', 3, qr/the connection to the API failed/
	],
	[
		'a switch to another protocol',
		{
			kind => 'garbage',
			text =>
			  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nhello"
		},
		'08006', 3,
		qr/the connection to the API failed.*interim/s
	],
	[
		'a bad chunk', { kind => 'bad_chunk' },
		'08006', 3, qr/the connection to the API failed/
	],
	[
		'huge headers',
		{ kind => 'huge_headers', bytes => 200000, count => 4 },
		'54000',
		1,
		qr/too large.*header fields are larger than 64 kB/s,
		qr/\A(?!.*max_response_size)/s
	],
	[
		'bad gzip', { kind => 'bad_gzip' },
		'HV00M', 3,
		qr/cannot be decompressed/, qr/compression/
	],
	[
		'gzip cut off',
		{ kind => 'truncated_gzip' },
		'HV00M|08006',
		3,
		qr/decompressed|ends too early|connection to the API reported an internal error/
	],
	[
		'gzip that is none',
		{ kind => 'encoding', name => 'gzip' },
		'HV00M', 3, qr/cannot be decompressed/
	],
	[
		'an encoding not asked for',
		{ kind => 'encoding', name => 'pack200-gzip' },
		'HV00M', undef, qr/license_deployment/
	],
	[
		'a decompression bomb',
		body_of('gzip', Compress::Zlib::memGzip(' ' x 40e6)),
		'54000', 1, qr/too large/, qr/max_response_size/
	],
	[
		'gzip of two members',
		body_of(
			'gzip',
			Compress::Zlib::memGzip('{"Value":[{"channel":"a"},')
			  . Compress::Zlib::memGzip('{}]}')),
		'HV00M', 3,
		qr/cannot be decompressed/,
		qr/continues after its end/
	],
	[
		'silence', { kind => 'stall' },
		'08006', 1,
		qr/did not respond in time/, qr/request_timeout/
	],
	[
		'silence behind the headers',
		{ kind => 'stall', at => 'headers' },
		'08006', 1, qr/did not respond in time/
	],
	[
		'silence within the body',
		{ kind => 'stall', at => 'body', after_bytes => 9000 },
		'08006', 1, qr/did not respond in time/
	],

	# redirects
	[
		'a redirect elsewhere',
		{ kind => 'redirect', location => "$other/x" },
		'HV000', 1, qr/redirects to another server.*\Q$other\E/s
	],
	[
		'a redirect without scheme',
		{ kind => 'redirect', location => $other =~ s/^http://r },
		'HV000', 1, qr/redirects to another server/
	],
	[
		'a redirect with a name',
		{ kind => 'redirect', location => $pca->url =~ s{//}{//u:p\@}r },
		'HV000',
		1,
		qr/redirects to another server/
	],
	[
		'a redirect to a file',
		{ kind => 'redirect', location => 'file:///etc/passwd' },
		'HV000', 1, qr/redirects to another server/
	],
	[
		'redirects in a circle',
		{ kind => 'redirect' },
		'HV000',
		4,
		qr/responded with a redirect/
	],

	# leaves bytes on the connection, which the next request may find
	[
		'a body cut off inside its length',
		{ kind => 'length', delta => -500 },
		'HV00M|08006',
		undef,
		qr/ends too early|the connection to the API failed.*tried 3 times/s
	]);

foreach my $case (@lasting)
{
	my ($what, $fault, $sqlstate, $number, @expressions) = @$case;
	my $silent = $fault->{kind} eq 'stall';
	$session->query(
		"ALTER SERVER mock_api OPTIONS (SET request_timeout '200ms', SET max_retries '0')"
	) if $silent;
	foreach my $how (sort keys %queries)
	{
		$pca->clear_faults;
		$pca->log_entries;
		$pca->fault(%$fault, times => 0);
		my $error = $session->error_of($queries{$how});
		my $text = $error->{text} // 'no error';
		like($error->{sqlstate} // 'none',
			qr/^(?:$sqlstate)$/, "$what, $how: SQLSTATE")
		  or diag($text);
		like($text, $_, "$what, $how: the error says $_")
		  foreach qr/foreign table "license_deployment"/, @expressions;
		like(
			$text,
			answers($fault) ? $told : $sent,
			"$what, $how: and what the API's support asks for");
		unlike($text, qr/\Q$secret\E|Bearer/, "$what, $how: but no token");
		is(scalar(my @sent = $pca->log_entries),
			$number, "$what, $how: $number requests")
		  if defined $number;
		$session->query('SELECT pc_analytics_disconnect()');
	}
	$session->query(
		"ALTER SERVER mock_api OPTIONS (SET request_timeout '5s', SET max_retries '2')"
	) if $silent;
}
ok(!$elsewhere->accept, 'nothing was sent to where redirects led');

# A server that repeats the token does not make us repeat it.
foreach my $fault (
	status(400, text => "{\"code\":1,\"description\":\"not $secret\"}"),
	status(400, text => "not $secret"),
	body("not $secret"),
	status(400, headers => { 'MS-CV' => $secret }),
	{ kind => 'redirect', location => "$other/$secret" })
{
	$pca->clear_faults;
	$pca->fault(%$fault);
	my $error = $session->error_of($queries{plain});
	ok($error->{text}, "a $fault->{kind} that repeats the token is an error");
	unlike($error->{text}, qr/\Q$secret\E/, 'which does not');
}

# --- faults that pass: the right rows, and how many requests more it took

my @passing = (
	[ '500 twice', status(500), 2 ],
	[ '503 with Retry-After: 0', status(503, retry_after => 0), 2 ],
	[
		'429 with a date that has passed',
		status(429, retry_after => 'date:-30'),
		1
	],
	[ '408', status(408), 1 ],
	[ 'a lost connection', { kind => 'close' }, 2 ],
	[ 'a reset', { kind => 'reset' }, 1 ],
	[ 'a body cut off', { kind => 'truncate', after_bytes => 9000 }, 2 ],
	[
		'a body cut off behind its last row',
		{ kind => 'length', delta => 10 },
		1
	],
	[ 'JSON that ends too early', { kind => 'length', delta => -700 }, 1 ],
	[ 'bad gzip', { kind => 'bad_gzip' }, 1 ],
	[ 'a bad chunk', { kind => 'bad_chunk' }, 1 ],
	[ 'a redirect to itself', { kind => 'redirect', status => 307 }, 1 ],
	[
		'a redirect to the other path',
		{
			kind => 'redirect',
			location =>
			  '/partner/v1/analytics/commercial/deployment/license?top=100&skip=100'
		},
		1, 'plain'
	],
	[
		'answers that announce themselves',
		{ kind => 'interim', count => 3 },
		0
	],
	[ 'HTTP/1.0', { kind => 'http10' }, 0 ],
	[ 'drips', { kind => 'drip', bytes => 3000, every_ms => 2 }, 0 ],
	[ 'a delay', { kind => 'delay', delay_ms => 150 }, 0 ]);
foreach my $parallel (1, 4)
{
	$session->query(
		"ALTER SERVER mock_api OPTIONS (SET max_parallel_requests '$parallel')"
	);
	my %pages;
	foreach my $how (sort keys %queries)
	{
		$pca->clear_faults;
		$pca->log_entries;
		$session->query($queries{$how});
		$pages{$how} = () = $pca->log_entries;
	}
	foreach my $case (@passing)
	{
		my ($what, $fault, $more, $only) = @$case;
		next if $only && $parallel > 1;
		foreach my $how ($only // sort keys %queries)
		{
			my $name = "$what, $how, $parallel at once";
			$pca->clear_faults;
			$pca->log_entries;
			$pca->fault(%$fault, after => 1, times => $more || 1);
			$pca->same_query(
				$queries{$how},
				"$name: every row once",
				session => $session);
			is( scalar(my @sent = $pca->log_entries),
				$pages{$how} + $more,
				"$name: $more requests more");
			$session->query('SELECT pc_analytics_disconnect()');
		}
	}
}
$pca->clear_faults;

# What was delivered already is compared when a page is asked for again.
$pca->fault(kind => 'truncate', after_bytes => 20000, after => 1);
$pca->config(shuffle => 'result');
$pca->fails_with(
	$queries{plain},
	'HV000',
	[
		qr/a page of the API's response changed when it was requested again/,
		qr/page_size/
	],
	'rows that come again differently are an error');
$pca->reset;

# The API's errors may come late, on any page.
foreach my $page (0 .. 2)
{
	$pca->fault(status(403)->%*, after => $page);
	$pca->fails_with(
		$queries{plain}, '42501',
		qr/the API denied access/,
		"an error on page $page is one of the query");
	$pca->clear_faults;
}

# 204 is an answer without rows (api-notes 4.9), where none are missing.
$pca->fault(kind => 'no_content');
is($session->query($queries{plain}), '', '204: no rows');
$pca->fault(kind => 'no_content', after => 2);
$pca->fails_with(
	$queries{plain}, 'HV000',
	qr/not complete.*200 rows.*300|more rows, but returns none/s,
	'204 in the midst of rows is an error');
$pca->clear_faults;

# How requests are told apart (api-notes 3.12): a new MS-RequestId after each answer,
# the same one after a lost connection; one MS-CorrelationId a scan.
$pca->log_entries;
$pca->fault(
	[
		{ kind => 'close', after => 1 },
		{ kind => 'status', status => 503, after => 1 }
	]);
$session->query($queries{plain});
my @entries = $pca->log_entries;
my @said = map {
	{
		map { lc $_->[0] => $_->[1] } @{ $_->{headers} }
	}
} @entries;
my (%ids, %correlations);
$ids{ $_->{'ms-requestid'} }++, $correlations{ $_->{'ms-correlationid'} }++
  foreach @said;
is_deeply([ values %correlations ],
	[5], 'one MS-CorrelationId for all five requests of a scan');
is_deeply(
	[ sort values %ids ],
	[ 1, 1, 1, 2 ],
	'a new MS-RequestId for each, but the one whose connection was lost');
is((grep { !/^$guid$/ } keys %ids, keys %correlations) + 0,
	0, 'all of them are GUIDs');
is_deeply(
	[ @{ $said[0] }{qw(accept x-locale)} ],
	[ 'application/json', 'en-US' ],
	'what else each request says');

# --- servers that are not there

my $closed = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')
  or die "no socket: $!";
my $port = $closed->sockport;
close $closed;
my @servers = (
	[
		'a port without a listener', "http://127.0.0.1:$port",
		'08006', qr/the connection to the API failed/
	],
	[
		'a name that does not exist',
		'https://nowhere.invalid',
		'08006',
		qr/the connection to the API failed.*HINT.*name of the host does not resolve.*"base_url"/s
	],
	[
		'TLS with a server that speaks none',
		$pca->url =~ s/^http/https/r,
		'HV00N|08006',
		qr/connection|in time/
	]);
my $base = $pca->url;
$session->query(
	"ALTER SERVER mock_api OPTIONS (ADD connect_timeout '500ms', SET max_retries '0')"
);
foreach my $case (@servers)
{
	my ($what, $url, $sqlstate, $expression) = @$case;
	$session->query("ALTER SERVER mock_api OPTIONS (SET base_url '$url')");
	my $error = $session->error_of($queries{plain});
	like($error->{sqlstate} // 'none', qr/^(?:$sqlstate)$/, "$what: SQLSTATE")
	  or diag($error->{text});
	like($error->{text}, $expression, "$what: what the error says");
}

# Retry-After is waited for.
$session->query(
	"ALTER SERVER mock_api OPTIONS (SET base_url '$base', SET max_retries '1', SET max_retry_wait '10s')"
);
$pca->fault(status(429, retry_after => 1)->%*);
$pca->log_entries;
$pca->same_query(
	$queries{plain},
	'after a wait that was asked for: every row once',
	session => $session);
@entries = $pca->log_entries;
cmp_ok($entries[1]{time} - $entries[0]{time},
	'>=', 0.99, 'and not earlier than asked');

done_testing();
