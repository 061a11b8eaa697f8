// Package dht owns the program's node in the distributed hash table (BEP 5), on IPv4 and IPv6 (BEP 32):
// its routing tables and the file they survive restarts in, the peers that other nodes announced to it,
// and the search for the peers of an infohash. Addresses go in and addresses come out: it must not know
// torrents, pieces or connections, nor open a socket of its own.
//
// Each family of addresses is a node of its own, with its own socket, id and routing table (BEP 45). A packet
// comes in through socket.go and packet.go, and goes to exchange.go if it answers a query of ours, else to
// answer.go. A walk (walk.go) over a frontier of nodes is what finds peers (lookup.go), counts them (scrape.go,
// BEP 33) and finds our neighbours (join.go). The id is made from the address that others see us at (identity.go,
// BEP 42), and a node that nobody reaches says so (reach.go, BEP 43).
//
// What keeps the node useful among hostile ones:
//
//   - A node enters the table only after it answered a query of ours, from the address that was asked and with a
//     transaction id that cannot be guessed. It stays as long as it answers, whoever comes after it.
//   - Hosts and networks have shares of the table, of a search and of the store (crowd.go), and one voice each
//     about our address (external.go).
//   - Nodes whose ids do not fit their addresses are second choice everywhere, and a search does not end at them.
//   - Who is not known to read what it is sent gets three times the size of its query at most, and every host and
//     all strangers together so many answers a second.
//
// No rule on addresses or node ids applies to loopback and private networks, so a whole DHT of test nodes may
// live on 127.0.0.1.
package dht
