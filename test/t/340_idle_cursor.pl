# Idle cursors: pages that arrived meanwhile are used, the idle time is not
# counted as a timeout of the server, and rows of two tenants are not mixed.
use strict;
use warnings FATAL => 'all';

use MIME::Base64 qw(encode_base64url);
use PcaTest;
use Test::More;

# An access token as Entra ID makes them.
sub token_of
{
	my ($tenant, $number) = @_;
	return join '.', map { encode_base64url($_) } '{"typ":"JWT"}',
	  qq({"tid":"$tenant","exp":$number}), 'signature';
}
my ($one, $other) = (
	'11111111-aaaa-4bbb-8ccc-222222222222',
	'33333333-aaaa-4bbb-8ccc-444444444444');

# More pages at once than are looked at together.
my $pca = PcaTest->new(
	rows => 2000,
	mapping => { access_token => token_of($one, 1) },
	arguments => [ '--access-token', token_of($one, 1) ],
	server => {
		page_size => 50,
		max_parallel_requests => 39,
		request_timeout => '3s',
		max_retries => 0
	});
my $session = $pca->session;

# All pages are asked for while the second is waited for; the others come while
# the cursor rests, for longer than the server may be silent.
$pca->fault(
	[
		{
			kind => 'delay',
			delay_ms => 200,
			regex => 'skip=50\b',
			times => 0
		},
		{
			kind => 'delay',
			delay_ms => 400,
			regex => 'skip=[1-9]',
			times => 0
		}
	]);
$session->query(
	'BEGIN; DECLARE c CURSOR FOR SELECT coalesce(licenses_sold, 0) FROM license_deployment'
);
my $first = () = $session->query('FETCH 60 FROM c') =~ /^/mg;
is($first, 60, 'rows of two pages have come');
cmp_ok(
	$session->query(
		'SELECT count(*) FROM pc_analytics_requests() WHERE bytes IS NULL'),
	'>', 30,
	'the other pages are on their way');
$session->query('SELECT pg_sleep(3.1)');
my $rest = () = $session->query('FETCH ALL FROM c') =~ /^/mg;
is($rest, 1940,
	'and have come, after a rest that was longer than request_timeout');
is( $session->query(
		'SELECT count(*) FROM pc_analytics_requests() WHERE error IS NOT NULL'
	),
	0,
	'no request failed');
$session->query('COMMIT');

# Whose rows come must not change; who asks for them may.
$pca->clear_faults;
$pca->sql("ALTER SERVER mock_api OPTIONS (SET max_parallel_requests '2')");
my $resting =
  'BEGIN; DECLARE c CURSOR FOR SELECT coalesce(licenses_sold, 0) FROM license_deployment; MOVE 60 IN c';
my $mapping = 'USER MAPPING FOR CURRENT_USER SERVER mock_api';
my ($upper, $known) = (
	token_of(uc $one, 1),
	join ', ',
	map { "$_ '$PcaTest::CREDENTIALS{$_}'" } sort keys %PcaTest::CREDENTIALS);
my @changes =
  ( # what, the first mapping's options, the statements, what becomes of the scan
	[
		'a token of another tenant',
		'',
		"ALTER $mapping OPTIONS (SET access_token '"
		  . token_of($other, 1) . "')",
		qr/55000: the user mapping for server "mock_api" was changed to another tenant/
	],
	[
		'another token of the tenant',
		'',
		"ALTER $mapping OPTIONS (SET access_token '$upper')",
		qr/28000: .*does not accept the token/
	],
	[
		'a token that tells nothing',
		'',
		"ALTER $mapping OPTIONS (SET access_token 'x')",
		qr/28000: .*does not accept the token/
	],
	[
		'credentials of another tenant',
		'',
		"DROP $mapping; CREATE $mapping OPTIONS ($known)",
		qr/55000: .*another tenant/
	],
	[
		'another tenant',
		$known,
		"ALTER $mapping OPTIONS (SET tenant_id '$other')",
		qr/55000: .*another tenant/
	],
	[
		'other options of the same tenant', $known,
		"ALTER $mapping OPTIONS (ADD proxy_user 'x')", qr/^$/
	]);
foreach my $case (@changes)
{
	my ($what, $options, $change, $expected) = @$case;
	$options ||= "access_token '" . token_of($one, 1) . "'";
	$pca->sql("DROP $mapping; CREATE $mapping OPTIONS ($options)");
	$session->query($resting);
	$pca->log_entries;
	$pca->sql($change);
	my $error = $session->error_of('MOVE ALL IN c');
	like($error->{text} // '',
		$expected, "$what: what becomes of a scan under way");
	is( scalar(grep { $_->{method} eq 'POST' } $pca->log_entries),
		$expected eq qr/^$/ ? 1 : 0,
		"$what: nothing is asked for in its name");
	$session->query('ROLLBACK');
	my $asked =
	  $session->error_of('SELECT count(*) FROM license_deployment')->{text}
	  // '';
	unlike($asked, qr/another tenant/,
		"$what: the next query begins with it");
}

done_testing();
