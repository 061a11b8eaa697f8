// Package lsd owns the discovery of peers in the local network (BEP 14): it tells the network's
// multicast groups which torrents are shared here, and hears which ones others share. Infohashes go in
// and addresses come out: it must not know torrents, pieces or connections.
//
// Whoever is in the local network may say anything here, so messages are bounded in size and number,
// and only senders with an address of the local network are believed. Where there is no multicast the
// service finds nobody and says so at debug level only. A private torrent must not be announced here;
// that is the caller's to see to.
package lsd
