# pgaudit, pg_stat_statements and auto_explain together: what they record of queries on
# foreign tables, and that no secret is in it.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use PostgreSQL::Test::Utils qw(slurp_file);
use Test::More;

my $shared = `pg_config --sharedir` =~ s/\n//r;
my @libraries = qw(pg_stat_statements auto_explain);
my $has_audit = -e "$shared/extension/pgaudit.control";
push @libraries, 'pgaudit' if $has_audit;
my $pca = PcaTest->new(
	rows => 200,
	mapping => \%PcaTest::CREDENTIALS,
	device_interval => 1,
	person => 'approves',
	import => 0,
	conf => 'shared_preload_libraries = \''
	  . join(',', @libraries)
	  . "'\nauto_explain.log_min_duration = 0\nauto_explain.log_analyze = on\nauto_explain.log_verbose = on\n"
	  . "auto_explain.log_nested_statements = on\npg_stat_statements.track = all\n"
	  . ($has_audit ? "pgaudit.log = all\npgaudit.log_relation = on\n" : ''));
my $log = $pca->node->logfile;
$pca->sql('CREATE EXTENSION pg_stat_statements');
$pca->sql('CREATE EXTENSION pgaudit') if $has_audit;
$pca->import_schema;
my $session = $pca->session;
$session->query('SELECT pg_stat_statements_reset()');
my $begin = -s $log;

# --- what is recorded

foreach my $channel (qw(direct reseller))
{
	$session->query(
		"SELECT product_name, sum(licenses_sold) FROM license_deployment WHERE channel = '$channel' GROUP BY 1"
	);
}
is( $session->query(
		"SELECT calls, rows > 0 FROM pg_stat_statements WHERE query LIKE 'SELECT product_name, sum%'"
	),
	'2|t',
	'pg_stat_statements counts queries on foreign tables as one statement');
my $said = substr(slurp_file($log), $begin);
like(
	$said,
	qr/Remote Filter: channel eq 'direct'.*Remote Group By: .*Requests?: /s,
	'auto_explain shows what was sent');
SKIP:
{
	skip 'there is no pgaudit', 2 unless $has_audit;
	like(
		$said,
		qr/AUDIT: SESSION,\d+,\d+,READ,SELECT,FOREIGN TABLE,partner_center\.license_deployment,/,
		'pgaudit names the foreign table');
	$session->query(
		'CREATE VIEW sold AS SELECT channel, licenses_sold FROM license_deployment; SELECT count(*) FROM sold'
	);
	like(
		substr(slurp_file($log), $begin),
		qr/READ,SELECT,VIEW,\w+\.sold,.*READ,SELECT,FOREIGN TABLE,partner_center\.license_deployment,/s,
		'also below a view');
}

# --- no secret is

my @stored;

sub keep_stored
{
	push @stored,
	  split /\n/,
	  $pca->sql(
		"SELECT option_value FROM pg_user_mappings, pg_options_to_table(umoptions) WHERE option_name = 'refresh_token'"
	  );
	return;
}
$begin = -s $log;
keep_stored();
$session->query("SELECT pc_analytics_rotate_refresh_token('mock_api')");
keep_stored();
$session->query(
	"SET client_min_messages = error; SELECT pc_analytics_sign_in('mock_api')"
);
keep_stored();
my %different = map { $_ => 1 } @stored;
is(scalar(keys %different), 3, 'a rotation and a sign-in store new tokens');
$session->query('SELECT count(*) FROM license_usage');
my $recorded =
  substr(slurp_file($log), $begin)
  . $session->query(
	'SELECT string_agg(query, chr(10)) FROM pg_stat_statements');
like($recorded, qr/pc_analytics_sign_in/, 'the calls are recorded');

foreach
  my $secret (sort(keys %different), $PcaTest::CREDENTIALS{client_secret})
{
	ok(index($recorded, $secret) < 0, 'a secret is not recorded');
}
unlike($recorded, qr/Bearer|access_token=|eyJ/, 'nor is an access token');

done_testing();
