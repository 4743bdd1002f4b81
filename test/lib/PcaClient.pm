# A client program of test/clients: a driver that reads commands from standard
# input and prints what it got.
#
#     my $client = PcaClient->new($pca, 'jdbc', 'java', ...);
#     my @rows = $client->rows('run', 'SELECT 1');    # a list of lists
#     $client->start('run', 'SELECT pg_sleep(60)');   # returns at once
#     my @rows = $client->finish;
#
# A command is one line of fields separated by tabs.  The response is a line for
# each row, and a line with a period.  A null is \N; tabs, newlines and
# backslashes are written \t, \n and \\.  test/clients/README.md lists the commands.
package PcaClient;

use strict;
use warnings FATAL => 'all';

use Encode qw(decode encode);
use IO::Select;
use IPC::Open3 qw(open3);
use PcaTest;
use Time::HiRes qw(time);

# new(test, name, command...): starts the program as the role analyst.
sub new
{
	my ($class, $pca, $name, @command) = @_;
	my $log = "$PostgreSQL::Test::Utils::log_path/client_$name.log";
	local @ENV{qw(PGHOST PGPORT PGDATABASE PGUSER PGAPPNAME)} =
	  ('127.0.0.1', $pca->node->port, 'postgres', 'analyst', $name);
	open(my $errors, '>', $log) or die "could not write $log: $!";
	my $self = bless { name => $name, log => $log, read => '' }, $class;
	$self->{pid} =
	  open3($self->{in}, $self->{out}, '>&' . fileno($errors), @command);
	return $self;
}

sub start
{
	my ($self, @fields) = @_;
	local $SIG{PIPE} = 'IGNORE';
	print { $self->{in} }
	  encode('UTF-8', join("\t", map { _written($_) } @fields) . "\n");
	$self->{in}->flush;
	return;
}

# The rows of the command that was started.  Dies when the program has ended, or
# when it says nothing for as long as a test waits.
sub finish
{
	my ($self) = @_;
	my $select = IO::Select->new($self->{out});
	my $until = time + PcaTest::PATIENCE;
	until ($self->{read} =~ /^\.\n/m)
	{
		my $more;
		$more = sysread $self->{out}, $self->{read}, 65536,
		  length $self->{read}
		  if $select->can_read($until - time);
		die "$self->{name} did not respond: $self->{read}\n"
		  . PostgreSQL::Test::Utils::slurp_file($self->{log})
		  unless $more || (!defined $more && time < $until);
	}
	my ($rows, $rest) = split /^\.\n/m, $self->{read}, 2;
	$self->{read} = $rest;
	return map {
		[ map { _read($_) } split /\t/, $_, -1 ]
	  }
	  split /\n/, decode('UTF-8', $rows);
}

# Run a command; its rows.
sub rows
{
	my ($self, @fields) = @_;
	$self->start(@fields);
	return $self->finish;
}

# The same as one text, as psql -At prints rows.
sub text
{
	my ($self, @fields) = @_;
	return join "\n", map {
		join '|',
		  map { $_ // '' }
		  @$_
	} $self->rows(@fields);
}

my %READ = (t => "\t", n => "\n", r => "\r", '\\' => '\\');

sub _read
{
	my ($field) = @_;
	return undef if $field eq '\N';
	$field =~ s/\\(.)/$READ{$1}/g;
	return $field;
}

my %WRITTEN = ("\t" => '\t', "\n" => '\n', "\r" => '\r', '\\' => '\\\\');

sub _written
{
	my ($field) = @_;
	return '\N' unless defined $field;
	$field =~ s/([\t\n\r\\])/$WRITTEN{$1}/g;
	return $field;
}

sub DESTROY
{
	my ($self) = @_;
	local ($?, $@, $!);
	local $SIG{PIPE} = 'IGNORE';
	close $self->{in} if $self->{in};
	waitpid $self->{pid}, 0 if $self->{pid};
	return;
}

1;
