# WHERE: the filter that the API receives, and the same rows as from a local
# copy, under every way in which the API may compare.
use strict;
use warnings FATAL => 'all';

use JSON::PP ();
use PcaTest;
use Test::More;

my $pca = PcaTest->new(rows => 800, customers => 160);
$pca->local_copy('license_deployment');
my $session = $pca->session;

# Two tenants that have rows, and how the API is asked for them.
my ($one, $two) = split /\n/,
  $pca->sql('SELECT customer_tenant_id FROM local.license_deployment '
	  . 'WHERE customer_tenant_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 2'
  );

sub tenant
{
	my ($operator, $guid, $both) = @_;
	return
		"customerTenantId $operator '"
	  . uc($guid)
	  . "' $both customerTenantId $operator '$guid'";
}

# A condition on license_deployment and the filter that is sent (undef: none).
# Flags: nothing (there are no such rows, and nothing is asked), no rows (there
# are none, but it is asked).
my @cases = (
	# equality
	[ "channel = 'reseller'", "channel eq 'reseller'" ],
	[ "'direct' = channel", "channel eq 'direct'" ],
	[ "channel = 'RESELLER'", "channel eq 'RESELLER'", 'no rows' ],
	[
		"channel = 'reseller' AND service_code = 'o365'",
		"(channel eq 'reseller') and (serviceCode eq 'o365')"
	],
	[
		"channel = 'direct' OR service_code = 'crm'",
		"(channel eq 'direct' or serviceCode eq 'crm')"
	],
	[ "customer_tenant_id = '$one'", '(' . tenant('eq', $one, 'or') . ')' ],
	[ "customer_tenant_id = '\U$one'", '(' . tenant('eq', $one, 'or') . ')' ],
	[
		"product_id = (SELECT min(product_id) FROM local.license_deployment)",
		qr/^productId eq '[0-9A-F-]{36}'$/
	],

	# lists
	[
		"channel IN ('direct', 'Reseller')",
		"(channel eq 'direct' or channel eq 'Reseller')"
	],
	[ "channel IN ('direct', NULL)", "channel eq 'direct'" ],
	[
		"channel = ANY (ARRAY['direct', 'nobody', 'direct'])",
		"(channel eq 'direct' or channel eq 'nobody')"
	],
	[
		"channel = ANY (string_to_array('direct,nobody', ','))",
		"(channel eq 'direct' or channel eq 'nobody')"
	],
	[ "channel = ANY ('{}')", undef, 'nothing' ],
	[ "channel = ANY (NULL::text[])", undef, 'nothing' ],
	[ "channel = ALL (ARRAY['direct'])", undef ],
	[
		"customer_tenant_id IN ('$one', '$two')",
		'('
		  . tenant('eq', $one, 'or') . ' or '
		  . tenant('eq', $two, 'or') . ')'
	],

	# inequality: what the API's ne may drop stays
	[ "channel <> 'direct'", undef ],
	[ "channel NOT IN ('direct', 'Reseller')", undef ],
	[ "channel <> ALL (ARRAY['direct'])", undef ],
	[ "channel <> ALL (ARRAY['direct', NULL])", undef, 'nothing' ],
	[ "channel <> ANY (ARRAY['direct', 'reseller'])", undef ],
	[ "customer_tenant_id <> '$one'", '(' . tenant('ne', $one, 'and') . ')' ],
	[
		"customer_tenant_id NOT IN ('$one', '$two')",
		'('
		  . tenant('ne', $one, 'and') . ' and '
		  . tenant('ne', $two, 'and') . ')'
	],
	[
		"customer_tenant_id <> ALL (ARRAY['$one', NULL]::uuid[])", undef,
		'nothing'
	],

	# trees: a conjunct that cannot go is left, a disjunct goes whole or not at all
	[ "NOT (channel = 'direct')", undef ],
	[ "NOT (channel <> 'direct')", "channel eq 'direct'" ],
	[
		"NOT (channel <> 'direct' AND service_code <> 'crm')",
		"(channel eq 'direct' or serviceCode eq 'crm')"
	],
	[
		"NOT (channel <> 'direct' OR licenses_sold > 50)",
		"channel eq 'direct'"
	],
	[ "channel = 'direct' AND licenses_sold > 50", "channel eq 'direct'" ],
	[ "channel = 'direct' OR licenses_sold > 5000", undef ],
	[
		"(channel = 'direct' AND licenses_sold > 50) OR service_code = 'crm'",
		"(channel eq 'direct' or serviceCode eq 'crm')"
	],
	[
		"(channel = 'direct' OR service_code = 'crm') AND (service_name = 'Microsoft Dynamics' OR customer_tenant_id = '$one')",
		"(channel eq 'direct' or serviceCode eq 'crm') and (serviceName eq 'Microsoft Dynamics' or "
		  . '('
		  . tenant('eq', $one, 'or') . '))'
	],
	[ "channel = 'direct' AND channel = 'reseller'", undef, 'nothing' ],
	[ "(channel = 'direct') = (service_code = 'crm')", undef ],
	[ "channel = service_code OR channel = 'direct'", undef ],

	# NULLs
	[ "channel = NULL", undef, 'nothing' ],
	[ "channel IS NULL", undef ],
	[ "channel IS NOT NULL AND channel = 'direct'", "channel eq 'direct'" ],
	[ "channel IS NULL OR channel = 'direct'", undef ],
	[ "(channel = 'direct') IS NOT TRUE", undef ],
	[ "(channel = 'direct') IS UNKNOWN", undef ],
	[ "channel IS DISTINCT FROM 'direct'", undef ],
	[ "coalesce(channel, 'direct') = 'direct'", undef ],
	[ "nullif(channel, 'direct') IS NULL", undef ],
	[ "channel = 'direct' OR channel = NULL", "channel eq 'direct'" ],
	[ "NOT (channel = 'direct' AND NULL)", undef ],

	# values that are known only when it runs
	[ "channel = lower('DIRECT')", "channel eq 'direct'" ],
	[ "channel = current_setting('test.channel')", "channel eq 'direct'" ],
	[ "channel = current_setting('test.nothing', true)", undef, 'nothing' ],
	[
		"channel IN ('nobody', current_setting('test.channel'))",
		"(channel eq 'nobody' or channel eq 'direct')"
	],
	[
		"channel = (SELECT 'direct'::text FROM generate_series(1, 1))",
		"channel eq 'direct'"
	],
	[
		"channel = (SELECT NULL::text FROM generate_series(1, 1))", undef,
		'nothing'
	],
	[
		"channel = ANY (ARRAY(SELECT unnest(ARRAY['direct', NULL])))",
		"channel eq 'direct'"
	],
	[ "channel = CASE WHEN random() < 2 THEN 'direct' END", undef ],

	# what the API has no counterpart for
	[ "channel LIKE 'dir%'", undef ],
	[ "channel ILIKE 'RESELLER'", undef ],
	[ "channel > 'e' AND channel < 'z'", undef ],
	[ "lower(channel) = 'reseller'", undef ],
	[ "licenses_sold = 5 OR licenses_sold = licenses_deployed", undef ],
	[
		"processed_date_time = '2018-10-14' AND channel = 'direct'",
		"channel eq 'direct'"
	],
	[ "channel = 'direct' COLLATE \"C\"", "channel eq 'direct'" ],
	[ "channel = 'DIRECT' COLLATE public.loose", undef ],
	[ "channel = repeat('x', 3000) OR channel = 'direct'", undef ],
	[
		"channel = 'direct' AND customer_name <> repeat('x', 3000)",
		"channel eq 'direct'"
	]);

$pca->sql(
	"CREATE COLLATION public.loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false); "
	  . "ALTER DATABASE postgres SET test.channel = 'direct'");
$session = $pca->session;

# The filters of the requests since the last call; '' for one without.
sub filters
{
	my @filters;
	foreach my $entry (grep { $_->{method} eq 'GET' } $pca->log_entries)
	{
		my %parameters = map { @$_ } @{ $entry->{parameters} };
		push @filters, $parameters{filter} // '';
	}
	return @filters;
}

sub check_case
{
	my ($condition, $filter, $flag, $switches) = @_;
	my $empty = $flag && $flag =~ /^no/;
	$pca->same_query(
		"SELECT * FROM license_deployment WHERE $condition",
		"$condition: the copy's rows$switches",
		session => $session,
		empty => $empty);
	return if $switches;
	my @asked = filters();
	my $asked = join '; ', @asked;
	return is($asked, '', "$condition: nothing is asked")
	  if $flag && $flag eq 'nothing';
	is(scalar @asked, 1, "$condition: one request");
	return like($asked, $filter, "$condition: the filter received")
	  if ref $filter;
	return is($asked, $filter // '', "$condition: the filter received");
}

check_case(@$_[ 0 .. 2 ], '') foreach @cases;

# The defaults promise to be right whatever the API does: every condition gives
# the same rows under each of these.
foreach my $switches (
	{ string_comparison => 'sensitive' },
	{ string_comparison => 'insensitive_trailing' },
	{ string_comparison => 'insensitive_accents' },
	{ ne_keeps_nulls => 0 },
	{ guid_case => 'lower' },
	{ guid_case => 'upper', guid_comparison => 'sensitive' },
	{
		guid_case => 'lower',
		guid_comparison => 'sensitive',
		string_comparison => 'sensitive'
	},
	{ plus_in_query => 'literal' },
	{ plus_in_query => 'refused' })
{
	my $how = ' with ' . join ', ',
	  map { "$_ $switches->{$_}" } sort keys %$switches;
	$pca->config($switches);
	$pca->local_copy('license_deployment');
	check_case(@$_[ 0 .. 2 ], $how) foreach @cases;
	$pca->reset;
}

# Parameters: of prepared statements, in plans made for the values and for all,
# and of PL/pgSQL.  Each time the values at hand are sent.
$session->query(
	join '; ',
	map {
		"PREPARE of_$_ (text, text[], uuid) AS SELECT d::text FROM $_.license_deployment d "
		  . 'WHERE channel = $1 AND (service_code = ANY ($2) OR customer_tenant_id = $3)'
	} qw(partner_center local));
$session->query(join '; ', map { <<"END" } qw(partner_center local));
CREATE FUNCTION pg_temp.of_$_(a text, b text[], c uuid) RETURNS SETOF text LANGUAGE plpgsql AS \$\$
  DECLARE d record;
  BEGIN
    FOR d IN SELECT * FROM $_.license_deployment
      WHERE channel = a AND (service_code = ANY (b) OR customer_tenant_id = c) LOOP
      RETURN NEXT d::text;
    END LOOP;
  END \$\$
END
my $tenant = tenant('eq', $two, 'or');
my @values =
  (    # values, both parts of the filter; nothing can match without them
	[
		"'direct', '{crm}', '$two'",
		"channel eq 'direct'",
		"serviceCode eq 'crm' or ($tenant)"
	],
	[
		"'direct', '{crm,o365}', NULL",
		"channel eq 'direct'",
		"serviceCode eq 'crm' or serviceCode eq 'o365'"
	],
	[
		"'reseller', '{crm,NULL}', NULL",
		"channel eq 'reseller'",
		"serviceCode eq 'crm'"
	],
	[ "'direct', NULL, '$two'", "channel eq 'direct'", $tenant ],
	["'direct', '{}', NULL"],
	["NULL, '{crm}', '$two'"],
	[
		"'it''s & 100%', '{crm}', NULL",
		"channel eq 'it''s & 100%'",
		"serviceCode eq 'crm'"
	]);
foreach my $mode (qw(force_custom_plan force_generic_plan))
{
	$session->query("SET plan_cache_mode = $mode");
	filters();
	foreach my $case (
		map {
			my $case = $_;
			map { [ $_, @$case ] } 'EXECUTE of_%s(%s)',
			  'SELECT pg_temp.of_%s(%s)'
		} @values)
	{
		my ($call, $values, @parts) = @$case;
		my ($foreign, $local) = map {
			join "\n", sort split /\n/,
			  $session->query(sprintf $call, $_, $values)
		} qw(partner_center local);
		my $name = sprintf "$call, $mode", 'partner_center', $values;
		is($foreign, $local, "$name: the copy's rows");
		my @filters =
		  @parts
		  ? ("($parts[0]) and ($parts[1])", "($parts[1]) and ($parts[0])")
		  : ('');
		my $asked = join '; ', filters();
		is((grep { $_ eq $asked } @filters) ? '' : $asked,
			'', "$name: the filter received");
	}
}
$session->query('RESET plan_cache_mode');

# What is declared holds: exact options under the API that is so.
my @declared = (
	[
		{ string_comparison => 'case_sensitive' },
		{ string_comparison => 'sensitive' },
		"channel <> 'direct'",
		"channel ne 'direct'"
	],
	[
		{ string_comparison => 'case_sensitive' },
		{ string_comparison => 'sensitive', ne_keeps_nulls => 0 },
		"channel NOT IN ('direct', 'Reseller')",
		"(channel ne 'direct' and channel ne 'Reseller')"
	],
	[
		{ string_comparison => 'case_insensitive' },
		{ string_comparison => 'insensitive' },
		"channel <> 'direct' AND service_code = 'o365'",
		"serviceCode eq 'o365'"
	],
	[
		{ guid_spelling => 'upper' },
		{ guid_case => 'upper', guid_comparison => 'sensitive' },
		"customer_tenant_id IN ('$one', '$two')",
		"(customerTenantId eq '\U$one\E' or customerTenantId eq '\U$two\E')"
	],
	[
		{ guid_spelling => 'lower' },
		{ guid_case => 'lower', guid_comparison => 'sensitive' },
		"customer_tenant_id <> '$one'",
		"customerTenantId ne '$one'"
	],
	[
		{ guid_spelling => 'any' },
		{ guid_case => 'mixed' },
		"customer_tenant_id = '$one'",
		"customerTenantId eq '\U$one\E'"
	],
	[
		{ guid_spelling => 'any' },
		{ guid_case => 'mixed' },
		"customer_tenant_id <> '$one'",
		"customerTenantId ne '\U$one\E'"
	]);
foreach my $case (@declared)
{
	my ($options, $switches, $condition, $filter) = @$case;
	my ($option) = keys %$options;
	$pca->config($switches);
	$pca->local_copy('license_deployment');
	$pca->sql(
		"ALTER SERVER mock_api OPTIONS (ADD $option '$options->{$option}')");
	filters();
	$pca->same_query(
		"SELECT * FROM license_deployment WHERE $condition",
		"$option $options->{$option}: $condition: the copy's rows",
		session => $session);
	is(join('; ', filters()),
		$filter, "$option $options->{$option}: the filter received");
	$pca->sql("ALTER SERVER mock_api OPTIONS (DROP $option)");
	$pca->reset;
}

# A GUID that neither spelling finds, or not the declared one, is an error.
$pca->config(guid_case => 'mixed');
$pca->fails_with(
	'SELECT * FROM license_deployment',
	'HV021',
	[
		qr/GUID "[0-9a-fA-F-]{36}" is not written in the usual form/,
		qr/column "customer_tenant_id"/,
		qr/guid_spelling/
	],
	'a GUID in mixed case is an error that names it');
$pca->config(guid_case => 'lower');
$pca->sql("ALTER SERVER mock_api OPTIONS (ADD guid_spelling 'upper')");
$pca->fails_with(
	'SELECT * FROM license_deployment',
	'HV021',
	[ qr/GUID "[0-9a-f-]{36}" is not in upper case/, qr/guid_spelling/ ],
	'a GUID in another case than declared is an error that names it');
$pca->sql('ALTER SERVER mock_api OPTIONS (DROP guid_spelling)');
$pca->reset;
$pca->local_copy('license_deployment');

# No value can change the filter: every name of the data is asked for as it is.
my $json = JSON::PP->new->utf8->allow_nonref;
my $names = $json->decode(
	$pca->sql(
		'SELECT json_agg(DISTINCT customer_name) FILTER (WHERE length(customer_name) < 1000) '
		  . 'FROM (SELECT customer_name FROM local.license_deployment UNION SELECT product_name '
		  . 'FROM local.license_deployment) AS n'));
cmp_ok(scalar(grep { defined && !/^[A-Za-z .,]*$/ } @$names),
	'>', 40, 'the names are awkward enough');
my ($wrong, $missed) = ('', '');
foreach my $name (grep { defined } @$names)
{
	utf8::encode(my $literal = $name =~ s/'/''/gr);
	my $rows = $session->query(
			"SELECT (SELECT count(*) FROM partner_center.license_deployment "
		  . "WHERE customer_name = '$literal' OR product_name = '$literal') = "
		  . "(SELECT count(*) FROM local.license_deployment "
		  . "WHERE customer_name = '$literal' OR product_name = '$literal')");
	my $quoted = $name =~ s/'/''/gr;
	my @asked = filters();
	$wrong  .= "$name\n" unless $rows eq 't';
	$missed .= "$name: @asked\n"
	  unless "@asked" eq
	  "(customerName eq '$quoted' or productName eq '$quoted')";
}
is($wrong, '', 'each name has the rows that the copy has');
is($missed, '', 'and is asked for by itself, its quotes doubled');

# Lengths: a byte, as much as fits, and too much.
my $long = $pca->sql(
	'SELECT max(length(customer_name)) FROM local.license_deployment');
cmp_ok($long, '>', 4000, 'a name is too long for any URL');
$pca->same_query(
	"SELECT * FROM license_deployment WHERE length(customer_name) = $long AND customer_name = "
	  . "(SELECT customer_name FROM local.license_deployment WHERE length(customer_name) = $long LIMIT 1)",
	'a value that does not fit is compared here',
	session => $session);
is(join('; ', filters()), '', 'and not sent');
foreach my $length (1, 1500, 1850, 2100)
{
	$session->query(
		"SELECT FROM license_deployment WHERE customer_name = repeat('x', $length)"
	);
	my ($entry) = $pca->log_entries;
	cmp_ok(length($pca->url . $entry->{target}),
		'<=', 2048, "$length characters: the URL is within its limit");
	like(
		$entry->{target},
		$length < 2000 ? qr/x{$length}/ : qr/^[^x]*$/,
		"$length characters: sent if they fit");
}

# An IN list beyond the limit of a URL: several requests, every row once.
sub shared_out
{
	my ($query, $atleast, $name) = @_;
	$pca->log_entries;
	$pca->same_query($query, "$name: every row once", session => $session);
	my @entries = grep { $_->{method} eq 'GET' } $pca->log_entries;
	my @long = grep { length($pca->url . $_->{target}) > 2048 } @entries;
	my @without = grep { $_->{target} !~ /filter=/ } @entries;
	my %of = map { $_->{target} => 1 } @entries;
	cmp_ok(scalar @entries, '>=', $atleast, "$name: several requests");
	is(scalar(keys %of), scalar @entries, "$name: none of them twice");
	is_deeply(
		[ \@long, \@without ],
		[ [], [] ],
		"$name: each within the limit, with its share");
	return;
}
my $guids =
	'SELECT DISTINCT customer_tenant_id FROM local.license_deployment '
  . 'WHERE customer_tenant_id IS NOT NULL ORDER BY 1 LIMIT 120';
my $guid_list = join ', ', map { "'$_'" } split /\n/, $pca->sql($guids);
my $name_list =
  "SELECT array_agg(DISTINCT customer_name) FROM local.license_deployment WHERE length(customer_name) < 400";
my @lists = (
	[
		"SELECT * FROM license_deployment WHERE customer_tenant_id IN ($guid_list)",
		5,
		'GUIDs'
	],
	[
		"SELECT * FROM license_deployment WHERE customer_tenant_id IN ($guid_list) AND channel = 'direct'",
		5,
		'GUIDs and a condition'
	],
	[
		"SELECT * FROM license_deployment WHERE customer_name = ANY (($name_list)::text[])",
		3,
		'names'
	],
	[
		"SELECT customer_name, sum(licenses_sold) FROM license_deployment WHERE customer_name = ANY (($name_list)::text[]) GROUP BY 1",
		3,
		'names, grouped'
	],
	[
		"SELECT * FROM license_deployment WHERE customer_tenant_id IN ($guid_list) AND product_id = ANY ((SELECT array_agg(DISTINCT product_id) FROM local.license_deployment)::text[])",
		2,
		'two lists'
	]);
# With max_rows, the pages of the whole table are never read instead.
$session->query(
	'ALTER FOREIGN TABLE license_deployment OPTIONS (ADD max_rows $$1000000$$)'
);
foreach my $comparison ('sensitive', 'insensitive', 'insensitive_trailing')
{
	$pca->config(string_comparison => $comparison);
	shared_out(@$_[ 0, 1 ], "$_->[2] with strings $comparison")
	  foreach @lists;
}
$pca->reset;
$session->query(
	'ALTER FOREIGN TABLE license_deployment OPTIONS (DROP max_rows)');

# LIMIT over such a list stops when there is enough.
$session->query(
	"SELECT FROM license_deployment WHERE customer_tenant_id IN ($guid_list) LIMIT 1"
);
is(scalar(filters()), 1, 'LIMIT does not ask for the other shares');

# Patterns that are parameters of generic plans: the text that is sent is that of the
# pattern, if the API finds every row with it.
my @patterns = (    # condition, patterns with what is sent
	[
		'subscriptions WHERE friendly_name LIKE $1',
		'%OFFICE%' => "contains(friendlyName,'OFFICE')",
		'OFFICE%' => "contains(friendlyName,'OFFICE')",
		'%100\%%' => "contains(friendlyName,'100%')",
		'%OFF_CE%' => '',
		'%O%E%' => '',
		'%' => ''
	],
	[
		"subscriptions WHERE product_name LIKE '%' || \$1 || '%' AND status = 'ACTIVE'",
		'OFFICE' =>
		  "(contains(productName,'OFFICE')) and (status eq 'ACTIVE')",
		'OFF_CE' => "status eq 'ACTIVE'"
	],
	[
		"subscriptions WHERE product_name LIKE \$1 OR status = 'ACTIVE'",
		'%OFFICE%' =>
		  "(contains(productName,'OFFICE') or status eq 'ACTIVE')",
		'%OFF_CE%' => ''
	],
	[
		'subscriptions WHERE status LIKE $1', 'ACT%' => ''
	],
	[
		'customers WHERE company_name LIKE $1',
		'L%' =>
		  '{"Field":"CompanyName","Value":"L","Operator":"starts_with"}',
		'%a%' => ''
	],
	[
		'customers WHERE company_name ILIKE $1',
		'l_t%' =>
		  '{"Field":"CompanyName","Value":"l","Operator":"starts_with"}',
		'lit%' => ''
	]);
$pca->local_copy($_) foreach qw(subscriptions customers);
my $prepared = $pca->session;
$prepared->query('SET plan_cache_mode = force_generic_plan');
foreach my $case (@patterns)
{
	my ($condition, @sent) = @$case;
	my $columns = $condition =~ /^customers/ ? 'id' : 'id, friendly_name';
	$prepared->query(
		"DEALLOCATE ALL; PREPARE foreign_rows(text) AS SELECT $columns FROM partner_center.$condition;"
		  . "PREPARE local_rows(text) AS SELECT $columns FROM local.$condition"
	);
	while (my ($pattern, $filter) = splice @sent, 0, 2)
	{
		$pca->log_entries;
		my @rows = sort split /\n/,
		  $prepared->query("EXECUTE foreign_rows('$pattern')");
		my ($request) = $pca->requests;
		is_deeply(
			\@rows,
			[
				sort split /\n/,
				$prepared->query("EXECUTE local_rows('$pattern')")
			],
			"$condition, $pattern: the rows");
		cmp_ok(scalar(@rows), '>', 0, "$condition, $pattern: there are rows");
		is(($request =~ /filter=(.*)/ ? $1 : ''),
			$filter, "$condition, $pattern: the filter");
	}
}
is($prepared->query('EXECUTE foreign_rows(NULL)'),
	'', 'a pattern that is NULL has no rows');
is(scalar(() = $pca->requests), 0, 'and needs no request');

done_testing();
