package fleet

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"chatlab/generator/histogram"
	"chatlab/generator/ledger"
	"chatlab/generator/pacer"
	"chatlab/generator/socket"
	"chatlab/generator/stomp"
)

// trouble is the history of a message that did not go through at once.
type trouble struct {
	refusals int
	// uncertain: an earlier attempt may have had its effect, so that no later refusal can call it off.
	uncertain bool
}

// maxRefusals with waits of 0.1, 0.2, 0.4, 0.8, 1.6 and then 2 s: a refusal is taken for final after about 20 s.
const maxRefusals = 13

// scratch is the memory in which one goroutine renders frames.
type scratch struct{ payload, frame, wire []byte }

// due takes message k over from the pacer, at or after its intended time.
func (c *client) due(run *run, k int, dueUs int64, s *scratch) {
	c.send.Lock()
	defer c.send.Unlock()
	if c.send.conn == nil {
		c.fleet.totals.deferred.Add(1)
		c.send.waiting = append(c.send.waiting, k)
		return
	}
	late := c.first(run, k, dueUs, s)
	run.log.Add(histogram.Lateness, dueUs, late)
	run.second.Load().late.Add(late)
}

// first writes message k for the first time and returns how late it was. The frame is stamped when it is handed to the
// socket; where the kernel takes it later, that is the peer's doing.
func (c *client) first(run *run, k int, dueUs int64, s *scratch) (lateUs int64) {
	wire, crc := run.render(k, s)
	lateUs = c.fleet.nowUs() - dueUs
	run.ledger.Send(k, crc, lateUs)
	c.fleet.totals.sent.Add(1)
	c.fleet.totals.pending.Add(1)
	c.send.unacked = append(c.send.unacked, k)
	c.put(wire)
	return lateUs
}

// put writes, and cuts the socket when that fails: the reader then starts the reconnect, which repeats the message.
func (c *client) put(wire []byte) {
	if c.write(c.send.conn, wire) != nil {
		c.send.conn.Close()
	}
}

// repeat is what a fresh socket begins with. The caller holds the send lock.
func (c *client) repeat() {
	run := c.fleet.run.Load()
	if run == nil {
		return
	}
	s := &scratch{}
	for _, k := range c.send.unacked {
		c.trouble(k).uncertain = true
		c.fleet.totals.retries.Add(1)
		wire, _ := run.render(k, s)
		c.put(wire)
	}
	for _, k := range c.send.waiting {
		if run.ledger.Has(k, ledger.Sent) {
			c.fleet.totals.retries.Add(1)
			c.send.unacked = append(c.send.unacked, k)
			wire, _ := run.render(k, s)
			c.put(wire)
			continue
		}
		c.first(run, k, run.schedule.IntendedUs(k), s)
	}
	c.send.waiting = nil
}

func (c *client) trouble(k int) *trouble {
	if c.troubled[k] == nil {
		c.troubled[k] = &trouble{}
	}
	return c.troubled[k]
}

// answered takes message k off the list of what waits for an answer; false when it was not there.
func (c *client) answered(k int) bool {
	c.send.Lock()
	defer c.send.Unlock()
	i := slices.Index(c.send.unacked, k)
	if i < 0 {
		return false
	}
	c.send.unacked = slices.Delete(c.send.unacked, i, i+1)
	delete(c.troubled, k)
	c.fleet.totals.pending.Add(-1)
	return true
}

// refusedBy takes in one entry of the user's error queue.
func (c *client) refusedBy(body []byte) {
	var entry refusalBody
	if json.Unmarshal(body, &entry) != nil || entry.Code == "" {
		c.fleet.totals.unknownFrames.Add(1)
		return
	}
	c.fleet.event("refused", entry.Code+" "+entry.Message, c.index)
	run := c.fleet.run.Load()
	k, ours := 0, false
	if run != nil {
		k, ours = run.refusedMessage(entry)
	}
	if !ours {
		c.fleet.totals.errorFrames.Add(1)
		return
	}
	c.send.Lock()
	defer c.send.Unlock()
	i := slices.Index(c.send.unacked, k)
	if i < 0 {
		return
	}
	c.send.unacked = slices.Delete(c.send.unacked, i, i+1)
	t := c.trouble(k)
	t.refusals++
	t.uncertain = t.uncertain || entry.Effect == "indefinite"
	if entry.Retryable && t.refusals < maxRefusals {
		wait := min(100*time.Millisecond<<(t.refusals-1), 2*time.Second)
		time.AfterFunc(wait, func() { c.again(run, k) })
		return
	}
	c.fleet.totals.pending.Add(-1)
	if !t.uncertain {
		run.ledger.Refuse(k, entry.Code)
		c.fleet.totals.refused.Add(1)
	}
	delete(c.troubled, k)
}

// refusedMessage finds the message a refusal is about: by its name, or by its receipt where the body was not read.
func (r *run) refusedMessage(entry refusalBody) (k int, ours bool) {
	if entry.ClientMessageID != "" {
		return r.identify([]byte(entry.ClientMessageID), -1)
	}
	n, ok := stomp.Number([]byte(entry.Receipt))
	return int(n), ok && n < int64(r.ledger.Messages())
}

// again writes a refused message once more, or leaves it to the reconnect.
func (c *client) again(run *run, k int) {
	c.send.Lock()
	defer c.send.Unlock()
	if c.send.conn == nil {
		c.send.waiting = append(c.send.waiting, k)
		return
	}
	c.fleet.totals.retries.Add(1)
	c.send.unacked = append(c.send.unacked, k)
	wire, _ := run.render(k, &scratch{})
	c.put(wire)
}

// render makes the wire bytes of message k and the CRC-32 of its body.
func (r *run) render(k int, s *scratch) (wire []byte, crc uint32) {
	room := r.ledger.Room(k)
	p := append(s.payload[:0], `{"clientMessageId":"`...)
	p = strconv.AppendInt(p, int64(r.fleet.config.Generator), 10)
	p = append(p, '-')
	p = strconv.AppendInt(p, int64(room), 10)
	p = append(p, '-')
	p = strconv.AppendInt(p, int64(k), 10)
	p = append(p, `","type":"TALK","body":"`...)
	p, crc = r.bodies.Append(p, k)
	p = append(p, '"')
	if r.marked(k) {
		p = append(p, `,"sentAt":`...)
		p = strconv.AppendInt(p, r.startUnixMs+r.schedule.IntendedUs(k)/1000, 10)
	}
	s.payload = append(p, '}')
	f := append(s.frame[:0], r.heads[room]...)
	f = strconv.AppendInt(f, int64(len(s.payload)), 10)
	f = append(f, "\nreceipt:"...)
	f = strconv.AppendInt(f, int64(k), 10)
	f = append(f, "\n\n"...)
	f = append(f, s.payload...)
	s.frame = append(f, 0)
	s.wire = socket.AppendFrame(s.wire[:0], socket.Text, s.frame, rand.Uint32())
	return s.wire, crc
}

// markEveryUs: at most a hundred messages a second tell when they were due, so that the chat can say how long each took
// to be stored, and stores and wires carry next to nothing for it: half a byte a message at 5,000 a second.
const markEveryUs = 10_000

// marked is true for the first message due in each stretch of markEveryUs.
func (r *run) marked(k int) bool {
	return k == 0 || r.schedule.IntendedUs(k-1)/markEveryUs != r.schedule.IntendedUs(k)/markEveryUs
}

// heads are the SEND frames' fixed beginnings, one a room.
func heads(people *population) []string {
	heads := make([]string, len(people.Rooms))
	for i, room := range people.Rooms {
		heads[i] = fmt.Sprintf("SEND\ndestination:/app/rooms/%s/send\ncontent-type:application/json\ncontent-length:", room.ID)
	}
	return heads
}

// lane sends the messages whose sender is of this lane: `index` of every `count` users.
func (r *run) lane(index, count int) func(k int, dueUs int64) {
	s := &scratch{}
	return func(k int, dueUs int64) {
		room, member := pacer.Sender(uint64(r.fleet.config.Seed), k, len(r.members), func(room int) int { return r.members[room] })
		user := r.fleet.people.Rooms[room].Members[member]
		if user%count == index {
			r.fleet.clients[user].due(r, k, dueUs, s)
		}
	}
}
