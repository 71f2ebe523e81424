#!/usr/bin/perl -w
# Packets without connections, many at once in one process.
#   udp.pl answer NAME PORT…   answers every packet with NAME
#   udp.pl ask                 reads lines of a number, an address and a port, sends a packet to each and prints the
#                              number with the answer, or "dropped" where none comes in 2 seconds

$| = 1;
my $what = shift;
my $address = sub { pack "S n C4 x8", 2, $_[1], split /\./, $_[0] };
my %sockets;
my $open = sub {
    socket my $socket, 2, 2, 17 or die "socket: $!";
    bind $socket, $address->("0.0.0.0", $_[0]) or die "bind: $!";
    return $sockets{ fileno $socket } = $socket;
};

# Waits for packets and calls the code with the socket, the text and the sender of each.
my $receive = sub {
    my ($seconds, $code) = @_;
    my $readable = "";
    vec($readable, $_, 1) = 1 for keys %sockets;
    select $readable, undef, undef, $seconds;
    for my $number (grep { vec $readable, $_, 1 } keys %sockets) {
        my $sender = recv $sockets{$number}, my $text, 99, 0;
        $code->($sockets{$number}, $text, $sender) if $sender;
    }
};

if ($what eq "answer") {
    my $name = shift;
    $open->($_) for @ARGV;
    $receive->(undef, sub { send $_[0], $name, 0, $_[2] }) while 1;
}

# Each from a port of its own: of two packets to one pod, by its address and by a Service, the answers are told apart by it.
my %waiting;
while (<STDIN>) {
    my ($number, $host, $port) = split;
    my $socket = $open->(0);
    $waiting{ fileno $socket } = $number;
    send $socket, "?", 0, $address->($host, $port);
}
my $end = time + 3;
while (%waiting && time < $end) {
    $receive->(0.5, sub { print delete $waiting{ fileno $_[0] }, " $_[1]\n" });
}
print "$_ dropped\n" for values %waiting;
