# pgjdbc with the extension.
use strict;
use warnings FATAL => 'all';

use PcaClientTest;
use Test::More;

plan skip_all => 'there is no pgjdbc, or no Java'
  if system(
	'test -e /usr/share/java/postgresql.jar && javac --version >/dev/null 2>&1'
  );

my $test = PcaClientTest->new(
	'jdbc', 'java', '-cp',
	'/usr/share/java/postgresql.jar',
	'test/clients/JdbcClient.java');
$test->metadata('timestamp without time zone' => 'timestamp');
$test->parameters;
$test->generic_plans;
$test->cursors;
$test->errors;
$test->interrupts;
done_testing(79);
