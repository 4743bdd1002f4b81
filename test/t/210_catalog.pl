# The catalog, as the manual's tables have it: each field with each operator
# of the API. An operator that a field has is sent, any other is evaluated
# locally, and the rows are those of a local copy.
use strict;
use warnings FATAL => 'all';

use PcaTest;
use Test::More;

my @operators = qw(eq ne gt ge lt le contains);
my %written = (
	eq => '=',
	ne => '<>',
	gt => '>',
	ge => '>=',
	lt => '<',
	le => '<=',
	contains => 'LIKE');
my $pca = PcaTest->new(
	rows => 150,
	customers => 20,
	string_comparison => 'sensitive',
	server =>
	  { string_comparison => 'case_sensitive', guid_spelling => 'upper' });
my $session = $pca->session;
my %catalog = manual('doc/tables.md');
cmp_ok(scalar(keys %catalog), '==', 7, 'tables with columns that are sent');

foreach my $table (sort keys %catalog)
{
	$pca->local_copy($table);
	foreach my $column (@{ $catalog{$table} })
	{
		my $value = sample($table, $column) // next;
		check($table, $column, $_, $value)
		  foreach grep { fits($_, $column->{type}) } @operators;
	}
}

# The manual's tables: for each its columns with name, type, API field and the
# operators that it says.
sub manual
{
	my ($file) = @_;
	my (%tables, @current);
	open(my $manual, '<:encoding(UTF-8)', $file)
	  or die "could not read $file: $!";
	while (my $line = <$manual>)
	{
		@current = $1 =~ /(\w+)/g if $line =~ /^## (.*)/;
		@current = ($1) if $line =~ /^\| column of `(\w+)`/;
		my @cells = map { s/^\s+|\s+\z//gr } split /\|/, $line;
		next
		  unless @cells > 4
		  && $cells[1] =~ /^`/
		  && $cells[4] =~ /^(?:no|date|`\w+`.*)$/;
		my ($type) = $cells[2] =~ /^`(\w[\w ]*)`/ or next;
		my @names = $cells[1] =~ /`(\w+)`/g;
		my @fields = $cells[3] =~ /`(\w+)`/g;
		foreach my $name (@names)
		{
			push @{ $tables{ $current[0] } },
			  {
				name => $name,
				type => $type,
				says => $cells[4],
				field => @names == 1
				? $fields[0]
				: $name =~ s/_(\w)/uc $1/ger
			  };
		}
	}
	return map { $_ => $tables{$_} }
	  grep     { /^(?:license|azure|subscr|search|referr|indirect)/ }
	  keys %tables;
}

# A value that the column holds, and that needs no quoting.  A date is of a whole second.
sub sample
{
	my ($table, $column) = @_;
	my $name =
	  $column->{says} eq 'date'
	  ? "date_trunc('second', $column->{name})"
	  : $column->{name};
	my $value = $pca->sql(
		"SELECT $name FROM local.$table WHERE $name\::text ~ '^[[:alnum:]][[:alnum:] .:-]*\$' "
		  . "ORDER BY md5($name\::text) LIMIT 1");
	return $value eq '' ? undef : $value;
}

# Whether PostgreSQL has that operator for the type, as far as it matters here.
sub fits
{
	my ($operator, $type) = @_;
	return
		$operator eq 'contains'            ? $type eq 'text'
	  : $type =~ /^(?:text|uuid|boolean)$/ ? $operator =~ /^(?:eq|ne)$/
	  :                                      1;
}

sub has
{
	my ($column, $operator) = @_;
	return $operator ne 'contains' if $column->{says} eq 'date';
	return $column->{says} =~ /`$operator`/;
}

# What must be sent, as a regular expression; undef: nothing.
sub expected
{
	my ($column, $operator, $value) = @_;
	my $field = $column->{field};
	my $search =
	  $operator eq 'eq' && !has($column, 'eq') && has($column, 'contains');
	return undef unless has($column, $operator) || $search;
	return qr/contains\($field,'\Q$value\E'\)/
	  if $search || $operator eq 'contains';
	return qr/$field $operator '\U$value\E'/ if $column->{type} eq 'uuid';
	return qr/$field $operator true/ if $column->{type} eq 'boolean';
	return qr/$field $operator '\Q$value\E'/ if $column->{type} eq 'text';
	my $date =
	  qr/cast\('\d{4}-\d\d-\d\d(?:T[\d:.]+)?', Edm\.DateTimeOffset\)/;
	return
	  qr/(?:$field eq $date|\($field ge $date\) and \($field le $date\))/
	  if $operator eq 'eq';
	return qr/$field $operator $date/;
}

sub check
{
	my ($table, $column, $operator, $value) = @_;
	my $literal =
		$operator eq 'contains'      ? "'%$value%'"
	  : $column->{type} eq 'boolean' ? '(SELECT true)'
	  :                                "'$value'";
	my $condition = "$column->{name} $written{$operator} $literal";
	my $sent = expected($column, $operator, $value);

	$pca->log_entries;
	$pca->same_query(
		"SELECT * FROM $table WHERE $condition", "$table: $condition",
		session => $session,
		empty => 1);
	my ($filter) = join("\n", $pca->requests) =~ /&filter=(.*?)(?:&|\n|\z)/;
	defined $sent
	  ? like($filter // 'nothing', qr/\A$sent\z/, '... is sent')
	  : is($filter, undef, '... stays local');
	return;
}

done_testing();
