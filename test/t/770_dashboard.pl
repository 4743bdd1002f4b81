# examples/dashboard: the requests of its SQL, and the page that a person sees.
use strict;
use warnings FATAL => 'all';

use File::Copy qw(copy);
use IO::Socket::INET;
use IPC::Open3 qw(open3);
use JSON::PP;
use PcaTest;
use POSIX qw(strftime);
use PostgreSQL::Test::Utils;
use Test::More;

my $dashboard = 'examples/dashboard';

# The latest snapshot is of a day to come, so that subscriptions end after today.
my $pca = PcaTest->new(
	rows => 2000,
	customers => 40,
	snapshots => 60,
	awkward => 'false',
	nulls => 'false',
	latest_day => strftime('%Y-%m-%d', gmtime(time + 30 * 86400)),
	server => { snapshot_parameter => 'exact' },
	conf => "timezone = 'UTC'\n");

# What the requests of each file have, and their number.
my %requests = (
	services => [ 2, qr/&groupby=serviceName$/ ],
	deployment_by_day =>
	  [ 30, qr/&processedDateTime=[-\d]+T00:00:00&groupby=serviceName/ ],
	workloads => [ 1, qr/usage\/license\/\?.*&groupby=workloadName$/ ],
	azure_by_day => [
		1,
		qr/filter=usageDate ge .* and usageDate le .*&aggregationLevel=day.*groupby=|groupby=.*aggregationLevel=day/
	],
	markets =>
	  [ 1, qr/filter=status eq 'ACTIVE'&groupby=customerMarket,status/ ],
	ending => [
		1,
		qr/filter=\(autoRenewEnabled eq false\) and \(commitmentEndDate ge .* and \(status eq 'ACTIVE'\)/
	]);
my %rows;
is_deeply(
	[ map { /(\w+)\.sql$/ } sort glob "$dashboard/sql/*.sql" ],
	[ sort keys %requests ],
	'these are the files of SQL');
foreach my $name (sort keys %requests)
{
	my ($number, $expression) = @{ $requests{$name} };
	my $sql = slurp_file("$dashboard/sql/$name.sql") =~ s/;\s*\z//r;
	$pca->log_entries;
	$rows{$name} = decode($pca->sql("SELECT json_agg(q) FROM ($sql\n) AS q"));
	my @sent = $pca->requests;
	cmp_ok(scalar(@{ $rows{$name} // [] }), '>', 1, "$name.sql has rows");
	is(scalar(@sent), $number, "$name.sql needs $number requests");
	ok(!(grep { $_ !~ $expression } @sent),
		"$name.sql is filtered and grouped by the API")
	  or diag(join "\n", @sent);
}

SKIP:
{
	skip 'npm could not install Observable Framework', 8
	  unless -d "$dashboard/node_modules/\@observablehq/framework";
	build();
	foreach my $name (sort keys %rows)
	{
		my ($file) = glob "$dashboard/dist/_file/data/$name.*.json";
		is_deeply(
			rounded($file ? decode(slurp_file($file)) : undef),
			rounded($rows{$name}),
			"the dashboard has the rows of $name.sql");
	}
	skip 'there is no chromium', 1 unless `sh -c 'command -v chromium'`;
	look();
}
done_testing(27);

sub decode
{
	return JSON::PP->new->utf8->allow_nonref->decode($_[0] || 'null');
}

# JavaScript's numbers have fewer digits than numeric.
sub rounded
{
	my ($rows) = @_;
	return [
		map {
			my $row = $_;
			+{
				map {
					$_ => ($row->{$_} // '') =~ /^-?[\d.]+(?:e[-+]\d+)?$/
					  ? sprintf('%.9g', $row->{$_})
					  : $row->{$_}
				} keys %$row
			}
		} @{ $rows // [] }
	];
}

sub build
{
	local @ENV{qw(PGHOST PGPORT PGDATABASE OBSERVABLE_TELEMETRY_DISABLE)} =
	  ($pca->node->host, $pca->node->port, 'postgres', 'true');
	my $said = `cd $dashboard && npm run build 2>&1`;
	is($?, 0, 'the dashboard is built') or diag($said);
	return;
}

# Serve the files, and let a browser show them: each chart is drawn, and none of the
# page's code has failed.
sub look
{
	my $tmp = $PostgreSQL::Test::Utils::tmp_check;
	my $pid = open3(
		my $in, my $out, undef, 'python3',
		'-u', '-m', 'http.server', '--bind',
		'127.0.0.1', '--directory', "$dashboard/dist", '0');
	my ($url) = scalar(<$out>) =~ m{\((http://[^)]+)\)};
	my $chromium =
		'chromium --headless --no-sandbox --disable-gpu --hide-scrollbars'
	  . " --window-size=1400,1300 --virtual-time-budget=60000 --user-data-dir=$tmp/chromium";
	my $html;
	$pca->wait_for(
		'four charts, or an error',
		sub {
			$html = `$chromium --dump-dom $url 2>>$tmp/log/chromium.log`;
			my $charts = () = $html =~ /<svg[^>]*class="plot/g;
			return $charts >= 4 || $html =~ /observablehq--error/;
		});
	# for test/clients/screenshot
	system(
		"$chromium --run-all-compositor-stages-before-draw --screenshot=$tmp/dashboard.png $url 2>>$tmp/log/chromium.log"
	);
	kill 'TERM', $pid;
	waitpid $pid, 0;
	my $texts = join ' ', $html =~ />([^<]+)</g;
	ok( $html !~ /observablehq--error/
		  && index($texts, $rows{workloads}[0]{workload_name}) >= 0
		  && index($texts, $rows{ending}[0]{customer_name}) >= 0,
		'a browser draws the charts and the table') or diag($texts);
	return;
}
