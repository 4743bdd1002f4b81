# What the kernel refuses is an error, at once, and the session goes on: a
# library before the others (test/lib/refuse.c) refuses it when a file says so.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use PcaTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $tests = abs_path(dirname(__FILE__) . '/..');
my $place = $PostgreSQL::Test::Utils::tmp_check;
my $refuse = "$place/refuse.$$";    # what test/lib/refuse.c reads

system('cc', '-shared', '-fPIC', '-o', "$place/refuse.$$.so", "$tests/lib/refuse.c", '-ldl') == 0
  or BAIL_OUT('there is no C compiler');

my $pca;
{
    local @ENV{qw(LD_PRELOAD REFUSE)} = ("$place/refuse.$$.so", $refuse);
    $pca = PcaTest->new(rows => 400, latency_ms => 20, server => { page_size => 100, max_retries => 0 });
}
my $all = "SELECT count(*) FROM license_deployment WHERE coalesce(channel, '') IS NOT NULL";

# Refuse the call after so many more.
sub refuse
{
    my ($function, $after) = @_;
    append_to_file($refuse, "$function $after \n");
    return;
}

my $unwatched = qr/[Aa] socket could not be watched: No space left on device/;
foreach my $case ([ 'epoll_ctl', 0, $unwatched ], [ 'epoll_ctl', 1, $unwatched ], [ 'epoll_ctl', 2, $unwatched ],
    [ 'socket', 0, qr/the connection failed/ ], [ 'socket', 1, qr/the connection failed/ ])
{
    my ($function, $after, $expected) = @$case;
    my $what = "$function, after $after calls";
    my $session = $pca->session;
    $session->query('SET statement_timeout = 20000');
    refuse($function, $after);
    like($session->error_of($all)->{text}, $expected, "$what: an error that says it");
    ok(!-e $refuse, "$what: it was that call");
    unlink $refuse;
    is($session->query($all), '400', "$what: the session goes on");
}

done_testing();
