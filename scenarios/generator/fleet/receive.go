package fleet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"time"

	"chatlab/generator/histogram"
	"chatlab/generator/ledger"
	"chatlab/generator/socket"
	"chatlab/generator/stomp"
)

// setup is the progress of a login.
type setup struct {
	connected  bool
	subscribed int
	refused    error
}

// read takes messages off the socket until it breaks or until says so after one of them.
func (c *client) read(conn *socket.Conn, until func() bool) error {
	return c.readSetup(conn, nil, until)
}

func (c *client) readSetup(conn *socket.Conn, setup *setup, until func() bool) error {
	for !until() {
		opcode, payload, err := conn.In.Next()
		if err != nil {
			return err
		}
		c.lastReadUs.Store(time.Since(c.fleet.base).Microseconds())
		switch opcode {
		case socket.Ping:
			if err := c.write(conn, socket.AppendFrame(nil, socket.Pong, payload, 0)); err != nil {
				return err
			}
		case socket.Close:
			_ = c.write(conn, socket.AppendFrame(nil, socket.Close, payload, 0))
			return closedError{socket.CloseCode(payload)}
		case socket.Text, socket.Binary:
			if err := c.frames(payload, setup); err != nil {
				return err
			}
		}
		if setup != nil && setup.refused != nil {
			return setup.refused
		}
	}
	return nil
}

// frames takes in one WebSocket message: any number of STOMP frames, the last of which may go on in the next message.
func (c *client) frames(payload []byte, setup *setup) error {
	nowUs := c.fleet.nowUs()
	data := payload
	if len(c.partial) > 0 {
		c.partial = append(c.partial, payload...)
		data = c.partial
	}
	for len(data) > 0 {
		frame, rest, err := stomp.Parse(data)
		if errors.Is(err, stomp.ErrIncomplete) && len(rest) <= socket.MaxMessageBytes {
			c.partial = append(c.partial[:0], rest...)
			return nil
		}
		if err != nil {
			return fmt.Errorf("bad STOMP frame: %w", err)
		}
		if frame.Command != nil {
			c.dispatch(frame, setup, nowUs)
		}
		data = rest
	}
	c.partial = c.partial[:0]
	return nil
}

func (c *client) dispatch(frame stomp.Frame, setup *setup, nowUs int64) {
	f := c.fleet
	switch string(frame.Command) {
	case "MESSAGE":
		c.message(frame, nowUs)
	case "RECEIPT":
		id := frame.Header("receipt-id")
		if string(id) == "s" && setup != nil {
			setup.subscribed++
		} else if k, ok := stomp.Number(id); ok {
			c.acked(int(k), nowUs)
		} else {
			f.totals.unknownFrames.Add(1)
		}
	case "CONNECTED":
		c.agree(frame.Header("heart-beat"))
		if setup != nil {
			setup.connected = true
		}
	case "ERROR":
		f.totals.errorFrames.Add(1)
		text := fmt.Sprintf("ERROR %s %s", frame.Header("message"), shorten(frame.Body))
		f.event("error-frame", text, c.index)
		if setup != nil {
			setup.refused = loginRefused(frame.Body, text)
		}
	default:
		f.totals.unknownFrames.Add(1)
	}
}

// refusalBody is what the chat says when it refuses, on the error queue and in ERROR frames.
type refusalBody struct {
	Code            string `json:"code"`
	Message         string `json:"message"`
	ClientMessageID string `json:"clientMessageId"`
	Receipt         string `json:"receipt"`
	Retryable       bool   `json:"retryable"`
	// Effect is indefinite where the message may have been stored all the same.
	Effect string `json:"effect"`
}

// loginRefused is final unless the server says that trying again may help.
func loginRefused(body []byte, text string) error {
	var entry refusalBody
	if json.Unmarshal(body, &entry) == nil && entry.Retryable {
		return errors.New(text)
	}
	return refusal{strings.TrimSpace(text)}
}

// agree notes how often the server will be heard: the larger of what it can do and what was asked for, 0 = never.
func (c *client) agree(header []byte) {
	offer, _, _ := bytes.Cut(header, []byte{','})
	period, _ := stomp.Number(offer)
	if period > 0 && c.fleet.config.HeartbeatMs > 0 {
		period = max(period, c.fleet.config.HeartbeatMs)
		c.serverPeriodUs.Store(period * 1000)
	}
}

func shorten(text []byte) string { return strings.ToValidUTF8(string(text[:min(len(text), 160)]), "") }

func (c *client) message(frame stomp.Frame, nowUs int64) {
	subscription := frame.Header("subscription")
	if string(subscription) == "e" {
		c.refusedBy(frame.Body)
		return
	}
	run := c.fleet.run.Load()
	if len(subscription) > 1 && subscription[0] == 'r' && run != nil {
		if room, ok := stomp.Number(subscription[1:]); ok {
			if payload, ok := stomp.ParsePayload(frame.Body); ok {
				if !payload.Signal {
					c.deliver(run, int(room), payload, nowUs)
				}
				return
			}
		}
	}
	c.fleet.totals.unknownFrames.Add(1)
}

func (c *client) membership(room int) *membership {
	i, found := slices.BinarySearchFunc(c.rooms, room, func(m membership, room int) int { return m.room - room })
	if !found {
		return nil
	}
	return &c.rooms[i]
}

// deliver takes in a message read from the socket.
func (c *client) deliver(run *run, room int, p stomp.Payload, nowUs int64) {
	totals := &c.fleet.totals
	c.receive.Lock()
	defer c.receive.Unlock()
	m := c.membership(room)
	if m == nil {
		totals.unknownFrames.Add(1)
		return
	}
	k, ours := run.identify(p.ClientID, room)
	switch {
	case !ours:
		totals.foreign.Add(1)
	case run.ledger.Deliver(k, m.member, p.Seq, crc32.ChecksumIEEE(p.Body)):
		run.delivered(k, nowUs)
		c.repeats(m, k, p.Seq)
		if p.Seq <= max(m.liveSeq, m.oldSeq) {
			run.ledger.Fault(ledger.Reordered, k)
		}
	case c.overlaps(m, k, p.Seq):
		totals.overlaps.Add(1)
		// A lagging gateway begins anew below what was read before; within one socket it rises all the same.
		if p.Seq <= m.liveSeq {
			run.ledger.Fault(ledger.Reordered, k)
		}
	default:
		run.ledger.Fault(ledger.DuplicateDeliveries, k)
	}
	c.follow(m, p)
}

// follow moves the room's position on and opens a hole when prevSeq names a message that was not seen.
func (c *client) follow(m *membership, p stomp.Payload) {
	if p.HasPrev && p.PrevSeq != m.tipSeq && m.tipSeq != 0 && p.Seq > m.tipSeq {
		c.fleet.totals.gaps.Add(1)
		m.open(p.PrevSeq)
		c.repair()
	}
	m.heard(p.Seq)
	if !m.hole {
		m.solidSeq = m.tipSeq
	}
}

// delivered counts one first delivery from a socket.
func (r *run) delivered(k int, nowUs int64) {
	dueUs := r.schedule.IntendedUs(k)
	latency := nowUs - dueUs
	r.log.Add(histogram.Delivery, dueUs, latency)
	r.log.Add(histogram.DeliveryService, dueUs, latency-r.ledger.LateUs(k))
	r.second.Load().delivery.Add(latency)
	if latency <= r.config.GoodputBoundUs {
		r.ledger.OnTime(k)
	}
	r.fleet.totals.delivered.Add(1)
}

// acked takes in the receipt of message k.
func (c *client) acked(k int, nowUs int64) {
	run := c.fleet.run.Load()
	if run == nil || k >= run.ledger.Messages() || !c.answered(k) {
		c.fleet.totals.unknownFrames.Add(1)
		return
	}
	dueUs := run.schedule.IntendedUs(k)
	latency := nowUs - dueUs
	if !run.ledger.Ack(k, latency) {
		return
	}
	run.log.Add(histogram.Ack, dueUs, latency)
	run.log.Add(histogram.AckService, dueUs, latency-run.ledger.LateUs(k))
	run.second.Load().ack.Add(latency)
	c.fleet.totals.acked.Add(1)
}
