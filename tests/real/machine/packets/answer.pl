#!/usr/bin/perl -w
# Answers with a name, as one process: answer.pl NAME [ADDRESS:]PORT/PROTOCOL…
# With UDP each packet; with TCP each request of HTTP, by the field Server, on connections that stay open.

$SIG{PIPE} = "IGNORE";
my $name = shift;
my $answer = "HTTP/1.1 200 OK\r\nServer: $name\r\nContent-Length: 0\r\n\r\n";
my (%sockets, %handlers, %asked);

my $handle = sub {
    my ($socket, $handler) = @_;
    my $number = fileno $socket;
    ($sockets{$number}, $handlers{$number}) = ($socket, $handler);
};

my $packet = sub {
    my $sender = recv $_[0], my $text, 99, 0;
    send $_[0], $name, 0, $sender if $sender;
};

my $request = sub {
    my $number = fileno $_[0];
    if (sysread $_[0], my $text, 4096) {
        $asked{$number} .= $text;
        syswrite $_[0], $answer while $asked{$number} =~ s/^.*?\r\n\r\n//s;
        return;
    }
    delete $_->{$number} for \(%sockets, %handlers, %asked);
    close $_[0];
};

my $connection = sub {
    accept my $socket, $_[0] or return;
    $asked{ fileno $socket } = "";
    $handle->($socket, $request);
};

for (@ARGV) {
    my ($address, $port, $protocol) = m{^(?:(.*):)?(\d+)/(TCP|UDP)$} or die "$_?\n";
    my $isTcp = $protocol eq "TCP";
    socket my $socket, 2, $isTcp ? 1 : 2, 0 or die "socket: $!";
    setsockopt $socket, 1, 2, 1 or die "setsockopt: $!";
    bind $socket, pack "S n C4 x8", 2, $port, split /\./, $address || "0.0.0.0" or die "bind $_: $!";
    listen $socket, 1024 or die "listen: $!" if $isTcp;
    $handle->($socket, $isTcp ? $connection : $packet);
}
while (1) {
    my $readable = "";
    vec($readable, $_, 1) = 1 for keys %sockets;
    select $readable, undef, undef, undef;
    $handlers{$_}->($sockets{$_}) for grep { vec $readable, $_, 1 } keys %sockets;
}
