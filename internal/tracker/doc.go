// Package tracker announces one torrent to its trackers: it is told the torrent and the numbers of
// the transfer, and gives addresses of peers and counts of the swarm. It owns the tracker protocols over
// HTTP and UDP, when to announce to whom, and what to make of the answers. It must not know
// what is done with the addresses, whether a torrent is private, or which hosts may be reached: the HTTP
// client and the dialer that it is handed decide the latter.
//
// All tiers work at once, so a dead tracker in one delays nothing in another. Within a tier the order
// of BEP 12 holds: shuffled at first, and whoever answers goes to the front. While none has answered, the next
// one is tried beside those that keep silent. The announcers of one process may share a Gate, where those
// wait that want the same host.
//
// Every reply is hostile: at most 1 MiB before and after decompression, a minute for all of an attempt, at
// most 2,000 peers, texts of at most 256 bytes, which are handed on unescaped. Passkeys in URLs stay out of
// errors, logs and Status.
//
// Both protocols are written here, small, instead of taken from anacrolix/torrent's tracker packages,
// because of what this package promises: a fixed bound on every reply and on the depth of its
// bencoding, one address looked up and checked per announce whose datagrams alone are listened to,
// and an end at which nothing is left running.
//
// The sources: BEP 3, 7, 12, 15, 21, 23, 24, 31, 41, 48.
package tracker
