# doc/options.md has a heading for each option, with the range and the values
# that the extension accepts.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $file = 'doc/options.md';
my $pca = PcaTest->new(rows => 5);
$pca->sql(
	'CREATE FOREIGN TABLE t (c text) SERVER mock_api OPTIONS (resource \'license_usage\')'
);

my %alter = (
	wrapper => 'ALTER FOREIGN DATA WRAPPER pc_analytics_fdw',
	server => 'ALTER SERVER mock_api',
	'foreign table' => 'ALTER FOREIGN TABLE t',
	column => 'ALTER FOREIGN TABLE t ALTER c',
	'user mapping' => 'ALTER USER MAPPING FOR CURRENT_USER SERVER mock_api');
my %options = documented_options(PostgreSQL::Test::Utils::slurp_file($file));
cmp_ok(scalar keys %options, '>', 40, "$file describes many options");

# The options of the manual by name: {type, default, range or values, on}.
sub documented_options
{
	my ($text) = @_;
	my %found;
	while ($text =~
		/^### (\w+)\n\n\| (Type .*? Set on) \|\n\| --.*\n\| (.*) \|\n/mg)
	{
		my ($name, $head, $row) = ($1, $2, $3);
		my %option;
		@option{ map { lc } split / \| /, $head } = split /\s*\|\s*/, $row;
		$found{$name} = \%option;
	}
	return %found;
}

sub documented_on
{
	my ($place) = @_;
	return sort grep {
		grep { $_ eq $place } split /, |;/, $options{$_}{'set on'}
	} keys %options;
}

# The hint of the error for a value that no option has.
sub hint_for
{
	my ($name, $value) = @_;
	my ($place) = split /, |;/, $options{$name}{'set on'};
	return $pca->error_of("$alter{$place} OPTIONS (ADD $name '$value')")
	  ->{hint};
}

foreach my $place (sort keys %alter)
{
	my $hint =
	  $pca->error_of("$alter{$place} OPTIONS (ADD zzzzzzzzzzzz 'x')")->{hint};
	my ($names) = $hint =~ /^Valid options in this context are: (.*)\.$/;
	is_deeply(
		[ documented_on($place) ],
		[ sort split /, /, $names // '' ],
		"$file has each option of a $place");
}

foreach my $name (sort grep { $options{$_}{range} } keys %options)
{
	my %unit = (s => ' seconds', MB => ' megabytes', '' => '');
	my ($least, $most, $unit) =
	  $options{$name}{range} =~ /^(\S+)(?: \w+)? to (\S+)(?: (\w+))?$/;
	is( hint_for($name, '-1'),
		sprintf(
			'The value must be between %.15g and %.15g%s.',
			$least, $most, $unit{ $unit // '' }),
		"$file has the range of $name");
}

foreach my $name (
	sort grep { $options{$_}{type} eq 'choice' && $_ ne 'resource' }
	keys %options)
{
	my @values = $options{$name}{values} =~ /`(\w+)`/g;
	is( hint_for($name, 'zzz'),
		"Valid values are: @values.",
		"$file has the values of $name");
	is($options{$name}{default},
		"`$values[0]`", "$file has the default of $name");
}

my $role = 'regress_pca_manual';
$pca->sql(
	"CREATE ROLE $role; CREATE SERVER of_role FOREIGN DATA WRAPPER pc_analytics_fdw;
    GRANT USAGE ON FOREIGN DATA WRAPPER pc_analytics_fdw TO $role; ALTER SERVER of_role OWNER TO $role;
    CREATE USER MAPPING FOR $role SERVER of_role");
my %as_role = (
	server => 'ALTER SERVER of_role',
	'user mapping' => "ALTER USER MAPPING FOR $role SERVER of_role");
foreach my $name (sort keys %options)
{
	my ($place) = split /, |;/, $options{$name}{'set on'};
	my $value =
		$options{$name}{type} eq 'URL' ? 'https://login.microsoftonline.com'
	  : $options{$name}{type} eq 'boolean' ? 'true'
	  :                                      undef;
	$value //= 'x'
	  if $options{$name}{type} eq 'text' && $name ne 'refresh_token_saved_at';
	next unless defined $value && $as_role{$place};
	my $error = $pca->error_of(
		"SET ROLE $role; $as_role{$place} OPTIONS (ADD $name '$value')");
	is( $error->{sqlstate} // 'set',
		$options{$name}{'set on'} =~ /only by a superuser/ ? '42501' : 'set',
		"$file says who may set $name");
}

done_testing();
