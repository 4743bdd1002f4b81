# Every SQL block of README.md and of doc/ is executed, in order, as it is
# printed.  What a document prints below an EXPLAIN of the extension's properties
# is what EXPLAIN shows.
use strict;
use warnings FATAL => 'all';

use HTTP::Tiny;
use PcaDoc;
use PcaTest;
use PcaTls;
use Test::More;

my $cron = PcaTest::pg_cron_conf();
my $pca = PcaTest->new(
	extension => 0,
	rows => 2000,
	customers => 20,
	conf => $cron,
	client => 'either',
	person => 'approves',
	device_interval => 1);
$pca->sql('CREATE EXTENSION pg_cron') if $cron;
my %values = (%PcaTest::CREDENTIALS, %PcaTest::MAPPING, files());
my $database = 0;

foreach my $file ('README.md', sort glob 'doc/*.md')
{
	my @blocks = -e $file ? PcaDoc::blocks($file) : ();
	ok(scalar(@blocks), "$file shows SQL") if $file eq 'README.md';
	new_database();
	run_block($_) foreach @blocks;
}
done_testing();

sub new_database
{
	$database++;
	$pca->sql("CREATE DATABASE doc$database");
	return;
}

sub run_block
{
	my ($block) = @_;
	my $where = "$block->{file}:$block->{line}";
  SKIP:
	{
		skip "$where: $block->{skip}", 1 if $block->{skip};
		new_database() if $block->{fresh};
		skip "$where: this PostgreSQL has no pg_cron", 1
		  if $block->{cron} && !$cron;
		my $sql =
		  $block->{cron}
		  ? jobs_of($block->{sql})
		  : PcaDoc::for_mock_api($block->{sql}, $pca->url, %values);
		my ($error, $output) =
		  $block->{browser} ? browse($sql) : execute($sql);
		is($error->{sqlstate} // 'no error',
			$block->{error} // 'no error', $where)
		  or diag("$sql\n" . ($error->{text} // ''));
		is_deeply(
			[ properties($output) ],
			[ properties($block->{text}) ],
			"$where: the properties that EXPLAIN shows")
		  if $sql =~ /^EXPLAIN(?! \([^)]*ANALYZE)/m && defined $block->{text};
	}
	return;
}

# The error of a block, empty if there is none, and what it prints.
sub execute
{
	my ($sql) = @_;
	my ($status, $output, $text) =
	  $pca->node->psql("doc$database", $sql,
		extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	return ($status == 0 ? {} : PcaTest::parse_error($text), $output);
}

# The lines of a plan that are the extension's; the others differ between major versions.
sub properties
{
	my ($plan) = @_;
	my $url = $pca->url;
	$plan =~ s{\Q$url\E}{https://api.partnercenter.microsoft.com}g;
	return map { s/^\s+|\s+$//gr }
	  grep {
		/^\s*(?:Resource|Remote [A-Z]\w*(?: By)?|Request|Order|Local Filter Reason|Not \w+ Because): /
	  } split /\n/, $plan;
}

# What the jobs would run that the SQL schedules: pg_cron lives in one database,
# and their time does not come here.
sub jobs_of
{
	my ($sql) = @_;
	$pca->sql($sql);
	my $commands = $pca->sql('SELECT command FROM cron.job');
	$pca->sql('SELECT cron.unschedule(jobid) FROM cron.job');
	return $commands;
}

# Run statements of which the first returns the URL that a person opens, and the
# others have the address at which the browser ends.  Returns the first error.
sub browse
{
	my ($sql) = @_;
	my ($begin, @others) = split /(?<=;)\s*\n/, $sql;
	my $session = $pca->session(dbname => "doc$database");
	my $url = $session->query($begin);
	my $address =
	  HTTP::Tiny->new(max_redirect => 0)->get($url)->{headers}{location};
	foreach my $statement (@others)
	{
		$statement =~ s{'http://localhost/\?code=\x{2026}'}{'$address'}
		  or die "no address in $statement";
		my $error = $session->error_of($statement);
		return $error if %$error;
	}
	return {};
}

# Options that name a file of the server get one that holds the credential.
sub files
{
	my %known = (%PcaTest::CREDENTIALS, %PcaTest::MAPPING);
	my %files;
	foreach my $name (qw(client_secret refresh_token access_token))
	{
		$files{"${name}_file"} = $pca->node->basedir . "/$name";
		PostgreSQL::Test::Utils::append_to_file($files{"${name}_file"},
			"$known{$name}\n");
		chmod 0600, $files{"${name}_file"};
	}
	$files{client_certificate_file} = application();
	$files{client_assertion_file} = $files{access_token_file};
	return %files;
}

# The certificate of the application with its private key.
sub application
{
	my $base = $pca->node->basedir . '/application';
	PcaTls::openssl(
		"req -x509 -newkey rsa:2048 -nodes -days 90 -subj '/CN=application' -keyout '$base.key' -out '$base.crt'"
	);
	PostgreSQL::Test::Utils::append_to_file("$base.pem",
		PostgreSQL::Test::Utils::slurp_file("$base.$_"))
	  foreach 'key', 'crt';
	chmod 0600, "$base.pem";
	$pca->config(client_certificates => ["$base.crt"]);
	return "$base.pem";
}
