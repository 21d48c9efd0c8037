package bus

import "time"

// SetAckWait shortens the acknowledgement timeout of consumers that Setup makes.
func (b *Bus) SetAckWait(d time.Duration) { b.ackWait = d }
