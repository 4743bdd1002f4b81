# Several partner accounts below one partitioned table, and what limits the rows of a
# role: row security and views with security_barrier.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(rows => 300, customers => 6, import => 0);
my $other = PcaTest->new(rows => 200, customers => 6, node => 0);
$pca->sql(<<"END");
CREATE SERVER fabrikam FOREIGN DATA WRAPPER pc_analytics_fdw OPTIONS (base_url '@{[ $other->url ]}', login_url '@{[ $other->url ]}');
CREATE USER MAPPING FOR CURRENT_USER SERVER fabrikam OPTIONS (access_token '$PcaTest::MAPPING{access_token}');
CREATE SCHEMA contoso; IMPORT FOREIGN SCHEMA analytics LIMIT TO (license_deployment) FROM SERVER mock_api INTO contoso;
CREATE SCHEMA fabrikam; IMPORT FOREIGN SCHEMA analytics LIMIT TO (license_deployment) FROM SERVER fabrikam INTO fabrikam;
ALTER FOREIGN TABLE contoso.license_deployment ADD account text OPTIONS (constant 'contoso');
ALTER FOREIGN TABLE fabrikam.license_deployment ADD account text OPTIONS (constant 'fabrikam');
CREATE TABLE deployment (LIKE contoso.license_deployment) PARTITION BY LIST (account);
ALTER TABLE deployment ATTACH PARTITION contoso.license_deployment FOR VALUES IN ('contoso');
ALTER TABLE deployment ATTACH PARTITION fabrikam.license_deployment FOR VALUES IN ('fabrikam');
CREATE ROLE analyst LOGIN;
GRANT USAGE ON SCHEMA contoso, fabrikam TO analyst;
CREATE USER MAPPING FOR analyst SERVER mock_api OPTIONS (access_token '$PcaTest::MAPPING{access_token}');
CREATE USER MAPPING FOR analyst SERVER fabrikam OPTIONS (access_token '$PcaTest::MAPPING{access_token}');
END

# The requests of both accounts since the last call, as numbers.
sub requests_of_both
{
	return join ' ', map { scalar(() = $_->requests) } $pca, $other;
}

# --- accounts

$pca->query_is(
	'SELECT account, count(*) FROM deployment GROUP BY 1 ORDER BY 1',
	"contoso|300\nfabrikam|200",
	'the rows of both accounts are below one table');
like(
	$pca->explain('SELECT * FROM deployment'),
	qr/Async Foreign Scan.*Async Foreign Scan/s,
	'both accounts are read at the same time');
requests_of_both();
$pca->query_is("SELECT count(*) FROM deployment WHERE account = 'fabrikam'",
	'200', 'the rows of one account');
is(requests_of_both(), '0 1', 'need a request to that account only');
$pca->query_is(
	"PREPARE one AS SELECT count(*) FROM deployment WHERE account = \$1; SET plan_cache_mode = force_generic_plan; EXECUTE one('contoso')",
	'300',
	'a generic plan chooses the account, too');
is(requests_of_both(), '1 0', 'when it is executed');
$other->fault(kind => 'status', status => 403, times => 0);
$pca->fails_with('SELECT count(*) FROM deployment',
	'42501', qr/403/, 'an error of one account is an error of the query');
$other->clear_faults;

# --- row security

$pca->fails_with(
	'ALTER TABLE contoso.license_deployment ENABLE ROW LEVEL SECURITY',
	'42809', qr/license_deployment/, 'a foreign table has no row security');
$pca->sql(<<'END');
ALTER TABLE deployment ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_account ON deployment FOR SELECT TO analyst USING (account = 'contoso');
GRANT SELECT ON deployment TO analyst;
CREATE FUNCTION leak(what text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE NOTICE 'leaked %', what; RETURN true; END $$;
END
my $analyst = $pca->session(user => 'analyst');
requests_of_both();
is( $analyst->query('SELECT account, count(*) FROM deployment GROUP BY 1'),
	'contoso|300',
	'a policy of the partitioned table limits the rows of a role');
is(requests_of_both(), '1 0', 'and the requests');
is( $analyst->error_of('SELECT count(*) FROM fabrikam.license_deployment')
	  ->{sqlstate},
	'42501',
	'without a privilege on the partitions, there is no way round it');
$pca->sql(
	'CREATE POLICY sold ON deployment AS RESTRICTIVE FOR SELECT TO analyst USING (licenses_sold > 0)'
);
$analyst->start(
	"SELECT count(*) FROM deployment WHERE leak(account || ' ' || licenses_sold)"
);
my ($rows, $notices) = $analyst->finish;
my @leaked = $notices =~ /leaked (.*)/g;
is(scalar(@leaked), $rows, 'a function sees the rows of the policy only');
is(scalar(grep { !/^contoso [1-9]/ } @leaked), 0, 'and no others');

# --- views with security_barrier

$pca->sql(<<'END');
CREATE VIEW of_direct WITH (security_barrier) AS SELECT * FROM contoso.license_deployment WHERE channel = 'direct';
GRANT SELECT ON of_direct TO analyst;
END
my $direct = $pca->sql(
	"SELECT count(*) FROM contoso.license_deployment WHERE channel = 'direct'"
);
cmp_ok($direct, '>', 0, 'there are rows of the view');
$pca->requests;
$analyst->start('SELECT count(*) FROM of_direct WHERE leak(channel)');
($rows, $notices) = $analyst->finish;
is($rows, $direct, 'a view with security_barrier limits the rows');
is(scalar(() = $notices =~ /leaked direct/g),
	$direct, 'a function sees its rows only');
is(scalar(() = $notices =~ /leaked /g), $direct, 'and no others');
like(
	join("\n", $pca->requests),
	qr/filter=channel eq 'direct'/,
	'its condition is sent');
my $service = $analyst->query(
	"SELECT service_code FROM of_direct WHERE service_code IS NOT NULL LIMIT 1"
);
$pca->requests;
$analyst->query(
	"SELECT count(*) FROM of_direct WHERE service_code = '$service'");
like(
	join("\n", $pca->requests),
	qr/\(channel eq 'direct'\) and \(serviceCode eq '$service'\)/,
	'so is a condition of the query that leaks nothing');

done_testing();
