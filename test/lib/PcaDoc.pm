# The SQL of the documents, and how it is made to run against the mock API.
#
# A block is what stands between ```sql and ```.  A comment in the line before
# it says what is special about it:
#
#     <!-- not run: why -->
#     <!-- expect error: SQLSTATE -->
#     <!-- fresh database -->             starts again, with nothing created yet
#     <!-- with pg_cron -->               schedules jobs
#     <!-- with a browser -->             the first statement returns a URL, whose
#                                         address after a sign-in the second one has
package PcaDoc;

use strict;
use warnings FATAL => 'all';

# All blocks of a document: {file, line, sql, skip, error, fresh, cron, browser}, and as
# text the block of ```text that follows with nothing between.
sub blocks
{
	my ($file) = @_;
	my (@blocks, $block, $text, %says);
	open(my $document, '<:encoding(UTF-8)', $file)
	  or die "could not read $file: $!";
	while (my $line = <$document>)
	{
		if ($text)
		{
			undef $text if $line =~ /^\s*```\s*$/;
			$$text .= $line if $text;
		}
		elsif ($block && $line =~ /^\s*```\s*$/)
		{
			push @blocks, $block;
			($block, %says) = (undef, follows => 1);
		}
		elsif ($block)
		{
			$block->{sql} .= $line;
		}
		elsif ($line =~ /^\s*```sql\s*$/)
		{
			delete $says{follows};
			$block = { file => $file, line => $., sql => '', %says };
		}
		elsif ($says{follows} && $line =~ /^\s*```text\s*$/)
		{
			$blocks[-1]->{text} = '';
			$text = \$blocks[-1]->{text};
		}
		elsif ($line =~ /\S/)
		{
			%says = _directive($line);
		}
	}
	die "$file:$block->{line}: the block does not end" if $block;
	return @blocks;
}

sub _directive
{
	my ($line) = @_;
	return (skip => $1) if $line =~ /^\s*<!--\s*not run:\s*(\S.*?)\s*-->/;
	return (error => $1)
	  if $line =~ /^\s*<!--\s*expect error:\s*([0-9A-Z]{5})\s*-->/;
	return (fresh => 1) if $line =~ /^\s*<!--\s*fresh database\s*-->/;
	return (cron => 1) if $line =~ /^\s*<!--\s*with pg_cron\s*-->/;
	return (browser => 1)
	  if $line =~ /^\s*<!--\s*with a browser\s*-->/;
	return ();
}

# The block's SQL with the mock API in place of the service: its URLs for each
# server, and for the values of these options those given.
sub for_mock_api
{
	my ($sql, $url, %values) = @_;
	my %all = (%values, base_url => $url, login_url => $url);
	my $names = join '|', sort { length $b <=> length $a } keys %all;
	$sql =~ s/\b($names)(\s+)'(?:[^']|'')*'/$1$2'$all{$1}'/g;
	$sql =~
	  s{(CREATE\s+SERVER\s+[^;]*?FOREIGN\s+DATA\s+WRAPPER\s+pc_analytics_fdw)([^;]*);}
             {$1 . _with_urls($2, $url) . ';'}gies;
	return $sql;
}

# The rest of a CREATE SERVER, with the URLs that it does not give.
sub _with_urls
{
	my ($rest, $url) = @_;
	$url =~ s/^http:/https:/ if $rest =~ /\bproxy\s/;
	my $missing = join ', ',
	  map { "$_ '$url'" } grep { $rest !~ /\b$_\b/ } qw(base_url login_url);
	return $rest unless $missing;
	return $rest if $rest =~ s/\bOPTIONS\s*\(/OPTIONS ($missing, /i;
	return "$rest OPTIONS ($missing)";
}

1;
