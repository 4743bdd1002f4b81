# One session with PostgreSQL that stays open: what is prepared, set or held
# lasts from one call to the next, and a statement may be left running.
#
#     my $session = $pca->session;
#     $session->query('SET statement_timeout = 0');
#     my $rows = $session->query('SELECT 1');         # dies on an error
#     my $error = $session->error_of('SELECT 1/0');   # as PcaTest's
#     $session->start('SELECT pg_sleep(60)');         # returns at once
#     my ($rows, $errors) = $session->finish;
package PcaSession;

use strict;
use warnings FATAL => 'all';

use IO::Select;
use IPC::Open3  qw(open3);
use Symbol      qw(gensym);
use Time::HiRes qw(time);

# new(connection string, patience in seconds)
sub new
{
	my ($class, $connection, $patience) = @_;
	my $self = bless { patience => $patience, number => 0, open => 1 },
	  $class;
	local @ENV{qw(PGAPPNAME PGCLIENTENCODING)} = ('PcaSession', 'UTF8');
	$self->{errors} = gensym;
	$self->{psql} = open3(
		$self->{in}, $self->{out},
		$self->{errors}, 'psql',
		'-XAtq', '-v',
		'VERBOSITY=verbose', '-d',
		$connection);
	$self->query('SELECT 1') eq '1'
	  or die "there is no session with $connection";
	return $self;
}

# Begin a statement, or several.
sub start
{
	my ($self, $sql) = @_;
	local $SIG{PIPE} = 'IGNORE';
	$self->{mark} = sprintf '--- %d of %d ---', ++$self->{number}, $$;
	print { $self->{in} }
	  "$sql\n;\n\\echo $self->{mark}\n\\warn $self->{mark}\n";
	$self->{in}->flush;
	return;
}

# Wait until what was begun has ended: what psql says to standard output and to
# standard error.  When the session is ended by the server, it is closed.
sub finish
{
	my ($self) = @_;
	my %said = ($self->{out} => '', $self->{errors} => '');
	my $select = IO::Select->new($self->{out}, $self->{errors});
	my $until = time + $self->{patience};
	while ($select->count)
	{
		# none are ready when a signal has ended the wait, too
		my @ready = $select->can_read($until - time);
		die "no answer to the last statement: $said{$self->{errors}}"
		  if !@ready && time >= $until;
		foreach my $handle (@ready)
		{
			my $more = sysread $handle, $said{$handle}, 65536,
			  length $said{$handle};
			$self->{open} = 0 unless $more;
			$select->remove($handle)
			  if !$more || $said{$handle} =~ s/\Q$self->{mark}\E\n\z//;
		}
	}
	chomp @said{ $self->{out}, $self->{errors} };
	return @said{ $self->{out}, $self->{errors} };
}

# Run statements; the rows.  Dies on an error, and when the session has ended.
sub query
{
	my ($self, $sql) = @_;
	$self->start($sql);
	my ($rows, $errors) = $self->finish;
	die "$sql\n$errors"
	  if !$self->{open}
	  || $errors =~ /^(?:psql:.*?)?(?:ERROR|FATAL|PANIC):  /m;
	return $rows;
}

# Run statements; their first error as PcaTest's error_of() gives it.
sub error_of
{
	my ($self, $sql) = @_;
	$self->start($sql);
	return $self->error;
}

# The same of statements that were begun.
sub error
{
	my ($self) = @_;
	my (undef, $errors) = $self->finish;
	return PcaTest::parse_error($errors);
}

# The server's process.
sub pid
{
	my ($self) = @_;
	return $self->{backend} //= $self->query('SELECT pg_backend_pid()');
}

sub is_open { return $_[0]->{open}; }

sub DESTROY
{
	my ($self) = @_;
	local ($?, $@, $!);
	local $SIG{PIPE} = 'IGNORE';
	close $self->{in} if $self->{in};
	waitpid $self->{psql}, 0 if $self->{psql};
	return;
}

1;
