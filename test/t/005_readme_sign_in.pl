# A new user with README.md alone: four statements between CREATE EXTENSION and the
# first row, in none of which is a secret.
use strict;
use warnings FATAL => 'all';

use PcaDoc;
use PcaTest;
use Test::More;

my %known = %PcaTest::CREDENTIALS;
my $pca = PcaTest->new(
	extension => 0,
	rows => 2000,
	client => 'public',
	person => 'approves',
	device_interval => 1);

# The statements of README.md, without those that only check or explain.
my @statements =
  grep { !/^(?:EXPLAIN|SELECT.*pc_analytics_check)/ }
  map  { s/^\s+|\s+$//gr }
  map  { split /;\s*\n/, $_->{sql} } PcaDoc::blocks('README.md');
my ($extension) =
  grep { $statements[$_] =~ /^CREATE EXTENSION/ } 0 .. $#statements;
my ($first_row) =
  grep { $statements[$_] =~ /^SELECT.*FROM\s+partner_center\./s }
  0 .. $#statements;
is( $first_row - $extension - 1,
	4,
	'README.md has four statements between CREATE EXTENSION and the first row'
);
unlike(
	join("\n", @statements[ 0 .. $first_row ]),
	qr/secret|refresh_token|access_token|password/i,
	'none of them has a secret');

my $session = $pca->session;
my $rows;
foreach my $statement (@statements[ 0 .. $first_row ])
{
	$rows = $session->query(
		PcaDoc::for_mock_api(
			"$statement;", $pca->url,
			tenant_id => $known{tenant_id},
			client_id => $known{client_id}));
	my $name = $statement =~ s/\s+/ /gr;
	utf8::encode($name);
	pass($name);
}
cmp_ok(scalar(split /\n/, $rows), '>', 1, 'the last one returns rows');

done_testing();
