package fleet

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"chatlab/generator/stomp"
	"github.com/gorilla/websocket"
)

// peer is a small correct chat: seq by room, retries removed, history. Tests plant faults by its hooks.
type peer struct {
	server *httptest.Server
	mu     sync.Mutex
	rooms  map[string]*peerRoom
	conns  map[*peerConn]bool
	seen   map[string]bool

	// copies returns what a member gets for a message, one seq each time; nil = once.
	copies func(id string, user int, row historyRow) []historyRow
	// refuse returns a code to refuse a SEND with, "" = accept; answer "-" = no answer at all.
	refuse func(id string, attempt int) string
	// login returns the text of an ERROR to answer CONNECT with, "" = welcome.
	login func(user int) string
	// heartBeat is offered to clients, "" = none; a peer that offers one beats on every socket that is not muted.
	heartBeat string
	attempts  map[string]int
	// lagUntil hides rows from history until then, as a store does that a log runs ahead of.
	lagUntil time.Time
	// pageRows is the largest page given, 0 = whatever is asked for.
	pageRows int
}

type peerRoom struct {
	rows []historyRow
	subs map[*peerConn]string
}

type peerConn struct {
	user int
	ws   *websocket.Conn
	mu   sync.Mutex
	// muted: the socket stays open, and nothing comes from it any more.
	muted bool
}

func newPeer(t *testing.T) *peer {
	p := &peer{rooms: map[string]*peerRoom{}, conns: map[*peerConn]bool{}, seen: map[string]bool{}, attempts: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/ws", p.socket)
	mux.HandleFunc("/v1/rooms/{id}/messages", p.history)
	p.server = httptest.NewServer(mux)
	t.Cleanup(func() { p.killAll(); p.server.Close() })
	return p
}

func (p *peer) room(id string) *peerRoom {
	if p.rooms[id] == nil {
		p.rooms[id] = &peerRoom{subs: map[*peerConn]string{}}
	}
	return p.rooms[id]
}

func (p *peer) history(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	after, _ := strconv.ParseInt(r.FormValue("after"), 10, 64)
	limit, _ := strconv.Atoi(r.FormValue("limit"))
	if p.pageRows > 0 {
		limit = min(limit, p.pageRows)
	}
	caughtUp := time.Now().After(p.lagUntil)
	rows := []historyRow{}
	for _, row := range p.room(r.PathValue("id")).rows {
		if row.Seq > after && len(rows) < limit && (caughtUp || row.Seq < 30) {
			rows = append(rows, row)
		}
	}
	answer := map[string]any{"messages": rows, "caughtUp": caughtUp}
	if len(rows) == limit {
		answer["nextAfter"] = rows[limit-1].Seq
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// killAll breaks every socket without a word, as a killed gateway does.
func (p *peer) killAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.ws.Close()
	}
}

// muteAll leaves every socket open and silent, as a node does whose link was cut. New sockets are served.
func (p *peer) muteAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.mu.Lock()
		c.muted = true
		c.mu.Unlock()
	}
}

// beatAll sends heart-beats until the test is over.
func (p *peer) beatAll(t *testing.T, every time.Duration) {
	ticker := time.NewTicker(every)
	done := make(chan struct{})
	t.Cleanup(func() { close(done); ticker.Stop() })
	go func() {
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				p.mu.Lock()
				for c := range p.conns {
					c.text("\n")
				}
				p.mu.Unlock()
			}
		}
	}()
}

func (p *peer) socket(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{Subprotocols: []string{"v12.stomp"}}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &peerConn{ws: ws}
	p.mu.Lock()
	p.conns[c] = true
	p.mu.Unlock()
	for {
		_, data, err := ws.ReadMessage()
		if err != nil {
			break
		}
		c.mu.Lock()
		muted := c.muted
		c.mu.Unlock()
		if frame, _, err := stomp.Parse(data); err == nil && frame.Command != nil && !muted {
			p.handle(c, frame)
		}
	}
	p.mu.Lock()
	delete(p.conns, c)
	for _, room := range p.rooms {
		delete(room.subs, c)
	}
	p.mu.Unlock()
}

func (p *peer) handle(c *peerConn, frame stomp.Frame) {
	p.mu.Lock()
	defer p.mu.Unlock()
	destination := string(frame.Header("destination"))
	switch string(frame.Command) {
	case "CONNECT":
		c.user, _ = strconv.Atoi(strings.TrimPrefix(string(frame.Header("Authorization")), "Bearer token-"))
		if p.login != nil && p.login(c.user) != "" {
			c.text("ERROR\nmessage:" + p.login(c.user) + "\n\n\x00")
			return
		}
		c.text("CONNECTED\nversion:1.2\nheart-beat:" + cmp.Or(p.heartBeat, "0,0") + "\n\n\x00")
	case "SUBSCRIBE":
		if id, ok := strings.CutPrefix(destination, "/topic/rooms/"); ok {
			p.room(id).subs[c] = string(frame.Header("id"))
		}
		c.text("RECEIPT\nreceipt-id:" + string(frame.Header("receipt")) + "\n\n\x00")
	case "SEND":
		id := strings.Split(destination, "/")[3]
		var row historyRow
		if json.Unmarshal(frame.Body, &row) != nil {
			panic("SEND without JSON: " + string(frame.Body))
		}
		p.take(c, id, string(frame.Header("receipt")), row)
	}
}

func (p *peer) take(c *peerConn, id, receipt string, row historyRow) {
	p.attempts[row.ClientMessageID]++
	if p.refuse != nil {
		if code := p.refuse(row.ClientMessageID, p.attempts[row.ClientMessageID]); code == "-" {
			return
		} else if code != "" {
			c.text(fmt.Sprintf("MESSAGE\nsubscription:e\nmessage-id:1\ndestination:/user/queue/errors\n\n"+
				`{"code":%q,"message":"planted","clientMessageId":%q,"retryable":%t,"effect":%q}`+"\x00",
				code, row.ClientMessageID, code == "SYS-503", map[bool]string{true: "indefinite", false: "definite"}[code == "SYS-504"]))
			return
		}
	}
	room := p.room(id)
	if !p.seen[row.ClientMessageID] {
		p.seen[row.ClientMessageID] = true
		previous := int64(0)
		if n := len(room.rows); n > 0 {
			previous = room.rows[n-1].Seq
		}
		row.Seq, row.PrevSeq = previous+3, &previous
		room.rows = append(room.rows, row)
		for sub, subscription := range room.subs {
			p.fanOut(sub, subscription, row)
		}
	}
	c.text("RECEIPT\nreceipt-id:" + receipt + "\n\n\x00")
}

func (p *peer) fanOut(sub *peerConn, subscription string, row historyRow) {
	rows := []historyRow{row}
	if p.copies != nil {
		rows = p.copies(row.ClientMessageID, sub.user, row)
	}
	for _, one := range rows {
		text, _ := json.Marshal(map[string]any{"seq": one.Seq, "prevSeq": one.PrevSeq, "clientMessageId": one.ClientMessageID,
			"body": one.Body, "type": "TALK", "fileId": nil})
		sub.text("MESSAGE\nsubscription:" + subscription + "\nmessage-id:1\ndestination:/topic\n\n" + string(text) + "\x00")
	}
}

func (c *peerConn) text(frame string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.muted {
		return
	}
	_ = c.ws.WriteMessage(websocket.TextMessage, []byte(frame))
}

// stored tells how often a message is in the peer's history.
func (p *peer) stored(id string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, room := range p.rooms {
		if slices.ContainsFunc(room.rows, func(row historyRow) bool { return row.ClientMessageID == id }) {
			n++
		}
	}
	return n
}
