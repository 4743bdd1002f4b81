#!/usr/bin/env perl
# Sessions that keep and find 10,000 responses at random, and are cancelled and
# ended at random times: no block of the shared memory is lost, and no session
# finds other bytes than those that were kept. Prints Markdown; fails otherwise.
#
#     cache.pl [--seconds N] [--clients N]
#
# Run by test/soak/run, which builds what is tried.
use strict;
use warnings FATAL => 'all';

use PcaBench qw(heading say_line);

use Getopt::Long qw(GetOptions);
use List::Util   qw(max);
use PcaTest;
use POSIX qw(_exit);
use PostgreSQL::Test::Utils;
use Time::HiRes qw(sleep time);

my %asked = (seconds => 60, clients => 16);
GetOptions(\%asked, 'seconds=i', 'clients=i') or exit 2;

# The size of the cache, in MB, and the most memory of its own that a session may
# need, in kB: it copies one response at a time.
use constant { CACHE_SIZE => 8, MOST_MEMORY => 32 * 1024 };

my $pca = PcaTest->new(conf => "max_connections = 200\n");
$pca->sql('CREATE EXTENSION pca_unit');
my $file = "$PostgreSQL::Test::Utils::tmp_check/churn.sql";
PostgreSQL::Test::Utils::append_to_file($file,
		"SELECT pca_unit_cache_size(${\CACHE_SIZE});\n"
	  . "SELECT * FROM pca_unit_churn(3000, false, (random() * 1000000000)::int);\n"
	  x 5);

heading($pca, 'Cached responses');
exit(main() ? 0 : 1);

# A client: sessions, one after the other. Returns how many had a wrong response.
sub run_client
{
	my $until = time + $asked{seconds};
	my $wrong = 0;
	local $ENV{PGAPPNAME} = 'soak';
	while (time < $until)
	{
		my $said =
		  qx(psql -XAtq -d "${\$pca->node->connstr('postgres')}" -f $file 2>&1);
		$wrong++ if $said =~ /has other bytes/;
	}
	return $wrong;
}

# The most memory of its own that a client's session has, in kB.
sub most_memory
{
	my ($control) = @_;
	my @pids = split /\n/,
	  $control->query(
		q{SELECT pid FROM pg_stat_activity WHERE application_name = 'soak'});
	my $most = 0;
	foreach my $pid (@pids)
	{
		open(my $status, '<', "/proc/$pid/status") or next;
		my ($memory) = map { /^RssAnon:\s+(\d+)/ } <$status>;
		close $status;
		$most = max($most, $memory // 0);
	}
	return $most;
}

sub main
{
	my $control = $pca->session;
	my %counts = (pg_cancel_backend => 0, pg_terminate_backend => 0);
	my ($most, $wrong, @clients) = (0, 0);
	my $until = time + $asked{seconds};

	foreach (1 .. $asked{clients})
	{
		my $pid = fork // die "no process: $!";
		push @clients, $pid if $pid;
		_exit(run_client() ? 1 : 0) unless $pid;
	}
	while (time < $until)
	{
		my $function =
		  rand() < 0.8 ? 'pg_cancel_backend' : 'pg_terminate_backend';
		$counts{$function} += $control->query(
			"SELECT count($function(pid)) FROM (SELECT pid FROM pg_stat_activity WHERE application_name = 'soak' ORDER BY random() LIMIT 2) AS t"
		);
		$most = max($most, most_memory($control));
		sleep(0.05);
	}
	foreach (@clients)
	{
		waitpid $_, 0;
		$wrong++ if $?;
	}
	my ($entries, $used, $complete) = split /\|/,
	  $control->query(
		'SELECT entries, used, free + used = blocks AND written = 0 FROM pca_unit_usage()'
	  );

	say_line('');
	say_line(
		'| clients | seconds | cancelled | ended | wrong responses | responses kept | blocks used | free + used = all | memory of a session, MB |'
	);
	say_line(
		'| ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- | ---: |');
	say_line(
		sprintf '| %d | %d | %d | %d | %d | %d | %d | %s | %.1f |',
		$asked{clients},
		$asked{seconds},
		@counts{qw(pg_cancel_backend pg_terminate_backend)},
		$wrong,
		$entries,
		$used,
		$complete eq 't' ? 'yes' : 'no',
		$most / 1024);
	return
		 $wrong == 0
	  && $complete eq 't'
	  && $entries > 0
	  && $most < MOST_MEMORY;
}
