// Package utp owns the micro transport protocol (BEP 29): connections over one UDP socket that give way to
// other traffic. A Mux takes over the reading of a socket, tells uTP packets from all others, and hands the others
// to whoever shares the socket, which is the DHT. It must not know what the connections carry: no torrent, no
// peer protocol, no encryption.
//
// # How a connection works
//
// What Write takes waits in a buffer of the connection and is cut into packets when they are sent. Every packet
// counts, has a number of its own and is never cut anew. The receiver acknowledges the last number up to which
// it has all, and in a bit mask what came beyond it (the selective acknowledgement). A packet is lost when others
// that were sent well after it have arrived; it is sent again at once. When nothing comes back at all, a timer does that.
//
// How much is in the air is decided by the delay (LEDBAT, RFC 6817): the receiver tells how long each packet was under way,
// the smallest value of the last minutes is the path's own, and what is above it waits in queues that we fill. The aim
// is a tenth of a second in those queues: what is below lets the window grow, what is above makes it shrink, so that a
// transfer over TCP, which fills the queue to the brim, pushes this one aside.
//
// # Goroutines and locks
//
// A Mux has two goroutines. The reader takes packets from the socket and works them into their connection under its lock.
// The writer serves the queue of connections that have something to say: under the connection's lock it
// has the packets built, and sends them together. So acknowledgements and data of many events go out in few packets,
// and a full socket holds up nobody but the writer. A connection has one timer for all its deadlines and no goroutine.
//
// A connection's lock may be held while the lock of the Mux or of a queue is taken, never the other way round.
//
// # What strangers can do
//
// Every number from a packet is checked against what was sent or can be expected, a reset too. A connection that was asked for is handed to
// Accept when its first data has come, which proves that the other side reads what is sent to its address; until then it is
// one of at most 256, of which any gives way to a new one. Buffers are bounded for each connection and for all
// together, and so are answers to packets that belong to nothing.
package utp
