#!/usr/bin/env perl
# Many sessions that ask all kinds of questions at once, for a while: no error,
# and no backend that grows.  Prints Markdown; fails otherwise.
#
#     sessions.pl [--seconds N] [--clients N]
#
# Run by test/soak/run, which builds what is tried.
use strict;
use warnings FATAL => 'all';

use PcaBench qw(heading say_line);

use Getopt::Long qw(GetOptions);
use IPC::Open3   qw(open3);
use PcaTest;
use POSIX qw(WNOHANG);
use PostgreSQL::Test::Utils;
use Time::HiRes qw(sleep time);

my %asked = (seconds => 60, clients => 32);
GetOptions(\%asked, 'seconds=i', 'clients=i') or exit 2;

# What a backend may have more at the end than after a third of the time.
use constant { DESCRIPTORS => 4, RSS_KB => 4096 };

my $pca = PcaTest->new(
	rows => 2000,
	customers => 50,
	conf => "max_connections = 100\n",
	server => { page_size => 500 });
$pca->create_server('other', { page_size => 700, max_parallel_requests => 2 },
	\%PcaTest::CREDENTIALS);
$pca->import_schema('other', 'other');
$pca->sql('ALTER DATABASE postgres SET search_path = partner_center, public');
$pca->local_copy('license_deployment');

# name, query, and how often beside the others
my @queries = (
	[ plain => 'SELECT * FROM license_deployment', 2 ],
	[
		grouped =>
		  "SELECT service_name, sum(licenses_sold) FROM license_deployment WHERE channel = 'reseller' GROUP BY 1",
		4
	],
	[ limit => 'SELECT * FROM other.license_deployment LIMIT 10', 4 ],
	[
		join =>
		  'SELECT count(*), sum(f.licenses_sold) FROM license_deployment f JOIN local.license_deployment l USING (customer_tenant_id, product_id)',
		1
	],
	[ count => 'SELECT count(*) FROM license_deployment', 4 ],
	[
		append =>
		  'SELECT count(x.*) FROM (SELECT * FROM license_deployment UNION ALL SELECT * FROM other.license_deployment) x',
		1
	],
	[
		cursor =>
		  "BEGIN; DECLARE c CURSOR FOR SELECT * FROM license_usage; FETCH 20 FROM c; COMMIT",
		2
	]);

heading($pca, 'Sessions');
exit(main() ? 0 : 1);

# Begin pgbench; its process and where it says something.
sub begin
{
	my $directory = $PostgreSQL::Test::Utils::tmp_check;
	my @files;
	foreach my $query (@queries)
	{
		my ($name, $sql, $weight) = @$query;
		PostgreSQL::Test::Utils::append_to_file("$directory/$name.sql",
			join(";\n", split /; /, $sql) . ";\n");
		push @files, '-f', "$directory/$name.sql\@$weight";
	}
	local $ENV{PGAPPNAME} = 'soak';
	my $pid = open3(
		my $in, my $out,
		undef, 'pgbench',
		'-n', '-r',
		'-c', $asked{clients},
		'-j', 2,
		'-T', $asked{seconds},
		@files, '-d',
		$pca->node->connstr('postgres'));
	close $in;
	return ($pid, $out);
}

# Of all backends of pgbench: the most descriptors, the most memory in kB.
sub most
{
	my ($control) = @_;
	my ($descriptors, $rss) = (0, 0);
	foreach my $pid (
		split /\n/,
		$control->query(
			"SELECT pid FROM pg_stat_activity WHERE application_name = 'soak' AND state IS NOT NULL"
		))
	{
		my $open =
		  grep { (readlink($_) // '') =~ /^(?:socket|pipe|anon_inode):/ }
		  glob "/proc/$pid/fd/*";
		open(my $status, '<', "/proc/$pid/status") or next;
		my ($kb) = map { /^RssAnon:\s+(\d+)/ } <$status>;
		$descriptors = $open if $open > $descriptors;
		$rss = $kb if $kb && $kb > $rss;
	}
	return ($descriptors, $rss);
}

# The most of some looks within a tenth of the time.
sub look
{
	my ($control) = @_;
	my ($descriptors, $rss) = (0, 0);
	my $until = time + $asked{seconds} / 10;
	while (time < $until)
	{
		my ($open, $kb) = most($control);
		$descriptors = $open if $open > $descriptors;
		$rss = $kb if $kb > $rss;
		sleep(0.05);
	}
	return ($descriptors, $rss);
}

sub main
{
	my $control = $pca->session;
	my $began = time;
	my ($pid, $out) = begin();
	sleep(0.3 * $asked{seconds});
	my @early = look($control);
	sleep(0.85 * $asked{seconds} - (time - $began));
	my @late = look($control);
	my $said = join '', <$out>;
	waitpid $pid, 0;
	my $ended_well = $? == 0;
	my ($number) =
	  $said =~ /number of transactions actually processed: (\d+)/;
	my ($failures) = $said =~ /number of failed transactions: (\d+)/;
	say_line(
		"\n| clients | seconds | queries | failed | most descriptors | at the end | most memory of its own, kB | at the end |"
	);
	say_line('| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
	say_line(
		'| '
		  . join(' | ',
			@asked{qw(clients seconds)}, $number // 'none',
			$failures // 0, $early[0],
			$late[0], $early[1],
			$late[1])
		  . ' |');
	my $well =
		 $ended_well
	  && $number
	  && !$failures
	  && $late[0] <= $early[0] + DESCRIPTORS
	  && $late[1] <= $early[1] + RSS_KB;
	say_line("\n$said") unless $well;
	return $well;
}
