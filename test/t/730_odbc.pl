# psqlODBC with the extension.
use strict;
use warnings FATAL => 'all';

use PcaClientTest;
use Test::More;

plan skip_all => 'there is no psqlODBC, or no pyodbc'
  if system('/usr/bin/python3 -c "import pyodbc" 2>/dev/null');

my $test = PcaClientTest->new('odbc', '/usr/bin/python3',
	'test/clients/odbc_client.py');
$test->metadata(comments => 0, 'timestamp without time zone' => 'timestamp');
$test->parameters;
$test->generic_plans;
$test->cursors;
$test->errors;
$test->interrupts;
done_testing(79);
