#!/usr/bin/env perl
# Measures what sessions gain from sharing, and what it costs; prints Markdown.
#
#     sharing.pl [--clients N] [--sessions N] [--requests N] [--per-minute N]
#                [--runs N] [--seconds N]
#
# Run by test/bench/run, which builds what is measured.
use strict;
use warnings FATAL => 'all';

use PcaBench qw(heading median say_line);

use Getopt::Long qw(GetOptions);
use List::Util   qw(min);
use PcaTest;
use PostgreSQL::Test::Utils;
use Time::HiRes qw(time);

my %asked = (
	clients => 32,
	sessions => 50,
	requests => 2500,
	'per-minute' => 500,
	runs => 5,
	seconds => 5);
GetOptions(\%asked, 'clients=i', 'sessions=i', 'requests=i', 'per-minute=i',
	'runs=i', 'seconds=i')
  or exit 2;

use constant TOKEN_MS => 300;    # what a token request takes

my $directory = $PostgreSQL::Test::Utils::tmp_check;
my $pca = PcaTest->new(
	rows => 100,
	mapping => \%PcaTest::CREDENTIALS,
	conf => "max_connections = 200\n",
	server => {
		page_size => 1000,
		max_parallel_requests => 1,
		max_retry_wait => 120
	});
my $node = $pca->node;

# One page, and nothing that the planner would count.
my $query = 'SELECT count(service_code) FROM license_deployment';
PostgreSQL::Test::Utils::append_to_file("$directory/query.sql", "$query;\n");

heading($pca, 'Sharing');
cold_clients();
limited('0', 'not declared');
limited($asked{'per-minute'}, 'declared');
counters();
new_sessions();

# Run pgbench; its output, and the seconds of each transaction by client.
sub pgbench
{
	my (@options) = @_;
	unlink glob "$directory/tx.*";
	my ($out) = PostgreSQL::Test::Utils::run_command(
		[
			'pgbench', '-n',
			'-l', "--log-prefix=$directory/tx",
			'-f', "$directory/query.sql",
			@options, $node->connstr('postgres')
		]);
	my %took;
	foreach my $file (glob "$directory/tx.*")
	{
		foreach
		  my $line (split /\n/, PostgreSQL::Test::Utils::slurp_file($file))
		{
			my ($client, undef, $us) = split / /, $line;
			push @{ $took{$client} }, $us / 1e6;
		}
	}
	return ($out, \%took);
}

# Forget what sessions share.
sub restart { $node->restart; $pca->reset; return; }

# Clients that connect for each query, without a token at first, and with one.
sub cold_clients
{
	restart();
	$pca->fault(
		kind => 'delay',
		delay_ms => TOKEN_MS,
		regex => 'oauth2',
		times => 0);
	say_line('');
	say_line(
		'| pgbench -C clients | token | token requests | first query, median ms | longest ms | of these, the token request |'
	);
	say_line('| ---: | --- | ---: | ---: | ---: | ---: |');
	foreach my $name ('requested', 'shared')
	{
		$pca->log_entries;
		my ($out, $took) =
		  pgbench('-C', '-c', $asked{clients}, '-j', 2, '-t', 3);
		my $tokens = grep { m{oauth2} } $pca->requests;
		my @first = sort { $a <=> $b } map { $_->[0] * 1000 } values %$took;
		say_line(sprintf '| %d | %s | %d | %.0f | %.0f | %d |',
			$asked{clients}, $name, $tokens, median(@first),
			$first[-1], $tokens * TOKEN_MS);
	}
	return;
}

# Sessions that together want more than the API allows.
sub limited
{
	my ($limit, $name) = @_;
	restart();
	$pca->sql(
		"ALTER SERVER mock_api OPTIONS (ADD max_requests_per_minute '$limit')"
	);
	$pca->config(per_minute => $asked{'per-minute'});
	$pca->log_entries;
	my $each = int($asked{requests} / $asked{sessions});
	my $began = time;
	my ($out) = pgbench('-c', $asked{sessions}, '-j', 2, '-t', $each);
	my $took = time - $began;
	my $wanted = $each * $asked{sessions};
	my $shortest = 60 * int(($wanted - 1) / $asked{'per-minute'});
	my ($failed) = $out =~ /number of failed transactions: (\d+)/;
	my @entries = $pca->log_entries;
	my ($done) = $out =~ m{actually processed: (\d+)/};
	say_line('');
	say_line(
		"| limit of $asked{'per-minute'} a minute | sessions | queries | not answered | HTTP status 429 | after the first | seconds | times the shortest |"
	);
	say_line('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
	say_line(
		sprintf '| %s | %d | %d | %d | %d | %d | %.0f | %s |',
		$name,
		$asked{sessions},
		$wanted,
		$wanted - ($done // 0),
		throttled(@entries),
		$took,
		$shortest ? sprintf('%.2f', $took / $shortest) : '-');
	$pca->sql('ALTER SERVER mock_api OPTIONS (DROP max_requests_per_minute)');
	return;
}

# How many requests got HTTP status 429, and how many of them were sent when the
# first one had got it.
sub throttled
{
	my @refused = grep { $_->{status} == 429 } @_;
	return (0, 0) unless @refused;
	my $known = min(map { $_->{time} + $_->{ms} / 1000 } @refused);
	return (scalar @refused, scalar grep { $_->{time} > $known } @refused);
}

# Set shared_state.
sub share
{
	my ($value) = @_;
	$node->adjust_conf('postgresql.conf', 'pc_analytics_fdw.shared_state',
		$value);
	$node->restart;
	return;
}

# Transactions a second with and without shared counters, in turns.
sub counters
{
	my %tps;
	$pca->reset;
	foreach my $run (1 .. $asked{runs})
	{
		foreach my $value ($run % 2 ? ('on', 'off') : ('off', 'on'))
		{
			share($value);
			my ($out) =
			  pgbench('-c', 4, '-j', 2, '-T', $asked{seconds});
			push @{ $tps{$value} }, $out =~ /tps = ([\d.]+)/;
		}
	}
	say_line('');
	say_line('| shared_state | queries a second | ratio |');
	say_line('| --- | ---: | ---: |');
	my $off = median(@{ $tps{off} });
	say_line(
		sprintf '| %s | %.0f | %.3f |',
		$_,
		median(@{ $tps{$_} }),
		median(@{ $tps{$_} }) / $off) foreach 'off', 'on';
	return;
}

# What the first look at the shared memory takes in a session.
sub new_sessions
{
	my %took;
	foreach my $value ('on', 'off')
	{
		share($value);
		$pca->sql('SELECT count(*) FROM pc_analytics_stats()');
		foreach my $session (1 .. 20 * $asked{runs})
		{
			my $ms = $pca->sql(<<'END');
SELECT pc_analytics_fdw_version() \g /dev/null
SELECT clock_timestamp() AS began \gset
SELECT count(*) FROM pc_analytics_stats() \g /dev/null
SELECT extract(epoch FROM clock_timestamp() - :'began') * 1000;
END
			push @{ $took{$value} }, $ms;
		}
	}
	say_line('');
	say_line('| first use in a session, ms | shared_state |');
	say_line('| ---: | --- |');
	say_line(sprintf '| %.2f | %s |', median(@{ $took{$_} }), $_)
	  foreach 'off', 'on';
	return;
}
