// Package simnet owns a simulated network for tests: hosts with addresses and bandwidth, paths with delay
// and loss, NAT, partitions and resets, and in-memory connections (net.Conn) between the hosts. It must
// not know what is sent over it. It runs inside a bubble of testing/synctest, where the time package is
// virtual: hours of traffic pass in seconds, and every wait is exact.
//
// # The model
//
// A connection is two independent streams of bytes. What Write takes waits in a send buffer, which is small where the
// congestion window is and grows with it; Write blocks while it is full. The sender's uplink serves its streams in turn, a few milliseconds'
// worth of bytes (a chunk) at a time, so that busy streams share it evenly. A chunk then travels for the delay of
// the path, passes the receiver's downlink in order of arrival (it may begin to pass while it still comes in), and
// lies in the receive buffer until it is read. It is acknowledged one delay after its delivery.
//
// A stream has a congestion window, which bounds what is not acknowledged: it begins at ten segments, doubles every
// round trip while it is what holds the stream back, and after a loss grows by a segment a round trip (Reno).
// Loss is given for a packet. A chunk that loses a packet arrives one round trip later, what follows waits for it,
// and the window is halved, at most once a round trip: a lossy path is slow and uneven, but never loses or
// reorders bytes. What is unread at the receiver and what is not acknowledged together stay below the receive window.
//
// A stream that adds to a queue of more than a tenth of a second before a downlink halves its window too, as if that
// queue were full, and now and then at half that length.
//
// What is simple on purpose: nothing is ever dropped in a queue, acknowledgements and connection
// set-up need no bandwidth, a window does not shrink when a connection is idle, and a connection that is cut by
// a partition goes on one second after it heals, however long it was cut.
//
// # NAT
//
// Dial is TCP's way: it reaches hosts that are open. DialFrom is uTP's, from the port that the host listens on: two hosts
// behind NATs that dial each other within a few seconds get through where the kinds of their NATs allow it (two cones, a
// full cone and anything that sends), as hole punching has it (BEP 55). See NAT.
//
// # Determinism
//
// All random choices come from the seed, virtual time is exact, and events of one instant happen in the order in which they
// were made. What is left is the order of goroutines that run at one instant. With GOMAXPROCS=1, and as long as the
// timers of those who use the network do not run out at the same nanosecond, that is the same in every run but for the rare
// one in which the machine takes the processor away at the wrong moment: a run with the same seed is the same run.
//
// # Cost
//
// One event a chunk and stage, from one heap with one timer for the whole network; no goroutine waits for a chunk but the
// reader. What an uplink sends within a fifth of a millisecond is chosen at once, though it leaves at its own times, and a
// packet that finds the downlink idle is delivered when it arrives.
package simnet
