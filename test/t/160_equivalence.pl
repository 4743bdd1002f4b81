# A slice of test/equivalence: the fixed list with some plans and in some
# modes, random queries, and the rows that groupby saves.
# test/equivalence/README.md describes the whole.
use strict;
use warnings FATAL => 'all';

use Cwd            qw(abs_path);
use File::Basename qw(dirname);
use PcaTest;
use Test::More;

my $pca = PcaTest->new(extension => 0);
my $equivalence = abs_path(dirname(__FILE__) . '/../equivalence');
my $server = sprintf 'host=%s port=%d', $pca->node->host, $pca->node->port;

# Test point: the program of test/equivalence succeeds; all its output if not.
sub program_ok
{
	my ($name, $program, @arguments) = @_;
	open(my $out, '-|', 'python3', '-B', "$equivalence/$program", '--server',
		$server, @arguments)
	  or die "could not run $program: $!";
	my @lines = <$out>;
	my $well = close $out;
	chomp(my $last = $lines[-1] // 'it said nothing');
	ok($well, $name) ? note($last) : diag(@lines);
	return;
}

program_ok(
	'the fixed list gives right results, each plan once',
	'fixed.py',
	'--stop-after',
	5,
	'--mode',
	'^default$',
	'--planner',
	'^(default|nested loops, nothing kept|no hash aggregates)$');
program_ok(
	'the fixed list gives right results where all is declared',
	'fixed.py',
	'--stop-after',
	5,
	'--answers-only',
	'--mode',
	'^declared: all of it|^short URLs$|^TotalCount of the page$',
	'--planner',
	'^default$');
program_ok(
	'each query of the fixed list that is not pushed down says why, and the statements of reasons remove them',
	'reasons.py', '--stop-after', 5);
program_ok('2,000 random queries give right results',
	'generated.py', '--stop-after', 3, '--count', 2000,
	'--seed', $ENV{PCA_EQUIVALENCE_SEED} // 'slice');
program_ok(
	'a part of the fixed list gives right results from the cache',
	'fixed.py', '--cached', '--stop-after', 5, '--only',
	'^\w+:\d*[05] ',
	'--mode', '^default$', '--planner', '^default$');
program_ok(
	'300 random queries give right results from the cache', 'generated.py',
	'--cached', '--stop-after',
	3, '--count',
	300, '--seed',
	$ENV{PCA_EQUIVALENCE_SEED} // 'slice');
program_ok('groupby saves 19 of 20 rows', 'fixed.py', '--measure');

done_testing();
