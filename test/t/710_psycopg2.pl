# psycopg 2 with the extension.
use strict;
use warnings FATAL => 'all';

use PcaClientTest;
use Test::More;

plan skip_all => 'there is no python3-psycopg2'
  if system('/usr/bin/python3 -c "import psycopg2" 2>/dev/null');

my $test = PcaClientTest->new('psycopg2', '/usr/bin/python3',
	'test/clients/psycopg2_client.py');
$test->metadata;
$test->parameters;
$test->cursors;
$test->errors;
$test->interrupts;
done_testing(49);
