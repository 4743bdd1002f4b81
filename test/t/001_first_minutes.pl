# The first five minutes of a user, as in README.md: credentials, IMPORT, and
# a filtered and grouped query that needs one request.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $path = '/v1/analytics/commercial/deployment/license/';
my $pca = PcaTest->new(
	rows => 5000,
	server => {},
	mapping => \%PcaTest::CREDENTIALS,
	import => 0);

# nothing is contacted before a query is
$pca->sql('CREATE SCHEMA partner_center');
$pca->query_ok(
	'IMPORT FOREIGN SCHEMA analytics FROM SERVER mock_api INTO partner_center',
	'the schema is imported');
$pca->sql('ALTER DATABASE postgres SET search_path = partner_center, public');
my $query = <<'END';
SELECT service_name, sum(licenses_sold) AS sold, sum(licenses_deployed) AS deployed
FROM license_deployment WHERE channel = 'reseller' GROUP BY service_name
END
$pca->query_ok("EXPLAIN (VERBOSE) $query", 'the query is explained');
is_deeply([ $pca->requests ],
	[], 'CREATE, IMPORT and EXPLAIN contact nothing');

# what the six tables are
$pca->query_is(<<'END', <<'END' =~ s/\n\z//r, 'the licence tables are there');
SELECT foreign_table_name FROM information_schema.foreign_tables
WHERE foreign_table_schema = 'partner_center' AND foreign_table_name ~ 'license_(deployment|usage)$'
ORDER BY 1
END
customer_license_deployment
customer_license_usage
license_deployment
license_usage
partner_license_deployment
partner_license_usage
END

# the rows
my $local = $pca->local_copy('license_deployment');
$pca->same_rows(
	'SELECT * FROM license_deployment',
	"SELECT * FROM $local",
	'every row comes once');
my @asked = $pca->requests;
like(
	$asked[0],
	qr{^POST /\S+/oauth2/token$},
	'the credentials are traded for a token');
is(scalar(grep { /^POST/ } @asked), 1, 'a token is asked for once');
is( scalar(grep { /^GET \Q$path\E/ } @asked),
	scalar(@asked) - 1,
	'and rows at the resource');

# the grouped query, with a token at hand
$pca->same_rows(
	$query,
	$query =~ s/license_deployment/$local/r,
	'a filtered and grouped query gives what a local copy gives');
$pca->requests;
my $rows = $pca->sql("SELECT FROM license_deployment LIMIT 1; $query");
like($rows, qr/\|/, 'there are such rows');
@asked = grep { !/^POST/ } $pca->requests;
is(scalar @asked,
	2, 'after a first query, with a token at hand, it is one request');
my @grouped = grep { /groupby/ } @asked;
like(
	$grouped[0],
	qr{filter=\(?channel eq 'reseller'\)?(&|$)},
	'which carries the filter');
like(
	$grouped[0],
	qr{groupby=serviceName,channel(&|$)},
	'and groups by both columns');

done_testing();
