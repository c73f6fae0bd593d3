package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// pageRows is the largest page of history the chat gives.
const pageRows = 200

type historyRow struct {
	Seq             int64  `json:"seq"`
	PrevSeq         *int64 `json:"prevSeq"`
	ClientMessageID string `json:"clientMessageId"`
	Body            string `json:"body"`
}

// historyPage is an answer of the history. One that says nothing of nextAfter and caughtUp is taken for complete.
type historyPage struct {
	Messages  []historyRow `json:"messages"`
	NextAfter *int64       `json:"nextAfter"`
	CaughtUp  *bool        `json:"caughtUp"`
}

// more tells whether rows follow on the next page.
func (p *historyPage) more() bool { return p.NextAfter != nil || len(p.Messages) == pageRows }

// whole tells whether the history knew everything accepted before it was asked.
func (p *historyPage) whole() bool { return p.CaughtUp == nil || *p.CaughtUp }

// open says that something up to `upto` may be missing; 0 = who knows, ask once.
func (m *membership) open(upto int64) {
	m.hole = true
	m.holes++
	m.holeUpto = max(m.holeUpto, upto)
}

// owing tells whether a resume after a reconnect has not come through in some room.
func (c *client) owing() bool {
	return slices.ContainsFunc(c.rooms, func(m membership) bool { return m.owing })
}

// nextHole begins where the last failure was, so that one room that cannot be filled does not keep others waiting.
func (c *client) nextHole() *membership {
	for i := range c.rooms {
		if m := &c.rooms[(c.cursor+i)%len(c.rooms)]; m.hole {
			return m
		}
	}
	return nil
}

// resume asks for what passed while the client was away. It starts after SUBSCRIBE was answered: what is older comes
// from history, what is younger from the socket, and what both bring is told apart in byHistory. Before the run there is
// nothing to miss.
func (c *client) resume() {
	c.receive.Lock()
	defer c.receive.Unlock()
	if c.fleet.run.Load() == nil {
		c.wasDown = false
		for i := range c.rooms {
			c.rooms[i].away = nil
		}
		return
	}
	c.upUs = c.fleet.nowUs()
	for i := range c.rooms {
		c.rooms[i].open(0)
		c.rooms[i].owing = true
	}
	c.fleet.cuts.connected(c.cuts, c.upUs)
	c.repair()
}

// madeGood books the cuts of a client that is again and knows in every room what passed meanwhile. The caller holds the receive lock.
func (c *client) madeGood() {
	if !c.away() && !c.owing() {
		c.fleet.cuts.resumed(c.cuts, c.fleet.nowUs())
		c.cuts = nil
	}
}

// repair fills holes in the background. The caller holds the receive lock.
func (c *client) repair() {
	if c.repairing {
		return
	}
	c.repairing = true
	c.fleet.tasks.Go(func() {
		wait := 100 * time.Millisecond
		for {
			done, err := c.fillOne(c.fleet.life)
			if done {
				return
			}
			if err == nil {
				wait = 100 * time.Millisecond
				continue
			}
			if sleep(c.fleet.life, wait) != nil {
				return
			}
			wait = min(2*wait, 2*time.Second)
			c.receive.Lock()
			c.cursor++
			c.receive.Unlock()
		}
	})
}

// fillOne reads one page for one room with a hole. It reports done when there is no such room, and an error where
// waiting may help: no answer, or a history that has not come far enough. A resume is through when the history says that
// it knew all there was; what is younger then must have come from the socket.
func (c *client) fillOne(ctx context.Context) (done bool, err error) {
	c.receive.Lock()
	m := c.nextHole()
	if m == nil {
		c.repairing = false
		c.receive.Unlock()
		return true, nil
	}
	room, after, opening := m.room, m.solidSeq, m.holes
	c.receive.Unlock()

	page, err := c.history(ctx, room, after)
	if err != nil {
		return false, err
	}
	if !page.whole() {
		c.fleet.totals.catchingUp.Add(1)
	}
	c.receive.Lock()
	defer c.receive.Unlock()
	from := m.solidSeq
	unbroken := c.take(m, page.Messages)
	switch {
	case unbroken && page.more() && m.solidSeq > from:
		return false, nil
	case !unbroken || page.more() || m.owing && !page.whole() || m.solidSeq < m.holeUpto:
		return false, fmt.Errorf("history of room %d ends at %d, known up to %d", room, m.solidSeq, m.holeUpto)
	case m.holes == opening:
		m.hole, m.owing = false, false
		m.solidSeq = max(m.solidSeq, m.tipSeq)
		if !c.away() {
			m.away = nil
		}
		c.madeGood()
		c.fleet.event("resume", fmt.Sprintf("room %d whole up to %d", room, m.solidSeq), c.index)
	}
	return false, nil
}

// take follows rows of history, and delivers those that the member missed for want of a socket. It stops, and says so,
// at a row whose predecessor is not there yet: a store may show parts of a batch before the rest.
func (c *client) take(m *membership, rows []historyRow) (unbroken bool) {
	run := c.fleet.run.Load()
	for _, row := range rows {
		if row.PrevSeq != nil && *row.PrevSeq > m.solidSeq {
			return false
		}
		k, ours := run.identify([]byte(row.ClientMessageID), m.room)
		if !ours {
			c.fleet.totals.foreign.Add(1)
		} else if m.missed(row.Seq) && run.ledger.Deliver(k, m.member, row.Seq, crc32.ChecksumIEEE([]byte(row.Body))) {
			c.byHistory[k] = struct{}{}
			c.fleet.totals.resumed.Add(1)
		}
		m.solidSeq = max(m.solidSeq, row.Seq)
		m.tipSeq = max(m.tipSeq, row.Seq)
	}
	return true
}

func (c *client) history(ctx context.Context, room int, after int64) (*historyPage, error) {
	f := c.fleet
	select {
	case f.pulls <- struct{}{}:
		defer func() { <-f.pulls }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	address := fmt.Sprintf("%s/v1/rooms/%s/messages?after=%d&limit=%d",
		f.config.API, url.PathEscape(f.people.Rooms[room].ID), after, pageRows)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+f.people.Users[c.index].Token)
	response, err := f.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 200))
		return nil, fmt.Errorf("history: %s %s", response.Status, text)
	}
	page := &historyPage{}
	return page, json.NewDecoder(response.Body).Decode(&page)
}
