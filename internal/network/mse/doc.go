// Package mse owns the encrypted handshake of BitTorrent, Message Stream Encryption (also called protocol encryption, PE), and the
// RC4 stream after it; and it tells connections that open with it from plain ones. It must not know what is
// sent afterwards, nor which torrents there are: it is handed infohashes, which are the shared secrets of the handshake.
//
// There is no BEP for it. The specification is the page "Message Stream Encryption" of the Vuze wiki, and what it leaves open
// is done as the other clients do.
//
// What it is for: hiding from boxes on the way that treat BitTorrent badly. It keeps no secrets. Whoever knows the
// infohash can read along or step in between, and neither side proves who it is.
//
// # The handshake
//
//	1  A→B  Ya, PadA                                     a Diffie-Hellman exchange gives the secret S
//	2  B→A  Yb, PadB
//	3  A→B  H(req1, S), H(req2, infohash) ^ H(req3, S),
//	        RC4(VC, crypto_provide, len(PadC), PadC, len(IA), IA)
//	4  B→A  RC4(VC, crypto_select, len(PadD), PadD), and the payload as selected
//
// Y is a number of 96 bytes, H is SHA-1, VC eight zero bytes, and each Pad 0 to 512 bytes that end where the next thing is
// recognised or as its length says. IA is the beginning of A's payload, sent ahead. The keys of RC4 are
// H(keyA, S, infohash) for A and H(keyB, S, infohash) for B, and the first 1024 bytes of each key stream are skipped.
//
// The handshake reads not a byte beyond its end, so that a payload in the clear can be read from the socket itself afterwards.
package mse
