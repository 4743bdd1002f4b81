# What the measuring scripts share: what is printed where, and simple numbers.
#
#     use PcaBench qw(median say_line);     # before PcaTest
package PcaBench;

use strict;
use warnings FATAL => 'all';

# PostgreSQL's test modules turn standard output into a log of their own.
my $out;
BEGIN { open($out, '>&', \*STDOUT) or die "no standard output: $!"; }

use Exporter    qw(import);
use Time::HiRes qw(time);

our @EXPORT_OK = qw(heading held median part peak say_line timed with_commas);

$out->autoflush(1);

sub say_line { print {$out} "@_\n"; return; }

sub median
{
	my @sorted = sort { $a <=> $b } @_;
	return ($sorted[ $#sorted / 2 ] + $sorted[ @sorted / 2 ]) / 2;
}

# The value that so large a part of all do not exceed.
sub part
{
	my ($part, @values) = @_;
	my @sorted = sort { $a <=> $b } @values;
	return $sorted[ int($part * $#sorted + 0.5) ];
}

sub with_commas
{
	return scalar reverse reverse($_[0]) =~ s/(\d{3})(?=\d)/$1,/gr;
}

# What was measured, and where.
sub heading
{
	my ($pca, $title) = @_;
	my ($version) = $pca->sql('SELECT version()') =~ /^(\S+ \S+)/;
	open(my $cpu, '<', '/proc/cpuinfo') or die "no /proc/cpuinfo: $!";
	my @models = map { /^model name\s*:\s*(.*)/ } <$cpu>;
	my ($curl) = qx(curl --version 2>/dev/null) =~ /^(curl \S+)/;
	say_line('# ' . ($title // 'Bench') . "\n");
	say_line(
		join ', ', $version,
		$curl // 'no curl',
		scalar(@models) . ' CPUs: ' . ($models[0] // 'unknown'));
	return;
}

# The most memory that the session's backend ever had, in kB.
sub peak
{
	my ($session) = @_;
	open(my $status, '<', '/proc/' . $session->pid . '/status')
	  or die "no /proc: $!";
	my ($peak) = map { /^VmHWM:\s+(\d+)/ } <$status>;
	return $peak;
}

# Descriptors of a session's backend that are sockets or belong to them, its
# threads, its resident memory and its memory contexts in kB.
sub held
{
	my ($session) = @_;
	my $proc = '/proc/' . $session->pid;
	my $descriptors =
	  grep { (readlink($_) // '') =~ /^(?:socket|pipe|anon_inode):/ }
	  glob "$proc/fd/*";
	open(my $status, '<', "$proc/status") or die "no $proc: $!";
	my %said = map { /^(\w+):\s+(\d+)/ ? ($1 => $2) : () } <$status>;
	return (
		$descriptors,
		@said{qw(Threads VmRSS)},
		$session->query(
			'SELECT sum(total_bytes) / 1024 FROM pg_backend_memory_contexts')
	);
}

# Seconds that the code takes.
sub timed
{
	my ($code) = @_;
	my $began = time;
	$code->();
	return time - $began;
}

1;
