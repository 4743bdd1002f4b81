# A hot standby: foreign tables are read on it, materialized views are replicated to
# it, what writes is refused, and it goes on after its promotion.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use PostgreSQL::Test::Cluster;
use Test::More;

my $pca = PcaTest->new(
	rows => 500,
	mapping => \%PcaTest::CREDENTIALS,
	conf =>
	  "wal_level = replica\nmax_wal_senders = 4\nhot_standby = on\nwal_receiver_status_interval = 1\n"
);
my $primary = $pca->node;
$primary->set_replication_conf;
$primary->reload;
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

# The same functions of PcaTest, on the standby.
my $replica = bless { %$pca, node => $standby }, 'PcaTest';

sub catch_up
{
	$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
	return;
}

# --- reading

$pca->requests;
$replica->query_is(
	'SELECT count(*), pg_is_in_recovery() FROM license_deployment',
	'500|t', 'a foreign table is read on the standby');
my @requests = $pca->requests;
is(scalar(grep { /^POST/ } @requests),
	1, 'its session requests an access token of its own');
is( $replica->sql(
		'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM license_deployment t'
	),
	$pca->sql(
		'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM license_deployment t'
	),
	'it returns the rows that the primary returns');
like(
	$replica->explain(
		"SELECT channel, sum(licenses_sold) FROM license_deployment WHERE channel = 'direct' GROUP BY 1"
	),
	qr/Remote Filter: .*Remote Group By: /s,
	'filters and groups are sent');
$replica->query_is(
	'SET debug_parallel_query = off; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SELECT count(*) FROM license_usage',
	'500',
	'with parallel workers, too') if $primary->pg_version >= 16;
$replica->query_is(
	'SELECT count(*) FROM (SELECT id FROM subscriptions UNION ALL SELECT id FROM subscriptions) s',
	'1000',
	'and asynchronously');
$replica->query_is(
	"SELECT count(*) FROM pc_analytics_check('mock_api') WHERE NOT ok",
	'0', 'the check has no failed step on the standby');

# --- what is replicated

$pca->sql(
	'CREATE MATERIALIZED VIEW deployed AS SELECT channel, sum(licenses_sold) AS sold FROM license_deployment GROUP BY 1'
);
my $sold = $pca->sql('SELECT * FROM deployed ORDER BY 1');
catch_up();
$pca->requests;
$replica->query_is('SELECT * FROM deployed ORDER BY 1',
	$sold, 'a materialized view is replicated');
is(scalar($pca->requests), 0, 'and is read without a request');
my $session = $replica->session;
$session->query('SELECT count(*) FROM license_deployment');
$pca->requests;
$pca->sql(
	"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (SET client_secret 'not-the-secret')"
);
catch_up();
like(
	$session->error_of('SELECT count(*) FROM license_deployment')->{text}
	  // '',
	qr/28000.*invalid_client/s,
	'an open session on the standby uses the changed user mapping');
$pca->sql(
	"ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS (SET client_secret '$PcaTest::CREDENTIALS{client_secret}')"
);
catch_up();
is($session->query('SELECT count(*) FROM license_deployment'),
	'500', 'and the repaired one');

# --- what writes

$pca->requests;
my %writes = (
	'REFRESH MATERIALIZED VIEW deployed' => 'REFRESH MATERIALIZED VIEW',
	"SELECT pc_analytics_rotate_refresh_token('mock_api')" =>
	  'pc_analytics_rotate_refresh_token\(\)',
	"SELECT pc_analytics_sign_in('mock_api')" => 'pc_analytics_sign_in\(\)',
	"SELECT pc_analytics_describe('partner_center')" => 'COMMENT',
	'ANALYZE license_deployment' => 'ANALYZE');
foreach my $sql (sort keys %writes)
{
	$replica->fails_with(
		$sql,
		'25006',
		qr/cannot execute (?:$writes{$sql}) (?:during recovery|in a read-only transaction)/,
		"the standby refuses $sql");
}
is(scalar($pca->requests), 0, 'before a request is sent');

# --- after a promotion

$session->query('SELECT count(*) FROM license_deployment');
$standby->promote;
is( $session->query(
		'SELECT count(*), pg_is_in_recovery() FROM license_deployment'),
	'500|f',
	'an open session reads on after the promotion');
$replica->query_is(
	"SELECT saved_at IS NOT NULL FROM pc_analytics_rotate_refresh_token('mock_api')",
	't',
	'and the promoted server rotates the refresh token');
$replica->query_ok(
	'REFRESH MATERIALIZED VIEW deployed',
	'and refreshes materialized views');

done_testing();
