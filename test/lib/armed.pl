# Do the assertions and sanitizers notice what they are there for?  PCA_ARMED
# says which there must be: extension, server, sanitizers.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my %armed = map { $_ => 1 } split ' ', $ENV{PCA_ARMED} // '';
my $reports = "$PostgreSQL::Test::Utils::tmp_check/armed.$$";
mkdir $reports or die "could not make $reports: $!";
$ENV{PCA_SANITIZERS_LOG} = $reports;

my $node = PostgreSQL::Test::Cluster->new('armed');
$node->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
$node->append_conf('postgresql.conf', "restart_after_crash = on\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION pca_unit');

# Wait until the server accepts connections.  psql gets the query as an
# argument: a psql that is refused ends before it reads standard input, and
# writing to it would end this program.
sub wait_for_server
{
	foreach (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		my ($out) = run_command(
			[
				'psql', '-XAtq',
				'-d', $node->connstr('postgres'),
				'-c', 'SELECT 1'
			]);
		return if $out eq '1';
		usleep(100_000);
	}
	BAIL_OUT('the server does not come again');
}

# What the function does to the session; the server is there again afterwards.
sub break_with
{
	my ($what) = @_;
	my ($status, $out, $err) =
	  $node->psql('postgres', "SELECT pca_unit_break('$what')");
	wait_for_server();
	return $status == 0 ? 'ok' : $err;
}

# What the sanitizers wrote since the last call.
sub take_reports
{
	my $text = '';
	foreach my $file (glob "'$reports'/*")
	{
		$text .= slurp_file($file);
		unlink $file;
	}
	return $text;
}

ok($armed{extension}, 'the extension has assertions');
is( $node->safe_psql('postgres', 'SHOW debug_assertions'),
	$armed{server} ? 'on' : 'off',
	'whether PostgreSQL has assertions');
my $library =
  slurp_file($node->config_data('--pkglibdir') . '/pc_analytics_fdw.so');
like($library, qr/\0ExceptionalCondition\0/,
	'the library of the extension calls them');

is(break_with('nothing'), 'ok', 'what is right passes');
is(take_reports(), '', 'and is not reported');
my $offset = -s $node->logfile;
like(
	break_with('assertion'),
	qr/server closed the connection/,
	'a failed assertion ends the session');
like(
	slurp_file($node->logfile, $offset),
	qr/TRAP: .*assertion.*pca_unit\.c/i,
	'and is in the log');
take_reports();

SKIP:
{
	skip 'no sanitizers', 7 unless $armed{sanitizers};
	like($library, qr/\0__asan_init\0/,
		'the library of the extension has AddressSanitizer');
	like($library, qr/\0__ubsan_handle_\w+\0/,
		'the library of the extension has UBSan');
	break_with('shift');
	like(
		take_reports(),
		qr/pca_unit\.c:\d+:\d+: runtime error: shift exponent 40/,
		'UBSan notices a shift');
	like(
		break_with('stack'),
		qr/server closed the connection/,
		'an access beyond an array ends the session');
	like(
		take_reports(),
		qr/stack-buffer-overflow.*pca_unit\.c/s,
		'AddressSanitizer notices it');
	foreach my $what ($armed{server} ? qw(overrun freed) : ())
	{
		break_with($what);
		like(
			take_reports(),
			qr/use-after-poison.*pca_unit\.c/s,
			"AddressSanitizer notices memory that is not palloc'ed: $what");
	}
}

done_testing();
