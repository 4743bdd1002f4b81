# psycopg 3 with the extension.
use strict;
use warnings FATAL => 'all';

use PcaClientTest;
use Test::More;

plan skip_all => 'there is no python3-psycopg'
  if system('/usr/bin/python3 -c "import psycopg" 2>/dev/null');

my $test = PcaClientTest->new('psycopg3', '/usr/bin/python3',
	'test/clients/psycopg3_client.py');
$test->metadata;
$test->parameters;
$test->generic_plans;
$test->cursors;
$test->errors;
$test->interrupts;
done_testing(79);
