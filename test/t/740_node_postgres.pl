# pg and pg-cursor for Node with the extension.
use strict;
use warnings FATAL => 'all';

use PcaClientTest;
use Test::More;

plan skip_all => 'there is no node, or npm could not install pg'
  if system(
	'cd test/clients/node && node -e "require(\"pg-cursor\")" 2>/dev/null');

my $test = PcaClientTest->new('node', 'node', 'test/clients/node/client.js');
$test->metadata;
$test->parameters;
$test->generic_plans;
$test->cursors;
$test->errors;
$test->interrupts;
done_testing(79);
