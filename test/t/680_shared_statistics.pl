# The counters of all sessions: pc_analytics_stats, who may see and reset them,
# and what happens where sessions cannot share.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(
	rows => 2500,
	mapping => \%PcaTest::CREDENTIALS,
	server => { page_size => 1000, max_retries => 1, max_retry_wait => 1 });
my $node = $pca->node;
my $path = '/v1/analytics/commercial/deployment/license/';
my $read = 'SELECT count(channel) FROM license_deployment';

# Columns of the counters, for a resource.
sub counters
{
	my ($resource, $columns, %options) = @_;
	return $pca->sql(
		"SELECT concat_ws('|', $columns) FROM pc_analytics_stats WHERE resource = '$resource'",
		%options);
}

# --- what is counted

is($pca->sql('SELECT count(*) FROM pc_analytics_stats'),
	0, 'a server without requests has no counters');
my $began = $pca->sql('SELECT clock_timestamp()');
my ($all) = map { $pca->sql($read) } 1 .. 2;
my @sent = $pca->log_entries;
my $bytes = 0;
$bytes += $_->{bytes} foreach grep { $_->{path} eq $path } @sent;
is( counters(
		'license_deployment',
		'datname, server, usename = current_user, scans, requests, pages, "rows", retries, answered, refused, throttled, failed, lost'
	),
	"postgres|mock_api|t|2|6|6|5000|0|6|0|0|0|0",
	'two sessions: scans, requests, pages and rows are their sums');
is(counters('license_deployment', 'bytes'),
	$bytes, 'bytes are those that the API sent');
is(counters('token', 'scans, requests, answered, bytes > 0'),
	'0|2|2|t', 'requests for tokens have a row of their own');
is( counters(
		'license_deployment',
		"since BETWEEN '$began' AND clock_timestamp(), cache_hits, cache_misses, cache_waits, wait_ms >= 0, pace_ms"
	),
	't|0|0|0|t|0',
	'the row says since when it counts');

# --- what becomes of requests

# The statement's requests by what became of them.
sub outcomes_are
{
	my ($fault, $expected, $name) = @_;
	$pca->sql('SELECT pc_analytics_stats_reset()');
	$pca->reset;
	$pca->fault(path => $path, times => 0, %$fault);
	isnt($pca->error_of($read)->{sqlstate}, undef, "$name: the query fails");
	$pca->clear_faults;
	is( counters(
			'license_deployment',
			'requests, answered, refused, throttled, failed, lost, retries'),
		$expected,
		$name);
	return;
}
my $alone = 'max_parallel_requests';
$pca->sql("ALTER SERVER mock_api OPTIONS (ADD $alone '1')");
outcomes_are({ kind => 'status', status => 400 },
	'1|0|1|0|0|0|0', 'status 400 is a refusal');
outcomes_are({ kind => 'status', status => 503 },
	'2|0|0|0|2|0|1', 'status 503 is a failure, and is retried');
outcomes_are({ kind => 'reset', after => 0 },
	'2|0|0|0|0|2|1', 'a request without a response is lost');
outcomes_are({ kind => 'body', base64 => 'bm90IEpTT04=' },
	'1|1|0|0|0|0|0', 'a response that is no page was answered');
$pca->sql(
	'BEGIN; DECLARE c CURSOR FOR SELECT channel FROM license_deployment; FETCH 1500 FROM c; CLOSE c; COMMIT'
);
is(counters('license_deployment', 'requests, pages, "rows" >= 1500'),
	'3|1|t', 'what a cursor has fetched is counted when it is closed');

# --- who may see them

$pca->sql('SELECT pc_analytics_stats_reset()');
is($pca->sql('SELECT count(*) FROM pc_analytics_stats'),
	0, 'after a reset, rows without counts are not shown');
$pca->sql(<<END);
CREATE ROLE alice LOGIN; CREATE ROLE bob LOGIN; CREATE ROLE auditor LOGIN;
GRANT pg_read_all_stats TO auditor;
GRANT USAGE ON SCHEMA partner_center TO alice; GRANT SELECT ON license_deployment TO alice;
CREATE USER MAPPING FOR alice SERVER mock_api OPTIONS (access_token 'mock-api-access-token');
END
$pca->sql("SET ROLE alice; $read");
my $visible =
  q{SELECT string_agg(usename || ' ' || resource, ',') FROM pc_analytics_stats};
is( $pca->sql("SET ROLE alice; $visible"),
	'alice license_deployment',
	'a role sees its own counters');
is($pca->sql("SET ROLE bob; $visible"), '', 'and not those of other roles');
is( $pca->sql("SET ROLE auditor; $visible"),
	'alice license_deployment',
	'a member of pg_read_all_stats sees all');
$pca->fails_with(
	'SET ROLE auditor; SELECT pc_analytics_stats_reset()',
	'42501',
	qr/permission denied for function pc_analytics_stats_reset/,
	'only who may execute it resets the counters');

# --- databases, and names in other encodings

$pca->sql(
	q{CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0});
$node->safe_psql('latin',
	sprintf <<'END', $pca->url, $PcaTest::MAPPING{access_token});
SET client_encoding = 'UTF8';
CREATE EXTENSION pc_analytics_fdw;
CREATE SERVER "müller" FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (base_url '%s');
CREATE USER MAPPING FOR CURRENT_USER SERVER "müller" OPTIONS (access_token '%s');
IMPORT FOREIGN SCHEMA analytics LIMIT TO (license_deployment) FROM SERVER "müller" INTO public;
SELECT count(channel) FROM license_deployment;
END
is( $pca->sql(
		q{SELECT string_agg(server, ',') FROM pc_analytics_stats WHERE datname = 'latin'}
	),
	'm?ller',
	'a name that is no text of the current database is shown with question marks'
);
is( $pca->sql(
		q{SET client_encoding = 'UTF8'; SELECT server FROM pc_analytics_stats WHERE datname = current_database()},
		dbname => 'latin'),
	'müller',
	'and in its own database as it is');

# --- more rows than there is space for

$pca->sql('SELECT pc_analytics_stats_reset()');
$pca->sql(<<'END');
CREATE TABLE servers AS SELECT 'other_' || i AS name FROM generate_series(1, 1100) AS i;
DO $$ DECLARE s text; BEGIN
  FOR s IN SELECT name FROM servers LOOP
    EXECUTE format('CREATE SERVER %I FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (base_url %L, max_retries %L)',
                   s, 'http://127.0.0.1:1', '0');
    EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER %I OPTIONS (access_token %L)', s, 'x');
    EXECUTE format('CREATE FOREIGN TABLE %I (channel text) SERVER %I OPTIONS (resource %L)', s, s, 'license_deployment');
    BEGIN
      EXECUTE format('SELECT count(channel) FROM %I', s);
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END LOOP;
END $$;
END
is( $pca->sql(
		q{SELECT sum(scans), sum(lost) FROM pc_analytics_stats WHERE server LIKE 'other_%' OR resource = '(other)'}
	),
	'1100|1100',
	'what finds no row of its own is counted together');
is( $pca->sql(
		q{SELECT datname IS NULL AND server IS NULL AND usename IS NULL AND scans > 50 FROM pc_analytics_stats WHERE resource = '(other)'}
	),
	't',
	'in a row without names');
is( $pca->sql(
		q{SET ROLE alice; SELECT count(*) FROM pc_analytics_stats WHERE resource = '(other)'}
	),
	'0',
	'which needs pg_read_all_stats, too');

# --- sessions that work alone

# With that in postgresql.conf, queries work and nothing is counted.
sub alone_with
{
	my ($conf, $name) = @_;
	my ($setting) = $conf =~ /(\S+)/;
	$node->append_conf('postgresql.conf', $conf);
	$node->restart;
	is($pca->sql($read), $all, "$name: queries work");
	is($pca->sql('SELECT count(*) FROM pc_analytics_stats'),
		0, "$name: nothing is counted");
	$node->adjust_conf('postgresql.conf', $setting, undef);
	$node->restart;
	return;
}
alone_with('pc_analytics_fdw.shared_state = off', 'shared_state off');

# Returns the log's lines of the library about shared state.
sub log_lines
{
	return
	  grep { /could not share state/ } split /\n/,
	  PostgreSQL::Test::Utils::slurp_file($node->logfile);
}
$pca->sql($read);
is(counters('license_deployment', 'scans'),
	1, 'after a restart, counters begin with zero');
is(scalar(log_lines()), 0, 'sharing has not failed so far');

my $session = $pca->session;
$session->query($read);
$node->append_conf('postgresql.conf', 'pc_analytics_fdw.shared_state = off');
$node->reload;
$pca->wait_for('the setting',
	sub { $session->query('SHOW pc_analytics_fdw.shared_state') eq 'off' });
is($session->query("$read; SELECT count(*) FROM pc_analytics_stats"),
	"$all\n0", 'switched off in a running session, it works alone');
$node->append_conf('postgresql.conf', 'pc_analytics_fdw.shared_state = on');
$node->reload;
$pca->wait_for('the setting',
	sub { $session->query('SHOW pc_analytics_fdw.shared_state') eq 'on' });
is(counters('license_deployment', 'scans'),
	2, 'and has counted nothing meanwhile');
$pca->fails_with(
	"LOAD 'pc_analytics_fdw'; SET pc_analytics_fdw.shared_state = off",
	'55P02',
	qr/cannot be changed now/,
	'a session cannot switch it off');
undef $session;

# a server that crashes makes all of it new
$node->append_conf('postgresql.conf', 'restart_after_crash = on');
$node->reload;
my $crashing = $pca->session;
$crashing->query($read);
my $pid = $crashing->query('SELECT pg_backend_pid()');
kill 'KILL', $pid;
undef $crashing;
$pca->wait_for_server;
is($pca->sql($read), $all, 'after a crash of a session, queries work');
is(counters('license_deployment', 'scans'), 1,
	'and counters begin with zero');

# a single user shares with nobody
$node->stop;
my $single = PostgreSQL::Test::Utils::tempdir() . '/single.sql';
PostgreSQL::Test::Utils::append_to_file($single,
	"SELECT count(channel) FROM partner_center.license_deployment;\nSELECT count(*) AS counted FROM pc_analytics_stats;\n"
);
my $out =
  `postgres --single -D @{[ $node->data_dir ]} postgres < $single 2>&1`;
like($out, qr/count = "$all"/, 'single-user mode: queries work');
like($out, qr/counted = "0"/, 'single-user mode: nothing is counted');
done_testing();
