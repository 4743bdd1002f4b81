# A short slice of test/soak: interrupts in every state, and many sessions at
# once.
use strict;
use warnings FATAL => 'all';

use Cwd            qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $tests = abs_path(dirname(__FILE__) . '/..');

sub output_of
{
	my (@words) = @_;
	my $said =
	  qx('$^X' '-I$tests/lib' '$tests/soak/$words[0].pl' @words[1 .. $#words] 2>&1);
	is($?, 0, "$words[0] ends well, and leaves nothing behind")
	  or diag($said);
	return $said;
}

my $number = qr/[+-]?[\d.]+/;
my $said = output_of('cancels', '--times', 6);
my @states = $said =~
  /^\| (\w[^|]*) \| 6 \| $number \| $number \| ($number) (?:\| $number ){4}\|$/mg;
cmp_ok(scalar @states,
	'>=', 2 * 16, 'it interrupts queries in sixteen states')
  or diag($said);
while (my ($state, $longest) = splice @states, 0, 2)
{
	cmp_ok($longest, '<', 1000, "$state: ended within a second");
}

$said = output_of('sessions', '--seconds', 4, '--clients', 16);
like(
	$said,
	qr/^\| 16 \| 4 \| [1-9]\d* \| 0 \| /m,
	'sixteen sessions had no error') or diag($said);

$said = output_of('shared', '--seconds', 4, '--clients', 8);
like(
	$said,
	qr/^\| 8 \| 4 \| [1-9]\d* \| [1-9]\d* \| /m,
	'eight sessions that share a token were cancelled') or diag($said);

$said = output_of('cache', '--seconds', 3, '--clients', 8);
like(
	$said,
	qr/^\| 8 \| 3 \| [1-9]\d* \| \d+ \| 0 \| [1-9]\d* \| [1-9]\d* \| yes \| /m,
	'eight sessions that keep responses were cancelled') or diag($said);

done_testing();
