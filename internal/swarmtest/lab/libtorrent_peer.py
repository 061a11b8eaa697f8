"""A libtorrent peer that a test drives.

  libtorrent_peer.py create PATH TORRENT [--tracker URL]... [--piece-length N]
  libtorrent_peer.py peer [--source TORRENT|MAGNET --dir DIR [--seed]] [--listen ADDR:PORT]
                          [--peer HOST:PORT]... [--dht] [--dht-bootstrap HOST:PORT] [--lsd] [--no-pex] [--utp | --both] [--encrypted]
                          [--super-seed] [--wanted N,N...] [--up BYTES] [--down BYTES]

create writes a v1 torrent and prints {"infohash", "magnet"}. peer runs until it gets a signal, and prints a
line of JSON at every change: state, done, wanted, complete (and on disk), metadata (is it known), peers,
with (those that the handshake is done with, see below), downloaded, uploaded, failed (bytes that did not hash right),
error, dht (is it running), dht_nodes, and dht_peers (whom the DHT told of). Without --source it is a node of the DHT and nothing
else. --utp: no TCP, --both: uTP beside it; --encrypted: nothing in the clear; --wanted: these files alone, by number; --up, --down: limits a second.

A peer under with is {"addr", "client", "sources", "marks", "pieces"}. Where it was learned from: tracker, dht, pex, lsd, resume.
What is known of it: incoming, utp, rc4, plaintext (after the encrypted handshake), seed, upload_only.

libtorrent runs no DHT on an interface without a default route: use namespaces that have one. Its
rules that distrust addresses of private networks in the DHT are off.
"""
import argparse
import json
import os
import time

import libtorrent as lt


def create(o):
    files = lt.file_storage()
    lt.add_files(files, o.path)
    torrent = lt.create_torrent(files, o.piece_length, lt.create_torrent.v1_only)
    for tier, url in enumerate(o.tracker):
        torrent.add_tracker(url, tier)
    lt.set_piece_hashes(torrent, os.path.dirname(os.path.abspath(o.path)))
    data = lt.bencode(torrent.generate())
    with open(o.torrent, 'wb') as f:
        f.write(data)
    info = lt.torrent_info(o.torrent)
    print(json.dumps({'infohash': str(info.info_hash()), 'magnet': lt.make_magnet_uri(info)}), flush=True)


def settings(o):
    policy = 0 if o.encrypted else 2  # forced, disabled
    return {
        'listen_interfaces': o.listen, 'alert_mask': lt.alert.category_t.dht_notification | lt.alert.category_t.storage_notification | lt.alert.category_t.error_notification,
        'enable_dht': o.dht or bool(o.dht_bootstrap), 'dht_bootstrap_nodes': o.dht_bootstrap,
        'dht_restrict_routing_ips': False, 'dht_restrict_search_ips': False, 'dht_ignore_dark_internet': False,
        'dht_enforce_node_id': False, 'dht_prefer_verified_node_ids': False, 'dht_announce_interval': 10,
        'enable_lsd': o.lsd, 'enable_upnp': False, 'enable_natpmp': False, 'allow_multiple_connections_per_ip': True,
        'enable_outgoing_utp': o.utp or o.both, 'enable_incoming_utp': o.utp or o.both,
        'enable_outgoing_tcp': not o.utp, 'enable_incoming_tcp': not o.utp,
        'in_enc_policy': policy, 'out_enc_policy': policy,
    }


def add(session, o):
    if o.source.startswith('magnet:'):
        p = lt.parse_magnet_uri(o.source)
    else:
        p = lt.add_torrent_params()
        p.ti = lt.torrent_info(o.source)
    p.save_path = o.dir
    p.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    if o.seed:
        p.flags |= lt.torrent_flags.seed_mode
    if o.no_pex:
        p.flags |= lt.torrent_flags.disable_pex
    if o.super_seed:
        p.flags |= lt.torrent_flags.super_seeding
    if o.wanted:
        p.file_priorities = [4 if str(i) in o.wanted.split(',') else 0 for i in range(p.ti.num_files())]
    handle = session.add_torrent(p)
    handle.set_upload_limit(o.up)  # those of the session leave out who is near
    handle.set_download_limit(o.down)
    for peer in o.peer:
        host, _, port = peer.rpartition(':')
        handle.connect_peer((host.strip('[]'), int(port)))
    return handle


SOURCES = {1: 'tracker', 2: 'dht', 4: 'pex', 8: 'lsd', 16: 'resume'}
MARKS = {lt.peer_info.rc4_encrypted: 'rc4', lt.peer_info.plaintext_encrypted: 'plaintext', lt.peer_info.seed: 'seed', lt.peer_info.upload_only: 'upload_only'}
UTP = 1 << 17  # of peer_info's flags: the binding has no name for it


def peers(handle):
    found = []
    for p in handle.get_peer_info():
        if p.flags & (lt.peer_info.connecting | lt.peer_info.handshake):
            continue
        marks = [name for bit, name in MARKS.items() if p.flags & bit]
        if not p.flags & lt.peer_info.outgoing_connection:  # libtorrent: set where it is ours
            marks.append('incoming')
        if p.flags & UTP:
            marks.append('utp')
        found.append({'addr': '%s:%d' % p.ip, 'client': p.client.decode(errors='replace'), 'marks': sorted(marks),
                      'sources': [name for bit, name in SOURCES.items() if p.source & bit], 'pieces': p.num_pieces})
    return sorted(found, key=lambda p: p['addr'])


def snapshot(session, handle, dht_peers, flushed):
    said = {'dht': session.is_dht_running() and session.is_listening(), 'dht_nodes': session.status().dht_nodes, 'dht_peers': sorted(dht_peers)}
    if handle is None:
        return said
    s = handle.status()
    said |= {'state': str(s.state), 'done': s.total_wanted_done, 'wanted': s.total_wanted, 'metadata': s.has_metadata,
             'complete': s.state == lt.torrent_status.states.seeding and flushed, 'peers': s.num_peers, 'downloaded': s.total_payload_download,
             'uploaded': s.total_payload_upload, 'failed': s.total_failed_bytes, 'with': peers(handle),  'error': s.errc.message() if s.errc.value() else ''}
    return said


def peer(o):
    session = lt.session(settings(o))
    handle = add(session, o) if o.source else None
    dht_peers, last = set(), None
    flushing = flushed = o.seed
    while True:
        for a in session.pop_alerts():
            if isinstance(a, lt.dht_get_peers_reply_alert):
                dht_peers.update('%s:%d' % p for p in a.peers())
            if isinstance(a, lt.cache_flushed_alert):
                flushed = True
        if handle is not None and not flushing and handle.status().is_seeding:
            handle.flush_cache()
            flushing = True
        now = snapshot(session, handle, dht_peers, flushed)
        if now != last:
            print(json.dumps(now), flush=True)
            last = now
        time.sleep(0.05)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = ap.add_subparsers(required=True)
    c = verbs.add_parser('create')
    c.set_defaults(run=create)
    c.add_argument('path')
    c.add_argument('torrent')
    c.add_argument('--tracker', action='append', default=[])
    c.add_argument('--piece-length', type=int, default=0)
    p = verbs.add_parser('peer')
    p.set_defaults(run=peer)
    for flag in ('--source', '--dir', '--dht-bootstrap', '--wanted'):
        p.add_argument(flag, default='')
    p.add_argument('--listen', default='0.0.0.0:0')
    p.add_argument('--peer', action='append', default=[])
    p.add_argument('--up', type=int, default=0)
    p.add_argument('--down', type=int, default=0)
    for flag in ('--seed', '--dht', '--lsd', '--no-pex', '--utp', '--both', '--encrypted', '--super-seed'):
        p.add_argument(flag, action='store_true')
    o = ap.parse_args()
    o.run(o)


if __name__ == '__main__':
    main()
