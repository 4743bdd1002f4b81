# What the tests of applications that prove their identity by an assertion have in common:
# a PcaTest, the files that its user mapping names, and what is sent to the sign-in service.
#
#     my $pca = PcaAssertionTest->new;
#     my $file = $pca->file('client.pem', $key, $certificate);
#     $pca->mapping(%PcaAssertionTest::TOKEN, client_certificate_file => $file);
#     $pca->signs_in('a person signs in with it');
#     my ($form) = $pca->forms;
package PcaAssertionTest;

use strict;
use warnings FATAL => 'all';

use parent -norequire, 'PcaTest';

use PcaTest;
use Test::More ();

# A query that needs a token.
our $QUERY = 'SELECT count(*) > 0 FROM license_deployment';

# The options of a user mapping with the token of the mock API's person.
our %TOKEN = (refresh_token => $PcaTest::CREDENTIALS{refresh_token});

sub new
{
	my ($class) = @_;
	return $class->SUPER::new(
		rows => 5,
		device_interval => 1,
		person => 'approves',
		# what each session does for itself; 415_shared_tokens.pl has the rest
		conf => "pc_analytics_fdw.shared_state = off\n",
		mapping => \%PcaTest::CREDENTIALS,
		server => { max_retries => 1, max_retry_wait => '20ms' });
}

# A directory for files.
sub directory { return $_[0]->node->basedir; }

# A file that a user mapping may name, with the content of files, or of texts by reference.
sub file
{
	my ($self, $name, @parts) = @_;
	my $file = $self->directory . "/$name";
	my $new = "$file.new";
	unlink $new;
	PostgreSQL::Test::Utils::append_to_file($new, ref $_
		? $$_
		: PostgreSQL::Test::Utils::slurp_file($_))
	  foreach @parts;
	chmod 0600, $new;
	rename $new, $file or die $!;
	return $file;
}

# The superuser's mapping, with these options.
sub mapping
{
	my ($self, %options) = @_;
	my %all = (
		tenant_id => $PcaTest::CREDENTIALS{tenant_id},
		client_id => $PcaTest::CREDENTIALS{client_id},
		%options);
	$self->sql(
			'DROP USER MAPPING IF EXISTS FOR CURRENT_USER SERVER mock_api; '
		  . 'CREATE USER MAPPING FOR CURRENT_USER SERVER mock_api OPTIONS ('
		  . join(', ', map { "$_ '$all{$_}'" } sort keys %all)
		  . ')');
	return;
}

# A test point: a sign-in by device code stores the token of the mock API's person.
sub signs_in
{
	my ($self, $name) = @_;
	my (undef, $out, $said) = $self->node->psql('postgres',
		"SELECT username FROM pc_analytics_sign_in('mock_api')");
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return Test::More::is($out, 'user@partner.example', $name)
	  || Test::More::diag($said);
}

# The fields of the forms that were sent since the last call.
sub forms
{
	my ($self) = @_;
	return map {
		{
			map { @$_ } @{ $_->{form} }
		}
	} grep { $_->{form} } $self->log_entries;
}

1;
