# The life of a refresh token: it is exchanged for a new one and stored, by
# hand and by pg_cron, and there is a warning before it expires.
use strict;
use warnings FATAL => 'all';

use Digest::SHA qw(sha256_hex);
use PcaTest;
use Test::More;

my %known = %PcaTest::CREDENTIALS;
my $cron = PcaTest::pg_cron_conf();
my $pca = PcaTest->new(
	rows => 20,
	mapping => \%known,
	server => { max_retries => 1, max_retry_wait => '20ms' },
	# what each session does for itself; 415_shared_tokens.pl has the rest
	conf => "${cron}pc_analytics_fdw.shared_state = off\n");
my $one = 'SELECT FROM license_deployment LIMIT 1';
my $rotate = "SELECT pc_analytics_rotate_refresh_token('mock_api')";

sub digest { return 'sha256:' . substr sha256_hex($_[0]), 0, 8; }

# The refresh tokens that were traded since the last call, but for those of the job of
# pg_cron, which runs at any time, and whose server has the other token endpoint.
sub traded
{
	return join ' ', map {
		my %form = map { @$_ } @{ $_->{form} // [] };
		$form{refresh_token} // ()
	} grep { $_->{path} !~ m{/oauth2/v2\.0/token} } $pca->log_entries;
}

# --- the recipe of the manual, whose minute passes while the rest is tested

if ($cron)
{
	$pca->create_server('by_cron',
		{ max_retries => 1, token_endpoint => 'v2' }, \%known);
	$pca->sql(<<'END');
CREATE ROLE reader LOGIN;
CREATE EXTENSION pg_cron;
GRANT USAGE ON FOREIGN SERVER by_cron TO reader;
GRANT EXECUTE ON FUNCTION pc_analytics_rotate_refresh_token(text) TO reader;
GRANT USAGE ON SCHEMA cron TO reader;
END
	$pca->sql("CREATE USER MAPPING FOR reader SERVER by_cron OPTIONS ("
		  . join(', ', map { "$_ '$known{$_}'" } sort keys %known)
		  . ')');
	$pca->session(user => 'reader')
	  ->query(
		q{SELECT cron.schedule('partner-center-token', '* * * * *', $$SELECT pc_analytics_rotate_refresh_token('by_cron')$$)}
	  );
}

# --- a trade

my $session = $pca->session;
$pca->log_entries;
my ($saved_at, $age) = split /\|/,
  $session->query(
	"SELECT saved_at, previous_age FROM pc_analytics_rotate_refresh_token('mock_api')"
  );
is(traded(), digest($known{refresh_token}), 'the stored token is traded');
is($age // '', '', 'its age was not known');
my $fresh = $pca->stored_option('refresh_token');
isnt($fresh, $known{refresh_token}, 'a fresh one is stored');
like(
	$pca->stored_option('refresh_token_saved_at'),
	qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
	'with the time');
$pca->query_is(
	"SELECT abs(extract(epoch FROM now() - '"
	  . $pca->stored_option('refresh_token_saved_at')
	  . "'::timestamptz)) < 600",
	't',
	'which is that of now');
$session->query($one);
is(traded(), digest($fresh), 'the session goes on with the fresh one');
$pca->session->query($one);
is(traded(), digest($fresh), 'and others do');
is( $session->query(
		"SELECT previous_age < interval '1 hour' FROM pc_analytics_rotate_refresh_token('mock_api')"
	),
	't',
	'the age is reported');
is($pca->stored_option('client_secret'),
	$known{client_secret}, 'the other options stay');

# Until the transaction commits, the old token is the stored one.
$fresh = $pca->stored_option('refresh_token');
traded();
$session->query("BEGIN; $rotate");
is($pca->stored_option('refresh_token'),
	$fresh, 'before the commit, others see the old token');
is(traded(), digest($fresh), 'which was traded');
my $inside = $session->query(
	"SELECT option_value FROM pg_user_mappings, pg_options_to_table(umoptions) WHERE srvname = 'mock_api' AND option_name = 'refresh_token' AND usename = current_user"
);
isnt($inside, $fresh, 'the transaction sees the fresh one');
$session->query($one);
is(traded(), digest($inside), 'and uses it');
$session->query('ROLLBACK');
is($pca->stored_option('refresh_token'),
	$fresh, 'after a rollback, the old one is stored');
$session->query($one);
is(traded(), digest($fresh),
	'and used by the session, which has forgotten the other');
$session->query("BEGIN; SAVEPOINT s; $rotate; ROLLBACK TO s; COMMIT");
is($pca->stored_option('refresh_token'),
	$fresh, 'the same within a transaction');

# Two at once: the second trades what the first has stored.
traded();
my $other = $pca->session;
$session->query("BEGIN; $rotate");
$other->start($rotate);
$pca->wait_for(
	'the second to wait',
	sub {
		$pca->sql(
			'SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = \'object\''
		);
	});
$session->query('COMMIT');
my (undef, $errors) = $other->finish;
is($errors, '', 'two sessions may rotate at once');
my @both = split / /, traded();
is_deeply(
	[ $both[0], scalar @both ],
	[ digest($fresh), 2 ],
	'the first trades the stored token');
isnt($both[1], $both[0], 'and the second the fresh one');

# --- what is refused, before anybody is asked

$pca->sql(<<'END');
CREATE ROLE plain LOGIN; CREATE ROLE owner LOGIN; CREATE ROLE stranger LOGIN;
GRANT EXECUTE ON FUNCTION pc_analytics_rotate_refresh_token(text) TO plain, owner;
GRANT USAGE ON FOREIGN SERVER mock_api TO stranger;
CREATE EXTENSION postgres_fdw; CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw;
CREATE FUNCTION rotate() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM pc_analytics_rotate_refresh_token('mock_api'); END $$;
END
my $access = "OPTIONS (SET access_token 'x')";
my @refused = (    # what, role, before, SQLSTATE, what the error says
	[
		'a role without EXECUTE', 'stranger',
		'', '42501',
		qr/permission denied for function/
	],
	[
		'a role without USAGE', 'plain',
		'', '42501',
		qr/permission denied for foreign server/
	],
	[
		'a role without mapping',
		'plain', 'GRANT USAGE ON FOREIGN SERVER mock_api TO plain',
		'42704', qr/no user mapping/
	],
	[
		'PUBLIC\'s mapping, by another than the owner',
		'plain',
		"CREATE USER MAPPING FOR PUBLIC SERVER mock_api OPTIONS ("
		  . join(', ', map { "$_ '$known{$_}'" } sort keys %known) . ')',
		'42501',
		qr/user mapping of PUBLIC.*server's owner/s
	],
	[
		'a fixed token',
		'plain',
		"CREATE USER MAPPING FOR plain SERVER mock_api OPTIONS (access_token 'x')",
		'55000',
		qr/has no refresh token/
	],
	[
		'a token from a file',
		undef,
		"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (DROP refresh_token, ADD refresh_token_file '/nowhere')",
		'55000',
		qr/comes from a file/
	]);
foreach my $case (@refused)
{
	my ($what, $role, $before, $sqlstate, $expression) = @$case;
	my $stored = $pca->stored_option('refresh_token');
	$pca->sql($before) if $before;
	traded();
	my $session = $pca->session($role ? (user => $role) : ());
	$pca->error_is($session->error_of($rotate),
		$sqlstate, $expression, "$what: is refused");
	is(traded(), '', "$what: nothing is asked");
	$pca->sql(
		"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (DROP refresh_token_file, ADD refresh_token '$stored')"
	) unless $role;
}
foreach my $case (
	[
		'a server that is not there',
		"SELECT pc_analytics_rotate_refresh_token('nowhere')",
		'42704', qr/does not exist/
	],
	[
		'a server of another wrapper',
		"SELECT pc_analytics_rotate_refresh_token('elsewhere')",
		'42809', qr/not one of pc_analytics_fdw/
	],
	[
		'a transaction that only reads', "BEGIN READ ONLY; $rotate",
		'25006', qr/read-only/
	])
{
	my ($what, $sql, $sqlstate, $expression) = @$case;
	traded();
	$pca->error_is($pca->session->error_of($sql),
		$sqlstate, $expression, "$what: is refused");
	is(traded(), '', "$what: nothing is asked");
}
$pca->sql('DROP USER MAPPING FOR plain SERVER mock_api');
is($pca->error_of("$rotate")->{sqlstate} // 'well',
	'well', 'the owner of the server rotates his own');
$pca->sql(
	"ALTER SERVER mock_api OWNER TO CURRENT_USER; DROP USER MAPPING FOR CURRENT_USER SERVER mock_api"
);
is($pca->error_of("$rotate")->{sqlstate} // 'well', 'well', 'and PUBLIC\'s');
isnt($pca->stored_option('refresh_token', 'public'),
	$known{refresh_token}, 'which is stored');

# A trade that fails leaves the stored token.
$fresh = $pca->stored_option('refresh_token', 'public');
foreach my $case (
	[
		'a refusal',
		sub {
			$pca->fault(
				kind => 'status',
				status => 400,
				body => 'oauth',
				regex => 'oauth2',
				times => 0);
		},
		'28000'
	],
	[
		'no fresh token',
		sub { $pca->config(refresh_rotation => 'none') },
		'HV00M',
		qr/gave no new refresh token/
	],
	[
		'a token that is not one',
		sub {
			$pca->fault(
				kind => 'body',
				regex => 'oauth2',
				text => '{"access_token":"a b","refresh_token":"c"}');
		},
		'28000'
	])
{
	my ($what, $before, $sqlstate, $expression) = @$case;
	$before->();
	$pca->error_is(
		$pca->error_of($rotate), $sqlstate,
		$expression // qr/token/, "$what: an error");
	is($pca->stored_option('refresh_token', 'public'),
		$fresh, "$what: the stored token stays");
	$pca->clear_faults;
	$pca->config(refresh_rotation => 'keep');
}

# Cancelled while it waits.
$pca->fault(kind => 'stall', at => 'start', regex => 'oauth2');
$session = $pca->session;
$session->start($rotate);
$pca->wait_for_requests(1);
$pca->sql('SELECT pg_cancel_backend(' . $session->{backend} . ')')
  if $session->{backend};
$pca->sql(
	"SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pc_analytics_rotate%' AND state = 'active' AND pid <> pg_backend_pid()"
);
$pca->error_is($session->error, '57014', qr/cancel/, 'a trade is cancelled');
$pca->clear_faults;

# --- a token that is about to end

sub warnings_of
{
	my ($sql, $given) = @_;
	my $session = $given // $pca->session;
	$session->start($sql);
	my (undef, $said) = $session->finish;
	return $said;
}
my $public = 'ALTER USER MAPPING FOR PUBLIC SERVER mock_api OPTIONS';
foreach my $days (59, 61, 95)
{
	my $date = $pca->sql(
		"SELECT to_char(now() - interval '$days days 1 hour', 'YYYY-MM-DD HH24:MI:SSOF')"
	);
	$pca->sql("$public (SET refresh_token_saved_at '$date')");
	my $session = $pca->session;
	my $said = warnings_of("$one; $one", $session);
	$days < 60
	  ? is($said, '', "a token of $days days makes no warning")
	  : like(
		$said,
		qr/WARNING:  01000: the refresh token for server "mock_api" was stored $days days ago\nDETAIL:  .*90 days.*\nHINT:  .*pc_analytics_rotate_refresh_token\('mock_api'\)/,
		"a token of $days days makes one");
	$pca->revoke('access');
	is(warnings_of($one, $session), '', 'just once in a session')
	  if $days > 60;
	is(warnings_of($rotate, $pca->session), '', 'none where it is replaced')
	  if $days > 60;
}
$pca->sql("$public (DROP refresh_token_saved_at)");
is(warnings_of($one), '', 'nor where its age is not known');
foreach my $bad (
	'now', 'yesterday', 'infinity', '31.01.2026',
	'2026-13-01', '2026-01-31; drop')
{
	like(
		$pca->error_of("$public (ADD refresh_token_saved_at '$bad')")
		  ->{sqlstate} // 'well',
		qr/^(HV024|22008|22007)$/,
		"\"$bad\" is not a time");
}

# --- pg_cron

SKIP:
{
	skip 'this PostgreSQL has no pg_cron', 2 unless $cron;

	# a minute that passed while the mock API refused to rotate has failed
	$pca->wait_for(
		'pg_cron to rotate',
		sub {
			$pca->sql(
				"SELECT count(*) FROM cron.job_run_details WHERE status = 'succeeded'"
			);
		});
	isnt($pca->stored_option('refresh_token', 'reader', 'by_cron'),
		$known{refresh_token}, 'the token of who scheduled it');
	is( index(
			$pca->sql(
				'SELECT string_agg(j::text, \'\') FROM cron.job_run_details j'
			),
			$pca->stored_option('refresh_token', 'reader', 'by_cron')),
		-1,
		'and writes none into its log');
}

done_testing();
