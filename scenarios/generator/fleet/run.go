package fleet

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"chatlab/generator/content"
	"chatlab/generator/histogram"
	"chatlab/generator/ledger"
	"chatlab/generator/pacer"
	"chatlab/generator/stomp"
)

// run is one profile's worth of load.
type run struct {
	fleet    *Fleet
	config   RunConfig
	profile  *pacer.Profile
	schedule pacer.Schedule
	bodies   *content.Bodies
	heads    []string
	// members is the number of members of each room.
	members []int
	ledger  *ledger.Ledger
	log     *histogram.Log
	// second holds the latencies of the second of wall clock that is going on.
	second      atomic.Pointer[secondCounts]
	startUnixMs int64
	lost        context.CancelCauseFunc
}

type secondCounts struct{ delivery, ack, late histogram.Counts }

func newRun(f *Fleet, config RunConfig) (*run, error) {
	r := &run{fleet: f, config: config, heads: heads(f.people)}
	var problems, more []string
	r.profile, problems = pacer.NewProfile(config.Profile)
	r.bodies, more = content.New(uint64(f.config.Seed), config.Body.Bytes, config.Body.Languages)
	problems = append(problems, more...)
	if config.GoodputBoundUs <= 0 {
		problems = append(problems, "goodputBoundUs is not above 0")
	}
	if len(problems) == 0 {
		var err error
		if r.schedule, err = pacer.NewSchedule(r.profile, config.Arrivals, uint64(f.config.Seed)); err != nil {
			problems = append(problems, err.Error())
		}
	}
	if r.schedule != nil && r.schedule.Count() == 0 {
		problems = append(problems, "the profile asks for no message")
	}
	if err := problemList("run", problems); err != nil {
		return nil, err
	}
	for _, room := range f.people.Rooms {
		r.members = append(r.members, len(room.Members))
	}
	r.ledger = ledger.New(f.config.Generator, r.schedule.Count(), r.members)
	for k := range r.schedule.Count() {
		room, _ := pacer.Sender(uint64(f.config.Seed), k, len(r.members), func(room int) int { return r.members[room] })
		r.ledger.Plan(k, room)
	}
	r.log = histogram.NewLog(int(r.profile.DurationMs()/1000) + 1)
	r.second.Store(&secondCounts{})
	return r, nil
}

var errFleetLost = errors.New("no client has been connected for 30 s")

// Run sends the whole profile. It returns when the last message was handed over, or earlier when ctx ends or the fleet
// is lost; the outputs are then already written.
func (f *Fleet) Run(ctx context.Context, config RunConfig) error {
	if f.run.Load() != nil {
		return errors.New("this fleet has run already: connect another")
	}
	r, err := newRun(f, config)
	if err != nil {
		return err
	}
	ctx, r.lost = context.WithCancelCause(ctx)
	defer r.lost(nil)
	// Heap made for the plan must not be collected in the first second of load.
	runtime.GC()
	r.startUnixMs = time.Now().UnixMilli()
	f.originUs.Store(time.Since(f.base).Microseconds())
	f.run.Store(r)
	f.timeline.write(map[string]any{"type": "start", "unixMs": r.startUnixMs})
	f.tasks.Go(r.everySecond)
	// One lane serves two cores, where kernel and peers need the rest; more cores take up to four.
	lanes := min(4, max(1, runtime.GOMAXPROCS(0)/2))
	failures := make([]error, lanes)
	var group sync.WaitGroup
	for i := range lanes {
		group.Go(func() { failures[i] = pacer.Lane(ctx, f, r.schedule, r.lane(i, lanes)) })
	}
	group.Wait()
	if errors.Join(failures...) == nil {
		// The profile ends with its last second, not with its last message.
		_ = f.SleepUntilUs(ctx, r.profile.DurationMs()*1000)
	}
	if ctx.Err() != nil {
		_, err = f.finish(r.reason(ctx))
	}
	return err
}

func (r *run) reason(ctx context.Context) string {
	if errors.Is(context.Cause(ctx), errFleetLost) {
		return FleetLost
	}
	return Interrupted
}

// identify finds message k by its clientMessageId `<generator>-<room>-<k>`; room -1 stands for any.
func (r *run) identify(id []byte, room int) (k int, ours bool) {
	generator, rest, _ := bytes.Cut(id, []byte{'-'})
	inRoom, index, _ := bytes.Cut(rest, []byte{'-'})
	g, ok1 := stomp.Number(generator)
	m, ok2 := stomp.Number(inRoom)
	n, ok3 := stomp.Number(index)
	if !ok1 || !ok2 || !ok3 || int(g) != r.fleet.config.Generator || n >= int64(r.ledger.Messages()) {
		return 0, false
	}
	k = int(n)
	return k, int(m) == r.ledger.Room(k) && (room < 0 || room == int(m))
}
