# Certificates for tests, made by openssl: authorities, and what they sign.
#
#     my $ours = PcaTls::authority('ours');                          # its file
#     my $pair = PcaTls::certificate($ours, 'IP:127.0.0.1');         # [file, key]
#     my $dead = PcaTls::certificate($ours, 'IP:127.0.0.1', PcaTls::expired());
package PcaTls;

use strict;
use warnings FATAL => 'all';

use File::Basename qw(basename);
use PostgreSQL::Test::Utils;

my $number = 0;
my $directory;

# The files of this test: others, which run at the same time, have the same names, and
# so has another run of the same test, with assertions.
sub directory
{
	if (!defined $directory)
	{
		$directory =
		  "$PostgreSQL::Test::Utils::tmp_check/"
		  . basename($0, '.pl') . ".$$";
		mkdir $directory or die "could not make $directory: $!";
	}
	return $directory;
}

sub openssl
{
	my (@words) = @_;
	my $log = directory() . '/openssl.log';
	system("openssl @words >>'$log' 2>&1") == 0
	  or die 'openssl failed: ' . PostgreSQL::Test::Utils::slurp_file($log);
	return;
}

sub authority
{
	my ($name) = @_;
	my $base = directory() . "/$name";
	openssl("req -x509 -newkey rsa:2048 -nodes -days 30 -subj '/CN=$name' "
		  . "-keyout '$base.key' -out '$base.pem'");
	return "$base.pem";
}

# The words for a certificate of the past; openssl 3.4 has its own, and newer ones
# know no negative days.
sub expired
{
	return `openssl x509 -help 2>&1` =~ /-not_after/
	  ? '-not_before 20200101000000Z -not_after 20200102000000Z'
	  : '-days -1';
}

# The certificate of a request and its key that is not valid before the year 2099.  Only
# "openssl ca" lets all versions say when a certificate begins.
sub begin_later
{
	my ($request, $key, $certificate) = @_;
	my $base = PostgreSQL::Test::Utils::tempdir('later');
	PostgreSQL::Test::Utils::append_to_file("$base/index.txt", '');
	PostgreSQL::Test::Utils::append_to_file("$base/config", <<"END");
[ca]
default_ca = later
[later]
database = $base/index.txt
new_certs_dir = $base
serial = $base/serial
policy = any
[any]
commonName = supplied
organizationName = optional
END
	openssl(
		"ca -batch -notext -selfsign -create_serial -config '$base/config' "
		  . "-in '$request' -keyfile '$key' -out '$certificate' -md sha256 "
		  . '-startdate 20990101000000Z -enddate 21000101000000Z');
	return;
}

# Signed by that authority; by its own key, when that is undef.
sub certificate
{
	my ($authority, $names, $days) = @_;
	my $base = directory() . '/server' . ++$number;
	$days //= '-days 30';
	openssl(
		"req -newkey rsa:2048 -nodes -subj '/CN=mock_api' -keyout '$base.key' -out '$base.csr'"
	);
	PostgreSQL::Test::Utils::append_to_file("$base.ext",
		"subjectAltName=$names\n");
	my $signer =
	  $authority
	  ? "-CA '$authority' -CAkey '" . $authority =~
	  s/pem$/key/r . "' -CAcreateserial"
	  : "-signkey '$base.key'";
	openssl(
		"x509 -req -in '$base.csr' $signer $days -extfile '$base.ext' -out '$base.pem'"
	);
	return [ "$base.pem", "$base.key" ];
}

1;
