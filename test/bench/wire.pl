#!/usr/bin/env perl
# Measures how pages travel: many at once, in several scans, to several
# processes; and prints it as Markdown.
#
#     wire.pl [--pages N] [--latency MS] [--few N] [--rows N] [--runs N]
#
# Run by test/bench/run, which builds what is measured.
use strict;
use warnings FATAL => 'all';

use PcaBench qw(heading median peak say_line timed with_commas);

use Getopt::Long qw(GetOptions);
use PcaTest;

my %asked = (
	pages => 80,
	latency => 100,
	few => 50_000,
	rows => 1_000_000,
	runs => 3);
GetOptions(\%asked, 'pages=i', 'latency=i', 'few=i', 'rows=i', 'runs=i')
  or exit 2;

use constant PAGE => 1000;    # rows of a page, where the latency is measured
my $path = '/v1/analytics/commercial/deployment/license/';
my $directory = $PostgreSQL::Test::Utils::tmp_check;

my $pca = PcaTest->new(
	rows => PAGE * $asked{pages},
	import => 0,
	conf => "jit = off\n");
my @append = map { "append$_" } 1 .. 4;
server('one', PAGE, 1);
server('eight', PAGE, 8);
server('known', PAGE, 8);
$pca->sql(
	"ALTER FOREIGN TABLE known.license_deployment OPTIONS (ADD rows '${\(PAGE * $asked{pages})}')"
);
server($_, PAGE, 4) foreach @append;
server('large', 10000, 8);
my $session = $pca->session;

heading($pca);
latency();
append();
memory();
parallel();

# A server with that size of pages, and so many at once; its table is in a
# schema of its name.
sub server
{
	my ($name, $page_size, $parallel) = @_;
	$pca->create_server($name,
		{ page_size => $page_size, max_parallel_requests => $parallel });
	$pca->sql(
		"CREATE SCHEMA $name; IMPORT FOREIGN SCHEMA analytics LIMIT TO (license_deployment) FROM SERVER $name INTO $name"
	);
	return;
}

# A query that reads every row, and gives one.
sub scan
{
	my ($what) = @_;
	return
	  "SELECT sum(length(customer_name)), sum(licenses_sold), max(processed_date_time) FROM $what x WHERE licenses_deployed IS NOT NULL";
}

sub table { return "$_[0].license_deployment"; }

# Runs of each way, in turns: the medians of their seconds.
sub medians
{
	my (%ways) = @_;
	my %took;
	$ways{$_}->() foreach sort keys %ways;
	foreach my $run (1 .. $asked{runs})
	{
		push @{ $took{$_} }, timed($ways{$_}) foreach sort keys %ways;
	}
	return map { $_ => median(@{ $took{$_} }) } keys %took;
}

# --- pages at once, beside curl

# All pages by curl, so many at once.
sub curl_pages
{
	my ($parallel) = @_;
	my $urls = "$directory/urls";
	open(my $file, '>', $urls) or die "could not write $urls: $!";
	print $file 'url = "'
	  . $pca->url
	  . "$path?top=${\PAGE}&skip=${\($_ * PAGE)}\"\noutput = \"/dev/null\"\n"
	  foreach 0 .. $asked{pages} - 1;
	close $file or die "could not write $urls: $!";
	my @at_once =
	  $parallel > 1
	  ? ('-Z', '--parallel-immediate', '--parallel-max', $parallel)
	  : ();
	my $header = "Authorization: Bearer $PcaTest::MAPPING{access_token}";
	return sub {
		system('curl', '-sf', @at_once, '-K', $urls, '-H', $header) == 0
		  or die 'curl failed';
	};
}

sub latency
{
	$pca->warm('license_deployment', PAGE);
	my %parse = medians(
		curl => curl_pages(1),
		scan => sub { $session->query(scan(table('one'))) });
	my $parsing = $parse{scan} - $parse{curl};
	$pca->config(latency_ms => $asked{latency});
	my %took = medians(
		curl1 => curl_pages(1),
		curl8 => curl_pages(8),
		one => sub { $session->query(scan(table('one'))) },
		eight => sub { $session->query(scan(table('eight'))) },
		known => sub { $session->query(scan(table('known'))) });
	say_line(
		"\n## $asked{pages} pages of ${\with_commas(PAGE)} rows, $asked{latency} ms each\n"
	);
	say_line('| | curl, ms | scan, ms | times curl |');
	say_line('| --- | ---: | ---: | ---: |');

	foreach my $way (
		[ '8 at once', @took{qw(curl8 eight)} ],
		[ '8 at once, option rows', @took{qw(curl8 known)} ],
		[ 'one by one', $took{curl1} + $parsing, $took{one} ])
	{
		my ($name, $curl, $scan) = @$way;
		say_line(
			sprintf '| %s | %.0f | %.0f | %.2f |',
			$name,
			$curl * 1000,
			$scan * 1000,
			$scan / $curl);
	}
	say_line(
		sprintf
		  "\nOne by one, %.0f ms of curl's time are what the scan takes longer without the delay: its parsing.",
		$parsing * 1000);
	return;
}

# --- several scans below an Append

sub append
{
	my $union = join ' UNION ALL ',
	  map { 'SELECT * FROM ' . table($_) } @append;
	my %took = medians(
		one => sub { $session->query(scan(table($append[0]))) },
		four => sub { $session->query(scan("($union)")) });
	say_line("\n## An Append over four servers\n");
	say_line('| one server, ms | four, ms | times one |');
	say_line('| ---: | ---: | ---: |');
	say_line(
		sprintf '| %.0f | %.0f | %.2f |',
		$took{one} * 1000,
		$took{four} * 1000,
		$took{four} / $took{one});
	$pca->config(latency_ms => 0);
	return;
}

# --- memory with eight pages at once

sub memory
{
	my @peaks;
	say_line("\n## Memory with eight pages at once\n");
	say_line('| rows | peak, MB |');
	say_line('| ---: | ---: |');
	foreach my $rows (@asked{qw(few rows)})
	{
		$pca->config(rows => $rows);
		$pca->warm('license_deployment', 10000);
		my $other = $pca->session;
		$other->query(scan(table('large')));
		push @peaks, peak($other);
		say_line(
			sprintf '| %s | %.1f |',
			with_commas($rows),
			$peaks[-1] / 1024);
	}
	say_line(sprintf "\nThe second is %.3f times the first.",
		$peaks[1] / $peaks[0]);
	return;
}

# --- a scan that several processes share

# The same by one process, and with one or two workers beside it, in turns.
sub parallel
{
	$pca->config(rows => $asked{rows});
	$pca->warm('license_deployment', 10000);
	$session->query(
		'SET parallel_tuple_cost = 0; SET parallel_setup_cost = 0; SET min_parallel_table_scan_size = 0'
	);
	my %queries = (
		'an aggregate' => scan(table('large')),
		'CREATE UNLOGGED TABLE AS' =>
		  'CREATE UNLOGGED TABLE made AS SELECT * FROM '
		  . table('large')
		  . '; DROP TABLE made');
	say_line("\n## Parallel workers\n");
	say_line(
		'| | alone, ms | one worker, ms | times faster | two workers, ms | times faster |'
	);
	say_line('| --- | ---: | ---: | ---: | ---: | ---: |');
	foreach my $name (sort keys %queries)
	{
		my $query = $queries{$name};
		my %took = medians(
			map {
				my $workers = $_;
				$workers => sub {
					$session->query(
						"SET max_parallel_workers_per_gather = $workers; $query"
					);
				}
			} 0 .. 2);
		say_line(
			sprintf '| %s | %.0f | %.0f | %.2f | %.0f | %.2f |',
			$name,
			$took{0} * 1000,
			map { ($took{$_} * 1000, $took{0} / $took{$_}) } 1,
			2);
	}
	return;
}
