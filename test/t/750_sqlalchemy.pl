# SQLAlchemy with the extension.
use strict;
use warnings FATAL => 'all';

use PcaClientTest;
use Test::More;

plan skip_all => 'there is no python3-sqlalchemy'
  if system('/usr/bin/python3 -c "import sqlalchemy, psycopg2" 2>/dev/null');

my $test = PcaClientTest->new('sqlalchemy', '/usr/bin/python3',
	'test/clients/sqlalchemy_client.py');
$test->metadata();
$test->parameters;
$test->cursors;
$test->errors;
done_testing();
