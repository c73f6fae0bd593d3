package fleet

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
)

// maxEvents in the file; the rest is only counted.
const maxEvents = 200

// timeline writes timeline.ndjson, a whole line at a time, so that it can be followed while it grows.
type timeline struct {
	mu      sync.Mutex
	file    *os.File
	events  int
	omitted int
	failure error
}

func openTimeline(folder string) (*timeline, error) {
	file, err := os.Create(filepath.Join(folder, "timeline.ndjson"))
	return &timeline{file: file}, err
}

func (t *timeline) write(line any) {
	text, err := json.Marshal(line)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil && t.file != nil {
		_, err = t.file.Write(append(text, '\n'))
	}
	if err != nil && t.failure == nil {
		t.failure = err
	}
}

func (t *timeline) close(tUs int64, reason string) error {
	t.write(map[string]any{"type": "end", "tUs": tUs, "reason": reason, "eventsOmitted": t.omitted})
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.file.Close(); t.failure == nil {
		t.failure = err
	}
	t.file = nil
	return t.failure
}

func (f *Fleet) event(kind, what string, user int) {
	t := f.timeline
	t.mu.Lock()
	t.events++
	omit := t.events > maxEvents
	if omit {
		t.omitted++
	}
	t.mu.Unlock()
	if !omit {
		t.write(map[string]any{"type": "event", "tUs": f.nowUs(), "kind": kind, "what": what, "user": user})
	}
}

// Second is one line of the live view: what happened within one second of wall clock.
type Second struct {
	Type      string  `json:"type"`
	S         int64   `json:"s"`
	Phase     string  `json:"phase"`
	Offered   float64 `json:"offered"`
	Intended  int64   `json:"intended"`
	Sent      int64   `json:"sent"`
	Acked     int64   `json:"acked"`
	Refused   int64   `json:"refused"`
	Delivered int64   `json:"delivered"`
	Connected int64   `json:"connected"`
	Pending   int64   `json:"pending"`
	P50Us     *int64  `json:"p50Us"`
	P99Us     *int64  `json:"p99Us"`
	MaxUs     *int64  `json:"maxUs"`
	AckP99Us  *int64  `json:"ackP99Us"`
	LateP99Us *int64  `json:"lateP99Us"`
}

// lostAfter: a gateway that restarts is back within seconds; half a minute without one client is no restart.
const lostAfter = 30

// everySecond writes the timeline until the fleet ends, through the drain too, and the begun second at the end.
func (r *run) everySecond() {
	f, before, fell, silent := r.fleet, Second{}, 0, 0
	for s, open := int64(0), true; open; s++ {
		open = f.SleepUntilUs(f.life, (s+1)*1_000_000) == nil
		now, intended := f.counted(), r.fallen(fell, (s+1)*1_000_000)
		if !open {
			// The fleet has hung up by now; what counts is how it stood.
			now.Connected = before.Connected
		}
		line := Second{Type: "second", S: s, Phase: r.phaseAt(s * 1000), Connected: now.Connected, Pending: now.Pending,
			Offered: r.profile.IntegralAt(float64(s+1)*1000) - r.profile.IntegralAt(float64(s)*1000), Intended: int64(intended - fell),
			Sent: now.Sent - before.Sent, Acked: now.Acked - before.Acked, Refused: now.Refused - before.Refused,
			Delivered: now.Delivered - before.Delivered}
		before, fell = now, intended
		// A sample added during the swap may be missed here; the sums and the interval log have it all the same.
		r.second.Swap(&secondCounts{}).quantiles(&line)
		f.timeline.write(line)
		if f.Observe != nil {
			f.Observe(line)
		}
		if silent++; now.Connected > 0 {
			silent = 0
		}
		if silent == lostAfter {
			r.lost(errFleetLost)
		}
	}
}

// fallen is the number of messages due before a time, counted on from a lower one.
func (r *run) fallen(from int, untilUs int64) int {
	for from < r.schedule.Count() && r.schedule.IntendedUs(from) < untilUs {
		from++
	}
	return from
}

func (f *Fleet) counted() Second {
	t := &f.totals
	return Second{Sent: t.sent.Load(), Acked: t.acked.Load(), Refused: t.refused.Load(),
		Delivered: t.delivered.Load() + t.resumed.Load(), Connected: t.connected.Load(), Pending: t.pending.Load()}
}

func (c *secondCounts) quantiles(line *Second) {
	if q := c.delivery.Quantiles(0.5, 0.99, 1); q != nil {
		line.P50Us, line.P99Us, line.MaxUs = &q[0], &q[1], &q[2]
	}
	if q := c.ack.Quantiles(0.99); q != nil {
		line.AckP99Us = &q[0]
	}
	if q := c.late.Quantiles(0.99); q != nil {
		line.LateP99Us = &q[0]
	}
}

// phaseAt names the phase at a time, `drain` after the last one.
func (r *run) phaseAt(ms int64) string {
	for _, span := range r.profile.Phases() {
		if ms < span.EndMs {
			return span.Phase
		}
	}
	return "drain"
}
