# The test library itself: the mock API and PostgreSQL start, respond, report
# errors and differences, and end.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::Builder::Tester;
use Test::More;

my $pca = PcaTest->new(extension => 0, rows => 12);

# the mock API
my $path = '/v1/analytics/commercial/deployment/license/';
my $answer =
  $pca->{http}->get($pca->url . "$path?top=2&filter=channel%20eq%20'x'",
	{ headers => { Authorization => 'Bearer mock-api-access-token' } });
is($answer->{status}, 200, 'the mock API answers its static token');
is_deeply(
	[ $pca->requests ],
	["GET $path?top=2&filter=channel eq 'x'"],
	'requests() gives decoded targets');
is_deeply([ $pca->requests ], [], 'requests() gives each once');

$answer = $pca->{http}->get($pca->url . $path);
is($answer->{status}, 401, 'the mock API answers 401 without a token');
is(scalar $pca->requests, 1, 'what failed is logged too');

is($pca->config->{rows}, 12, 'new() sets switches');
is($pca->config(bom => 1)->{bom},
	JSON::PP::true, 'config() makes flags of numbers');
$pca->fault(kind => 'status', status => 503);
$answer = $pca->{http}->get($pca->url . $path);
is($answer->{status}, 503, 'fault() makes answers fail');
$pca->reset;
is($pca->config->{bom}, JSON::PP::false, 'reset() puts switches back');
is_deeply($pca->faults, [], 'reset() drops faults');
is_deeply([ $pca->requests ], [], 'reset() empties the log');
ok(!eval { $pca->config(no_such_switch => 1); 1 }, 'an unknown switch dies');

# errors
is_deeply($pca->error_of('SELECT 1'),
	{}, 'error_of() is empty without an error');
my $error = $pca->error_of(<<'END');
DO $$ BEGIN
  RAISE 'it went wrong' USING ERRCODE = 'HV000', DETAIL = 'This is why.', HINT = 'Try again.';
END $$
END
is_deeply(
	[ @$error{qw(sqlstate message detail hint)} ],
	[ 'HV000', 'it went wrong', 'This is why.', 'Try again.' ],
	'error_of() takes an error apart');
is( $pca->error_of('SELECT no_such_column')->{message},
	'column "no_such_column" does not exist',
	'error_of() finds the message before the position');
$pca->fails_with(
	'SELECT 1/0',
	'22012',
	qr/division by zero/,
	'fails_with() knows the error');

# comparisons
$pca->same_rows(
	'SELECT i FROM generate_series(1, 3) i',
	'SELECT i FROM (VALUES (3), (1), (2)) v(i)',
	'same_rows() takes rows in any order');
foreach my $case (
	[ 'SELECT 1 WHERE false', 'SELECT 1 WHERE false', 'nothing at all' ],
	[ 'SELECT 1 UNION ALL SELECT 1', 'SELECT 1', 'a row too many' ],
	[ 'SELECT 1', 'SELECT 1 UNION ALL SELECT 1', 'a row too few' ],
	[ 'SELECT NULL::text', "SELECT ''", 'null for empty' ],
	[ 'SELECT 1/0', 'SELECT 1', 'an error' ])
{
	my ($foreign, $local, $what) = @$case;
	test_out("not ok 1 - it");
	test_test_fails($foreign, $local, "same_rows() fails on $what");
}

sub test_test_fails
{
	my ($foreign, $local, $name) = @_;
	$pca->same_rows($foreign, $local, 'it');
	test_test(title => $name, skip_err => 1);
	return;
}

# waiting
my $looks = 0;
is( $pca->wait_for(
		'the third look',
		sub { ++$looks >= 3 ? "look $looks" : undef }),
	'look 3',
	'wait_for() looks until there is something');
$pca->stop_mock_api;
is($pca->{http}->get($pca->url . $path)->{status},
	599, 'stop_mock_api() ends it');

done_testing();
