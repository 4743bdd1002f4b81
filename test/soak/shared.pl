#!/usr/bin/env perl
# Sessions that share a token and a limit, and are cancelled and ended at random
# times: nobody waits for one that is gone.  Prints Markdown; fails otherwise.
#
#     shared.pl [--seconds N] [--clients N]
#
# Run by test/soak/run, which builds what is tried.
use strict;
use warnings FATAL => 'all';

use PcaBench qw(heading say_line);

use Getopt::Long qw(GetOptions);
use PcaTest;
use POSIX qw(_exit);
use PostgreSQL::Test::Utils;
use Time::HiRes qw(sleep time);

my %asked = (seconds => 60, clients => 32);
GetOptions(\%asked, 'seconds=i', 'clients=i') or exit 2;

# A query without anything to wait for ends within that time, in seconds, also
# after a process was stopped that others waited for (PCA_LEASE_LIFE_MS).
use constant PATIENCE => 20;

my $pca = PcaTest->new(
	rows => 100,
	mapping => \%PcaTest::CREDENTIALS,
	conf => "max_connections = 200\n",
	server => { page_size => 1000, max_requests_per_minute => 1000000 });
my $query = 'SELECT count(service_code) FROM license_deployment';
my $all = $pca->sql($query);
my $file = "$PostgreSQL::Test::Utils::tmp_check/queries.sql";
PostgreSQL::Test::Utils::append_to_file($file, "$query;\n" x 20);

heading($pca, 'Shared state');
exit(main() ? 0 : 1);

# A client: sessions of twenty queries, one after the other.  Whatever becomes of
# them, it goes on.
sub run_client
{
	my $until = time + $asked{seconds};
	local $ENV{PGAPPNAME} = 'soak';
	while (time < $until)
	{
		system( 'psql -XAtq -d "'
			  . $pca->node->connstr('postgres')
			  . "\" -f $file >/dev/null 2>&1");
	}
	return;
}

sub main
{
	my $control = $pca->session;
	my %counts = (pg_cancel_backend => 0, pg_terminate_backend => 0);
	my @clients;
	my $until = time + $asked{seconds};

	$pca->fault(
		kind => 'delay',
		delay_ms => 100,
		regex => 'oauth2',
		times => 0);
	foreach (1 .. $asked{clients})
	{
		my $pid = fork // die "no process: $!";
		push @clients, $pid if $pid;
		next if $pid;
		run_client();
		_exit(0);
	}
	while (time < $until)
	{
		my $function =
		  rand() < 0.8 ? 'pg_cancel_backend' : 'pg_terminate_backend';
		$counts{$function} += $control->query(
			"SELECT count($function(pid)) FROM (SELECT pid FROM pg_stat_activity WHERE application_name = 'soak' ORDER BY random() LIMIT 2) AS t"
		);
		$pca->revoke('access') if rand() < 0.05;
		sleep(0.02);
	}
	waitpid $_, 0 foreach @clients;

	# no process requests a token any longer: the next query does at once
	$pca->revoke('access');
	$pca->clear_faults;
	$pca->log_entries;
	my $began = time;
	my $rows = $pca->sql($query);
	my $took = time - $began;
	my $tokens = grep { m{oauth2} } $pca->requests;
	my $locks = $control->query(
		q{SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'LWLock' AND wait_event = 'pc_analytics_fdw'}
	);
	my $scans = $control->query(
		q{SELECT scans FROM pc_analytics_stats WHERE resource = 'license_deployment'}
	);

	say_line('');
	say_line(
		'| clients | seconds | scans | cancelled | ended | last query, ms | token requests | waits for a lock |'
	);
	say_line('| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
	say_line(
		sprintf '| %d | %d | %d | %d | %d | %.0f | %d | %d |',
		$asked{clients},
		$asked{seconds},
		$scans,
		@counts{qw(pg_cancel_backend pg_terminate_backend)},
		$took * 1000,
		$tokens,
		$locks);
	return $rows eq $all && $tokens == 1 && $locks == 0 && $took < PATIENCE;
}
