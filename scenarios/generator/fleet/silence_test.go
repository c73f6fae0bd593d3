package fleet

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"
)

// However the looks fall: the last one before twice the period decides, and none before one and a half of it.
func TestSilenceIsNoticedWithinTwiceTheHeartBeat(t *testing.T) {
	for _, periodMs := range []int64{200, 4_000, 10_000} {
		f := offline(t, 1, 1, 1)
		f.config.HeartbeatMs = periodMs
		c, periodUs, tickUs := f.clients[0], periodMs*1000, f.config.beatTickUs()
		c.lastReadUs.Store(5_000_000)
		if c.serverSilent(1e9) {
			t.Error("a server that promised nothing is taken for silent")
		}
		c.serverPeriodUs.Store(periodUs)
		for phaseUs := int64(0); phaseUs < tickUs; phaseUs += tickUs / 7 {
			silentUs := phaseUs
			for !c.serverSilent(5_000_000 + silentUs) {
				silentUs += tickUs
			}
			if silentUs > 2*periodUs || 2*silentUs < 3*periodUs {
				t.Errorf("period %d ms: a silence of %d us is noticed", periodMs, silentUs)
			}
		}
	}
}

func TestClientsOfASilentServerResumeElsewhere(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	p.heartBeat = "200,200"
	p.beatAll(t, 50*time.Millisecond)
	var once sync.Once
	p.copies = func(id string, _ int, row historyRow) []historyRow {
		if strings.HasSuffix(id, "-50") {
			once.Do(func() { go p.muteAll() })
		}
		return []historyRow{row}
	}
	f, err := connectBeating(t, p, 200)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Run(context.Background(), oneSecond); err != nil {
		t.Fatal(err)
	}
	summary, err := f.Drain(context.Background(), short)
	if err != nil {
		t.Fatal(err)
	}
	r := readReport(t, f)
	expect(t, "summary", summary, Summary{EndReason: Drained, Intended: 100, Sent: 100, Acked: 100, Delivered: 300})
	expect(t, "counters", counts(r), "dup 0, reordered 0, corrupted 0")
	if r.Reconnects < testUsers {
		t.Errorf("%d of %d clients noticed", r.Reconnects, testUsers)
	}
	if r.Resumed == 0 {
		t.Error("nothing was resumed")
	}
}
