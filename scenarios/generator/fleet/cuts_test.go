package fleet

import (
	"fmt"
	"io"
	"testing"
)

// booked says of each cut its code, and whether a socket and all that was missed came back.
func (r *receiver) booked() (rows []string) {
	columns := r.fleet.cuts.columns()
	for i, code := range columns.Code {
		rows = append(rows, fmt.Sprintf("%d %t %t", code, columns.ConnectedAfterUs[i] != nil, columns.ResumedAfterUs[i] != nil))
	}
	return rows
}

func TestACutIsMadeGoodWhenItsHistoryIsThrough(t *testing.T) {
	r := newReceiver(t)
	r.live(1)
	r.detach(closedError{1012})
	expect(t, "cut", fmt.Sprint(r.booked()), "[1012 false false]")
	r.regain()
	expect(t, "subscribed", fmt.Sprint(r.booked()), "[1012 true false]")
	_ = r.fill(page(`,"caughtUp":false`, 2))
	expect(t, "history lags", fmt.Sprint(r.booked()), "[1012 true false]")
	expect(t, "history", r.fill(page(`,"caughtUp":true`, 3)), nil)
	expect(t, "whole", fmt.Sprint(r.booked()), "[1012 true true]")
	columns := r.fleet.cuts.columns()
	if *columns.ResumedAfterUs[0] < *columns.ConnectedAfterUs[0] {
		t.Errorf("whole after %d us, subscribed after %d us", *columns.ResumedAfterUs[0], *columns.ConnectedAfterUs[0])
	}
}

func TestOneResumeEndsEveryCutBeforeIt(t *testing.T) {
	r := newReceiver(t)
	r.cut()
	r.regain()
	r.detach(io.EOF)
	_ = r.fill(page(""))
	expect(t, "an answer while the socket is gone", fmt.Sprint(r.booked()), "[1006 true false 1006 false false]")
	r.regain()
	expect(t, "history", r.fill(page("")), nil)
	expect(t, "whole", fmt.Sprint(r.booked()), "[1006 true true 1006 true true]")
	r.cut()
	expect(t, "another", fmt.Sprint(r.booked()), "[1006 true true 1006 true true 1006 false false]")
}

func TestACutBeforeTheRunIsInNoBook(t *testing.T) {
	r := newReceiver(t)
	r.fleet.run.Store(nil)
	r.cut()
	expect(t, "booked", len(r.booked()), 0)
}

func TestOnlyAServerThatWasSilentHasATimeOfSilence(t *testing.T) {
	book := &cuts{}
	book.add(10, 1006, -1)
	book.add(20, 1006, 4_000_000)
	c := book.columns()
	expect(t, "a socket that broke", c.SilentUs[0] == nil, true)
	expect(t, "a server that was silent", *c.SilentUs[1], int64(4_000_000))
}

func TestTheFirstSocketAfterACutIsWhatEndsTheWait(t *testing.T) {
	book := &cuts{}
	first, second := book.add(10, 1006, -1), book.add(20, 1012, -1)
	book.connected([]int{first}, 30)
	book.connected([]int{first, second}, 50)
	book.resumed([]int{first, second}, 60)
	c := book.columns()
	times := []int64{*c.ConnectedAfterUs[0], *c.ConnectedAfterUs[1], *c.ResumedAfterUs[0], *c.ResumedAfterUs[1]}
	expect(t, "after", fmt.Sprint(c.AtUs, c.Code, times), "[10 20] [1006 1012] [20 30 50 40]")
}
