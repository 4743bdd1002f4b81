# The requests that doc/bi-tools.md prints below a statement are those that the
# statement causes.
use strict;
use warnings FATAL => 'all';

use PcaDoc;
use PcaTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $file = 'doc/bi-tools.md';
my $pca = PcaTest->new(extension => 0, rows => 400, customers => 20);
my %values = (%PcaTest::CREDENTIALS, %PcaTest::MAPPING);
my @blocks = PcaDoc::blocks($file);
my %requests = requests_below(slurp_file($file));
cmp_ok(scalar(keys %requests), '>', 15, 'the page prints requests');
foreach my $block (@blocks)
{
	my $where = "$file:$block->{line}";
	my $expected = delete $requests{ $block->{line} };
	$pca->log_entries;
	my $error =
	  $pca->error_of(PcaDoc::for_mock_api($block->{sql}, $pca->url, %values));
	is($error->{sqlstate} // 'no error', 'no error', "$where: executed")
	  or diag($error->{text});
	next unless $expected;
	my @sent = grep { !/oauth2/ } $pca->requests;
	is_deeply([ sort @sent ], [ sort @$expected ], "$where: the requests");
}
is_deeply(\%requests, {}, 'each request stands below a statement');
done_testing();

# The requests that follow a statement, by the line of its ```sql.
sub requests_below
{
	my ($text) = @_;
	my (%found, $line, $number, $requests);
	foreach (split /\n/, $text)
	{
		$number++;
		$line = $number if $_ eq '```sql';
		$requests = [] if $_ eq '```text';
		push @$requests, $_ if $requests && /^GET /;
		next unless $_ eq '```' && $requests;
		$found{$line} = $requests if @$requests;
		$requests = undef;
	}
	return %found;
}
