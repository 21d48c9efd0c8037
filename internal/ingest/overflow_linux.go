package ingest

import (
	"encoding/binary"
	"net"

	"golang.org/x/sys/unix"
)

// controlSize holds the one control message that is asked for.
const controlSize = 64

// overflows counts the datagrams that the kernel dropped because the receive
// buffer was full. With SO_RXQ_OVFL (socket(7)) each datagram carries the
// number dropped since the socket was made, modulo 2^32.
type overflows struct{ seen uint32 }

// countOverflows asks the kernel to tell. Where it can't, drops returns 0.
func countOverflows(conn *net.UDPConn) *overflows {
	raw, err := conn.SyscallConn()
	if err == nil {
		// A kernel that does not know the option just sends no counts.
		_ = raw.Control(func(fd uintptr) { _ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1) })
	}
	return &overflows{}
}

// drops returns how many datagrams were dropped since the last call.
func (o *overflows) drops(control []byte) uint32 {
	for len(control) > 0 {
		header, data, rest, err := unix.ParseOneSocketControlMessage(control)
		if err != nil {
			return 0
		}
		if header.Level == unix.SOL_SOCKET && header.Type == unix.SO_RXQ_OVFL && len(data) >= 4 {
			total := binary.NativeEndian.Uint32(data)
			drops := total - o.seen
			o.seen = total
			return drops
		}
		control = rest
	}
	return 0
}

// receiveBuffer returns the size of the receive buffer as its owner counts it:
// Linux reports twice that, for its own bookkeeping.
func receiveBuffer(conn *net.UDPConn) (int, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	size, inner := 0, error(nil)
	err = raw.Control(func(fd uintptr) { size, inner = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF) })
	if err == nil {
		err = inner
	}
	return size / 2, err
}
