# The benchmark scripts run and print the tables that they announce; the
# figures are not checked.
use strict;
use warnings FATAL => 'all';

use Cwd            qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $tests = abs_path(dirname(__FILE__) . '/..');
my $said =
  qx('$^X' '-I$tests/lib' '$tests/bench/measure.pl' --rows 6000 --few 200 --runs 1 --cancels 2 --customers 20 2>&1);
is($?, 0, 'the bench ends well') or diag($said);

my $number = qr/-?[\d,.]+/;
my @lines = (
	[ 'where', qr/^PostgreSQL \d\S*, (?:curl \S+|no curl), \d+ CPUs: / ],
	[
		'memory of few rows',
		qr/^\| 200 \| $number \| $number \| $number \| $number \|$/
	],
	[
		'memory of many rows',
		qr/^\| 6,000 \| $number \| $number \| $number \| $number \|$/
	],
	[
		'growth',
		qr/^The peak of 6,000 rows is \d\.\d+ times that of 2,000\.$/
	],
	[
		'a scan',
		qr/^\| every column of every row \| 6,000 \| $number \| $number \| $number \| $number \| ($number|-) \|$/
	],
	[ 'planning', qr/^\| grouped \| $number \| $number \| $number \|$/ ],
	[ 'customers', qr/^\| 20 \| 200 \| $number \| $number \|$/ ],
	[ 'the headline', qr/^\| filtered and grouped by the API \| 6,000 \| / ],
	map { [ $_, qr/^\| \Q$_\E \| $number \| $number \| $number \|$/ ] }
	  'waiting for an answer',
	'in the midst of a page',
	'receiving drips',
	'between attempts');

foreach my $line (@lines)
{
	my ($what, $expression) = @$line;
	ok(scalar(grep { $_ =~ $expression } split /\n/, $said), "it says: $what")
	  or diag($said);
}

# The same of pages on their way.
$said =
  qx('$^X' '-I$tests/lib' '$tests/bench/wire.pl' --pages 4 --latency 5 --few 2000 --rows 12000 --runs 1 2>&1);
is($?, 0, 'the bench of the wire ends well') or diag($said);
foreach my $line (
	qr/^\| 8 at once \| $number \| $number \| $number \|$/m,
	qr/^\| one by one \| $number \| $number \| $number \|$/m,
	qr/^\| $number \| $number \| $number \|$/m,
	qr/^\| 12,000 \| $number \|$/m,
	qr/^\| an aggregate (?:\| $number ){5}\|$/m)
{
	like($said, $line, 'it says how long, or how much') or diag($said);
}

# And of sharing.
$said =
  qx('$^X' '-I$tests/lib' '$tests/bench/sharing.pl' --clients 4 --sessions 4 --requests 40 --per-minute 1000 --runs 1 --seconds 1 2>&1);
is($?, 0, 'the bench of sharing ends well') or diag($said);
foreach my $line (
	qr/^\| 4 \| requested \| 1 \| $number \| $number \| 300 \|$/m,
	qr/^\| 4 \| shared \| 0 \| $number \| $number \| 0 \|$/m,
	qr/^\| not declared \| 4 \| 40 \| 0 \| 0 \| 0 \| $number \| - \|$/m,
	qr/^\| declared \| 4 \| 40 \| 0 \| 0 \| 0 \| $number \| - \|$/m,
	qr/^\| on \| $number \| $number \|$/m,
	qr/^\| $number \| on \|$/m)
{
	like($said, $line, 'it says what is shared') or diag($said);
}

# And of the ways to get rows.
$said =
  qx('$^X' '-I$tests/lib' '$tests/bench/compare_loaders.pl' --rows 2000 --runs 1 --latencies 0,2 --widths 1,2 2>&1);
is($?, 0, 'the bench of ways ends well') or diag($said);
foreach my $way (
	'COPY FROM CSV, a local file',
	'every column read, 2 at once',
	'INSERT … SELECT, 1 at once',
	'a materialised view')
{
	like(
		$said,
		qr/^\| \Q$way\E \| ($number|-) \| ($number|-) \| $number \|$/m,
		"it says how long: $way") or diag($said);
}
like(
	$said,
	qr/^\| 2 at once \| 2 \| $number \| $number \|$/m,
	'and with latency') or diag($said);

done_testing();
