package fleet

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"chatlab/generator/ledger"
	"chatlab/generator/stomp"
)

// receiver is a client in the middle of a run, fed by hand: message k has seq k+1, and prevSeq k. Its history is asked by
// fill alone.
type receiver struct {
	t *testing.T
	*client
	run    *run
	member *membership
	// pages are the answers of the history, the last of them again and again.
	pages []string
	asked []string
}

func newReceiver(t *testing.T) *receiver {
	f := offline(t, 3, 3, 20)
	f.totals.closeCodes = map[int]int{}
	r := &receiver{t: t, client: f.clients[1], run: f.run.Load(), member: &f.clients[1].rooms[0], pages: []string{`{"messages":[]}`}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.asked = append(r.asked, request.FormValue("after"))
		_, _ = io.WriteString(w, r.pages[0])
		r.pages = r.pages[min(1, len(r.pages)-1):]
	}))
	t.Cleanup(server.Close)
	f.config.API, f.http, f.pulls = server.URL, server.Client(), make(chan struct{}, 1)
	f.config.Gateways, f.dials = []string{"ws" + strings.TrimPrefix(server.URL, "http")}, make(chan struct{}, 1)
	// As if a repair were under way: none starts in the background.
	r.repairing = true
	return r
}

// live reads messages from the socket.
func (r *receiver) live(seqs ...int64) {
	for _, seq := range seqs {
		r.deliver(r.run, 0, stomp.Payload{ClientID: fmt.Appendf(nil, "0-0-%d", seq-1), Seq: seq, PrevSeq: seq - 1, HasPrev: true}, 1)
	}
}

// page is an answer with these messages; more goes into the object.
func page(more string, seqs ...int64) string {
	rows := []string{}
	for _, seq := range seqs {
		rows = append(rows, fmt.Sprintf(`{"seq":%d,"prevSeq":%d,"clientMessageId":"0-0-%d","body":""}`, seq, seq-1, seq-1))
	}
	return fmt.Sprintf(`{"messages":[%s]%s}`, strings.Join(rows, ","), more)
}

// fill asks the history once for each page.
func (r *receiver) fill(pages ...string) (last error) {
	r.pages = pages
	for range pages {
		_, last = r.fillOne(context.Background())
	}
	return last
}

func (r *receiver) cut()    { r.detach(io.EOF) }
func (r *receiver) regain() { r.resume() }

// has lists the seqs that count as delivered.
func (r *receiver) has() (seqs []int) {
	for k := range r.run.ledger.Messages() {
		if r.run.ledger.Delivered(k, r.member.member) {
			seqs = append(seqs, k+1)
		}
	}
	return seqs
}

func (r *receiver) expect(what string, has string, resumed, overlaps int64, faults string) {
	r.t.Helper()
	counters, totals := r.run.ledger.Counters(), &r.fleet.totals
	expect(r.t, what+", delivered", fmt.Sprint(r.has()), has)
	expect(r.t, what+", resumed", totals.resumed.Load(), resumed)
	expect(r.t, what+", overlaps", totals.overlaps.Load(), overlaps)
	expect(r.t, what+", faults", fmt.Sprintf("dup %d, reordered %d", counters[ledger.DuplicateDeliveries].Count,
		counters[ledger.Reordered].Count), faults)
}

const clean = "dup 0, reordered 0"

func TestHistoryDoesNotMakeGoodWhatALiveSubscriptionMissed(t *testing.T) {
	r := newReceiver(t)
	r.live(1, 2, 4)
	expect(t, "a hole", r.member.hole, true)
	expect(t, "filled", r.fill(page("", 3, 4)), nil)
	expect(t, "no hole", r.member.hole, false)
	expect(t, "known whole", r.member.solidSeq, 4)
	r.expect("after the repair", "[1 2 4]", 0, 0, clean)
	r.live(3)
	r.expect("it came late", "[1 2 3 4]", 0, 0, "dup 0, reordered 1")
}

func TestAHoleOlderThanTheBreakIsNoFruitOfTheBreak(t *testing.T) {
	r := newReceiver(t)
	r.live(1, 3)
	r.cut()
	r.regain()
	expect(t, "filled", r.fill(page("", 2, 3, 4)), nil)
	r.expect("only 4 passed while he was away", "[1 3 4]", 1, 0, clean)
}

func TestFromTheFirstMessageOnTheSocketMustBringEverything(t *testing.T) {
	r := newReceiver(t)
	r.live(1)
	r.cut()
	r.regain()
	r.live(4, 6)
	expect(t, "filled", r.fill(page("", 2, 3, 4, 5, 6)), nil)
	r.expect("5 was dropped", "[1 2 3 4 6]", 2, 0, clean)
}

func TestAfterTheResumeTheSocketMustBringEverything(t *testing.T) {
	r := newReceiver(t)
	r.live(1)
	r.cut()
	r.regain()
	expect(t, "resumed", r.fill(page(`,"caughtUp":true`, 2)), nil)
	r.live(4)
	expect(t, "filled", r.fill(page("", 3, 4)), nil)
	r.expect("3 was dropped", "[1 2 4]", 1, 0, clean)
}

func TestABreakDuringTheResumeLosesNothing(t *testing.T) {
	r := newReceiver(t)
	r.live(1)
	r.cut()
	r.regain()
	// Two sockets, each with a message of its own, one of them broken while it logged in.
	r.live(3)
	r.cut()
	r.live(5)
	if r.session(context.Background(), 0, true, nil) == nil {
		t.Fatal("the history server is no gateway")
	}
	expect(t, "an answer while away ends no absence", r.fill(page("", 2, 3, 4)), nil)
	r.regain()
	expect(t, "resumed", r.fill(page("", 5, 6)), nil)
	r.expect("all is there", "[1 2 3 4 5 6]", 3, 0, clean)
}

func TestALateCopyAfterTheResumeIsReordered(t *testing.T) {
	r := newReceiver(t)
	r.live(1)
	r.cut()
	r.regain()
	expect(t, "resumed", r.fill(page("", 2, 3)), nil)
	r.live(3)
	r.expect("rising", "[1 2 3]", 2, 1, clean)
	r.live(2)
	r.expect("2 after 3", "[1 2 3]", 2, 2, "dup 0, reordered 1")
}

func TestALaggingGatewayBeginsAnewInOrder(t *testing.T) {
	r := newReceiver(t)
	r.live(1, 2)
	r.cut()
	r.regain()
	r.live(5)
	expect(t, "resumed", r.fill(page("", 3, 4, 5)), nil)
	r.cut()
	r.regain()
	// 1 and 2 were read two sockets ago, 3 and 4 came by history, 5 was read from the last socket.
	r.live(1, 2, 3, 4, 5, 6)
	r.expect("as after a resume", "[1 2 3 4 5 6]", 2, 5, clean)
	r.live(4)
	r.expect("4 once more", "[1 2 3 4 5 6]", 2, 5, "dup 1, reordered 0")
}

func TestADuplicateIsTwiceOnOneSocket(t *testing.T) {
	r := newReceiver(t)
	r.live(1, 3)
	r.live(3)
	r.expect("one socket", "[1 3]", 0, 0, "dup 1, reordered 0")
	r.cut()
	r.regain()
	r.live(3)
	r.expect("the next socket", "[1 3]", 0, 1, "dup 1, reordered 0")
	r.live(3)
	r.expect("the next socket, twice", "[1 3]", 0, 1, "dup 2, reordered 0")
	r.live(2, 2)
	r.expect("missed by the first socket", "[1 2 3]", 0, 1, "dup 3, reordered 1")
	r.cut()
	r.regain()
	r.live(2, 3)
	r.expect("a third socket", "[1 2 3]", 0, 3, "dup 3, reordered 1")
	r.deliver(r.run, 0, stomp.Payload{ClientID: []byte("0-0-0"), Seq: 9}, 1)
	r.expect("with a seq above all that was read before", "[1 2 3]", 0, 3, "dup 4, reordered 1")
}

func TestAHistoryIsAskedUntilItIsCaughtUp(t *testing.T) {
	r := newReceiver(t)
	r.live(1)
	r.cut()
	r.regain()
	before := r.run.progress()
	if r.fill(page(`,"caughtUp":false`, 2), page(`,"caughtUp":false`)) == nil {
		t.Error("an answer that is not caught up was taken for the end")
	}
	expect(t, "the drain sees that something goes on", r.run.progress()-before, 1+2)
	expect(t, "a page with a next one", r.fill(page(`,"nextAfter":4,"caughtUp":true`, 3, 4)), nil)
	expect(t, "still asking", r.member.owing, true)
	if r.fill(page(`,"nextAfter":4,"caughtUp":true`)) == nil {
		t.Error("an empty page with a next one must be asked for after a pause")
	}
	expect(t, "the end", r.fill(page(`,"caughtUp":true`, 5)), nil)
	expect(t, "done", r.member.owing || r.member.hole, false)
	r.expect("all is there", "[1 2 3 4 5]", 4, 0, clean)
	expect(t, "asked after", strings.Join(r.asked, " "), "1 2 2 4 4")
}

func TestASocketLostAndRegainedBeforeTheRunExcusesNothing(t *testing.T) {
	for _, before := range []bool{true, false} {
		r := newReceiver(t)
		r.fleet.run.Store(nil)
		r.cut()
		if before {
			r.regain()
		}
		r.fleet.run.Store(r.run)
		r.run.ledger.Send(0, 0, 0)
		// Acked at 200 s; the clock stands at 100 s.
		r.run.ledger.Ack(0, 200_000_000)
		for _, other := range []int{0, 2} {
			r.run.ledger.Deliver(0, other, 1, 0)
		}
		expect(t, fmt.Sprintf("excused, regained before the run %t", before), r.run.excuses().Count(), map[bool]int{true: 0, false: 1}[before])
		expect(t, "history may bring it", r.member.missed(1), !before)
	}
}

func TestWhatWasStoredBeforeTheRunIsNeitherAskedForNorMissed(t *testing.T) {
	r := newReceiver(t)
	r.fleet.people.Rooms[0].HistorySeq = 1_000
	for _, c := range r.fleet.clients {
		c.rooms = nil
	}
	r.fleet.recruit()
	r.client = r.fleet.clients[1]
	r.repairing, r.member = true, &r.client.rooms[0]
	r.regain()
	expect(t, "filled", r.fill(`{"messages":[{"seq":1001,"prevSeq":1000,"clientMessageId":"0-0-0","body":""}]}`), nil)
	expect(t, "asked after", fmt.Sprint(r.asked), "[1000]")
	r.deliver(r.run, 0, stomp.Payload{ClientID: []byte("0-0-1"), Seq: 1002, PrevSeq: 1001, HasPrev: true}, 1)
	expect(t, "gaps", r.fleet.totals.gaps.Load(), 0)
	expect(t, "foreign", r.fleet.totals.foreign.Load(), 0)
}
