# DBI and RPostgreSQL with the extension.
use strict;
use warnings FATAL => 'all';

use PcaClientTest;
use Test::More;

plan skip_all => 'there is no r-cran-rpostgresql'
  if system('Rscript -e "library(RPostgreSQL)" >/dev/null 2>&1');

my $test = PcaClientTest->new('r', 'Rscript', 'test/clients/r_client.R');
$test->metadata;

# RPostgreSQL looks for tables in pg_tables, which has no foreign tables and no views.
is($test->client->text('exists', 'partner_center', 'license_usage'),
	'f', 'r: dbExistsTable does not find a foreign table');
is($test->client->text('exists', 'local', 'license_usage'),
	't', 'r: dbExistsTable finds a local table');

$test->parameters(nulls => 0);
$test->cursors(streams => 0);
$test->errors;
$test->interrupts("timeout");
done_testing(48);
