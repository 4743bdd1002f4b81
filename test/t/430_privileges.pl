# Privileges: attacks on the credentials of other users that the chapter on
# trust excludes, and what an ordinary role may not do.
use strict;
use warnings FATAL => 'all';

use Digest::SHA qw(sha256_hex);
use IO::Socket::INET;
use IO::Socket::IP;
use PcaTest;
use POSIX qw(mkfifo);
use Test::More;

my %known = %PcaTest::CREDENTIALS;
my $path = '/v1/analytics/commercial/deployment/license/';
my $one = 'SELECT FROM license_deployment LIMIT 1';
my $pca = PcaTest->new(
	rows => 60,
	mapping => \%known,
	server => {
		page_size => 10,
		max_retries => 1,
		max_retry_wait => '20ms',
		max_parallel_requests => 1
	});
my $other = PcaTest->new(node => 0, rows => 60, foreign_tokens => 'true');
my ($here, $there) = ($pca->url, $other->url);
my $directory = $pca->node->basedir;

# A socket on every address of this machine that must not receive a connection.
my $trap = IO::Socket::IP->new(
	Listen => 9,
	LocalHost => '::',
	V6Only => 0,
	Blocking => 0)
  || IO::Socket::INET->new(Listen => 9, LocalAddr => '0.0.0.0', Blocking => 0)
  or die "no socket: $!";
my $port = $trap->sockport;

sub trapped { my $n = 0; $n++ while $trap->accept; return $n; }
sub digest  { return 'Bearer ' . substr sha256_hex($_[0]), 0, 8; }

# The tokens and forms that a mock API was sent since the last call.
sub heard
{
	my ($mock_api) = @_;
	return map {
		my $entry = $_;
		(   $entry->{form} ? { map { @$_ } @{ $entry->{form} } } : (),
			map { $_->[0] eq 'Authorization' ? $_->[1] : () }
			  @{ $entry->{headers} })
	} $mock_api->log_entries;
}

$pca->sql(
	'CREATE ROLE plain LOGIN; CREATE ROLE reader LOGIN; CREATE ROLE boss LOGIN SUPERUSER; GRANT USAGE ON FOREIGN DATA WRAPPER pc_analytics_fdw TO plain; '
	  . 'GRANT ALL ON SCHEMA public, partner_center TO plain, reader; GRANT SELECT ON ALL TABLES IN SCHEMA partner_center TO PUBLIC'
);

# --- paths and URLs that would name another host

$pca->sql(
	'CREATE FOREIGN TABLE aimed (channel text OPTIONS (field \'channel\')) SERVER mock_api OPTIONS (resource \'license_deployment\')'
);
my @paths = (
	'@127.0.0.1:PORT/x', '//127.0.0.1:PORT/x',
	'/\\127.0.0.1:PORT/x', '\\\\127.0.0.1:PORT/x',
	'http://127.0.0.1:PORT/x', ':PORT/x',
	'.evil.example/x', '/../x',
	'/a/..', '/a/%2e%2E/b',
	'/./x', '/x?y=1',
	'/x#y', '/x@y',
	'/a b', "/a\tb",
	"/a\r\nHost: b", '',
	' ', '/ü');
foreach my $aim (@paths)
{
	(my $bad = $aim) =~ s/PORT/$port/;
	(my $literal = $bad) =~ s/'/''/g;
	(my $shown = $bad) =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ge;
	$pca->fails_with(
		"ALTER FOREIGN TABLE aimed OPTIONS (ADD path '$literal')",
		'HV024',
		qr/invalid value for option "path"/,
		"path $shown: is not taken");
	$pca->sql(
		"ALTER FOREIGN DATA WRAPPER pc_analytics_fdw NO VALIDATOR; ALTER FOREIGN TABLE aimed OPTIONS (ADD path '$literal')"
	);
	$pca->fails_with(
		'SELECT * FROM aimed',
		'HV024',
		qr/invalid value for option "path"/,
		"path $shown: nor used where the definition was not checked");
	$pca->sql(
		'ALTER FOREIGN TABLE aimed OPTIONS (DROP path); ALTER FOREIGN DATA WRAPPER pc_analytics_fdw VALIDATOR pc_analytics_fdw_validator'
	);
}
my @urls = (
	"https://api.partnercenter.microsoft.com\@127.0.0.1:$port",
	"https://api.partnercenter.microsoft.com:443\@127.0.0.1:$port/",
	"https://127.0.0.1:$port#\@api.partnercenter.microsoft.com",
	"https://127.0.0.1:$port\\\@api.partnercenter.microsoft.com",
	"https://127.0.0.1:$port?.api.partnercenter.microsoft.com",
	"https://127.0.0.1\t:$port",
	"https://127.0.0.1 :$port",
	"https:/127.0.0.1:$port",
	"https:127.0.0.1:$port",
	"//127.0.0.1:$port",
	'file:///etc/passwd',
	"ftp://127.0.0.1:$port",
	"gopher://127.0.0.1:$port",
	"dict://127.0.0.1:$port",
	"ldap://127.0.0.1:$port",
	"smb://127.0.0.1/x",
	"telnet://127.0.0.1:$port",
	"scp://127.0.0.1/etc/passwd",
	"https://[::1",
	"https://[::1%25lo]:$port",
	"https://",
	"https://:$port",
	"https://127.0.0.1:0x50",
	"https://127。0。0。1:$port",
	"https://user\@127.0.0.1:$port",
	"https://user:word\@127.0.0.1:$port",
	"https://127.0.0.1:$port/../x",
	"http://127.0.0.1.evil.example",
	"http://localhost.evil.example",
	"http://127.-0.0.1");
foreach my $url (@urls)
{
	(my $shown = $url) =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ge;
	$pca->fails_with(
		"ALTER SERVER mock_api OPTIONS (SET $_ '$url')",
		'HV024',
		qr/invalid value for option|must be an https URL/,
		"$_ $shown: is not taken") foreach qw(base_url login_url);
}
my $user = $pca->sql('SELECT current_user');
is(trapped(), 0, 'no request was sent');

# --- servers of plain roles, aimed into the database's own network

my @hosts = (
	'127.0.0.1', '127.1',
	'127.0.1', '2130706433',
	'0x7f000001', '0x7f.0.0.1',
	'0177.0.0.1', '017700000001',
	'0.0.0.0', '0',
	'127.255.255.254', '10.0.0.1',
	'172.16.0.1', '172.31.255.254',
	'192.168.0.1', '169.254.169.254',
	'100.64.0.1', '100.127.255.254',
	'192.0.0.8', '198.18.0.1',
	'224.0.0.1', '255.255.255.255',
	'[::1]', '[::]',
	'[::ffff:127.0.0.1]', '[::ffff:7f00:1]',
	'[::ffff:10.0.0.1]', '[::127.0.0.1]',
	'[fe80::1]', '[fd00::1]',
	'[fc00::1]', '[ff02::1]',
	'[64:ff9b::7f00:1]', '[64:ff9b::10.0.0.1]',
	'[2002:7f00:1::1]', '[2002:a00:1::1]',
	'[2001:db8::1]', '[2001::1]',
	'[0:0:0:0:0:0:0:1]', 'localhost',
	'LOCALHOST');
foreach
  my $line (split /\n/, PostgreSQL::Test::Utils::slurp_file('/etc/hosts'))
{
	my ($address, @names) = split ' ', $line =~ s/#.*//r;
	push @hosts, @names
	  if defined $address
	  && $address =~ /^(127\.|::1$|10\.|172\.|192\.168\.|fe80|ff0)/;
}
my %seen;
@hosts = grep { !$seen{$_}++ } @hosts;
$pca->sql(
	"ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (ADD allowed_hosts '"
	  . join(', ',
		'api.partnercenter.microsoft.com', 'login.microsoftonline.com',
		map { s/[\[\]]//gr } @hosts)
	  . "')");
my $plain = $pca->session(user => 'plain');
$plain->query(
	"SET search_path = public; CREATE SERVER inward FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (max_retries '0', connect_timeout '1s'); "
	  . "CREATE USER MAPPING FOR plain SERVER inward OPTIONS (access_token 'token-of-plain'); "
	  . "CREATE FOREIGN TABLE inward (channel text) SERVER inward OPTIONS (resource 'license_deployment'); GRANT SELECT ON inward TO PUBLIC"
);
foreach my $host (@hosts)
{
	$plain->query(
		"ALTER SERVER inward OPTIONS (ADD base_url 'https://$host:$port')");
	$pca->error_is(
		$plain->error_of('SELECT * FROM inward'),
		'42501',
		[ qr/the address of the API is not permitted/, qr/not a public one/ ],
		"$host: no request is sent");
	$plain->query('ALTER SERVER inward OPTIONS (DROP base_url)');
}
$plain->query(
	'ALTER USER MAPPING FOR plain SERVER inward OPTIONS (DROP access_token, '
	  . join(', ', map { "ADD $_ 'x'" } sort keys %known)
	  . ')');
foreach my $host (
	'127.0.0.1', '169.254.169.254',
	'[::ffff:127.0.0.1]', '2130706433',
	'localhost')
{
	$plain->query(
		"ALTER SERVER inward OPTIONS (ADD login_url 'https://$host:$port')");
	$pca->error_is(
		$plain->error_of('SELECT * FROM inward'),
		'42501',
		[
			qr/the address of the sign-in service is not permitted/,
			qr/not a public one/
		],
		"$host: nor for a token");
	$plain->query('ALTER SERVER inward OPTIONS (DROP login_url)');
}
is(trapped(), 0, 'no connection was made');
$plain->query(
	"ALTER SERVER inward OPTIONS (ADD base_url 'https://127.0.0.1:$port'); ALTER USER MAPPING FOR plain SERVER inward OPTIONS (ADD access_token 'x')"
);

# Who asks does not matter: a superuser, a view, a function, ANALYZE.
$pca->sql(<<"END");
CREATE USER MAPPING FOR PUBLIC SERVER inward OPTIONS (access_token 'x');
CREATE VIEW public.through AS SELECT * FROM public.inward;
CREATE MATERIALIZED VIEW public.stored AS SELECT * FROM public.inward WITH NO DATA;
CREATE FUNCTION public.definer() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(channel) FROM public.inward';
END
foreach my $sql (
	'SELECT * FROM public.inward',
	'SELECT * FROM public.through',
	'SELECT public.definer()',
	'ANALYZE public.inward',
	'REFRESH MATERIALIZED VIEW public.stored',
	'DO $$ BEGIN PERFORM * FROM public.inward; END $$',
	'COPY (SELECT * FROM public.inward) TO STDOUT',
	'SELECT 1 FROM public.inward UNION ALL SELECT 2 FROM public.inward')
{
	$pca->fails_with(
		$sql, '42501',
		qr/is not permitted/,
		"a superuser's $sql does not reach further");
}
is(trapped(), 0, 'no connection was made');

# Hosts that are not allowed are not even looked up.
$pca->sql(
	'ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (DROP allowed_hosts)'
);
foreach my $host (
	"127.0.0.1:$port",
	'evil.example',
	'api.partnercenter.microsoft.com.evil.example',
	'api.partnercenter.microsoft.com.',
	'evil.example:443',
	'xn--api-foo.example')
{
	$pca->error_is(
		$plain->error_of("ALTER SERVER inward OPTIONS (SET $_->[0])"),
		'42501',
		qr/option "$_->[1]" may not name "https:/,
		"$host: $_->[1] may not name it")
	  foreach [ "base_url 'https://$host'", 'base_url' ],
	  [
		"base_url 'https://api.partnercenter.microsoft.com', ADD login_url 'https://$host'",
		'login_url'
	  ];
	$pca->sql("ALTER SERVER inward OPTIONS (SET base_url 'https://$host')");
	$pca->error_is(
		$plain->error_of('SELECT * FROM inward'),
		'42501',
		qr/may not reach "https:/,
		"$host: is not reached");
}

# --- what a plain role may not do

my $file = "$directory/secret";
PostgreSQL::Test::Utils::append_to_file($file, 'token-of-file');
chmod 0600, $file;
$pca->sql(
	"CREATE SERVER his FOREIGN DATA WRAPPER pc_analytics_fdw; ALTER SERVER his OWNER TO plain; GRANT USAGE ON FOREIGN SERVER mock_api TO reader; CREATE USER MAPPING FOR reader SERVER mock_api OPTIONS (access_token 'token-of-reader'); "
	  . "CREATE FOREIGN TABLE public.hers (channel text) SERVER mock_api OPTIONS (resource 'license_deployment')"
);
my @forbidden = (    # role, statement, SQLSTATE
	[
		'reader', 'CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw',
		'42501'
	],
	[ 'plain', "ALTER SERVER his OPTIONS (ADD ca_file '$file')", '42501' ],
	[
		'plain',
		"ALTER SERVER his OPTIONS (ADD proxy 'http://127.0.0.1:$port')",
		'42501'
	],
	[
		'plain', "ALTER SERVER his OPTIONS (ADD allow_insecure_http 'true')",
		'42501'
	],
	[
		'plain',
		"ALTER SERVER his OPTIONS (ADD allow_insecure_http 'false')", '42501'
	],
	[ 'plain', "ALTER SERVER his OPTIONS (ADD base_url '$here')", '42501' ],
	[
		'plain',
		"CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (base_url 'https://evil.example')",
		'42501'
	],
	[
		'plain',
		"CREATE SERVER s FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (login_url 'https://evil.example')",
		'42501'
	],
	[
		'plain',
		"ALTER SERVER his OPTIONS (ADD login_url 'http://localhost:$port')",
		'42501'
	],
	[
		'plain',
		"ALTER SERVER his OPTIONS (ADD login_url 'http://login.microsoftonline.com')",
		'HV024'
	],
	[
		'plain',
		"ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (ADD allowed_hosts '127.0.0.1')",
		'42501'
	],
	[
		'plain', 'ALTER FOREIGN DATA WRAPPER pc_analytics_fdw NO VALIDATOR',
		'42501'
	],
	[
		'plain',
		'CREATE FOREIGN DATA WRAPPER w HANDLER pc_analytics_fdw_handler',
		'42501'
	],
	[
		'plain',
		"CREATE USER MAPPING FOR plain SERVER his OPTIONS (access_token_file '$file')",
		'42501'
	],
	[
		'plain',
		"CREATE USER MAPPING FOR plain SERVER his OPTIONS (client_secret_file '$file')",
		'42501'
	],
	[
		'plain',
		"CREATE USER MAPPING FOR plain SERVER his OPTIONS (refresh_token_file '$file')",
		'42501'
	],
	[
		'reader',
		"ALTER USER MAPPING FOR reader SERVER mock_api OPTIONS (ADD access_token_file '$file')",
		'42501'
	],
	[
		'reader',
		"ALTER SERVER mock_api OPTIONS (SET login_url 'https://login.microsoftonline.com')",
		'42501'
	],
	[
		'reader',
		"ALTER SERVER mock_api OPTIONS (SET base_url 'https://api.partnercenter.microsoft.com')",
		'42501'
	],
	[
		'reader',
		"CREATE USER MAPPING FOR plain SERVER mock_api OPTIONS (access_token 'x')",
		'42501'
	],
	[
		'reader',
		"CREATE USER MAPPING FOR PUBLIC SERVER mock_api OPTIONS (access_token 'x')",
		'42501'
	],
	[
		'reader',
		"ALTER USER MAPPING FOR $user SERVER mock_api OPTIONS (SET client_id 'x')",
		'42501'
	],
	[ 'reader', "DROP USER MAPPING FOR $user SERVER mock_api", '42501' ],
	[
		'reader',
		"ALTER FOREIGN TABLE partner_center.license_deployment OPTIONS (ADD path '/x')",
		'42501'
	],
	[ 'reader', 'SELECT * FROM public.hers', '42501' ],
	[
		'plain',
		"CREATE USER MAPPING FOR plain SERVER mock_api OPTIONS (access_token 'x')",
		'42501'
	],
	[
		'plain',
		"CREATE FOREIGN TABLE mine (channel text) SERVER mock_api OPTIONS (resource 'license_deployment')",
		'42501'
	],
	[
		'plain',
		'IMPORT FOREIGN SCHEMA analytics FROM SERVER mock_api INTO public',
		'42501'
	],
	[ 'plain', "SELECT pc_analytics_rotate_refresh_token('his')", '42501' ],
	[ 'plain', "SELECT pc_analytics_drift('public.hers')", '42501' ],
	[
		'reader', "SELECT pc_analytics_rotate_refresh_token('mock_api')",
		'42501'
	]);
foreach my $case (@forbidden)
{
	my ($role, $sql, $sqlstate) = @$case;
	(my $shown = $sql) =~ s/\Q$directory\E|:\d+//g;
	$pca->error_is($pca->session(user => $role)->error_of($sql),
		$sqlstate, qr/ERROR/, "$role: $shown");
}
is( $pca->session(user => 'reader')->query(
		"SELECT count(*) FROM pg_user_mappings WHERE umoptions::text ~ 'mock-api-client-secret'"
	),
	'0',
	'a reader does not see others\' credentials');
is( $pca->session(user => 'plain')->query(
		"SELECT count(*) FROM pg_user_mappings WHERE srvname = 'mock_api' AND umoptions IS NOT NULL"
	),
	'0',
	'nor does one without USAGE see any');
is_deeply([ heard($other) ], [], 'and no other server received a request');

# Functions: who may call which.
my %public = map { $_ => 1 }
  qw(pc_analytics_fdw_handler pc_analytics_fdw_validator pc_analytics_fdw_version pc_analytics_disconnect pc_analytics_requests pc_analytics_progress
  pc_analytics_stats pc_analytics_cache pc_analytics_describe pc_analytics_create_views);
foreach my $line (split /\n/, $pca->sql(<<'END'))
SELECT p.proname, has_function_privilege('reader', p.oid, 'EXECUTE'), p.prosecdef
FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e' JOIN pg_extension e ON e.oid = d.refobjid
WHERE e.extname = 'pc_analytics_fdw' AND d.classid = 'pg_proc'::regclass ORDER BY 1
END
{
	my ($name, $may, $definer) = split /\|/, $line;
	is( $may,
		$public{$name} ? 't' : 'f',
		"$name: "
		  . (
			$public{$name}
			? 'every role may call it'
			: 'an ordinary role needs a grant'));
	is($definer, 'f', "$name: runs as its caller");
}

# --- a server that changes hands, or is dumped and restored

my $mapping = 'USER MAPPING FOR boss SERVER boss_server';
$pca->sql(
	"CREATE SERVER boss_server FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (base_url '$here', login_url '$here', page_size '10', max_parallel_requests '1', max_retries '0', connect_timeout '1s'); ALTER SERVER boss_server OWNER TO boss; "
	  . "CREATE $mapping OPTIONS (access_token_file '$file'); CREATE SCHEMA b AUTHORIZATION boss; IMPORT FOREIGN SCHEMA analytics FROM SERVER boss_server INTO b; "
	  . 'GRANT USAGE ON SCHEMA b TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA b TO PUBLIC'
);
my $boss = $pca->session(user => 'boss');
$boss->query('SET search_path = b');
$pca->log_entries;
is($boss->error_of($one)->{sqlstate},
	'28000', 'a superuser\'s server reads files and speaks http to loopback');
is_deeply(
	[ heard($pca) ],
	[ digest('token-of-file') x 1 ],
	'with what the file holds') or diag(explain([ heard($pca) ]));

foreach my $case (
	[
		'ALTER SERVER boss_server OWNER TO plain',
		'ALTER SERVER boss_server OWNER TO boss',
		'an owner who is none'
	],
	[
		'ALTER ROLE boss NOSUPERUSER',
		'ALTER ROLE boss SUPERUSER',
		'an owner who is none any more'
	])
{
	my ($do, $undo, $what) = @$case;
	$pca->sql($do);
	$pca->error_is(
		$boss->error_of($one),
		'42501',
		qr/https URL|may not/,
		"$what: not over http");
	$pca->sql(
		"ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (ADD allowed_hosts '127.0.0.1, api.partnercenter.microsoft.com'); ALTER SERVER boss_server OPTIONS (ADD allow_insecure_http 'true')"
	);
	$pca->error_is(
		$boss->error_of($one),
		'42501',
		qr/may not use option "allow_insecure_http"/,
		"$what: not by a superuser's leave");
	$pca->sql(
		"ALTER SERVER boss_server OPTIONS (DROP allow_insecure_http, SET base_url 'https://127.0.0.1:$port', SET login_url 'https://127.0.0.1:$port')"
	);
	$pca->error_is(
		$boss->error_of($one),
		'42501',
		qr/"access_token_file" needs a server that belongs to a superuser/,
		"$what: not with a file");
	foreach
	  my $option ([ 'proxy', "http://127.0.0.1:$port" ], [ 'ca_file', $file ])
	{
		$pca->sql(
			"ALTER SERVER boss_server OPTIONS (ADD $option->[0] '$option->[1]')"
		);
		$pca->error_is(
			$boss->error_of($one),
			'42501',
			qr/may not use option "$option->[0]"/,
			"$what: not with $option->[0]");
		$pca->sql("ALTER SERVER boss_server OPTIONS (DROP $option->[0])");
	}
	$pca->sql(
		"$undo; ALTER SERVER boss_server OPTIONS (SET base_url '$here', SET login_url '$here'); ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (DROP allowed_hosts)"
	);
}
is(trapped(), 0, 'no connection was made');
is($boss->error_of($one)->{sqlstate},
	'28000', 'and it is as before when that is undone');

# While a session holds a token from files, and while it reads.
$pca->sql(
	"ALTER $mapping OPTIONS (DROP access_token_file, "
	  . join(', ',
		map { "ADD $_ '$known{$_}'" } qw(tenant_id client_id client_secret))
	  . ", ADD refresh_token_file '$directory/refresh')");
PostgreSQL::Test::Utils::append_to_file("$directory/refresh",
	$known{refresh_token});
chmod 0600, "$directory/refresh";
is($boss->error_of($one)->{sqlstate} // 'well',
	'well', 'a session gets a token from files');
$pca->sql(
	"ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (ADD allowed_hosts '127.0.0.1'); ALTER SERVER boss_server OPTIONS (SET base_url 'https://127.0.0.1:$port', SET login_url 'https://127.0.0.1:$port')"
);
$boss->error_of($one);
trapped();
$pca->sql(
	"ALTER SERVER boss_server OPTIONS (SET base_url '$here', SET login_url '$here')"
);
$boss->query(
	"$one; BEGIN; DECLARE c CURSOR FOR SELECT * FROM license_deployment; FETCH 1 FROM c"
);
$pca->log_entries;
$pca->sql('ALTER ROLE boss NOSUPERUSER');
$pca->error_is($boss->error_of('FETCH ALL FROM c'), '42501', qr/https URL/,
	'a scan under way asks no more when its server\'s owner is no superuser any more'
);
$boss->query('ROLLBACK');
$pca->sql(
	'ALTER ROLE boss SUPERUSER; ALTER FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (DROP allowed_hosts)'
);

# A dump restores names and options, and no more may be done with them.
$pca->sql("ALTER SERVER boss_server OWNER TO plain");
my $dump = "$directory/dump.sql";
PostgreSQL::Test::Utils::system_or_bail('pg_dump', '-d',
	$pca->node->connstr('postgres'),
	'-f', $dump);
$pca->sql('CREATE DATABASE restored');
PostgreSQL::Test::Utils::system_or_bail('psql', '-Xq', '-v',
	'ON_ERROR_STOP=1', '-d', $pca->node->connstr('restored'),
	'-f', $dump, '-o', '/dev/null');
$pca->error_is(
	$pca->session(dbname => 'restored', user => 'boss')
	  ->error_of("SET search_path = b; $one"),
	'42501',
	qr/https URL|may not/,
	'a restored server of a plain role is held as the dumped one was');
is( $pca->sql(
		"SELECT has_function_privilege('reader', 'pc_analytics_rotate_refresh_token(text)', 'EXECUTE')",
		dbname => 'restored'),
	'f',
	'and functions are still revoked');
$pca->sql('ALTER SERVER boss_server OWNER TO boss');

# --- a server that is turned to another address while a session lives

my $session = $pca->session;
$session->query($one);
my (undef, $before) = heard($pca);
like($before, qr/^Bearer /, 'a session holds a token');
$pca->sql("ALTER SERVER mock_api OPTIONS (SET base_url '$there')");
$session->query($one);
my @tokens = heard($other);
my ($asked) = heard($pca);
is($asked->{resource}, $there, 'another base_url needs another token');
isnt($tokens[0], $before, 'and is not sent the one that is held');
$pca->sql("ALTER SERVER mock_api OPTIONS (SET base_url '$here')");
$session->query(
	"$one; BEGIN; DECLARE c CURSOR FOR SELECT * FROM license_deployment; FETCH 1 FROM c"
);
$pca->log_entries;
$pca->sql(
	"ALTER SERVER mock_api OPTIONS (SET base_url '$there', SET login_url '$there')"
);
$pca->revoke('access');
$pca->error_is(
	$session->error_of('FETCH ALL FROM c'),
	'55000',
	[ qr/server "mock_api" was changed meanwhile/, qr/HINT.*again/ ],
	'a scan under way does not go on with credentials of now');
is_deeply([ heard($pca) ], [], 'the address of before gets nothing any more');
is_deeply([ heard($other) ], [], 'nor does the new one, from that');
$session->query("ROLLBACK; $one");
@tokens = heard($other);
is( $tokens[0]{refresh_token},
	'sha256:' . substr(sha256_hex($known{refresh_token}), 0, 8),
	'the new address is asked with the mapping\'s own refresh token, not with one that the old gave'
);
$pca->sql(
	"ALTER SERVER mock_api OPTIONS (SET base_url '$here', SET login_url '$here')"
);
$session->query(
	"$one; BEGIN; DECLARE c CURSOR FOR SELECT * FROM license_deployment; FETCH 1 FROM c"
);
$pca->sql("ALTER SERVER mock_api OPTIONS (SET page_size '20')");
is($session->query('FETCH ALL FROM c; COMMIT') =~ tr/\n//,
	58, 'what does not touch trust does not disturb')
  or diag('rows');

# Through a proxy, nothing is said in clear.
$pca->fails_with(
	"ALTER SERVER mock_api OPTIONS (ADD proxy 'http://127.0.0.1:$port')",
	'HV024',
	[ qr/must be an https URL/, qr/to the proxy/ ],
	'plain http is not spoken through a proxy');
$pca->fails_with(
	"ALTER SERVER mock_api OPTIONS (ADD proxy 'http://127.0.0.1:$port', ADD allow_insecure_http 'true')",
	'HV024',
	qr/to the proxy/,
	'not even where it may be spoken');
$pca->sql(
	"ALTER FOREIGN DATA WRAPPER pc_analytics_fdw NO VALIDATOR; ALTER SERVER mock_api OPTIONS (ADD proxy 'http://127.0.0.1:$port')"
);
$pca->fails_with(
	$one, 'HV024',
	qr/to the proxy/,
	'nor where the definition was not checked');
$pca->sql(
	'ALTER SERVER mock_api OPTIONS (DROP proxy); ALTER FOREIGN DATA WRAPPER pc_analytics_fdw VALIDATOR pc_analytics_fdw_validator'
);
is(trapped(), 0, 'no connection was made');

# libcurl is told of no file for its keys.
{
	local $ENV{SSLKEYLOGFILE} = "$directory/keys";
	$pca->node->restart;
	$pca->session->query($one);
	ok(!-e "$directory/keys",
		'libcurl writes no keys, whatever the environment says');
}

# --- whose mapping, in each kind of plan

$pca->sql(<<"END");
ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (ADD access_token 'token-of-owner');
CREATE VIEW partner_center.of_reader AS SELECT * FROM license_deployment; ALTER VIEW partner_center.of_reader OWNER TO reader;
CREATE FUNCTION partner_center.of_reader() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = partner_center AS 'SELECT count(*) FROM license_deployment';
ALTER FUNCTION partner_center.of_reader() OWNER TO reader;
GRANT SELECT ON partner_center.of_reader TO PUBLIC;
END
foreach my $sql (
	'SELECT * FROM of_reader',
	'SELECT count(*) FROM of_reader',
	'SELECT channel FROM of_reader LIMIT 3 OFFSET 2',
	'SELECT channel, sum(licenses_sold) FROM of_reader GROUP BY 1',
	'SELECT DISTINCT channel FROM of_reader',
	'SELECT a.channel FROM of_reader a JOIN of_reader b USING (customer_tenant_id)',
	'SELECT channel FROM of_reader UNION ALL SELECT channel FROM of_reader',
	'SELECT (SELECT max(channel) FROM of_reader)',
	'WITH c AS MATERIALIZED (SELECT channel FROM of_reader) SELECT * FROM c',
	'SELECT of_reader()',
	'PREPARE p AS SELECT * FROM of_reader; SET plan_cache_mode = force_generic_plan; EXECUTE p',
	'CREATE TEMP TABLE t AS SELECT * FROM of_reader',
	'EXPLAIN ANALYZE SELECT * FROM of_reader')
{
	$pca->log_entries;
	my $error = $pca->session->error_of($sql);
	is( join(
			' ',
			do
			{
				my %h = map { $_ => 1 } heard($pca);
				keys %h;
			}
		),
		digest('token-of-reader'),
		"as the view's owner: $sql") or diag($error->{text});
}

# --- files: each rule

sub secret
{
	my ($name, $content, $mode) = @_;
	unlink "$directory/$name";
	PostgreSQL::Test::Utils::append_to_file("$directory/$name", $content);
	chmod $mode // 0600, "$directory/$name";
	return;
}
mkdir "$directory/directory", 0700;
mkfifo("$directory/fifo", 0600);
symlink "$directory/good", "$directory/link";
symlink "$directory/nowhere", "$directory/dangling";
secret('good', "token-of-file \n");
secret("mode$_->[0]", 'token', $_->[1])
  foreach [ 'group', 0640 ], [ 'world', 0604 ], [ 'groupwrite', 0620 ],
  [ 'worldwrite', 0602 ], [ 'execute', 0610 ];
secret('readonly', 'token-of-file', 0400);
secret('empty', '');
secret('blank', " \n\t");
secret('nul', "token\0of");
secret('lines', "token\nof");
secret('long', 'x' x 65537);
secret('longest', 'x' x 65536);
secret('unreadable', 'token', 0000);
my @rules = (    # file, SQLSTATE or the token, what the error says
	[ 'good', 'token-of-file' ],
	[ 'link', 'token-of-file' ],
	[ 'readonly', 'token-of-file' ],
	[ 'longest', 'x' x 65536 ],
	(   map {
			[
				"mode$_", '42501',
				qr/has group or world access/, qr/DETAIL.*0600/
			]
		} qw(group world groupwrite worldwrite execute)),
	[ 'directory', '42809', qr/is not a regular file/ ],
	[ 'fifo', '42809', qr/is not a regular file/ ],
	[ '/dev/null', '42809', qr/is not a regular file/ ],
	[ '/dev/zero', '42809', qr/is not a regular file/ ],
	[ 'nowhere', '58P01', qr/could not open file(?!.*HINT)/s ],
	[
		'./nowhere',
		'58P01',
		qr/could not open file "nowhere"/,
		qr/HINT:  The path is relative to the data directory/
	],
	[ 'dangling', '58P01', qr/could not open file/ ],
	[ 'empty', 'HV000', qr/does not hold a secret/, qr/It is empty/ ],
	[ 'blank', 'HV000', qr/does not hold a secret/, qr/It is empty/ ],
	[ 'nul', 'HV000', qr/does not hold a secret/, qr/It is not text/ ],
	[
		'long',
		'HV000',
		qr/larger than 64 kB/,
		qr/HINT:  The file must have the value of option "access_token" as text/
	],
	[ 'lines', '28000', qr/is not a token/ ]);
push @rules,
  [
	'unreadable', '42501',
	qr/could not open file/, qr/HINT:  .*0600.*0640 if root owns it/
  ],
  [ '/etc/passwd', '42501', qr/has group or world access/ ]
  if $> != 0;
foreach my $rule (@rules)
{
	my ($name, $expected, @expressions) = @$rule;
	my $where =
	  $name =~ m{^\./(.*)} ? $1 : $name =~ m{^/} ? $name : "$directory/$name";
	$pca->sql(
		"DROP USER MAPPING FOR CURRENT_USER SERVER mock_api; CREATE USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (access_token_file '$where')"
	);
	$pca->log_entries;
	my $error = $pca->session->error_of($one);
	my @heard = heard($pca);
	next
	  if @expressions
	  && $pca->error_is($error, $expected, [@expressions],
		"file $name: is refused")
	  && is(scalar @heard, 0, "file $name: and nothing asked");
	is($heard[0] // '', digest($expected), "file $name: is read")
	  unless @expressions;
}

done_testing();
