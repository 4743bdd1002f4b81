#!/usr/bin/env perl
# Measures what sessions gain from cached responses, and what they cost; prints Markdown.
#
#     cache.pl [--rows N] [--groups N] [--sessions N] [--latency MS] [--runs N] [--seconds N]
#
# Run by test/bench/run, which builds what is measured.
use strict;
use warnings FATAL => 'all';

use PcaBench qw(heading median say_line);

use Getopt::Long qw(GetOptions);
use PcaTest;
use PostgreSQL::Test::Utils;
use Time::HiRes qw(time);

my %asked = (
	rows => 10000,
	groups => 200,
	sessions => 20,
	latency => 100,
	runs => 5,
	seconds => 3);
GetOptions(
	\%asked, 'rows=i', 'groups=i', 'sessions=i',
	'latency=i', 'runs=i', 'seconds=i') or exit 2;

my $directory = $PostgreSQL::Test::Utils::tmp_check;
my $pca = PcaTest->new(
	rows => $asked{rows},
	customers => $asked{groups},
	conf => "max_connections = 100\n",
	server => { cache_ttl => 3600 });
my $tile =
  'SELECT customer_tenant_id, sum(licenses_sold) FROM SCHEMA.license_deployment GROUP BY 1';
my $rows = 'SELECT count(customer_name) FROM SCHEMA.license_deployment';

$pca->local_copy('license_deployment');
$pca->sql('VACUUM ANALYZE local.license_deployment');
$pca->sql(
	"CREATE TABLE local.tile AS @{[ $tile =~ s/SCHEMA/local/r ]}; VACUUM ANALYZE local.tile"
);
heading($pca, 'Cached responses');
$pca->config(latency_ms => $asked{latency});
compare("a tile of $asked{groups} groups, latency $asked{latency} ms",
	$tile, 'SELECT * FROM local.tile');
$pca->config(latency_ms => 0);
compare("$asked{rows} rows, no latency", $rows, $rows =~ s/SCHEMA/local/r);
cold_sessions();
misses();

# The milliseconds of a query, by one client, with these settings.
sub milliseconds
{
	my ($sql, $settings, $clients) = @_;
	my $file = "$directory/query.sql";
	unlink $file;
	PostgreSQL::Test::Utils::append_to_file($file, "$sql;\n");
	local $ENV{PGOPTIONS} = $settings;
	my ($out) = PostgreSQL::Test::Utils::run_command(
		[
			'pgbench', '-n', '-c', $clients // 1,
			'-T', $asked{seconds}, '-f', $file,
			$pca->node->connstr('postgres')
		]);
	my ($tps) = $out =~ /tps = ([\d.]+)/;
	return 1000 / $tps;
}

# A query without the cache and with it, beside the same rows of a local table, in turns.
sub compare
{
	my ($what, $foreign, $local) = @_;
	my %took;
	$foreign =~ s/SCHEMA/partner_center/;
	foreach my $run (1 .. $asked{runs})
	{
		push @{ $took{'requested'} },
		  milliseconds($foreign, '-c pc_analytics_fdw.cache=off');
		push @{ $took{'cached'} },
		  milliseconds($foreign, '-c pc_analytics_fdw.cache=on');
		push @{ $took{'a local table'} }, milliseconds($local, '');
	}
	my $cached = median(@{ $took{cached} });
	say_line('');
	say_line("| $what | ms | times the cached |");
	say_line('| --- | ---: | ---: |');
	say_line(
		sprintf '| %s | %.2f | %.2f |',
		$_,
		median(@{ $took{$_} }),
		median(@{ $took{$_} }) / $cached
	) foreach 'requested', 'cached', 'a local table';
	return;
}

# Sessions that need the same tile at the same moment.
sub cold_sessions
{
	my $foreign = $tile =~ s/SCHEMA/partner_center/r;
	my @sessions = map { $pca->session } 1 .. $asked{sessions};
	my %took;
	my $requests = 0;
	$pca->config(latency_ms => $asked{latency});
	foreach my $run (1 .. $asked{runs})
	{
		foreach my $number (1, $asked{sessions})
		{
			my @together = @sessions[ 0 .. $number - 1 ];
			$pca->sql('SELECT pc_analytics_cache_clear()');
			$pca->log_entries;
			my $began = time;
			$_->start("$foreign \\g /dev/null") foreach @together;
			$_->finish foreach @together;
			push @{ $took{$number} }, 1000 * (time - $began);
			$requests = () = $pca->requests;
		}
	}
	$pca->config(latency_ms => 0);
	say_line('');
	say_line(
		"| cold sessions with one tile, latency $asked{latency} ms | ms | requests |"
	);
	say_line('| ---: | ---: | ---: |');
	say_line(
		sprintf '| %d | %.0f | %d |',
		$_,
		median(@{ $took{$_} }),
		$_ == 1 ? 1 : $requests) foreach 1, $asked{sessions};
	return;
}

# What recording and keeping a response adds to a query that requests it.
sub misses
{
	say_line('');
	say_line(
		'| response | without the cache, ms | recorded and kept, ms | difference |'
	);
	say_line('| --- | ---: | ---: | ---: |');
	foreach my $limit (20, 200, $asked{rows})
	{
		my %took;
		$pca->config(rows => $limit);
		foreach my $run (1 .. $asked{runs})
		{
			foreach my $use ('off', 'refresh')
			{
				push @{ $took{$use} },
				  milliseconds(
					'SELECT count(customer_name) FROM partner_center.license_deployment',
					"-c pc_analytics_fdw.cache=$use");
			}
		}
		my ($off, $kept) = map { median(@{ $took{$_} }) } 'off', 'refresh';
		say_line(sprintf '| %d rows | %.2f | %.2f | %.2f |',
			$limit, $off, $kept, $kept - $off);
	}
	return;
}
