#!/usr/bin/env perl
# Measures the ways to get the API's rows into PostgreSQL side by side, and
# prints ratios as Markdown.
#
#     compare_loaders.pl [--rows N] [--runs N] [--latencies MS,MS,...] [--widths N,N,...]
#
# Run by test/bench/run.  All ways are taken in turns, and compared by their
# medians.
use strict;
use warnings FATAL => 'all';

use PcaBench qw(heading median part peak say_line timed with_commas);

use Cwd            qw(abs_path);
use File::Basename qw(dirname);
use Getopt::Long   qw(GetOptions);
use PcaTest;

my %asked = (
	rows => 1_000_000,
	runs => 5,
	latencies => '0,20,100',
	widths => '1,4,8');
GetOptions(\%asked, 'rows=i', 'runs=i', 'latencies=s', 'widths=s') or exit 2;
my @latencies = grep { $_ > 0 } split /,/, $asked{latencies};
my @widths = split /,/, $asked{widths};

my $table = 'license_deployment';
my $path = '/v1/analytics/commercial/deployment/license/';
my $header = "Authorization: Bearer $PcaTest::MAPPING{access_token}";
my $page_size = 10_000;
my $pages = int(($asked{rows} + $page_size - 1) / $page_size);
my @columns =
  qw(service_code service_name channel customer_tenant_id customer_name
  product_id product_name licenses_deployed licenses_sold processed_date_time);

my $pca = PcaTest->new(
	rows => $asked{rows},
	conf =>
	  "jit = off\nautovacuum = off\nmax_wal_size = '8GB'\nshared_buffers = '256MB'\nfsync = off\n"
);
my $tmp = $PostgreSQL::Test::Utils::tmp_check;
my $has_curl = qx(curl --version 2>/dev/null) ne '';
my $session;
my $session_width;

main();

sub main
{
	heading($pca);
	prepare();
	throughput();
	waits() if @latencies;
	small() if $has_curl;
	return;
}

# --- what all ways have

sub prepare
{
	$pca->sql(
		"ALTER SERVER mock_api OPTIONS (ADD max_parallel_requests '1')");
	$pca->sql(
		"CREATE UNLOGGED TABLE local (LIKE $table); CREATE UNLOGGED TABLE target (LIKE $table)"
	);
	$pca->warm($table);
	$pca->sql("INSERT INTO local SELECT * FROM $table; "
		  . "COPY local TO '$tmp/rows.csv' (FORMAT csv); COPY local TO '$tmp/rows.txt'"
	);
	urls();
	return;
}

# A session whose scans have so many requests on their way.
sub session_of
{
	my ($width) = @_;
	if (!$session || $session_width != $width)
	{
		$pca->sql(
			"ALTER SERVER mock_api OPTIONS (SET max_parallel_requests '$width')"
		);
		$session = $pca->session;
		$session->query("SELECT FROM $table LIMIT 1");
		$session_width = $width;
	}
	return $session;
}

# Clock ticks of a process: its own, in user and kernel.
sub ticks
{
	my ($pid) = @_;
	open(my $stat, '<', "/proc/$pid/stat") or return 0;
	my @fields = split / /, (<$stat> =~ s/^.*\) //r);
	return $fields[11] + $fields[12];
}

# Each way: its title, what runs before it, what is timed.  SQL is run by a
# session of that width.
sub sql_way
{
	my ($title, $width, $sql, $before) = @_;
	return {
		title => $title,
		width => $width,
		before => sub { session_of($width)->query($before) if $before; },
		code => sub { session_of($width)->query($sql); },
	};
}

# What curl is to fetch.
sub urls
{
	my $name = "$tmp/urls";
	open(my $file, '>', $name) or die "could not write $name: $!";
	for (my $skip = 0; $skip < $asked{rows}; $skip += $page_size)
	{
		print $file 'url = "'
		  . $pca->url
		  . "$path?top=$page_size&skip=$skip\"\noutput = \"/dev/null\"\n";
	}
	close $file or die "could not write $name: $!";
	return;
}

sub curl_way
{
	my ($count) = @_;
	my @parallel = $count > 1 ? ('-Z', '--parallel-max', $count) : ();
	return {
		title => "curl to nowhere, $count at once",
		before => sub { },
		code => sub {
			system('curl', '-sfK', "$tmp/urls", '-H', $header, @parallel) == 0
			  or die 'curl failed';
		}
	};
}

sub scan
{
	return 'SELECT ' . join(', ', map { "count($_)" } @_) . " FROM $table";
}

sub local_ways
{
	my $empty = 'TRUNCATE target';
	return (
		sql_way(
			'COPY FROM CSV, a local file', $widths[0],
			"COPY target FROM '$tmp/rows.csv' (FORMAT csv)", $empty),
		sql_way(
			'COPY FROM text, a local file', $widths[0],
			"COPY target FROM '$tmp/rows.txt'", $empty),
		sql_way(
			'INSERT … SELECT from a local table', $widths[0],
			'INSERT INTO target SELECT * FROM local', $empty));
}

sub extension_ways
{
	my $drop =
	  'DROP TABLE IF EXISTS made; DROP MATERIALIZED VIEW IF EXISTS seen';
	my $most = $widths[-1];
	return (
		(   map {
				sql_way("every column read, $_ at once", $_, scan(@columns))
			} @widths),
		sql_way(
			'three columns of ten read',
			$most,
			scan(@columns[ 0, 3, 8 ])),
		(   map {
				sql_way(
					"INSERT … SELECT, $_ at once",
					$_,
					"INSERT INTO target SELECT * FROM $table",
					'TRUNCATE target')
			} @widths),
		sql_way(
			'CREATE UNLOGGED TABLE … AS',
			$most,
			"CREATE UNLOGGED TABLE made AS SELECT * FROM $table",
			$drop),
		sql_way(
			'a materialised view',
			$most,
			"CREATE MATERIALIZED VIEW seen AS SELECT * FROM $table",
			$drop));
}

# What people do without the extension, where it is installed.
sub people_ways
{
	my @ways;
	my $script = abs_path(dirname(__FILE__)) . '/user_scripts.py';
	my $connection = $pca->node->connstr('postgres')
	  . ' options=--search_path=partner_center,public';
	push @ways, {
		title => 'Python with requests, and COPY',
		width => $widths[0],
		before => sub { session_of($widths[0])->query('TRUNCATE target'); },
		code => sub {
			system('python3', $script, $pca->url,
				$PcaTest::MAPPING{access_token},
				$asked{rows}, $connection, 'target') == 0
			  or die 'user_scripts.py failed';
		}
	  }
	  if system('python3 -c "import requests" 2>/dev/null') == 0;
	return @ways
	  unless $pca->sql(
		"SELECT count(*) FROM pg_available_extensions WHERE name = 'plpython3u'"
	  );
	my $base = $pca->url;
	$pca->sql(<<"END");
CREATE EXTENSION IF NOT EXISTS plpython3u;
CREATE OR REPLACE FUNCTION public.people() RETURNS SETOF target LANGUAGE plpython3u AS \$\$
import json, urllib.request
keys = ("serviceCode", "serviceName", "channel", "customerTenantId", "customerName",
        "productId", "productName", "licensesDeployed", "licensesSold", "processedDateTime")
for skip in range(0, $asked{rows}, $page_size):
    request = urllib.request.Request("$base$path?top=$page_size&skip=%d" % skip,
        headers={"Authorization": "Bearer $PcaTest::MAPPING{access_token}"})
    with urllib.request.urlopen(request) as answer:
        for row in json.load(answer)["Value"]:
            yield tuple(row[key] for key in keys)
\$\$;
END
	return (
		@ways,
		sql_way(
			'INSERT … SELECT from PL/Python with urllib',
			$widths[0],
			'INSERT INTO target SELECT * FROM people()',
			'TRUNCATE target'));
}

# --- without latency

# Seconds and ticks of one run.
sub run_way
{
	my ($way) = @_;
	$way->{before}->();
	my $pid = $way->{width} ? session_of($way->{width})->pid : 0;
	my $before = ticks($pid);
	push @{ $way->{took} }, timed($way->{code});
	push @{ $way->{ticks} }, ticks($pid) - $before;
	$pca->log_entries;
	return;
}

# The peak of a session that has done nothing else.
sub peak_of
{
	my ($way) = @_;
	return '-' unless $way->{width};
	undef $session;
	$way->{before}->();
	my $mine = session_of($way->{width});
	$way->{code}->();
	$pca->log_entries;
	return sprintf '%.0f', peak($mine) / 1024;
}

sub ratio { return $_[1] ? sprintf '%.2f', $_[0] / $_[1] : '-'; }

sub throughput
{
	my @ways = (
		local_ways(), (map { curl_way($_) } $has_curl ? (1, 8) : ()),
		extension_ways(), people_ways());
	foreach my $turn (0 .. $asked{runs})
	{
		run_way($_) foreach @ways;
		next if $turn;    # the first one does not count
		@$_{qw(took ticks)} = ([], []) foreach @ways;
	}
	my ($copy) = @ways;
	my ($time, $processor) = map { median(@$_) } @$copy{qw(took ticks)};
	say_line('');
	say_line("## The ways to @{[ with_commas($asked{rows}) ]} rows\n");
	say_line("Medians of $asked{runs} runs, beside COPY FROM CSV.\n");
	say_line('| | time | processor time of the backend | its peak, MB |');
	say_line('| --- | ---: | ---: | ---: |');

	foreach my $way (@ways)
	{
		my $used = median(@{ $way->{ticks} });
		say_line(
			'| '
			  . join(' | ',
				$way->{title},
				ratio(median(@{ $way->{took} }), $time),
				$used ? ratio($used, $processor) : '-',
				peak_of($way))
			  . ' |');
	}
	return;
}

# --- with latency

# What the waits alone take, in seconds: the first page is waited for alone.
sub ideal
{
	my ($latency, $width) = @_;
	return $latency / 1000 * (1 + int(($pages - 1 + $width - 1) / $width));
}

sub waits
{
	my @ways = map {
		sql_way(
			"$_ at once", $_,
			"INSERT INTO target SELECT * FROM $table",
			'TRUNCATE target')
	} @widths;
	say_line('');
	say_line("## INSERT … SELECT when each of $pages pages takes its time\n");
	say_line(
		'Times the run without latency, and times what is longer: that, or the waits alone.'
		  . "\n");
	say_line('| | latency, ms | times the run at 0 ms | times the ideal |');
	say_line('| --- | ---: | ---: | ---: |');
	foreach my $way (@ways)
	{
		my %median;
		foreach my $latency (0, @latencies)
		{
			$pca->config(latency_ms => $latency);
			$way->{took} = [];
			run_way($way) foreach 1 .. $asked{runs};
			$median{$latency} = median(@{ $way->{took} });
		}
		foreach my $latency (@latencies)
		{
			my $ideal = ideal($latency, $way->{width});
			say_line(
				'| '
				  . join(
					' | ',
					$way->{title},
					$latency,
					ratio($median{$latency}, $median{0}),
					ratio(
						$median{$latency},
						$ideal > $median{0} ? $ideal : $median{0}))
				  . ' |');
		}
		$pca->config(latency_ms => 0);
	}
	return;
}

# --- small queries

# Milliseconds of curl for a URL on a connection that is open, the first left out.
sub curl_times
{
	my ($url, $times) = @_;
	my $said =
	  qx(curl -sf -H '$header' -w '%{stderr}%{time_total}\\n' -o /dev/null '$url' @{[ "-o /dev/null '$url' " x $times ]} 2>&1);
	my (undef, @took) = map { 1000 * $_ } $said =~ /^([\d.]+)$/mg;
	return @took;
}

# Milliseconds of a statement, by psql's clock.
sub sql_time
{
	my ($sql) = @_;
	return session_of($widths[-1])
	  ->query("\\timing on\n$sql;\n\\timing off\n") =~ /^Time: ([\d.]+) ms/m
	  ? $1
	  : die "no time of $sql";
}

sub small
{
	my $turns = 20 * $asked{runs};
	my @queries = (
		[ 'LIMIT 10', "SELECT * FROM $table LIMIT 10" ],
		[
			'a filter',
			"SELECT * FROM $table WHERE product_name = 'PROJECT ONLINE PREMIUM' AND channel = 'direct' LIMIT 100"
		],
		[
			'grouped',
			"SELECT service_name, sum(licenses_sold) FROM $table GROUP BY 1"
		],
		[ 'count(*)', "SELECT count(*) FROM $table" ],
		[
			'100 rescans',
			"SELECT count(x.service_name) FROM generate_series(1, 100) i, LATERAL "
			  . "(SELECT * FROM $table t WHERE t.channel = CASE WHEN i % 2 = 0 THEN 'direct' ELSE 'reseller' END LIMIT 1) x"
		]);
	say_line('');
	say_line("## Small queries beside curl for the same URLs\n");
	say_line(
		"The fastest tenth of $turns runs; a warm session, and a connection that is open.\n"
	);
	say_line('| | requests | more than curl, ms each | times curl |');
	say_line('| --- | ---: | ---: | ---: |');
	foreach my $query (@queries)
	{
		my ($title, $sql) = @$query;
		my $count = $title =~ /^100/ ? $asked{runs} : $turns;
		session_of($widths[-1]);
		$pca->log_entries;
		sql_time($sql) foreach 1 .. 3;
		my @targets = map { $_->{target} }
		  grep { $_->{method} eq 'GET' } $pca->log_entries;
		my $requests = @targets / 3;
		my (@ours, @theirs);

		foreach (1 .. 4)
		{
			push @ours,
			  map { sql_time($sql) / $requests } 1 .. $count / 4 + 1;
			push @theirs, curl_times($pca->url . $targets[0], $count / 4 + 1);
		}
		$pca->log_entries;
		# what a busy machine adds is many times what is measured
		my ($we, $they) = (part(0.1, @ours), part(0.1, @theirs));
		say_line(
			'| '
			  . join(' | ',
				$title, $requests,
				sprintf('%.2f', $we - $they), ratio($we, $they))
			  . ' |');
	}
	return;
}
