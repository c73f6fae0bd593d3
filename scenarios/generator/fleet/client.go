package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"chatlab/generator/pacer"
	"chatlab/generator/socket"
	"chatlab/generator/stomp"
)

// client is one user with its socket. Sending and receiving have a lock each, so that reading never waits for a write.
type client struct {
	fleet *Fleet
	index int

	send struct {
		sync.Mutex
		// conn is nil while the client is not connected and subscribed.
		conn *socket.Conn
		// waiting: due while there was no socket. unacked: written and not answered; both in due order.
		waiting, unacked []int
	}
	troubled map[int]*trouble

	receive sync.Mutex
	rooms   []membership
	// byHistory holds what history brought and no socket yet; repeated what this socket brought of older sockets' share.
	byHistory, repeated map[int]struct{}

	repairing bool
	// cursor is the index in rooms at which repair looks first.
	cursor int
	// downUs to upUs is the time without subscription that no completed resume has made good yet; upUs -1 = still down.
	downUs, upUs int64
	wasDown      bool
	// cuts are those not made good yet, by their place in the fleet's book.
	cuts []int

	partial        []byte
	lastWriteUs    atomic.Int64
	lastReadUs     atomic.Int64
	serverPeriodUs atomic.Int64
	// silentUs is how long the server had been silent when beat cut the socket, 0 = it did not.
	silentUs atomic.Int64
}

// membership is what one client knows of one of its rooms.
type membership struct {
	room, member int
	// liveSeq is the highest seq read from the present socket and oldSeq from those before it; tipSeq is the highest
	// known, solidSeq the end of what is known whole.
	liveSeq, oldSeq, tipSeq, solidSeq int64
	// away is empty once a resume has come through.
	away []absence
	// hole: something between solidSeq and tipSeq may be missing, at least up to holeUpto. holes counts openings.
	hole     bool
	holeUpto int64
	holes    int
	// owing: the resume after the last reconnect has not come through.
	owing bool
}

// refusal is the server's word that this client may not connect: trying again is useless.
type refusal struct{ text string }

func (r refusal) Error() string { return r.text }

type closedError struct{ code int }

func (c closedError) Error() string {
	return fmt.Sprintf("the server closed the socket with code %d", c.code)
}

const sessionSetup = 10 * time.Second

// live connects until the fleet ends. The first outcome is reported once; until then the deadline of first applies and
// no jitter.
func (c *client) live(first context.Context, report func(error)) {
	var once sync.Once
	ready := func() { once.Do(func() { report(nil) }) }
	begun := false
	last := errors.New("no attempt")
	for attempt := 0; ; attempt++ {
		ctx := c.fleet.life
		if !begun {
			ctx = first
		}
		err := c.session(ctx, attempt, begun, func() { begun = true; ready() })
		if c.fleet.closing.Load() {
			once.Do(func() { report(err) })
			return
		}
		if begun {
			_ = sleep(c.fleet.life, c.jitter(attempt))
			continue
		}
		c.fleet.totals.connectFailures.Add(1)
		// A cut dial says nothing; the reason before it does.
		if first.Err() == nil || attempt == 0 {
			last = err
		}
		if errors.As(err, &refusal{}) || sleep(first, 200*time.Millisecond) != nil {
			once.Do(func() { report(last) })
			return
		}
	}
}

// jitter spreads the fleet's return (reference: 0.2 to 5 s), the same for the same seed.
func (c *client) jitter(attempt int) time.Duration {
	span := c.fleet.config.jitter
	random := pacer.Mix(uint64(c.fleet.config.Seed), uint64(c.index)<<20|uint64(attempt), 3)
	return span[0] + time.Duration(pacer.Below(random, int(span[1]-span[0])))
}

// session is one socket's whole life. It returns why it ended.
func (c *client) session(ctx context.Context, attempt int, again bool, ready func()) error {
	conn, err := c.open(ctx, attempt)
	if err != nil {
		if again {
			c.fleet.totals.connectFailures.Add(1)
			// The attempt may have subscribed to some rooms and read from them.
			c.receive.Lock()
			c.leave()
			c.receive.Unlock()
		}
		return err
	}
	defer conn.Close()
	// A fleet that ends must also reach a socket that was opened just now.
	defer context.AfterFunc(c.fleet.life, conn.Close)()
	c.attach(conn, again)
	ready()
	err = c.read(conn, func() bool { return false })
	c.detach(err)
	return err
}

// open dials, logs in and subscribes, within the limit of concurrent attempts.
func (c *client) open(ctx context.Context, attempt int) (*socket.Conn, error) {
	f := c.fleet
	select {
	case f.dials <- struct{}{}:
		defer func() { <-f.dials }()
	case <-ctx.Done():
		return nil, errors.New("timed out in the queue of connection attempts")
	}
	ctx, cancel := context.WithTimeout(ctx, sessionSetup)
	defer cancel()
	// The next gateway after a failure: the one just lost may be gone for good.
	conn, err := socket.Dial(ctx, f.config.Gateways[(c.index+attempt)%len(f.config.Gateways)], "v12.stomp")
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, conn.Close)
	err = c.login(conn)
	if !stop() && !errors.As(err, &refusal{}) {
		err = errors.New("timed out while logging in and subscribing")
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// login sends CONNECT and every SUBSCRIBE and reads until all are answered.
func (c *client) login(conn *socket.Conn) error {
	c.partial = c.partial[:0]
	period := strconv.FormatInt(c.fleet.config.HeartbeatMs, 10)
	connect := stomp.Append(nil, "CONNECT", "accept-version", "1.2", "host", "chat",
		"Authorization", "Bearer "+c.fleet.people.Users[c.index].Token, "heart-beat", period+","+period)
	if err := c.write(conn, socket.AppendFrame(nil, socket.Text, connect, 0)); err != nil {
		return err
	}
	setup := &setup{}
	if err := c.readSetup(conn, setup, func() bool { return setup.connected }); err != nil {
		return err
	}
	if err := c.write(conn, c.subscriptions()); err != nil {
		return err
	}
	return c.readSetup(conn, setup, func() bool { return setup.subscribed == len(c.rooms)+1 })
}

// subscriptions is one buffer of SUBSCRIBE frames. All members of a room use the same id, so a gateway can share one
// MESSAGE frame among them.
func (c *client) subscriptions() []byte {
	errorQueue := stomp.Append(nil, "SUBSCRIBE", "id", "e", "destination", "/user/queue/errors", "receipt", "s")
	wire := socket.AppendFrame(nil, socket.Text, errorQueue, 0)
	for i := range c.rooms {
		room := c.rooms[i].room
		frame := stomp.Append(nil, "SUBSCRIBE", "id", "r"+strconv.Itoa(room),
			"destination", "/topic/rooms/"+c.fleet.people.Rooms[room].ID, "receipt", "s")
		wire = socket.AppendFrame(wire, socket.Text, frame, 0)
	}
	return wire
}

func (c *client) write(conn *socket.Conn, wire []byte) error {
	c.lastWriteUs.Store(time.Since(c.fleet.base).Microseconds())
	queued, err := conn.Out.Write(wire)
	if queued {
		c.fleet.totals.blockedWrites.Add(1)
	}
	return err
}

// attach makes a subscribed socket the client's own: first what was written before and not answered, then what fell
// due meanwhile.
func (c *client) attach(conn *socket.Conn, again bool) {
	f := c.fleet
	f.totals.connected.Add(1)
	c.send.Lock()
	c.send.conn = conn
	if again {
		f.totals.reconnects.Add(1)
		f.event("reconnect", fmt.Sprintf("%d to repeat, %d waiting", len(c.send.unacked), len(c.send.waiting)), c.index)
	}
	c.repeat()
	c.send.Unlock()
	if again {
		c.resume()
	}
}

func (c *client) detach(cause error) {
	f := c.fleet
	c.send.Lock()
	c.send.conn = nil
	c.send.Unlock()
	f.totals.connected.Add(-1)
	if f.closing.Load() {
		return
	}
	silentUs := cmp.Or(c.silentUs.Swap(0), -1)
	code := 1006
	var closed closedError
	if errors.As(cause, &closed) {
		code = closed.code
	}
	c.receive.Lock()
	if !c.wasDown || c.upUs >= 0 && !c.owing() {
		c.downUs = f.nowUs()
	}
	c.wasDown, c.upUs = true, -1
	if f.run.Load() != nil {
		c.cuts = append(c.cuts, f.cuts.add(f.nowUs(), code, silentUs))
	}
	c.leave()
	c.receive.Unlock()
	f.totals.closed(code)
	f.event("disconnect", strings.TrimSpace(fmt.Sprintf("%d %v", code, cause)), c.index)
}

func (t *totals) closed(code int) {
	t.disconnects.Add(1)
	t.closeCodesMu.Lock()
	t.closeCodes[code]++
	t.closeCodesMu.Unlock()
}

// hangUp closes the socket with status 1000.
func (c *client) hangUp() {
	c.send.Lock()
	defer c.send.Unlock()
	if c.send.conn != nil {
		_ = c.write(c.send.conn, socket.AppendFrame(nil, socket.Close, []byte{0x03, 0xe8}, 0))
		c.send.conn.Close()
	}
}

// serverSilent tells whether the server is gone: no byte for twice the agreed period. Where the next look might be later
// than that, and the one after it in the time of a busy machine, this one decides.
func (c *client) serverSilent(nowUs int64) bool {
	period := c.serverPeriodUs.Load()
	return period > 0 && nowUs-c.lastReadUs.Load() > 2*period-2*c.fleet.config.beatTickUs()
}

// beat keeps the socket alive, and cuts one on which the server has gone silent.
func (c *client) beat(nowUs int64) {
	c.send.Lock()
	defer c.send.Unlock()
	conn := c.send.conn
	if conn == nil {
		return
	}
	if c.serverSilent(nowUs) {
		c.silentUs.Store(nowUs - c.lastReadUs.Load())
		conn.Close()
		return
	}
	if nowUs-c.lastWriteUs.Load() >= c.fleet.config.HeartbeatMs*500 {
		_ = c.write(conn, socket.AppendFrame(nil, socket.Text, []byte{'\n'}, 0))
	}
}
