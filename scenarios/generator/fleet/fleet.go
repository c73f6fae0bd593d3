package fleet

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Why a run ended, as OUTPUT.md names it.
const (
	Drained      = "drained"
	DrainTimeout = "drain-timeout"
	Interrupted  = "interrupted"
	FleetLost    = "fleet-lost"
)

// Fleet is the set of clients of one generator, one socket a user.
type Fleet struct {
	config  ConnectConfig
	people  *population
	clients []*client

	// base is the monotonic origin; originUs, set when the run starts, moves it to the profile's start.
	base     time.Time
	originUs atomic.Int64
	run      atomic.Pointer[run]

	// life ends every goroutine; closing is set before it, so that what then breaks is no event.
	closing atomic.Bool
	life    context.Context
	end     context.CancelFunc
	tasks   sync.WaitGroup
	dials   chan struct{}
	pulls   chan struct{}
	http    *http.Client
	totals  totals
	cuts    cuts

	// Observe, when set before the run, gets every second's figures as the timeline does.
	Observe func(Second)

	timeline *timeline
	finished sync.Once
	summary  Summary
	failure  error
}

// maxPulls bounds the history requests under way. Clients of their own would ask all at once, and an answer may wait for
// the chat's store: with 16 the clients of a killed gateway, 500 in 5 s, queued here for 15 s. It only keeps a whole
// fleet that returns from taking a socket each.
const maxPulls = 256

// totals are counted by every client and read once a second.
type totals struct {
	sent, acked, refused, delivered, resumed, pending   atomic.Int64
	connected, reconnects, disconnects, connectFailures atomic.Int64
	errorFrames, unknownFrames, foreign, gaps, overlaps atomic.Int64
	deferred, retries, blockedWrites                    atomic.Int64
	// catchingUp counts answers of a history that says it does not know everything yet.
	catchingUp   atomic.Int64
	closeCodesMu sync.Mutex
	closeCodes   map[int]int
}

// Connect opens one socket a user and subscribes each to its rooms. It fails, with the number of clients and the
// reasons, when some are not ready within the time-out; refusals by the server are final, broken connections are
// tried again until then.
func Connect(ctx context.Context, config ConnectConfig) (*Fleet, error) {
	if err := config.validate(); err != nil {
		return nil, err
	}
	people, err := loadPopulation(config.FleetFile)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(config.OutDir, 0o755); err != nil {
		return nil, err
	}
	if config.jitter[1] == 0 {
		config.jitter = [2]time.Duration{200 * time.Millisecond, 5 * time.Second}
	}
	f := &Fleet{config: config, people: people, base: time.Now(), dials: make(chan struct{}, config.Concurrency)}
	f.pulls = make(chan struct{}, maxPulls)
	f.http = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: cap(f.pulls)}}
	f.totals.closeCodes = map[int]int{}
	f.life, f.end = context.WithCancel(context.Background())
	if f.timeline, err = openTimeline(config.OutDir); err != nil {
		return nil, err
	}
	f.recruit()
	if err := f.assemble(ctx); err != nil {
		f.stop()
		f.timeline.close(f.nowUs(), Interrupted)
		return nil, err
	}
	return f, nil
}

func (f *Fleet) recruit() {
	f.clients = make([]*client, len(f.people.Users))
	for i := range f.clients {
		f.clients[i] = &client{fleet: f, index: i, troubled: map[int]*trouble{}, byHistory: map[int]struct{}{}, repeated: map[int]struct{}{}}
	}
	for room, r := range f.people.Rooms {
		for member, user := range r.Members {
			c := f.clients[user]
			c.rooms = append(c.rooms, membership{room: room, member: member, tipSeq: r.HistorySeq, solidSeq: r.HistorySeq})
		}
	}
}

// assemble starts every client and waits until each is ready once.
func (f *Fleet) assemble(ctx context.Context) error {
	deadline, cancel := context.WithTimeout(ctx, time.Duration(f.config.TimeoutMs)*time.Millisecond)
	defer cancel()
	outcomes := make(chan error, len(f.clients))
	subscriptions := 0
	for _, c := range f.clients {
		subscriptions += len(c.rooms)
		f.tasks.Go(func() { c.live(deadline, func(err error) { outcomes <- err }) })
	}
	reasons := map[string]int{}
	for range f.clients {
		if err := <-outcomes; err != nil {
			reasons[err.Error()]++
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if len(reasons) > 0 {
		return connectError(reasons, len(f.clients), f.config.TimeoutMs)
	}
	f.tasks.Go(f.beat)
	f.timeline.write(map[string]any{
		"type": "connected", "users": len(f.clients), "rooms": len(f.people.Rooms), "subscriptions": subscriptions,
		"elapsedMs": time.Since(f.base).Milliseconds(),
	})
	return nil
}

func connectError(reasons map[string]int, users int, timeoutMs int64) error {
	failed, lines := 0, make([]string, 0, len(reasons))
	for reason, n := range reasons {
		failed += n
		lines = append(lines, fmt.Sprintf("%d x %s", n, reason))
	}
	sort.Strings(lines)
	if more := len(lines) - 5; more > 0 {
		lines = append(lines[:5], fmt.Sprintf("and %d more reasons", more))
	}
	return fmt.Errorf("%d of %d clients could not connect within %d ms: %s", failed, users, timeoutMs, strings.Join(lines, "; "))
}

// nowUs is the one clock of the run: microseconds from the profile's start, 0 before it.
func (f *Fleet) nowUs() int64 {
	origin := f.originUs.Load()
	if origin == 0 {
		return 0
	}
	return time.Since(f.base).Microseconds() - origin
}

// NowUs and SleepUntilUs make the fleet the pacer's clock.
func (f *Fleet) NowUs() int64 { return f.nowUs() }

func (f *Fleet) SleepUntilUs(ctx context.Context, us int64) error {
	return sleep(ctx, time.Duration(us-f.nowUs())*time.Microsecond)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// beat sends heart-beats on idle sockets and cuts those on which the server has gone silent.
func (f *Fleet) beat() {
	if f.config.HeartbeatMs == 0 {
		return
	}
	for sleep(f.life, time.Duration(f.config.beatTickUs())*time.Microsecond) == nil {
		for _, c := range f.clients {
			c.beat(time.Since(f.base).Microseconds())
		}
	}
}

func (f *Fleet) stop() {
	f.closing.Store(true)
	for _, c := range f.clients {
		c.hangUp()
	}
	f.end()
	f.tasks.Wait()
}

// Close ends the fleet; without a drain before it the run counts as interrupted.
func (f *Fleet) Close() error {
	_, err := f.finish(Interrupted)
	return err
}

var errNoRun = errors.New("nothing was run on this fleet")
