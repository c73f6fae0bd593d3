package fleet

import "math"

// absence is a stretch of a room's sequence that history may bring in place of a socket: above the last seq read before
// the socket broke, up to the first one read from the next socket or to where the resume ended, whichever came first.
// What comes outside of it by history alone is a message that a live subscription missed, and stays undelivered. It is
// judged by seq: ack times would blame a chat for what was on its way when a gateway died.
type absence struct{ afterSeq, uptoSeq int64 }

// stillAway is the end of an absence that goes on.
const stillAway = math.MaxInt64

// leave notes that the socket is gone. An absence in which nothing was read or resumed goes on.
func (m *membership) leave() {
	m.oldSeq, m.liveSeq = max(m.oldSeq, m.liveSeq), 0
	if n := len(m.away); n == 0 || m.away[n-1].uptoSeq != stillAway {
		m.away = append(m.away, absence{m.oldSeq, stillAway})
	}
}

// heard notes a seq read from the socket: from here on the socket must bring everything.
func (m *membership) heard(seq int64) {
	if n := len(m.away); n > 0 && m.away[n-1].uptoSeq == stillAway {
		m.away[n-1].uptoSeq = seq
	}
	m.liveSeq = max(m.liveSeq, seq)
	m.tipSeq = max(m.tipSeq, seq)
}

// missed tells whether the member may have missed seq for want of a socket.
func (m *membership) missed(seq int64) bool {
	for _, absence := range m.away {
		if seq > absence.afterSeq && seq <= absence.uptoSeq {
			return true
		}
	}
	return false
}

// leave notes for every room that the socket is gone. The caller holds the receive lock.
func (c *client) leave() {
	for i := range c.rooms {
		c.rooms[i].leave()
	}
	clear(c.repeated)
}

// away tells whether the client is without subscriptions.
func (c *client) away() bool { return c.wasDown && c.upUs < 0 }

// overlaps tells whether message k, delivered before, may lawfully come from this socket too: history brought it, or a
// socket before this one did and the new gateway lags behind the old one. The second time on one socket is a duplicate.
func (c *client) overlaps(m *membership, k int, seq int64) bool {
	_, repeated := c.repeated[k]
	_, byHistory := c.byHistory[k]
	if repeated || !byHistory && seq > m.oldSeq {
		return false
	}
	delete(c.byHistory, k)
	c.repeats(m, k, seq)
	return true
}

// repeats remembers a message read from this socket that its seq alone would take for an older socket's.
func (c *client) repeats(m *membership, k int, seq int64) {
	if seq <= m.oldSeq {
		c.repeated[k] = struct{}{}
	}
}
