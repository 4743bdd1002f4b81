#!/usr/bin/env perl
# How long queries go on that are interrupted, in each state; and that nothing
# is left behind.  Prints Markdown; fails when something is.
#
#     cancels.pl [--times N] [--states PATTERN]
#
# Run by test/soak/run, which builds what is tried.  One in twenty sessions is
# terminated, one in four queries ends by statement_timeout, the rest are
# cancelled.  An eighth of them go before, so that what is kept for use again is
# there already.
use strict;
use warnings FATAL => 'all';

use PcaStates;
BEGIN { PcaStates::alone(); }

use PcaBench qw(heading held median part say_line);

use Getopt::Long qw(GetOptions);
use PcaTest;
use Time::HiRes qw(time);

use constant TIMEOUT => 0.1;    # seconds; every state is reached in less

# What one backend may have more after all of it: a connection more or less, and
# what malloc does not give back.
use constant { DESCRIPTORS => 4, CONTEXTS_KB => 128, RSS_KB => 4096 };

my %asked = (times => 1000, states => '.');
GetOptions(\%asked, 'times=i', 'states=s') or exit 2;

my $pca = PcaTest->new(rows => 20000, customers => 30, import => 0);
my $states = PcaStates->new($pca, \%PcaTest::CREDENTIALS);
my $control = $pca->session;
my $failed = 0;

heading($pca, 'Interrupts');
say_line(
	"\n| state | times | median, ms | p99, ms | longest, ms | descriptors | threads | memory contexts, kB | backend, kB |"
);
say_line('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
try_state($_) foreach grep { $_->{name} =~ /$asked{states}/ } $states->all;
say_line(
	"\nNo name server that never answers: a network of its own is not permitted."
) if $ENV{PCA_ALONE} ne 'yes';
exit($failed ? 1 : 0);

# Begin the state's query, interrupt it, and wait for its end: the seconds
# between.
sub interrupt
{
	my ($state, $session, $way) = @_;
	my $began;
	$states->forget;
	if ($way eq 'timeout')
	{
		$session->query('SET statement_timeout = ' . 1000 * TIMEOUT);
		$session->start("$state->{query}; SET statement_timeout = 0");
		$began = time + TIMEOUT;
	}
	else
	{
		$session->start($state->{query});
		$pca->wait_for($state->{name}, $state->{reached});
		$began = time;
		$control->query("SELECT pg_${way}_backend(" . $session->pid . ')');
	}
	my $error = $session->error;
	my $took = time - $began;
	my $sqlstate = $error->{sqlstate} // 'none';
	die "$state->{name}: $way ended in " . ($error->{text} // 'no error')
	  unless $sqlstate eq ($way eq 'terminate' ? '57P01' : '57014');
	$pca->wait_for('no request', sub { $pca->state->{in_progress} == 0 });
	return $took;
}

# A session whose process is known.
sub new_session
{
	my $session = $pca->session;
	$session->pid;
	return $session;
}

sub try_state
{
	my ($state) = @_;
	my ($session, @took, @before) = new_session();
	my $warm = int($asked{times} / 8) + 1;
	my $terminated = int($asked{times} / 20) + 1;
	$pca->fault($state->{fault}) if $state->{fault};
	foreach (1 .. $terminated)
	{
		push @took, interrupt($state, new_session(), 'terminate');
	}
	foreach my $turn (1 .. $asked{times} - $terminated)
	{
		push @took,
		  interrupt($state, $session, $turn % 4 ? 'cancel' : 'timeout');
		next if $turn != $warm;
		resolvers_end($session);
		@before = held($session);
	}
	resolvers_end($session);
	$pca->clear_faults;
	report($state->{name}, \@took, \@before, [ held($session) ]);
	return;
}

# A resolver that no query waits for any more ends when its name server's time is
# over.
sub resolvers_end
{
	my ($session) = @_;
	return $pca->wait_for('resolvers to end',
		sub { (held($session))[1] == 1 });
}

sub report
{
	my ($name, $took, $before, $after) = @_;
	my ($descriptors, $threads, $rss, $contexts) =
	  map { $after->[$_] - $before->[$_] } 0 .. 3;
	say_line(
		'| '
		  . join(
			' | ', $name,
			scalar @$took,
			(   map { sprintf '%.1f', $_ * 1000 } median(@$took),
				part(0.99, @$took),
				part(1, @$took)),
			map { sprintf '%+d', $_ } $descriptors,
			$threads,
			$contexts,
			$rss)
		  . ' |');
	my $grows =
		 $descriptors > DESCRIPTORS
	  || $threads > 0
	  || $contexts > CONTEXTS_KB
	  || $rss > RSS_KB;
	say_line("\n$name: something is left behind.\n") if $grows;
	$failed ||= $grows;
	return;
}
