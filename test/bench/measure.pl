#!/usr/bin/env perl
# Measures what the extension costs, and prints it as Markdown.
#
#     measure.pl [--rows N] [--few N] [--runs N] [--cancels N] [--customers N]
#
# Run by test/bench/run, which builds what is measured.  Times are compared
# with those of curl for the same pages, taken in turns, by their medians, so
# that they mean something on a machine that does other things too.
use strict;
use warnings FATAL => 'all';

use PcaBench qw(heading median part peak say_line timed with_commas);

use Getopt::Long qw(GetOptions);
use PcaTest;

my %asked = (
	rows => 1_000_000,
	few => 10_000,
	runs => 5,
	cancels => 100,
	customers => 1000);
GetOptions(\%asked, 'rows=i', 'few=i', 'runs=i', 'cancels=i', 'customers=i')
  or exit 2;

# Every column is read, none can be grouped or counted by the API.
my @columns =
  qw(service_code service_name channel customer_tenant_id customer_name
  product_id product_name licenses_deployed licenses_sold processed_date_time);
my $scan =
	'SELECT '
  . join(', ', map { "count($_)" } @columns)
  . ' FROM license_deployment';
my $headline =
	'SELECT service_name, sum(licenses_sold), sum(licenses_deployed) '
  . "FROM license_deployment WHERE channel = 'reseller' GROUP BY 1";
my $path = '/v1/analytics/commercial/deployment/license/';

my $pca = PcaTest->new(rows => $asked{rows}, conf => "jit = off\n");

main();

sub main
{
	heading($pca);
	memory();
	scans();
	planning();
	cancels() if $asked{cancels};
	customers() if $asked{customers};
	return;
}

# --- memory

sub memory
{
	my (@peaks, @sizes);
	say_line("\n## Memory of the backend\n");
	say_line(
		'| rows scanned | pages | peak before, kB | peak after, kB | growth, kB |'
	);
	say_line('| ---: | ---: | ---: | ---: | ---: |');
	foreach my $rows (sort { $a <=> $b } $asked{few}, 10 * $asked{few},
		$asked{rows})
	{
		push @sizes, with_commas($rows);
		$pca->config(rows => $rows);
		$pca->warm('license_deployment');
		my $session = $pca->session;
		$session->query('SELECT FROM license_deployment LIMIT 1');
		my $before = peak($session);
		$pca->log_entries;
		$session->query($scan);
		push @peaks, peak($session);
		say_line(
			'| '
			  . join(' | ',
				$sizes[-1], scalar(my @requests = $pca->requests),
				$before, $peaks[-1], $peaks[-1] - $before)
			  . ' |');
	}
	say_line('');
	say_line(
		sprintf 'The peak of %s rows is %.3f times that of %s.',
		$sizes[2], $peaks[2] / $peaks[$_],
		$sizes[$_]) foreach 0, 1;
	return;
}

# --- time

# The pages of a full scan, by one curl on one connection.
sub curl_pages
{
	my $urls = "$PostgreSQL::Test::Utils::tmp_check/urls";
	open(my $file, '>', $urls) or die "could not write $urls: $!";
	for (my $skip = 0; $skip < $asked{rows}; $skip += 10000)
	{
		print $file "url = \""
		  . $pca->url
		  . "$path?top=10000&skip=$skip\"\noutput = \"/dev/null\"\n";
	}
	close $file or die "could not write $urls: $!";
	my $header = "Authorization: Bearer $PcaTest::MAPPING{access_token}";
	return sub {
		system('curl', '-sfK', $urls, '-H', $header) == 0
		  or die 'curl failed';
	};
}

sub scans
{
	my $session = $pca->session;
	my %ways = (
		scan => sub { $session->query($scan) },
		headline => sub { $session->query($headline) });
	$ways{curl} = curl_pages() if qx(curl --version 2>/dev/null);
	my (%took, %bytes);
	foreach my $way (sort keys %ways)
	{
		$pca->log_entries;
		$ways{$way}->();
		$bytes{$way} += $_->{bytes} foreach $pca->log_entries;
	}
	foreach my $run (1 .. $asked{runs})
	{
		push @{ $took{$_} }, timed($ways{$_}) foreach sort keys %ways;
	}
	my %median = map { $_ => median(@{ $took{$_} }) } keys %took;
	say_line("\n## Time of a full scan\n");
	say_line('| | rows | MB received | median of '
		  . $asked{runs}
		  . ', ms | MB/s | rows/s | times curl |');
	say_line('| --- | ---: | ---: | ---: | ---: | ---: | ---: |');
	foreach my $way (
		[ curl => 'curl, the same pages' ],
		[ scan => 'every column of every row' ],
		[ headline => 'filtered and grouped by the API' ])
	{
		my ($name, $title) = @$way;
		next unless $median{$name};
		say_line(
			'| '
			  . join(' | ',
				$title,
				with_commas($asked{rows}),
				sprintf('%.1f', $bytes{$name} / 1e6),
				sprintf('%.1f', $median{$name} * 1000),
				sprintf('%.0f', $bytes{$name} / 1e6 / $median{$name}),
				with_commas(int($asked{rows} / $median{$name})),
				$median{curl}
				? sprintf('%.2f', $median{$name} / $median{curl})
				: '-')
			  . ' |');
	}
	return;
}

# --- planning

# What planning takes on a foreign table beside a local one of the same columns,
# in turns in one session, by PostgreSQL's own clock.
sub planning
{
	my %queries = (
		'a condition' => "SELECT * FROM TABLE WHERE channel = 'reseller'",
		'grouped' =>
		  "SELECT service_name, sum(licenses_sold) FROM TABLE WHERE channel = 'reseller' GROUP BY 1",
		'a join' =>
		  'SELECT count(*) FROM TABLE a JOIN TABLE b USING (customer_tenant_id, product_id)'
	);
	my $session = $pca->session;
	$session->query('CREATE TEMP TABLE planned (LIKE license_deployment)');
	say_line("\n| planning | local, µs | foreign, µs | more, µs |");
	say_line('| --- | ---: | ---: | ---: |');
	foreach my $what (sort keys %queries)
	{
		my %took;
		foreach my $turn (1 .. 100 * $asked{runs})
		{
			foreach my $table (qw(planned license_deployment))
			{
				my $plan =
				  $session->query('EXPLAIN (SUMMARY) ' . $queries{$what} =~
					  s/TABLE/$table/gr);
				push @{ $took{$table} }, 1000 * $1
				  if $plan =~ /Planning Time: ([\d.]+)/;
			}
		}
		my ($local, $foreign) =
		  map { median(@$_) } @took{qw(planned license_deployment)};
		say_line(sprintf '| %s | %.0f | %.0f | %.0f |',
			$what, $local, $foreign, $foreign - $local);
	}
	return;
}

# --- cancels

sub cancels
{
	my @states = (    # name, fault
		[ 'waiting for an answer', { kind => 'stall' } ],
		[
			'in the midst of a page',
			{ kind => 'stall', at => 'body', after_bytes => 100000 }
		],
		[
			'receiving drips', { kind => 'drip', bytes => 100, every_ms => 1 }
		],
		[
			'between attempts',
			{ kind => 'status', status => 503, retry_after => 60 }
		]);
	my $timeout = 0.03;
	my $session = $pca->session;
	$session->query("SET statement_timeout = '30ms'");
	say_line("\n## From statement_timeout to its error\n");
	say_line(
		"| state | median of $asked{cancels}, ms | p99, ms | longest, ms |");
	say_line('| --- | ---: | ---: | ---: |');
	foreach my $state (@states)
	{
		my ($name, $fault) = @$state;
		$pca->fault(%$fault, times => 0);
		my @took = map {
			timed(sub { $session->start($scan); $session->finish }) -
			  $timeout
		} 1 .. $asked{cancels};
		$pca->clear_faults;
		say_line(
			'| '
			  . join(' | ',
				$name,
				map { sprintf '%.1f', $_ * 1000 } median(@took),
				part(0.99, @took),
				part(1, @took))
			  . ' |');
	}
	return;
}

# --- customers

# The rows of every customer, from an API that takes its time for each answer:
# beside the time of as many answers, so many at once, and of the list.
sub customers
{
	my ($latency, $width) = (50, 8);
	my $ideal =
	  $latency *
	  ( int(($asked{customers} + $width - 1) / $width) +
		  int(($asked{customers} + 499) / 500));
	$pca->config(
		rows => 0,
		customers => $asked{customers},
		latency_ms => $latency);
	$pca->sql(
		"ALTER SERVER mock_api OPTIONS (ADD max_parallel_requests '$width', ADD max_requests_per_minute '0')"
	);
	my $session = $pca->session;
	my @took = map {
		1000 * timed(
			sub {
				$session->query(
					'SELECT count(*) FROM customer_license_usage');
			})
	} 1 .. $asked{runs};
	$pca->sql(
		'ALTER SERVER mock_api OPTIONS (DROP max_parallel_requests, DROP max_requests_per_minute)'
	);
	$pca->reset;
	say_line(
		"\n## Every customer, $width requests at a time, $latency ms for each\n"
	);
	say_line(
		"| customers | ideal, ms | median of $asked{runs}, ms | times ideal |"
	);
	say_line('| ---: | ---: | ---: | ---: |');
	say_line(
		sprintf '| %s | %d | %.0f | %.2f |',
		with_commas($asked{customers}),
		$ideal, median(@took), median(@took) / $ideal);
	return;
}
