# make installcheck passes on a server whose settings add lines to plans.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $conf = "compute_query_id = on\n";
$conf .= "shared_preload_libraries = 'pg_stat_statements'\n"
  if -e `pg_config --pkglibdir` =~ s/\n/\/pg_stat_statements.so/r;
my $pca = PcaTest->new(extension => 0, conf => $conf);
$pca->query_is('SHOW compute_query_id',
	'on', 'the server shows query identifiers');

my $output = $PostgreSQL::Test::Utils::tmp_check;
local $ENV{PGHOST} = $pca->node->host;
local $ENV{PGPORT} = $pca->node->port;
my $status = system(
		"make -s installcheck REGRESS='import options filter grouping limit' "
	  . "REGRESS_OPTS='--outputdir=$output' >'$output/installcheck.log' 2>&1"
);
ok($status == 0, 'the chapters have their expected output')
  or diag(PostgreSQL::Test::Utils::slurp_file("$output/installcheck.log"));

done_testing();
