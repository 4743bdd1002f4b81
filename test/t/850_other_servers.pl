# Other servers: logical replication of a table that is filled from a foreign table, and
# a server in front that reads the foreign tables by postgres_fdw.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use PostgreSQL::Test::Cluster;
use Test::More;

my $pca = PcaTest->new(
	rows => 500,
	conf => "wal_level = logical\nmax_wal_senders = 4\n");
my $publisher = $pca->node;
my $front = PostgreSQL::Test::Cluster->new('front');
$front->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
$front->append_conf('postgresql.conf', "wal_level = logical\n");
$front->start;
my $other = bless { %$pca, node => $front }, 'PcaTest';

# --- logical replication

$pca->sql(<<'END');
CREATE TABLE public.deployed AS SELECT * FROM license_deployment WITH NO DATA;
ALTER TABLE public.deployed REPLICA IDENTITY FULL;
CREATE PUBLICATION filled FOR TABLE public.deployed;
END
my $columns = $pca->sql(
	"SELECT string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'public.deployed'::regclass AND attnum > 0"
);
$other->sql("CREATE TABLE public.deployed ($columns)");
$other->sql(
	"CREATE SUBSCRIPTION copied CONNECTION '@{[ $publisher->connstr('postgres') =~ s/'/''/gr ]}' PUBLICATION filled"
);
my $digest =
  'SELECT count(*), md5(string_agg(d::text, chr(10) ORDER BY d::text)) FROM %s d';
$pca->sql('INSERT INTO public.deployed SELECT * FROM license_deployment');
$front->wait_for_subscription_sync($publisher, 'copied');
$publisher->wait_for_catchup('copied');
is( $other->sql(sprintf $digest, 'public.deployed'),
	$pca->sql(sprintf $digest, 'license_deployment'),
	'a table that is filled from a foreign table is replicated');
$pca->requests;
$pca->sql(
	"BEGIN; DELETE FROM public.deployed WHERE channel = 'direct'; INSERT INTO public.deployed SELECT * FROM license_deployment WHERE channel = 'direct'; COMMIT"
);
is(scalar(grep { /channel eq 'direct'/ } $pca->requests),
	1, 'a part of it is filled again');
$publisher->wait_for_catchup('copied');
is( $other->sql(sprintf $digest, 'public.deployed'),
	$pca->sql(sprintf $digest, 'license_deployment'),
	'and replicated');
$pca->fails_with(
	'CREATE PUBLICATION foreign_one FOR TABLE license_deployment',
	'22023',
	qr/cannot add relation "license_deployment" to publication/,
	'a foreign table is not published');

# --- a server in front

$other->sql(<<"END");
CREATE EXTENSION postgres_fdw;
CREATE SERVER behind FOREIGN DATA WRAPPER postgres_fdw
  OPTIONS (host '@{[ $publisher->host ]}', port '@{[ $publisher->port ]}', dbname 'postgres', use_remote_estimate 'true', async_capable 'true', extensions 'pc_analytics_fdw');
CREATE USER MAPPING FOR CURRENT_USER SERVER behind;
CREATE SCHEMA partner_center;
IMPORT FOREIGN SCHEMA partner_center FROM SERVER behind INTO partner_center;
ALTER DATABASE postgres SET search_path = partner_center, public;
END
is( $other->sql('SELECT count(*) FROM pg_foreign_table'),
	$pca->sql('SELECT count(*) FROM pg_foreign_table'),
	'postgres_fdw imports the foreign tables');

# What the server in front gives is what the one behind gives; the requests of it.
sub same_in_front
{
	my ($sql, $name) = @_;
	my $behind = $pca->sql($sql);
	$pca->requests;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	isnt($behind, '', "$name: there are rows");
	is($other->sql($sql), $behind, $name);
	return join "\n", $pca->requests;
}
like(
	same_in_front(
		"SELECT * FROM license_deployment d WHERE channel = 'direct' ORDER BY d::text",
		'a condition'),
	qr/filter=channel eq 'direct'/,
	'a condition is sent to the API');
like(
	same_in_front(
		'SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY 1 ORDER BY 1',
		'a group'),
	qr/groupby=channel/,
	'a group is sent to the API');
like(
	same_in_front(
		'SELECT count(*) FROM (SELECT 1 FROM license_deployment LIMIT 7) l',
		'a limit'),
	qr/top=7&/,
	'a limit is sent to the API');
same_in_front(
	'SELECT count(*), count(DISTINCT customer_tenant_id) FROM license_deployment JOIN license_usage USING (customer_tenant_id)',
	'a join');
my $union =
  'SELECT count(*) FROM (SELECT service_code FROM license_deployment UNION ALL SELECT service_code FROM license_usage) u';
like(
	$other->explain($union),
	qr/Async Foreign Scan/,
	'several tables are read at the same time');
same_in_front($union, 'several tables');
my $error =
  $other->error_of(
	'SELECT * FROM license_deployment_history WHERE snapshot_date IS NULL OR channel IS NULL'
  );
like($error->{sqlstate} // '',
	qr/^(?:HV|22|54)/, 'an error of the extension has its SQLSTATE in front');
like($error->{text} // '', qr/license_deployment_history/, 'and its text');
$pca->fault(kind => 'stall', times => 0);
my $waiting = $other->session;
$waiting->query("SET statement_timeout = '300ms'");
is( $waiting->error_of('SELECT count(*) FROM license_deployment')->{sqlstate},
	'57014', 'a timeout in front cancels the query');
$pca->wait_for(
	'no query behind',
	sub {
		$pca->sql(
			"SELECT count(*) = 0 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'DECLARE%' OR state = 'active' AND query LIKE 'FETCH%'"
		) eq 't';
	});
$pca->clear_faults;
is( $waiting->query(
		'RESET statement_timeout; SELECT count(*) FROM license_deployment'),
	'500',
	'and the session reads on');

done_testing();
