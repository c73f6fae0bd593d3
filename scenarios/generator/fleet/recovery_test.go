package fleet

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestAKilledGatewayCostsNothingButTime(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	p.pageRows = 2
	var once sync.Once
	p.copies = func(id string, _ int, row historyRow) []historyRow {
		if strings.HasSuffix(id, "-50") {
			once.Do(func() { go p.killAll() })
		}
		return []historyRow{row}
	}
	summary, r := loaded(t, p, short)
	expect(t, "summary", summary, Summary{EndReason: Drained, Intended: 100, Sent: 100, Acked: 100, Delivered: 300})
	expect(t, "counters", counts(r), "dup 0, reordered 0, corrupted 0")
	expect(t, "reconnects", r.Reconnects, testUsers)
	expect(t, "cuts", fmt.Sprint(r.Cuts.Code), "[1006 1006 1006 1006 1006 1006]")
	for i := range r.Cuts.Code {
		connected, resumed := r.Cuts.ConnectedAfterUs[i], r.Cuts.ResumedAfterUs[i]
		if connected == nil || resumed == nil || *connected < 20_000 || *resumed < *connected {
			t.Errorf("cut %d: subscribed after %v, whole after %v; the jitter alone is 20 ms", i, connected, resumed)
		}
	}
	if r.Resumed == 0 || r.Deferred == 0 {
		t.Errorf("resumed %d and deferred %d: a kill in mid-run leaves both above 0", r.Resumed, r.Deferred)
	}
}

func TestPartsOfABatchAreNotTakenForTheWhole(t *testing.T) {
	f := offline(t, 3, 3, 10)
	c, m := f.clients[1], &f.clients[1].rooms[0]
	m.leave()
	one, two := int64(1), int64(2)
	if c.take(m, []historyRow{{Seq: 1, ClientMessageID: "0-0-0"}, {Seq: 3, PrevSeq: &two, ClientMessageID: "0-0-2"}}) {
		t.Error("a row whose predecessor is missing was taken")
	}
	expect(t, "whole up to", m.solidSeq, 1)
	if !c.take(m, []historyRow{{Seq: 2, PrevSeq: &one, ClientMessageID: "0-0-1"}, {Seq: 3, PrevSeq: &two, ClientMessageID: "0-0-2"}}) {
		t.Error("the whole batch was not taken")
	}
	expect(t, "resumed", f.totals.resumed.Load(), 3)
}

// The last message is seen by nobody before the gateway dies, and the history shows it only after the resume.
func TestAHistoryThatLagsBehindIsAskedAgain(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	p.lagUntil = time.Now().Add(2500 * time.Millisecond)
	var once sync.Once
	p.copies = func(id string, _ int, row historyRow) []historyRow {
		if strings.HasSuffix(id, "-99") {
			once.Do(func() { go p.killAll() })
			return nil
		}
		return []historyRow{row}
	}
	summary, r := loaded(t, p, DrainConfig{QuietMs: 4000, MaxMs: 8000})
	expect(t, "summary", summary, Summary{EndReason: Drained, Intended: 100, Sent: 100, Acked: 100, Delivered: 300})
	expect(t, "counters", counts(r), "dup 0, reordered 0, corrupted 0")
}

func TestWhatABrokenSocketSwallowedIsSentAgain(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	p.refuse = func(id string, attempt int) string {
		if strings.HasSuffix(id, "-50") && attempt == 1 {
			go p.killAll()
			return "-"
		}
		return ""
	}
	summary, r := loaded(t, p, short)
	expect(t, "summary", summary, Summary{EndReason: Drained, Intended: 100, Sent: 100, Acked: 100, Delivered: 300})
	if r.Retries == 0 {
		t.Error("no message was repeated")
	}
}

func TestAFleetThatCannotReturnExcusesWhatItMissed(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	f, err := connectTo(t, p)
	if err != nil {
		t.Fatal(err)
	}
	// Users 1 and 4 are told to stay away, by a refusal that the reconnect meets.
	p.mu.Lock()
	p.login = func(user int) string {
		if user%testRoomSize == 1 {
			return "AUTH-401"
		}
		return ""
	}
	p.mu.Unlock()
	p.killAll()
	if err := f.Run(context.Background(), oneSecond); err != nil {
		t.Fatal(err)
	}
	summary, err := f.Drain(context.Background(), short)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "end", summary.EndReason, DrainTimeout)
	if summary.Undelivered == 0 || summary.Undelivered != f.run.Load().excuses().Count() {
		t.Errorf("%d undelivered, %d of them excused; want all", summary.Undelivered, f.run.Load().excuses().Count())
	}
}

func TestALossThatShowsInPrevSeqStaysUndelivered(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	p.copies = planted(5, func(historyRow) []historyRow { return nil })
	summary, r := loaded(t, p, short)
	expect(t, "undelivered", summary.Undelivered, 1)
	expect(t, "gaps", r.Gaps, 1)
	expect(t, "resumed", r.Resumed, 0)
}
