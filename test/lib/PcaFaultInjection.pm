# Calls of a server's processes that fail, by fault_injection.c, which is loaded before the C
# library.
#
#     my $faults = PcaFaultInjection->new;
#     my $pca = $faults->load_into(sub { PcaTest->new });
#     $faults->refuse($session->pid, PcaFaultInjection::SOCKET, 2);    # its second call
package PcaFaultInjection;

use strict;
use warnings FATAL => 'all';

use Cwd            qw(abs_path);
use File::Basename qw(dirname);
use PostgreSQL::Test::Utils;
use Test::More ();

# As in fault_injection.c.
use constant { EPOLL_CTL => 1, SOCKET => 2, MALLOC => 3, TIMER => 4 };

my $SOURCE = abs_path(dirname(__FILE__) . '/fault_injection.c');

sub new
{
	my ($class) = @_;
	my $self =
	  bless { file => "$PostgreSQL::Test::Utils::tmp_check/refuse.$$" },
	  $class;
	system('cc', '-shared', '-fPIC', '-o', "$self->{file}.so", $SOURCE,
		'-ldl') == 0
	  or Test::More::BAIL_OUT('there is no C compiler');
	append_to_file($self->{file}, pack('iii', 0, 0, 0));
	return $self;
}

# What the code returns, with fault_injection.c in the programs that it starts.
sub load_into
{
	my ($self, $code) = @_;
	local @ENV{qw(LD_PRELOAD REFUSE)} = ("$self->{file}.so", $self->{file});
	return $code->();
}

# Let the process's next call of that number fail; 0: none.  TIMER: as long as the number is
# not 0, the timers that it sets do not expire.
sub refuse
{
	my ($self, $pid, $function, $after) = @_;
	open(my $shared, '+<:raw', $self->{file}) or die "no $self->{file}: $!";
	syswrite $shared, pack('iii', $pid, $function, $after);
	return;
}

# What the code returns, while no process sets a timer that expires.
sub without_timers
{
	my ($self, $code) = @_;
	$self->refuse(-1, TIMER, 1);
	my $result = $code->();
	$self->refuse(0, TIMER, 0);
	return $result;
}

# How many calls are left until then.
sub left
{
	my ($self) = @_;
	open(my $shared, '<:raw', $self->{file}) or die "no $self->{file}: $!";
	sysread $shared, my $numbers, 12;
	return (unpack 'iii', $numbers)[2];
}

1;
