# pc_analytics_probe distinguishes every behaviour that the API may have;
# declaring its result makes fewer requests, for the same rows.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my $pca = PcaTest->new(
	rows => 1500,
	customers => 250,
	server => { page_size => 500 });
my $session = $pca->session;

# What is measured: {option => {field => [measured, evidence, statement, current]}}.
sub probe
{
	my (@arguments) = @_;
	my $arguments = join ', ', map { "'$_'" } 'mock_api', @arguments;
	my %found;
	foreach my $line (
		split /\n/,
		$session->query(
			"SELECT option, field, coalesce(measured_value, 'nothing'), evidence, statement, current_value "
			  . "FROM pc_analytics_probe($arguments)"))
	{
		my ($option, $field, @rest) = split /\|/, $line, 6;
		$found{$option}{ $field =~ s/.*\.//r } = \@rest;
	}
	return \%found;
}

# The different values that were measured for an option, whatever the field.
sub measured
{
	my ($found, $option) = @_;
	my %values = map { $_->[0] => 1 } values %{ $found->{$option} };
	return join ' ', sort keys %values;
}

# --- each reading

my ($table, $example) = (
	'/v1/analytics/commercial/deployment/license/',
	'/partner/v1/analytics/commercial/deployment/license');
my @readings = (    # switches, what they are measured as
	[
		{},
		string_comparison => 'case_insensitive',
		guid_spelling => 'any',
		group_comparison => 'case_sensitive',
		pushdown_group => 'true',
		snapshot_parameter => 'exact',
		total_count => 'filtered',
		ne => 'keeps nulls',
		next_link => 'relative',
		path => $table,
		page_size => 'nothing'
	],
	[
		{ string_comparison => 'sensitive' },
		string_comparison => 'case_sensitive'
	],
	[
		{ string_comparison => 'insensitive_trailing' },
		string_comparison => 'case_insensitive'
	],
	[
		{ string_comparison => 'insensitive_accents' },
		string_comparison => 'case_insensitive'
	],
	[ { guid_comparison => 'sensitive' }, guid_spelling => 'upper' ],
	[
		{ guid_comparison => 'sensitive', guid_case => 'lower' },
		guid_spelling => 'lower'
	],
	[
		{ guid_comparison => 'sensitive', guid_case => 'mixed' },
		guid_spelling => 'unknown'
	],
	[ { guid_case => 'mixed' }, guid_spelling => 'any' ],
	[ { ne_keeps_nulls => 0 }, ne => 'drops nulls' ],
	[
		{ group_comparison => 'insensitive' },
		group_comparison => 'case_insensitive'
	],
	[
		{ group_comparison => 'insensitive_trailing' },
		group_comparison => 'case_insensitive'
	],
	[ { group_null_keys => 'drop' }, pushdown_group => 'false' ],
	[ { all_null_sum => 'zero' }, pushdown_group => 'false' ],
	[ { snapshot => 'since' }, snapshot_parameter => 'since' ],
	[ { snapshot => 'nearest' }, snapshot_parameter => 'unknown' ],
	[ { snapshot => 'ignored' }, snapshot_parameter => 'unknown' ],
	[ { snapshots => 1 }, snapshot_parameter => 'exact' ],
	[
		{ snapshots => 1, snapshot => 'since' },
		snapshot_parameter => 'since'
	],
	[ { service_dates => 1 }, snapshot_parameter => 'exact' ],
	[
		{ service_dates => 1, snapshot => 'since' },
		snapshot_parameter => 'since'
	],
	[ { total_count => 'unfiltered' }, total_count => 'unfiltered' ],
	[ { total_count => 'page' }, total_count => 'page' ],
	[ { total_count => 'string' }, total_count => 'filtered' ],
	[ { total_count => 'absent' }, total_count => 'nothing' ],
	[ { total_count => 'null' }, total_count => 'nothing' ],
	[
		{ next_link => 'relative_unencoded' },
		next_link => 'relative, not encoded'
	],
	[ { next_link => 'absolute' }, next_link => 'absolute' ],
	[ { next_link => 'always_null' }, next_link => 'null' ],
	[ { next_link => 'empty' }, next_link => 'null' ],
	[ { next_link => 'absent' }, next_link => 'absent' ],
	[ { next_link => 'self' }, next_link => 'to the same page' ],
	[ { next_link => 'foreign' }, next_link => 'to another server' ],
	[ { path_form => 'table' }, path => $table ],
	[
		{ path_form => 'example' },
		path => $example,
		string_comparison => 'case_insensitive'
	],
	[ { cap_top => 100 }, page_size => 100 ],
	[ { cap_top => 700 }, page_size => 700 ],
	[ { rows => 12000 }, page_size => 10000 ],
	[
		{ shuffle => 'result' },
		string_comparison => 'case_insensitive',
		snapshot_parameter => 'exact',
		total_count => 'filtered'
	],
	[ { awkward => 0 }, group_comparison => 'nothing' ],
	[ { nulls => 0 }, pushdown_group => 'nothing', ne => 'nothing' ]);
my $most = 0;
foreach my $reading (@readings)
{
	my ($switches, %expected) = @$reading;
	my $name = join(', ', map { "$_ $switches->{$_}" } sort keys %$switches)
	  || 'the usual one';
	$pca->config($switches);
	my $found = probe();
	is(measured($found, $_), $expected{$_}, "$name: $_ is measured")
	  || diag(explain($found->{$_}))
	  foreach sort keys %expected;
	$most = (values %{ $found->{requests} })[0][0]
	  if $most < (values %{ $found->{requests} })[0][0];
	$pca->reset;
}

# --- what is asked

$session = $pca->session;
$pca->requests;
my $found = probe();
my @sent = $pca->requests;
is((values %{ $found->{requests} })[0][0],
	scalar @sent, 'the number of requests is told');
cmp_ok($most, '<=', 45, 'they are few');
is(scalar(grep { !/top=(1|5|50|200|1000)&/ } @sent), 1, 'and small, but one');
is(scalar(grep { !/^GET \Q$table\E|^GET \Q$example\E/ } @sent),
	0, 'to one resource');
is(scalar(keys %{ $found->{string_comparison} }),
	6, 'each text field is measured by itself');

# --- which filters are accepted

my @filters = (
	[
		{},
		date_literal => 'documented',
		date_format => 'documented',
		filter_pushdown => 'true',
		max_filter_clauses => '0'
	],
	[
		{ filter_date_literal => 'quoted' },
		date_literal => 'quoted',
		date_format => 'documented'
	],
	[
		{
			filter_date_literal => 'bare',
			filter_date_format => 'datetime_utc'
		},
		date_literal => 'bare',
		date_format => 'datetime_utc'
	],
	[
		{ filter_date_format => 'date' },
		date_literal => 'documented',
		date_format =>
		  { azure_usage => 'documented', subscriptions => 'date' }
	],
	[
		{ filter_date_format => 'datetime' },
		date_literal => 'documented',
		date_format => 'datetime'
	],
	[
		{ refused_fields => [ 'usageDate', 'creationDate' ] },
		filter_pushdown => 'false'
	],
	[ { max_clauses => 1 }, max_filter_clauses => '1' ],
	[ { max_clauses => 7 }, max_filter_clauses => '7' ]);
foreach my $resource ('azure_usage', 'subscriptions')
{
	foreach my $reading (@filters)
	{
		my ($switches, %expected) = @$reading;
		my $name = join(', ',
			$resource, map { "$_ $switches->{$_}" } sort keys %$switches);
		$pca->config($switches);
		my $measured = probe($resource);
		foreach my $option (sort keys %expected)
		{
			my $value =
			  ref $expected{$option}
			  ? $expected{$option}{$resource}
			  : $expected{$option};
			is(measured($measured, $option),
				$value, "$name: $option is measured")
			  || diag(explain($measured->{$option}));
		}
		$pca->reset;
	}
}
$pca->config(refused_fields => ['usageDate'], max_clauses => 7);
my %statements =
  map {
	map { $_->[2] => 1 }
	  values %$_
  } @{ probe('azure_usage') }{qw(filter_pushdown max_filter_clauses)};
is_deeply(
	[ sort keys %statements ],
	[
		"ALTER FOREIGN TABLE partner_center.azure_usage ALTER COLUMN usage_date OPTIONS (ADD filter_pushdown 'false');",
		"ALTER FOREIGN TABLE partner_center.azure_usage OPTIONS (ADD max_filter_clauses '7');"
	],
	'the statements that keep a field local and limit the comparisons');
$pca->reset;

# --- what cannot be known

$pca->rows('license_deployment', []);
$found = probe();
is(measured($found, $_), 'nothing', "no rows: $_ is not measurable")
  foreach
  qw(string_comparison guid_spelling group_comparison pushdown_group snapshot_parameter total_count ne next_link page_size);
like((values %{ $found->{$_} })[0][1], qr/not measurable/i, "and says so")
  foreach qw(string_comparison total_count);
is(scalar(grep { $_->[2] ne '' } map { values %$_ } values %$found),
	0, 'then nothing is declared');
$pca->rows(
	'license_deployment',
	[
		{
			serviceCode => 'o365',
			channel => '7',
			processedDateTime => undef,
			licensesSold => 1
		}
	]);
$found = probe();
is($found->{string_comparison}{serviceCode}[0],
	'case_insensitive', 'one row tells little');
is($found->{string_comparison}{channel}[0],
	'nothing', 'and nothing of a value without letters');
is(measured($found, 'snapshot_parameter'),
	'nothing', 'nor of a day that is not there');
$pca->reset;
$pca->fault(
	kind => 'body',
	text =>
	  '{"Value":[{"serviceCode":"o365"}],"@nextLink":null,"TotalCount":1}',
	regex => 'tests if filters',
	times => 0);
$found = probe();
is(measured($found, $_),
	'nothing', "filters are not applied: $_ is not measurable")
  foreach qw(string_comparison guid_spelling group_comparison);
$pca->clear_faults;

# Neither of the option's values: case is compared, but not all else.
$pca->config(string_comparison => 'sensitive');
$pca->fault(
	kind => 'body',
	text =>
	  '{"Value":[{"serviceCode":"o365"}],"@nextLink":null,"TotalCount":1}',
	regex => 'serviceCode eq .* or serviceCode eq',
	times => 0);
$found = probe();
is($found->{string_comparison}{serviceCode}[0],
	'unknown',
	'case is compared, but not blanks or accents: neither of the values');
$pca->clear_faults;
$pca->fault(
	kind => 'status',
	status => 400,
	regex => 'serviceCode eq .* or serviceCode eq',
	times => 0);
$found = probe();
is($found->{string_comparison}{serviceCode}[0],
	'nothing', 'a refused query proves nothing');
like(
	$found->{string_comparison}{serviceCode}[1],
	qr/refused the request.*400/,
	'the refusal is shown with its status');
$pca->reset;

# A count of groups that is the rows', not the groups'.
$pca->fault(
	kind => 'envelope',
	set => { TotalCount => 1499 },
	regex => 'groupby',
	times => 0);
is(measured(probe(), 'total_count'),
	'unknown',
	'a TotalCount that means something else in groups is not declared');
$pca->reset;

# A day that counts for single rows only.
$pca->fault(
	kind => 'body',
	text =>
	  '{"Value":[{"serviceCode":"o365","licensesSold":5}],"@nextLink":null,"TotalCount":1}',
	regex => 'processedDateTime=20[^&]*&groupby',
	times => 0);
is(measured(probe(), 'snapshot_parameter'),
	'unknown', 'a day that is not applied to groups is not declared');
$pca->clear_faults;

# A filter that is not applied to one field.
$pca->fault(
	kind => 'body',
	text => '{"Value":[{"customerTenantId":"'
	  . $pca->sql(
		'SELECT upper(customer_tenant_id::text) FROM license_deployment WHERE customer_tenant_id IS NOT NULL LIMIT 1'
	  )
	  . '"}],"@nextLink":null,"TotalCount":1}',
	regex => 'filter=customerTenantId eq',
	times => 0);
is($_->[0], 'nothing', 'a GUID that is not compared: ' . $_->[1])
  foreach probe()->{guid_spelling}{customerTenantId};
$pca->clear_faults;

# --- other resources

foreach my $resource (
	qw(license_usage azure_usage subscriptions searches referrals indirect_resellers)
  )
{
	$found = probe($resource);
	is(measured($found, 'total_count'), 'filtered', "$resource: TotalCount");
	like(
		measured($found, 'string_comparison'),
		qr/^case_insensitive( nothing)?$/,
		"$resource: strings") if $found->{string_comparison};
}
$pca->config(string_comparison => 'sensitive');
$found = probe('subscriptions');
is($found->{string_comparison}{productName}[0],
	'case_sensitive', 'a field with "eq" and "contains"');
is($found->{string_comparison}{customerName}[0],
	'unknown', 'a field with "contains" only');
ok( !exists $found->{string_comparison}{subscriptionType},
	'a field that is documented is not asked for');
$pca->reset;
$pca->fails_with(
	"SELECT * FROM pc_analytics_probe('mock_api', 'partner_license_usage')",
	'0A000',
	qr/cannot be probed/,
	'a resource without parameters has nothing to probe');
$pca->fails_with(
	"SELECT * FROM pc_analytics_probe('mock_api', 'nothing')",
	'HV00R',
	qr/no resource "nothing"/,
	'nor one that is none');
$pca->config(forbidden => ['license_deployment']);
$pca->fails_with(
	"SELECT * FROM pc_analytics_probe('mock_api')",
	'42501',
	[
		qr/the API denied access.*CONTEXT:  probe of resource "license_deployment"/s,
		qr/403/
	],
	'a refusal is an error');
$pca->reset;

# --- who may, and what is left behind

$pca->sql(
	"CREATE ROLE alice LOGIN; CREATE USER MAPPING FOR alice SERVER mock_api OPTIONS (access_token 'mock-api-access-token')"
);
my $alice = $pca->session(user => 'alice');
$pca->error_is(
	$alice->error_of("SELECT * FROM pc_analytics_probe('mock_api')"),
	'42501',
	qr/permission denied for function/,
	'it is not for PUBLIC');
$pca->sql(
	'GRANT EXECUTE ON FUNCTION pc_analytics_probe(text, text) TO alice');
$pca->error_is(
	$alice->error_of("SELECT * FROM pc_analytics_probe('mock_api')"),
	'42501',
	qr/permission denied for foreign server/,
	'and needs USAGE');
$pca->sql('GRANT USAGE ON FOREIGN SERVER mock_api TO alice');
is( $alice->query("SELECT count(*) > 10 FROM pc_analytics_probe('mock_api')"),
	't', 'then it works');
$pca->fault(kind => 'stall', regex => 'processedDateTime', times => 0);
$session->start("SELECT * FROM pc_analytics_probe('mock_api')");
$pca->wait_for_requests(1);
$pca->wait_for(
	'the probe is cancelled',
	sub {
		$pca->sql(
			"SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%analytics_probe%' AND state = 'active' AND pid <> pg_backend_pid()"
		) eq 't';
	});
is($session->error->{sqlstate},
	'57014', 'a probe that is cancelled is cancelled');
$pca->reset;

# --- with what it declares, results stay right and requests get fewer

$pca->sql('ALTER SERVER mock_api OPTIONS (SET page_size \'300\')');
my $day = '2018-10-13';
my @queries = (
	"SELECT count(*) FROM license_deployment WHERE service_code = 'crm'",
	"SELECT count(*) FROM license_deployment WHERE channel = 'Reseller'",
	"SELECT count(*) FROM license_deployment WHERE service_code = 'CRM'",
	"SELECT * FROM license_deployment WHERE channel ILIKE 'DIRECT'",
	"SELECT * FROM license_deployment WHERE service_code ILIKE 'CRM'",
	"SELECT * FROM license_deployment WHERE service_code <> 'crm'",
	"SELECT count(*) FROM license_deployment WHERE customer_tenant_id = '%s'",
	"SELECT * FROM license_deployment WHERE customer_tenant_id = '%s' OR product_name = 'none'",
	"SELECT count(*) FROM (SELECT FROM license_deployment WHERE service_code = 'o365' OFFSET 700) AS r",
	"SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY channel",
	"SELECT customer_name, sum(licenses_sold), sum(licenses_deployed) FROM license_deployment WHERE service_code = 'crm' GROUP BY customer_name",
	"SELECT count(*) FROM license_deployment");
my @worlds =
  (    # each with one more way that the API may be; and what gets fewer
	{},
	{ string_comparison => 'sensitive', guid_comparison => 'sensitive' },
	{
		total_count => 'unfiltered',
		string_comparison => 'insensitive_trailing'
	},
	{ cap_top => 100, path_form => 'example' },
	{
		group_comparison => 'insensitive',
		all_null_sum => 'zero',
		group_null_keys => 'drop',
		correct_only => 1
	},
	{ total_count => 'page', snapshot => 'since', correct_only => 1 });
foreach my $world (@worlds)
{
	my %switches = %$world;
	my $correct_only = delete $switches{correct_only};
	my $name = join(', ', map { "$_ $switches{$_}" } sort keys %switches)
	  || 'the usual one';
	$pca->config(\%switches) if %switches;
	$pca->local_copy('license_deployment');
	my $guid = $pca->sql(
		'SELECT min(customer_tenant_id::text) FROM local.license_deployment');
	my @now = map { s/%s/$guid/r } @queries;
	my $history =
	  "SELECT snapshot_date, service_code, sum(licenses_sold) FROM license_deployment_history WHERE snapshot_date IN ('2018-10-14', '$day') GROUP BY 1, 2";
	my $count = sub {
		my $other = $pca->session;
		$pca->requests;
		$other->query($_) foreach @now, $history;
		return scalar $pca->requests;
	};
	my $before = $correct_only ? 0 : $count->();
	my $days =
	  $correct_only
	  ? ''
	  : $pca->sql(
		"SELECT md5(string_agg(r::text, ',' ORDER BY r::text)) FROM ($history) AS r"
	  );
	my @statements = split /\n/,
	  $session->query(
		"SELECT statement FROM pc_analytics_probe('mock_api') WHERE statement IS NOT NULL"
	  );
	cmp_ok(scalar @statements, '>', 0, "$name: something is declared");
	my @of_history =
	  map { s/license_deployment\b/license_deployment_history/r }
	  grep { /snapshot_parameter/ } @statements;
	$pca->sql($_) foreach @statements, @of_history;
	$pca->same_query(
		$_, "$name, declared: $_",
		session => $session,
		empty => 1) foreach @now;

	if (!$correct_only)
	{
		is( $pca->sql(
				"SELECT md5(string_agg(r::text, ',' ORDER BY r::text)) FROM ($history) AS r"
			),
			$days,
			"$name, declared: the same history");
		my $after = $count->();
		cmp_ok($after, '<', $before,
			"$name, declared: fewer requests ($before, $after)");
	}
	is( $session->query(
			"SELECT count(*) FROM pc_analytics_probe('mock_api') WHERE statement IS NOT NULL"
		),
		0,
		"$name: when it is declared there is nothing left to declare");
	$pca->sql(
		'DROP SCHEMA partner_center CASCADE; CREATE SCHEMA partner_center; IMPORT FOREIGN SCHEMA analytics FROM SERVER mock_api INTO partner_center'
	);
	$pca->sql('ALTER SERVER mock_api OPTIONS (DROP group_comparison)')
	  if grep { /ALTER SERVER/ } @statements;
	$pca->reset;
}

# A server without foreign tables has nothing to declare for but itself.
$pca->sql('DROP SCHEMA partner_center CASCADE');
$found = probe();
is(measured($found, 'total_count'),
	'filtered', 'it measures without a foreign table');
is(scalar(grep { $_->[2] ne '' } map { values %$_ } values %$found),
	0, 'but declares nothing');

done_testing();
