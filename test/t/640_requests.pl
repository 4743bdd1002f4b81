# The requests of a session: the request log, the server log, the progress.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(
	rows => 2500,
	customers => 20,
	# a fault of one case must not pause the next
	conf => "pc_analytics_fdw.shared_state = off\n",
	mapping => \%PcaTest::CREDENTIALS,
	server => {
		page_size => 1000,
		max_retries => 2,
		max_retry_wait => 1,
		max_parallel_requests => 1
	});
my $path = '/v1/analytics/commercial/deployment/license/';
my $read = 'SELECT channel FROM license_deployment';
my $uuid = qr/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

# The request log as rows of a session, oldest first.
sub request_log
{
	my ($session, $columns, $where) = @_;
	$where //= 'true';
	return split /\n/,
	  $session->query("SELECT concat_ws('|', $columns) FROM "
		  . "(SELECT *, row_number() OVER () AS n FROM pc_analytics_requests()) AS r WHERE $where ORDER BY n DESC"
	  );
}

# --- what is written down

my $session = $pca->session;
is($session->query('SELECT count(*) FROM pc_analytics_requests()'),
	0, 'a new session has made no requests');
$session->query('SELECT count(channel) FROM license_deployment');
my @rows = request_log($session,
	q{replace(url, 'http://', ''), status, attempt, coalesce("rows"::text, '-'), error}
);
my $origin = $pca->url =~ s{^http://}{}r;
is_deeply(
	\@rows,
	[
		"$origin/$PcaTest::CREDENTIALS{tenant_id}/oauth2/token|200|1|-",
		map { "$origin$path?top=1000&skip=$_->[0]|200|1|$_->[1]" }[ 0, 1000 ],
		[ 1000, 1000 ],
		[ 2000, 500 ]
	],
	'each request with its URL, status, attempt and rows, as it was sent');
is( $session->query(
		'SELECT bool_and(ms >= 0 AND "time" <= clock_timestamp() AND bytes > 100), sum(bytes) > 100000, count(*) FROM pc_analytics_requests()'
	),
	't|t|4',
	'with bytes, ms and time');
my %sent = map { ($_->[0] => $_->[1]) } map {
	my %h = map { (lc $_->[0] => $_->[1]) } @{ $_->{headers} };
	[ $h{'ms-requestid'} // 'token', $h{'ms-correlationid'} ]
} $pca->log_entries;
my @ids = request_log(
	$session,
	'request_id, correlation_id',
	'request_id IS NOT NULL');
is_deeply(
	[ sort @ids ],
	[ sort map { "$_|$sent{$_}" } grep { $_ ne 'token' } keys %sent ],
	'and with the identifiers that the API was given');

# --- attempts and errors, which outlive the error and the transaction

$pca->fault(kind => 'status', status => 503, times => 1, path => $path);
$session->query("$read LIMIT 1");
is_deeply(
	[
		map { s/", "MS.*//sr }
		  request_log($session, 'status, attempt, left(error, 16)', 'n <= 2')
	],
	[ '503|1|HTTP status 503,', '200|2' ],
	'a request that was tried again stands there twice');
$pca->fault(kind => 'status', status => 403, times => 0, path => $path);
my $error = $session->error_of("BEGIN; $read");
$session->query('ROLLBACK');
is($error->{sqlstate}, '42501',
	'a request that the API refuses raises 42501');
like(
	(request_log($session, 'status, error', 'n = 1'))[0],
	qr/^403\|HTTP status 403, code .*MS-RequestId: /,
	'is in the request log after the rollback, with the API\'s words');
$pca->clear_faults;
$pca->fault(kind => 'reset', times => 0, path => $path);
$session->error_of($read);
is_deeply(
	[
		map { s/:.*//r } request_log(
			$session,
			'attempt, coalesce(status::text, \'none\'), coalesce(error, \'no reason\') <> \'no reason\'',
			'n <= 3')
	],
	[ '1|none|t', '2|none|t', '3|none|t' ],
	'a lost connection has no status, but a reason');
$pca->clear_faults;
$pca->fault(kind => 'body', text => '{"Value": 1}', path => $path);
$session->error_of($read);
like(
	(request_log($session, 'status, error', 'n = 1'))[0],
	qr/^200\|the API's response cannot be parsed/,
	'and so has an answer that cannot be read');
$pca->clear_faults;
$pca->fault(kind => 'stall', path => $path, times => 0);
$session->query('SET statement_timeout = 300');
is($session->error_of($read)->{sqlstate},
	'57014', 'a query that is cancelled');
$session->query('RESET statement_timeout');
like(
	(   request_log(
			$session, q{coalesce(status::text, '-'), ms >= 250, error},
			'n = 1'))[0],
	qr/^(200\|t$|-\|t\|the request was abandoned before a response came$)/,
	'ends its request, too');
$pca->clear_faults;
$pca->config(refresh_rotation => 'keep');
$pca->revoke('all');
$pca->sql(
	"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (SET refresh_token 'wrong-token')"
);
$session->error_of($read);
like(
	(request_log($session, 'status, error', 'n = 1'))[0],
	qr/^400\|the sign-in service gave no access token: invalid_grant/,
	'a token that is refused has its reason');
$pca->sql(
	"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (SET refresh_token '$PcaTest::CREDENTIALS{refresh_token}')"
);
$pca->reset;

# --- it is bounded

$session->query(
	"ALTER FOREIGN TABLE license_deployment OPTIONS (ADD page_size '5')");
$session->query('SELECT count(channel) FROM license_deployment');
is($session->query('SELECT count(*) FROM pc_analytics_requests()'),
	256, 'the last 256 are kept');
is((request_log($session, 'split_part(url, \'skip=\', 2)', 'n = 1'))[0],
	'2495', 'the newest come first');
$session->query(
	'ALTER FOREIGN TABLE license_deployment OPTIONS (DROP page_size)');

# --- whose they are

$pca->sql(
	'CREATE ROLE alice LOGIN; GRANT USAGE ON SCHEMA partner_center TO PUBLIC; '
	  . 'GRANT SELECT ON ALL TABLES IN SCHEMA partner_center TO PUBLIC; '
	  . "CREATE USER MAPPING FOR alice SERVER mock_api OPTIONS (access_token 'mock-api-access-token')"
);
$pca->sql(
	"CREATE VIEW partner_center.of_owner AS SELECT channel FROM license_deployment WHERE customer_name = 'secret of the owner'; "
	  . 'GRANT SELECT ON partner_center.of_owner TO PUBLIC');
$session->query('SET ROLE alice');
is($session->query('SELECT count(*) FROM pc_analytics_requests()'),
	0, 'another role sees none of them');
$session->query("$read LIMIT 1; SELECT * FROM of_owner");
is_deeply([ request_log($session, 'split_part(url, \'skip=\', 2)') ],
	['0'], 'but its own, and not those that a view asked as its owner');
$session->query('RESET ROLE');
is((request_log($session, "url LIKE '%secret%owner%'", 'n = 1'))[0],
	't', 'which the owner sees');

# --- no secret

my $everything = join "\n", request_log($session, 'url, error');
unlike(
	$everything,
	qr/mock-api-access-token|mock-api-client-secret|mock-api-refresh-token|eyJ0/,
	'no secret stands in it');

# A redirect that repeats the token.
$pca->sql(
	"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (ADD access_token 'mock-api-access-token')"
);
$pca->fault(
	kind => 'redirect',
	location => "$path?top=1000&skip=0&leak=mock-api-access-token",
	path => $path);
$session->error_of($read);
$everything = join "\n", request_log($session, 'url, error');
like($everything, qr/leak=\*+/, 'a URL that the API gave');
unlike($everything, qr/mock-api-access-token/, 'has the token redacted');
$pca->sql(
	'ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (DROP access_token)'
);
$pca->reset;

# --- the server's log

my $log = $pca->node->logfile;
my $offset = -s $log;
$session->query("$read LIMIT 1");
unlike(
	PostgreSQL::Test::Utils::slurp_file($log, $offset),
	qr/pc_analytics_fdw request/,
	'nothing is logged');
$session->query('SET pc_analytics_fdw.log_requests = on');
$session->query("$read LIMIT 1");
my @lines = grep { /pc_analytics_fdw request/ } split /\n/,
  PostgreSQL::Test::Utils::slurp_file($log, $offset);
is(scalar @lines, 1, 'unless log_requests says so: one line a request');
like(
	$lines[0],
	qr/LOG:  pc_analytics_fdw request: \S+\?top=1&skip=0 status 200, attempt 1, 1 rows, \d+ bytes, \d+ ms, MS-RequestId \S{36}, MS-CorrelationId \S{36}$/,
	'with all that is known');
$pca->fault(kind => 'stall', path => $path, times => 0);
$offset = -s $log;
$session->query('SET statement_timeout = 300');
$session->error_of($read);
$session->query('RESET statement_timeout');
$pca->clear_faults;
like(
	PostgreSQL::Test::Utils::slurp_file($log, $offset),
	qr/LOG:  pc_analytics_fdw request: \S+ status \d+/,
	'also of a request that an error ended');
is( $session->error_of(
		'SET ROLE alice; SET pc_analytics_fdw.log_requests = off')
	  ->{sqlstate},
	'42501',
	'a plain role does not say what is logged');
$session->query('RESET ROLE');
$pca->fails_with("LOAD 'pc_analytics_fdw'; SET pc_analytics_fdw.nonsense = 1",
	'42602', qr/pc_analytics_fdw/, 'and there are no other settings');

# --- progress

$pca->sql("ALTER SERVER mock_api OPTIONS (SET page_size '100')");
$pca->config(latency_ms => 120);
my $runner = $pca->session;
$runner->query(
	"SET pc_analytics_fdw.progress = on; SET application_name = 'runner'");
my $runner_pid = $runner->query('SELECT pg_backend_pid()');
$runner->start("SELECT count(channel) FROM license_deployment");
my $seen;
$pca->wait_for(
	'the scan is seen',
	sub {
		$seen = $session->query(
			"SELECT datname, usename, relation, \"rows\" > 0 AND \"rows\" < total, total, percent > 0 AND percent < 100, requests > 1, bytes > 0, started < clock_timestamp() "
			  . "FROM pc_analytics_progress WHERE pid = $runner_pid AND total IS NOT NULL"
		);
		return $seen;
	});
my $user = $session->query('SELECT current_user');
is( $seen,
	"postgres|$user|license_deployment|t|2500|t|t|t|t",
	'another session sees how far the scan is');
my $alice = $pca->session(user => 'alice');
is( $alice->query(
		"SELECT pid = $runner_pid, relation IS NULL AND \"rows\" IS NULL AND total IS NULL AND bytes IS NULL FROM pc_analytics_progress"
	),
	't|t',
	'a plain role sees that there is one, but not which');
$pca->sql('GRANT pg_read_all_stats TO alice');
is($alice->query("SELECT relation FROM pc_analytics_progress"),
	'license_deployment', 'unless it may read all statistics');
my ($out, $said) = $runner->finish;
like(
	$said,
	qr/NOTICE:  (?:00000: )?license_deployment: \d+ of 2500 rows, \d+ %, \d+ requests, [\d.]+ [kM]B, [1-9]\d* s/,
	'and the client is told');
is($session->query('SELECT count(*) FROM pc_analytics_progress'),
	0, 'at the end there is none');
$pca->config(latency_ms => 0);
$pca->fault(kind => 'stall', path => $path, times => 0);
$runner->start("SET statement_timeout = '5s'; $read");
($out, $said) = $runner->finish;
like(
	$said,
	qr/NOTICE:  (?:00000: )?license_deployment: 0 rows, \d requests, [\d.]+ [kM]B, [1-9]\d* s/,
	'also while nothing comes');
$runner->query('RESET statement_timeout');
$pca->clear_faults;
$runner->query("$read LIMIT 1");
is($session->query('SELECT count(*) FROM pc_analytics_progress'),
	0, 'nor after a LIMIT');
$pca->fault(kind => 'stall', path => $path, times => 0);
$runner->start("BEGIN; DECLARE c CURSOR FOR $read; FETCH 150 FROM c");
my $wait = $pca->wait_for(
	'the wait is seen',
	sub {
		$session->query("SELECT wait_event_type || '|' || wait_event "
			  . "FROM pg_stat_activity JOIN pc_analytics_progress USING (pid) WHERE pid = $runner_pid"
		);
	});
my $major = $session->query(
	"SELECT current_setting('server_version_num')::int / 10000");
is( $wait,
	$major >= 17 ? 'Extension|PcAnalyticsHttp' : 'Extension|Extension',
	'the wait has a name where PostgreSQL has names for it');
$session->query("SELECT pg_cancel_backend($runner_pid)");
$runner->finish;
$pca->clear_faults;
$runner->query('ROLLBACK');
is($session->query('SELECT count(*) FROM pc_analytics_progress'),
	0, 'an error ends it, too');

# --- what a scan waits for

$pca->sql(
	"ALTER SERVER mock_api OPTIONS (SET max_retry_wait '120', SET max_retries '9')"
);
$runner = $pca->session;
$runner_pid = $runner->query('SELECT pg_backend_pid()');

# What the view says of the runner's wait, once it waits.
sub wait_of
{
	my ($what) = @_;
	return $pca->wait_for(
		"$what is seen",
		sub {
			$session->query(
				"SELECT waits_for, wait_remaining > '0'::interval AND wait_remaining < '2 minutes'::interval "
				  . "FROM pc_analytics_progress WHERE pid = $runner_pid AND waits_for IS NOT NULL"
			);
		});
}

sub cancel_runner
{
	$session->query("SELECT pg_cancel_backend($runner_pid)");
	return $runner->finish;
}

my @waits = (
	[
		'Retry-After',
		{ kind => 'status', status => 429, retry_after => 57 },
		qr/waits 5\d s for Retry-After|waits 6[0-3] s for Retry-After/
	],
	[
		'Retry-After',
		{ kind => 'status', status => 503, retry_after => 58 },
		qr/waits [56]\d s for Retry-After/
	],
	[
		'the next attempt',
		{ kind => 'status', status => 503 },
		qr/waits \d+ s for the next attempt/
	]);
foreach my $case (@waits)
{
	my ($reason, $fault, $expression) = @$case;
	foreach my $where ('skip=0\b', 'skip=200\b')
	{
		my $name = "$fault->{status} with $reason, $where";

		$runner->query("SET pc_analytics_fdw.progress = off");
		$pca->fault(%$fault, regex => $where, times => 0);
		$runner->start($read);
		is(wait_of($name), "$reason|t", "the view shows the wait: $name");
		is( $alice->query(
				"SELECT waits_for FROM pc_analytics_progress WHERE pid = $runner_pid"
			),
			$reason,
			"so does that of a role that may read statistics: $name");
		cancel_runner();
		$runner->query("SET pc_analytics_fdw.progress = on");
		$runner->start(
			"SET statement_timeout = '4s'; $read; RESET statement_timeout");
		my (undef, $notices) = $runner->finish;
		like($notices, $expression, "and notices: $name");
		$runner->query('RESET statement_timeout');
		$runner->query('SELECT pc_analytics_disconnect()');
		$pca->clear_faults;
	}
}

# The rate limit, after as many requests as it allows.
$pca->sql("ALTER SERVER mock_api OPTIONS (ADD max_requests_per_minute '2')");
$runner->query("SET pc_analytics_fdw.progress = off");
$runner->start($read);
is(wait_of('the rate limit'),
	'max_requests_per_minute|t',
	'the view shows the wait for the rate limit');
cancel_runner();
$pca->sql("ALTER SERVER mock_api OPTIONS (DROP max_requests_per_minute)");

# Between waits there is none.
$pca->fault(
	[
		{
			kind => 'status',
			status => 429,
			retry_after => 1,
			regex => 'skip=0\b'
		},
		{ kind => 'stall', regex => 'skip=100\b', times => 0 }
	]);
$runner->start($read);
is(wait_of('a short wait'), 'Retry-After|t', 'a short wait is shown');
is( $pca->wait_for(
		'the rows after it',
		sub {
			$session->query(
				"SELECT waits_for IS NULL AND wait_remaining IS NULL FROM pc_analytics_progress WHERE pid = $runner_pid AND \"rows\" >= 100"
			);
		}),
	't',
	'and no longer when rows arrive');
cancel_runner();
$pca->clear_faults;

done_testing();
