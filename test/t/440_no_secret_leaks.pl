# No secret is written: not to the log at its most verbose, not to the client,
# not to statistics, plans or files, whatever fails and whatever the server
# repeats.
use strict;
use warnings FATAL => 'all';

use File::Find;
use HTTP::Tiny;
use PcaTest;
use PcaTls;
use Test::More;

# Secrets with characters that forms escape; all that is planted says MARK.
my %known = (
	tenant_id => $PcaTest::CREDENTIALS{tenant_id},
	client_id => $PcaTest::CREDENTIALS{client_id},
	client_secret => 'SecretMARK/one+two=%3,four~&MARKsecret',
	refresh_token => '0.RefreshMARK'
	  . join('',
		map { chr(97 + $_ * 7 % 26) . chr(65 + $_ * 11 % 26) } 0 .. 400)
	  . 'MARKrefresh');
my $access =
	'eyJMARK'
  . join('', map { chr(97 + $_ * 5 % 26) . $_ } 0 .. 300)
  . 'MARKaccess';
my $password = 'ProxyMARK:w d/MARKproxy';
my @secrets =
  ($known{client_secret}, $known{refresh_token}, $access, $password);
my $path = '/v1/analytics/commercial/deployment/license/';

my $pca = PcaTest->new(
	rows => 40,
	customers => 5,
	token_length => 900,
	mapping => { access_token => 'none' },
	arguments => [
		'--client-secret', $known{client_secret},
		'--refresh-token', $known{refresh_token},
		'--access-token', $access
	],
	server => {
		page_size => 10,
		max_retries => 1,
		max_retry_wait => '20ms',
		max_parallel_requests => 4
	},
	conf => <<'END');
shared_preload_libraries = 'pg_stat_statements, auto_explain'
pg_stat_statements.track = all
auto_explain.log_min_duration = 0
auto_explain.log_analyze = on
auto_explain.log_verbose = on
auto_explain.log_nested_statements = on
logging_collector = off
END
$pca->sql('CREATE EXTENSION pg_stat_statements');

# The mappings are made from files, by COPY as the manual shows, so that no
# statement holds a secret.
sub file
{
	my ($name, $content) = @_;
	my $file = $pca->node->basedir . "/$name";
	unlink $file;
	PostgreSQL::Test::Utils::append_to_file($file, $content);
	chmod 0600, $file;
	return $file;
}

sub mapping
{
	my (%options) = @_;
	my $values = join "\n",
	  map { my $value = $options{$_}; $value =~ s/\\/\\\\/g; "$_\t$value" }
	  sort keys %options;
	my $file = file('mapping', "$values\n");
	$pca->sql(<<"END");
SET pg_stat_statements.track = 'top';
CREATE TEMP TABLE secret (name text, value text);
COPY secret FROM '$file';
DO \$\$ BEGIN
  DROP USER MAPPING FOR CURRENT_USER SERVER mock_api;
  EXECUTE (SELECT 'CREATE USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (' || string_agg(format('%I %L', name, value), ', ') || ')' FROM secret);
EXCEPTION WHEN OTHERS THEN RAISE EXCEPTION 'no mapping'; END \$\$;
END
	unlink $file;
	return;
}

my $loud =
  'SET log_min_messages = debug5; SET client_min_messages = debug5; SET debug_print_plan = on; SET debug_print_parse = on; '
  . 'SET debug_print_rewritten = on; SET log_error_verbosity = verbose; SET log_min_duration_statement = 0; SET log_statement = \'all\'; '
  . 'SET log_parser_stats = on; SET log_planner_stats = on; SET log_executor_stats = on; SET log_duration = on';
my $queries = join ';',
  'EXPLAIN (VERBOSE, ANALYZE, BUFFERS) SELECT * FROM license_deployment',
  'SELECT * FROM license_deployment',
  'SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY 1',
  "SELECT set_config('x.y', service_name, false) FROM license_deployment WHERE channel = 'reseller'",
  'DO $$ BEGIN PERFORM count(*) FROM customers; END $$',
  'SELECT count(*) FROM license_usage';
my $said = '';
my %errors;

# Run all that in a new session, and note what it is told.
sub run
{
	my ($what, $sql) = @_;
	my $session = $pca->session;
	$session->start("$loud; " . ($sql // $queries));
	my ($rows, $told) = $session->finish;
	$said .= "$rows\n$told\n";
	$errors{$what} = $told;
	return;
}

# How a text shows a secret: the whole, or a piece of it, as it is or escaped.
sub shows
{
	my ($text, $secret) = @_;
	my $piece = 12;
	my $step = length $secret > 2000 ? 16 : 4;
	foreach my $form ($secret,
		$secret =~ s/([^A-Za-z0-9\-._~])/sprintf '%%%02X', ord $1/ger)
	{
		for (my $at = 0; $at + $piece <= length $form; $at += $step)
		{
			return substr($form, $at, $piece)
			  if index($text, substr $form, $at, $piece) >= 0;
		}
	}
	return '';
}

ok( shows("x $access", $access)
	  && shows(substr($known{refresh_token}, 0, 20), $known{refresh_token})
	  && shows('SecretMARK%2Fone%2Btwo', $known{client_secret}),
	'a secret is found in whole, cut off or escaped');

# --- each step fails in its turn, and repeats what it was sent

my @echoes = (
	[
		'the error\'s sentence',
		{
			kind => 'status',
			description =>
			  'You sent {form} and {fields} and {authorization} to me.'
		}
	],
	[
		'OAuth\'s sentence',
		{
			kind => 'status',
			body => 'oauth',
			code => 'invalid_request',
			description => 'You sent {form} and {fields} to me.'
		}
	],
	[
		'OAuth\'s sentence, cut off at its end',
		{
			kind => 'status',
			body => 'oauth',
			code => 'invalid_request',
			description => ('x' x 700) . '{fields}'
		}
	],
	[
		'the error\'s word',
		{
			kind => 'status',
			body => 'oauth',
			code => '{fields}{authorization}'
		}
	],
	[
		'text',
		{
			kind => 'status',
			body => 'text',
			description => '{authorization}{form}'
		}
	],
	[
		'text, cut off at its end',
		{
			kind => 'status',
			body => 'text',
			description => ('x' x 100) . '{fields}{authorization}'
		}
	],
	[
		'a long sentence, cut off at its end',
		{
			kind => 'status',
			description => ('x' x 1000) . '{authorization}{fields}'
		}
	],
	[
		'an answer that is none',
		{ kind => 'body', text => 'Hello {authorization}{form}' }
	],
	[
		'another JSON',
		{ kind => 'body', text => '{"a": "{authorization}{fields}"}' }
	],
	[
		'headers',
		{
			kind => 'status',
			headers => {
				'MS-RequestId' => '{authorization}{form}',
				'MS-CV' => '{authorization}',
				'Retry-After' => '{form}'
			}
		}
	],
	[
		'a redirect',
		{
			kind => 'redirect',
			location => 'https://elsewhere.invalid/{authorization}{form}'
		}
	]);
my @places = (
	[ 'token endpoint', { regex => 'oauth2' } ],
	[ 'API', { path => $path } ]);
mapping(%known);
foreach my $place (@places)
{
	foreach my $echo (@echoes)
	{
		foreach
		  my $status (map { $echo->[1]{kind} eq 'status' ? $_ : () } 400,
			401, 403, 500)
		{
			$pca->fault(
				%{ $echo->[1] }, %{ $place->[1] },
				status => $status,
				times => 0);
			run("$place->[0], $echo->[0], $status");
			$pca->clear_faults;
		}
		next if $echo->[1]{kind} eq 'status';
		$pca->fault(%{ $echo->[1] }, %{ $place->[1] }, times => 0);
		run("$place->[0], $echo->[0]");
		$pca->clear_faults;
	}
}

# A token that was refused on one page, and forgotten, is repeated by another.
$pca->config(token_length => 900);
my @refusals = (
	{ kind => 'status', status => 401, path => $path, after => 1 },
	{
		kind => 'status',
		status => 403,
		path => $path,
		times => 0,
		delay_ms => 150,
		after => 1,
		description => 'Not {authorization}'
	});
$pca->fault(\@refusals);
mapping(access_token => $access);
run('a fixed token');
$pca->clear_faults;
mapping(%known);
$pca->fault(\@refusals);
run('a forgotten token');
$pca->clear_faults;

# Transport, rows, values.
foreach my $fault (
	{ kind => 'truncate', times => 0 },
	{ kind => 'reset', times => 0 },
	{ kind => 'garbage', times => 0 },
	{ kind => 'bad_gzip', times => 0 },
	{ kind => 'reset', regex => 'oauth2', times => 0 },
	{ kind => 'truncate', regex => 'oauth2', times => 0 },
	{ kind => 'garbage', regex => 'oauth2', times => 0 },
	{ kind => 'item', set => { licensesSold => 'many' }, times => 0 },
	{ kind => 'invalid_json', times => 0 },
	{ kind => 'huge_headers', times => 0 },
	{
		kind => 'body',
		regex => 'oauth2',
		text =>
		  '{"access_token":["MARKaccess"],"refresh_token":{"a":"MARKrefresh"}}',
		times => 0
	})
{
	$pca->fault($fault);
	run("$fault->{kind}, " . ($fault->{regex} // ''));
	$pca->clear_faults;
}

# Files, rotation, a proxy with a password, a token that lives and is renewed.
mapping(
	tenant_id => $known{tenant_id},
	client_id => $known{client_id},
	client_secret_file => file('secret', "$known{client_secret}\n"),
	refresh_token_file => file('refresh', $known{refresh_token}));
run('files');
chmod 0644, $pca->node->basedir . '/secret';
run('a file that is open');
mapping(%known);
run('rotation',
	"SELECT pc_analytics_rotate_refresh_token('mock_api'); " . $queries);
my @rotated = map { $pca->node->safe_psql('postgres', $_) }
  'SELECT string_agg(option_value, \'\') FROM pg_user_mapping, pg_options_to_table(umoptions) WHERE option_name = \'refresh_token\'';
push @secrets, @rotated;
$pca->fault(
	kind => 'status',
	status => 400,
	body => 'oauth',
	code => 'invalid_grant',
	description => 'Not {fields}',
	regex => 'oauth2',
	times => 0);
run('rotation refused',
	"SELECT pc_analytics_rotate_refresh_token('mock_api')");
$pca->clear_faults;
mapping(
	access_token => $access,
	proxy_user => 'me',
	proxy_password => $password);
$pca->sql(
	"ALTER SERVER mock_api OPTIONS (ADD proxy 'http://127.0.0.1:9', SET base_url 'https://127.0.0.1:9', SET login_url 'https://127.0.0.1:9')"
);
run('a proxy');
run('functions', 'SELECT * FROM pc_analytics_requests()')
  if $pca->sql("SELECT to_regproc('pc_analytics_requests')");

# --- signing in: device code, verifier, assertion, key, id_token

my $pem = file('application.key', '');
PcaTls::openssl(
	"req -x509 -newkey rsa:2048 -nodes -days 90 -subj '/CN=application' -keyout '$pem' -out '$pem.crt'"
);
my $both = file('application.pem',
		PostgreSQL::Test::Utils::slurp_file($pem)
	  . PostgreSQL::Test::Utils::slurp_file("$pem.crt"));
my @key = grep { !/^-/ } split /\n/,
  PostgreSQL::Test::Utils::slurp_file($pem);
unlink $pem;
push @secrets, join '', @key;
my $begin =
  "SELECT pc_analytics_sign_in('mock_api'); SELECT pc_analytics_sign_in_begin('mock_api')";
$pca->sql(
	"ALTER SERVER mock_api OPTIONS (DROP proxy, SET base_url '@{[ $pca->url ]}', SET login_url '@{[ $pca->url ]}')"
);
mapping(
	tenant_id => $known{tenant_id},
	client_id => $known{client_id},
	$pca->has_openssl
	? (client_certificate_file => $both)
	: (client_secret => $known{client_secret}));
$pca->config(
	person => 'approves',
	device_interval => 1,
	client_certificates => ["$pem.crt"]);
run('signing in', "$begin; SELECT pc_analytics_sign_in_end('mock_api')");
unlike($errors{'signing in'}, qr/ERROR: /, 'a user signs in');

# With a browser: the URL has the challenge, not the verifier.
sub begin_browser
{
	my ($session) = @_;
	$session->start(
		"$loud; SELECT url FROM pc_analytics_sign_in_begin('mock_api', 'browser')"
	);
	my ($url, $told) = $session->finish;
	$said .= "$url\n$told\n";
	return HTTP::Tiny->new(max_redirect => 0)->get($url =~ s/\s+\z//r)
	  ->{headers}{location};
}
my $browser = $pca->session;
my $address = begin_browser($browser);
$browser->start("SELECT pc_analytics_sign_in_end('mock_api', '$address')");
my (undef, $told) = $browser->finish;
$said .= $told;
unlike($told, qr/ERROR: /, 'a user signs in with a browser');

# Each request is refused, and repeats what it was sent.
foreach my $place ('devicecode', 'v2.0/token')
{
	foreach my $echo (@echoes)
	{
		$pca->fault(
			%{ $echo->[1] },
			regex => $place,
			$echo->[1]{kind} eq 'status' ? (status => 400) : (),
			times => 0);
		run("$place, $echo->[0]", "SELECT pc_analytics_sign_in('mock_api')");
		my $refused = $pca->session;
		$address = begin_browser($refused);
		$refused->start(
			"SELECT pc_analytics_sign_in_end('mock_api', '$address')");
		$said .= ($refused->finish)[1];
		$pca->clear_faults;
	}
}
$pca->config(person => 'declines');
run('declined', "SELECT pc_analytics_sign_in('mock_api')");
$pca->config(person => 'approves', person_tenant => 'another');
run('another tenant', "SELECT pc_analytics_sign_in('mock_api')");
$pca->config(person_tenant => '');

# What the mock API has given out and received in sign-ins.
my %sent = %{ $pca->secrets };
foreach
  my $name (qw(device_code code_verifier refresh_token id_token access_token),
	$pca->has_openssl ? 'client_assertion' : ())
{
	cmp_ok(scalar(@{ $sent{$name} // [] }),
		'>', 0, "the mock API knows each $name");
	push @secrets, grep { defined } @{ $sent{$name} // [] }[ 0, -1 ];
}

# --- what was written

my $log = PostgreSQL::Test::Utils::slurp_file($pca->node->logfile);
like($log, qr/FOREIGNSCAN/, 'the log has plans');
like($log, qr/Foreign Scan on .*license_deployment/, 'and explained ones');
like($said, qr/DEBUG: /, 'the client hears everything');
cmp_ok(scalar(grep { /ERROR: / } values %errors), '>=', 60,
	'and many errors');
like(
	$errors{"API, the error's sentence, 403"},
	qr/You sent \*|and \*+ to me/,
	'which are shown, without the secret'
) or diag($errors{"API, the error's sentence, 403"});

# Tokens that the mock API has made begin so; they are found by that.
push @secrets, 'eyJ0eXAiOiJKV1QifQ.';
my %places = (
	'the log' => $log,
	'what the client is told' => $said,
	'pg_stat_statements' =>
	  $pca->sql('SELECT string_agg(query, E\'\n\') FROM pg_stat_statements'),
	'pg_stat_activity' =>
	  $pca->sql('SELECT string_agg(query, E\'\n\') FROM pg_stat_activity'),
	'the catalogs' => $pca->sql(
		'SELECT (SELECT string_agg(s::text, \'\') FROM pg_foreign_server s) || (SELECT string_agg(t::text, \'\') FROM pg_foreign_table t)'
	),
	'what the mock API says' => join('',
		map { PostgreSQL::Test::Utils::slurp_file($_) }
		  glob
		  "$PostgreSQL::Test::Utils::log_path/440_no_secret_leaks_mock_api*")
);
foreach my $place (sort keys %places)
{
	my @found = grep { $_ } map { shows($places{$place}, $_) } @secrets;
	is(join(' ', @found), '', "$place: no secret");
}
unlike(
	$log . $said,
	qr/MARK(?:access|refresh|secret|proxy)/,
	'nor the end of one');

# Files: the mapping's own table and the WAL hold it, statistics and others do not.
my $data = $pca->node->data_dir;
my $mappings = $pca->sql('SELECT pg_relation_filepath(\'pg_user_mapping\')');
my $toast = $pca->sql(
	'SELECT pg_relation_filepath(reltoastrelid) FROM pg_class WHERE relname = \'pg_user_mapping\''
);
$pca->node->stop;
my ($files, @holding) = (0);
find(
	{
		no_chdir => 1,
		wanted => sub {
			return unless -f $_ && -r $_;
			(my $name = $_) =~ s{^\Q$data\E/}{};
			return
				 if $name =~ m{^pg_wal/}
			  || index($name, $mappings) == 0
			  || ($toast && index($name, $toast) == 0);
			$files++;
			my $content = PostgreSQL::Test::Utils::slurp_file($_);
			push @holding, $name
			  if grep { shows($content, $_) } @secrets[ 0 .. 3 ];
		}
	},
	$data);
cmp_ok($files, '>', 500, 'the files of the cluster were looked at');
is(join(' ', @holding), '', 'none but the mapping\'s own holds a secret');

done_testing();
