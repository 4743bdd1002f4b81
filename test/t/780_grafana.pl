# examples/grafana: the SQL of each panel, with Grafana's macros and variables
# expanded as its PostgreSQL data source does.
use strict;
use warnings FATAL => 'all';

use JSON::PP;
use PcaTest;
use POSIX qw(strftime);
use PostgreSQL::Test::Utils;
use Test::More;

# The latest snapshot is of a day to come, so that subscriptions end after today.
my $now = time;
my $pca = PcaTest->new(
	rows => 1000,
	customers => 20,
	snapshots => 60,
	latest_day => strftime('%Y-%m-%d', gmtime($now + 30 * 86400)),
	server => { snapshot_parameter => 'exact' },
	conf => "timezone = 'America/New_York'\n");
my $dashboard = JSON::PP->new->utf8->decode(
	slurp_file('examples/grafana/partner_center.json'));

# The range of the dashboard, to the millisecond, as Grafana writes it.
is_deeply(
	$dashboard->{time},
	{ from => 'now-29d', to => 'now' },
	'the range of the dashboard is 29 days');
my ($from, $to) = map { strftime('%Y-%m-%dT%H:%M:%S.123Z', gmtime $_) }
  ($now - 29 * 86400, $now);

# What a viewer chooses is quoted: 'a','b'.
my ($variable) = @{ $dashboard->{templating}{list} };
my %sent;
my @channels = run('the variable channel', $variable->{query});
like($sent{'the variable channel'}[0],
	qr/&groupby=channel$/, 'the values of the variable are groups');
my $chosen = join ',',
  map { my $value = $_->{channel} // ''; $value =~ s/'/''/g; "'$value'" }
  @channels;

my $channel = qr/filter=\(channel eq '[^']*'( or channel eq '[^']*')+\)/;
my %expected = (    # number of requests, what each has
	'Licences' =>
	  [ 1, qr/deployment\/license\/\?.*$channel&groupby=channel$/ ],
	'Active use by workload, percent' =>
	  [ 1, qr/usage\/license\/\?.*$channel&groupby=channel,workloadName$/ ],
	'Licences sold by day' => [
		30,
		qr/&processedDateTime=\d{4}-\d\d-\d\dT00:00:00&filter=.*&groupby=serviceName,channel$/
	],
	'Azure usage by day' => [
		1,
		qr/filter=\(usageDate ge .* and \(usageDate le .*groupby=usageDate,meterCategory,meterUnit/
	],
	'Subscriptions by status' => [ 1, qr/subscriptions\?.*&groupby=status$/ ],
	'Not renewed automatically within 60 days' => [
		1,
		qr/filter=\(autoRenewEnabled eq false\) and \(commitmentEndDate ge .*\) and \(status eq 'ACTIVE'\)/
	]);
my @panels = @{ $dashboard->{panels} };
is_deeply(
	[ sort map { $_->{title} } @panels ],
	[ sort keys %expected ],
	'these are the panels');
foreach my $panel (@panels)
{
	my ($number, $expression) = @{ $expected{ $panel->{title} } };
	foreach my $target (@{ $panel->{targets} })
	{
		my @rows = run($panel->{title}, $target->{rawSql});
		my @requests = @{ $sent{ $panel->{title} } };
		cmp_ok(scalar(@rows), '>', 0, "$panel->{title}: there are rows");
		ok(exists $rows[0]{time}, "$panel->{title}: there is a column time")
		  if $target->{format} eq 'time_series';
		is(scalar(@requests), $number,
			"$panel->{title}: the number of requests");
		ok( !(grep { $_ !~ $expression } @requests),
			"$panel->{title}: the API filters and groups"
		) or diag(join "\n", @requests);
	}
}
done_testing(23);

# Rows of a statement; its requests are kept.
sub run
{
	my ($name, $sql) = @_;
	$pca->log_entries;
	my $rows =
	  $pca->sql('SELECT json_agg(q) FROM (' . expanded($sql) . ') AS q');
	$sent{$name} = [ $pca->requests ];
	return @{ JSON::PP->new->utf8->decode($rows || '[]') };
}

sub expanded
{
	my ($sql) = @_;
	my %macros = (
		timeFilter => sub { "$_[0] BETWEEN '$from' AND '$to'" },
		timeFrom => sub { "'$from'" },
		timeTo => sub { "'$to'" },
		timeGroupAlias => sub {
			my ($column, $interval) = split /\s*,\s*/, $_[0];
			$interval eq "'1d'" or die "unexpected interval $interval";
			"floor(extract(epoch from $column)/86400)*86400 AS \"time\"";
		});
	$sql =~ s/\$\{channel:sqlstring\}/$chosen/g;
	$sql =~ s/\$__(\w+)\(([^)]*)\)/$macros{$1}->($2)/ge;
	$sql !~ /\$/ or die "not expanded: $sql";
	return $sql;
}
