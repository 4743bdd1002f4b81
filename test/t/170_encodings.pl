# Conditions in a database whose encoding is not UTF-8: a value that cannot be
# converted to UTF-8 is equal to nothing that the API has, and is not sent.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(rows => 200, customers => 20, import => 0);
my $url = $pca->url;
my @services = ("caf\xc3\xa9", 'tea', "\xe6\xa0\xaa");
my @rows = map {
	{
		serviceCode => $services[ $_ % 3 ],
		productName => $services[ $_ % 3 ],
		channel => $_ % 2 ? 'direct' : 'reseller',
		licensesSold => $_
	}
} 1 .. 12;
utf8::decode($_) foreach map { @$_{qw(serviceCode productName)} } @rows;
$pca->rows('license_deployment', \@rows);

# A session in a database of that encoding, with a local copy of the rows.
sub database
{
	my ($name, $encoding, @convert) = @_;
	$pca->sql(
		"CREATE DATABASE $name ENCODING '$encoding' LOCALE 'C' TEMPLATE template0"
	);
	my $session = $pca->session(dbname => $name);
	# EXPLAIN shows conditions, which the client's encoding may not have
	$session->query("SET client_encoding = 'SQL_ASCII'");
	$session->query(
		"CREATE EXTENSION pc_analytics_fdw; CREATE SERVER mock_api FOREIGN DATA WRAPPER pc_analytics_fdw "
		  . "OPTIONS (base_url '$url', login_url '$url'); CREATE USER MAPPING FOR CURRENT_USER SERVER mock_api "
		  . "OPTIONS (access_token 'mock-api-access-token'); IMPORT FOREIGN SCHEMA analytics FROM SERVER mock_api INTO public"
	);
	return $session;
}

my $ascii = database('ascii', 'SQL_ASCII');
$ascii->query(<<'END');
CREATE TABLE local AS SELECT * FROM license_deployment;
CREATE TABLE texts (t text);
INSERT INTO texts VALUES (E'caf\xe9'), (E'\xff'), ('tea'), (NULL);
CREATE FUNCTION bad() RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT E'caf\xe9'$$;
PREPARE equal(text) AS SELECT licenses_sold FROM license_deployment WHERE service_code = $1 ORDER BY 1;
PREPARE listed(text[]) AS SELECT licenses_sold FROM license_deployment WHERE service_code = ANY ($1) ORDER BY 1;
PREPARE counted(text) AS SELECT count(*) FROM license_deployment WHERE service_code = $1;
END

my $all = '/v1/analytics/commercial/deployment/license/?top=10000&skip=0';
my $eq_tea = 'filter=serviceCode eq \'tea\'';

# The condition, the requests ('' for one without filter, undef for none).
my @conditions = (
	[ "service_code = bad()", undef ],
	[ "service_code IN (E'\\xff', E'caf\\xe9')", undef ],
	[ "service_code IN (E'\\xff', 'tea')", $eq_tea ],
	[ "service_code = bad() OR service_code = 'tea'", $eq_tea ],
	[ "service_code = bad() AND channel = 'direct'", undef ],
	[
		"service_code = E'caf\\xc3\\xa9'",
		"filter=serviceCode eq 'caf\xc3\xa9'"
	],
	[ "service_code <> bad()", '' ],
	[ "NOT service_code IN (bad(), 'tea')", '' ],
	[ "product_name LIKE E'%\\xc3%'", '' ],
	[ "product_name LIKE E'%\\xa9'", '' ],
	[ "strpos(product_name, E'\\xa0') > 0", '' ],
	[ "product_name LIKE bad()", undef ],
	[ "service_code = (SELECT bad())", undef ],
	[ "service_code = ANY (ARRAY(SELECT t FROM texts))", $eq_tea ],
	[
		"CASE WHEN service_code = bad() THEN true ELSE channel = 'direct' END",
		undef,
		1
	]);
foreach my $sensitive (0, 1)
{
	$ascii->query(
		"ALTER SERVER mock_api OPTIONS (ADD string_comparison 'case_sensitive')"
	) if $sensitive;
	foreach my $case (@conditions)
	{
		my ($condition, $filter, $any) = @$case;
		foreach my $output ('licenses_sold', 'count(*)')
		{
			my $sql =
			  "SELECT $output FROM license_deployment WHERE $condition";
			my $order = $output eq 'count(*)' ? '' : ' ORDER BY 1';
			my $name = "$sql" . ($sensitive ? ', case_sensitive' : '');
			is($ascii->error_of("EXPLAIN (VERBOSE) $sql")->{text},
				undef, "EXPLAIN: $name");
			$pca->log_entries;
			is( $ascii->query("$sql$order"),
				$ascii->query($sql =~ s/license_deployment/local/r . $order),
				"rows: $name");
			my @requests = $pca->requests;
			next if $any || $sensitive || $output eq 'count(*)';
			my $expected = $filter && "&$filter";
			utf8::encode($_) foreach @requests;
			is_deeply(
				\@requests,
				defined $expected ? ["GET $all$expected"] : [],
				"requests: $name");
		}
	}
}
foreach my $mode (qw(force_generic_plan force_custom_plan))
{
	$ascii->query("SET plan_cache_mode = $mode");
	$pca->log_entries;
	is($ascii->query("EXECUTE equal(E'\\xff')"), '', "$mode: a parameter");
	is($ascii->query("EXECUTE counted(E'\\xff')"), '0', "$mode: count(*)");
	is_deeply([ $pca->requests ], [], "$mode: no request is sent");
	is($ascii->query("EXECUTE listed(ARRAY[E'\\xff', 'tea'])"),
		"1\n4\n7\n10", "$mode: an array");
	is( $ascii->error_of(
			"EXPLAIN (VERBOSE) EXECUTE listed(ARRAY[E'\\xff', 'tea'])")
		  ->{text},
		undef,
		"$mode: EXPLAIN of it");
}
foreach my $method (qw(nestloop hashjoin mergejoin))
{
	$ascii->query("RESET ALL; SET client_encoding = 'SQL_ASCII'");
	$ascii->query("SET enable_$_ = off")
	  foreach grep { $_ ne $method } qw(nestloop hashjoin mergejoin);
	is( $ascii->query(
			'SELECT d.licenses_sold FROM texts t JOIN license_deployment d ON d.service_code = t.t ORDER BY 1'
		),
		"1\n4\n7\n10",
		"$method: values of a join");
}

# An encoding of which some bytes are no characters.
my $windows = database('windows', 'WIN1252');
is($windows->query("CREATE TABLE texts AS SELECT chr(129) AS t") // '',
	'', 'WIN1252: a byte that is no character');
foreach my $condition (
	'product_name = (SELECT t FROM texts)',
	"product_name = chr(129)",
	"product_name LIKE '%' || chr(129) || '%'")
{
	my $sql =
	  "SELECT count(*) FROM license_deployment WHERE $condition AND channel = 'none'";
	is($windows->error_of("EXPLAIN (VERBOSE) $sql")->{text},
		undef, "WIN1252: EXPLAIN: $condition");
	is($windows->query($sql), '0', "WIN1252: $condition");
}

done_testing();
