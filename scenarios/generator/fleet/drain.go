package fleet

import (
	"context"
	"time"

	"chatlab/generator/ledger"
)

// afterlife is how long the fleet listens on once everything is there: a duplicate would come now.
const afterlife = 500 * time.Millisecond

// Summary is what the scenario gets to see of a finished run.
type Summary struct {
	EndReason     string `js:"endReason"`
	Intended      int    `js:"intended"`
	Sent          int64  `js:"sent"`
	Acked         int64  `js:"acked"`
	Refused       int64  `js:"refused"`
	Indeterminate int    `js:"indeterminate"`
	Delivered     int64  `js:"delivered"`
	Undelivered   int    `js:"undelivered"`
}

// Drain waits until every sent message is answered and every acked one delivered, or until nothing has moved for
// quietMs, or for maxMs in all, and writes the outputs.
func (f *Fleet) Drain(ctx context.Context, config DrainConfig) (Summary, error) {
	run := f.run.Load()
	if run == nil {
		return Summary{}, errNoRun
	}
	reason := run.wait(ctx, config)
	return f.finish(reason)
}

func (r *run) wait(ctx context.Context, config DrainConfig) string {
	begun := time.Now()
	moved, progress := begun, r.progress()
	for {
		owed := r.owed()
		if owed == 0 {
			if sleep(ctx, afterlife) != nil {
				return Interrupted
			}
			return Drained
		}
		if now := r.progress(); now != progress {
			progress, moved = now, time.Now()
		}
		if time.Since(moved) > time.Duration(config.QuietMs)*time.Millisecond || time.Since(begun) > time.Duration(config.MaxMs)*time.Millisecond {
			return DrainTimeout
		}
		if sleep(ctx, 100*time.Millisecond) != nil {
			return Interrupted
		}
	}
}

func (r *run) progress() int64 {
	t := &r.fleet.totals
	return t.sent.Load() + t.acked.Load() + t.refused.Load() + t.delivered.Load() + t.resumed.Load() + t.reconnects.Load() +
		t.catchingUp.Load()
}

// owed is what is still on its way: messages without an answer, due messages not sent, deliveries of acked ones.
func (r *run) owed() (n int) {
	t := &r.fleet.totals
	if n = int(t.pending.Load()) + r.ledger.Messages() - int(t.sent.Load()); n > 0 {
		return n
	}
	r.eachMissing(func(*client, int, int) { n++ })
	return n
}

// eachMissing calls do for every delivery of an acked message that has not happened.
func (r *run) eachMissing(do func(c *client, k, member int)) {
	for k := range r.ledger.Messages() {
		if !r.ledger.Has(k, ledger.Acked) {
			continue
		}
		for member, user := range r.fleet.people.Rooms[r.ledger.Room(k)].Members {
			if !r.ledger.Delivered(k, member) {
				do(r.fleet.clients[user], k, member)
			}
		}
	}
}

// excuses are the deliveries of messages that were acked while the member was not subscribed, and that no resume could
// bring because the run was over.
func (r *run) excuses() *ledger.Excuses {
	excuses := r.ledger.NewExcuses()
	r.eachMissing(func(c *client, k, member int) {
		m := c.membership(r.ledger.Room(k))
		unresolved := c.wasDown && (c.upUs < 0 || m.owing)
		ackedUs := r.schedule.IntendedUs(k) + r.ledger.AckUs(k)
		if unresolved && ackedUs >= c.downUs && (c.upUs < 0 || ackedUs <= c.upUs) {
			excuses.Excuse(k, member)
		}
	})
	return excuses
}
