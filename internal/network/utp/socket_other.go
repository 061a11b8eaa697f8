//go:build !linux

package utp

import "net"

func newUDP(conn *net.UDPConn) socket {
	return &single{conn: conn, buf: make([]byte, maxDatagram)}
}
