//go:build !linux

package ingest

import (
	"errors"
	"net"
)

const controlSize = 0

// overflows counts nothing: only Linux tells.
type overflows struct{}

func countOverflows(*net.UDPConn) *overflows { return &overflows{} }

func (*overflows) drops([]byte) uint32 { return 0 }

func receiveBuffer(*net.UDPConn) (int, error) { return 0, errors.ErrUnsupported }
