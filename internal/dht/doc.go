// Package dht owns the program's node in the distributed hash table (BEP 5), on IPv4 and IPv6 (BEP 32):
// its routing tables and the file they survive restarts in, the peers that other nodes announced to it,
// and the search for the peers of an infohash. Addresses go in and addresses come out: it must not know
// torrents, pieces or connections, nor open a socket of its own.
//
// The wire code, the matching of answers to queries and the routing table are those of
// github.com/anacrolix/dht/v2, one server for each family. Around it stand three things of ours. The
// filter (filter.go) reads every packet first, drops what is malformed and hands on a re-encoded copy,
// so that the library sees only messages of our own making. Queries of others are answered here
// (answer.go), because an answer may hold nodes of both families and its size depends on who asks. And
// searches run here (lookup.go), because they end with their context, give up on slow nodes early and
// report peers as they come.
//
// A node enters a routing table only after it answered a query of ours; whoever merely writes to us is
// asked first. No rule on addresses or node ids (BEP 42) applies to loopback and private networks, so a
// whole DHT of test nodes may live on 127.0.0.1.
package dht
