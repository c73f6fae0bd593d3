package pacer

import (
	"context"
	"encoding/json"
	"flag"
	"math"
	"os"
	"testing"
)

var spike = []Segment{
	{"warm-up", 10_000, 100, 2500}, {"warm-up", 3_000, 100, 100}, {"base", 15_000, 100, 100}, {"rise", 5_000, 100, 5000},
	{"hold", 6_000, 5000, 5000}, {"fall", 5_000, 5000, 100}, {"recovery", 20_000, 100, 100},
}

var paused = []Segment{{"base", 2_000, 0, 10}, {"base", 3_000, 0, 0}, {"rise", 1_000, 7, 3}, {"fall", 4_000, 3, 0}}

func mustProfile(t *testing.T, segments []Segment) *Profile {
	t.Helper()
	p, problems := NewProfile(segments)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return p
}

func TestIntendedTimeInvertsTheIntegral(t *testing.T) {
	for name, segments := range map[string][]Segment{"spike": spike, "paused": paused} {
		p := mustProfile(t, segments)
		previous := int64(-1)
		for k := range p.Count() {
			due := p.DueAtUs(float64(k))
			// IntegralAt itself is held against a sum below.
			if got := p.IntegralAt(float64(due) / 1000); math.Abs(got-float64(k)) > 0.01 {
				t.Fatalf("%s: message %d due at %d us, where the integral is %v", name, k, due, got)
			}
			if due < previous {
				t.Fatalf("%s: message %d due at %d us, before the one before it at %d", name, k, due, previous)
			}
			previous = due
		}
	}
}

func TestTheIntegralIsTheSumOfTheRate(t *testing.T) {
	p := mustProfile(t, paused)
	sum := 0.0
	for ms := 0; ms < int(p.DurationMs()); ms++ {
		for i, s := range p.segments {
			if at := float64(ms) + 0.5; at >= float64(p.startMs[i]) && at < float64(p.startMs[i+1]) {
				sum += (s.FromRate + (s.ToRate-s.FromRate)*(at-float64(p.startMs[i]))/float64(s.DurationMs)) / 1000
			}
		}
		if got := p.IntegralAt(float64(ms + 1)); math.Abs(got-sum) > 1e-6 {
			t.Fatalf("up to %d ms: %v, summed %v", ms+1, got, sum)
		}
	}
}

func TestNothingIsDueInAPause(t *testing.T) {
	p := mustProfile(t, paused)
	for k := range p.Count() {
		if due := p.DueAtUs(float64(k)); due >= 2_000_000 && due < 5_000_000 {
			t.Errorf("message %d is due at %d us, within the pause", k, due)
		}
	}
}

func TestBadProfilesAreRefusedWhole(t *testing.T) {
	_, problems := NewProfile([]Segment{{"", 500, -1, 1}, {"base", 1000, math.NaN(), 1}})
	if len(problems) != 4 {
		t.Errorf("got %d problems, want 4: %q", len(problems), problems)
	}
}

var update = flag.Bool("update", false, "rewrite the fixtures")

type vectors struct {
	Profiles []vector `json:"profiles"`
}

type vector struct {
	Segments   []Segment  `json:"segments"`
	Count      int        `json:"count"`
	IntendedUs [][2]int64 `json:"intendedUs"`
}

// The fixture is read by the TypeScript side too (test/unit/scenarios): both must give the same times.
func TestSharedVectors(t *testing.T) {
	const path = "../testdata/intended.json"
	var want vectors
	for _, segments := range [][]Segment{spike, paused, {{"hold", 1_000, 1, 1}}, {{"rise", 7_000, 0.5, 3.25}}} {
		p := mustProfile(t, segments)
		v := vector{Segments: segments, Count: p.Count()}
		for i := range 101 {
			k := i * (p.Count() - 1) / 100
			v.IntendedUs = append(v.IntendedUs, [2]int64{int64(k), p.DueAtUs(float64(k))})
		}
		want.Profiles = append(want.Profiles, v)
	}
	if *update {
		text, _ := json.Marshal(want)
		if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got vectors
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for i, v := range want.Profiles {
		if got.Profiles[i].Count != v.Count {
			t.Errorf("profile %d: count %d in the fixture, %d computed", i, got.Profiles[i].Count, v.Count)
		}
		for j, pair := range v.IntendedUs {
			if fixed := got.Profiles[i].IntendedUs[j]; fixed[0] != pair[0] || fixed[1]-pair[1] > 1 || pair[1]-fixed[1] > 1 {
				t.Errorf("profile %d: %v in the fixture, %v computed", i, fixed, pair)
			}
		}
	}
}

// virtual is a clock that only moves when told to: a sleep overshoots, a send takes time.
type virtual struct{ us, overshoot, cost int64 }

func (v *virtual) NowUs() int64 { return v.us }
func (v *virtual) SleepUntilUs(ctx context.Context, us int64) error {
	v.us = max(v.us, us+v.overshoot)
	return ctx.Err()
}

func TestALaneNeitherDriftsNorSendsEarlyNorSkips(t *testing.T) {
	for _, row := range []struct {
		what            string
		overshoot, cost int64
		worstUs         int64
	}{
		{"a perfect clock", 0, 0, QuantumUs},
		{"sleeps that overshoot by 1 ms", 1000, 0, 1000 + QuantumUs},
		{"sends that take 150 us at 5,000 messages/s", 0, 150, 3 * QuantumUs},
	} {
		clock := &virtual{overshoot: row.overshoot, cost: row.cost}
		schedule, _ := NewSchedule(mustProfile(t, spike), "uniform", 1)
		next, worst := 0, int64(0)
		err := Lane(context.Background(), clock, schedule, func(k int, due int64) {
			if k != next || due != schedule.IntendedUs(k) || clock.us < due {
				t.Fatalf("%s: message %d at %d us, expected %d due at %d", row.what, k, clock.us, next, schedule.IntendedUs(next))
			}
			next++
			worst = max(worst, clock.us-due)
			clock.us += row.cost
		})
		if err != nil || next != schedule.Count() || worst > row.worstUs {
			t.Errorf("%s: %d of %d sent, worst lateness %d us, want at most %d (%v)", row.what, next, schedule.Count(), worst, row.worstUs, err)
		}
	}
}

func TestAStalledLaneKeepsIntendedTimesAndCatchesUp(t *testing.T) {
	clock := &virtual{}
	schedule, _ := NewSchedule(mustProfile(t, []Segment{{"hold", 2_000, 1000, 1000}}), "uniform", 1)
	late, onTime := 0, 0
	_ = Lane(context.Background(), clock, schedule, func(k int, due int64) {
		if k == 500 {
			clock.us += 300_000
		}
		if clock.us-due > 2*QuantumUs {
			late++
		} else {
			onTime++
		}
	})
	// 300 messages fell due while the lane stood still; all are sent late, none is moved.
	if late < 299 || late > 302 || late+onTime != 2000 {
		t.Errorf("%d late and %d on time, want about 300 and the rest of 2000", late, onTime)
	}
}

func TestALaneStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	schedule, _ := NewSchedule(mustProfile(t, spike), "uniform", 1)
	sent := 0
	err := Lane(ctx, &virtual{}, schedule, func(int, int64) {
		if sent++; sent == 100 {
			cancel()
		}
	})
	if err == nil || sent > 110 {
		t.Errorf("sent %d, error %v", sent, err)
	}
}

func TestPoissonArrivals(t *testing.T) {
	p := mustProfile(t, []Segment{{"hold", 100_000, 100, 100}})
	one, _ := NewSchedule(p, "poisson", 1)
	same, _ := NewSchedule(p, "poisson", 1)
	other, _ := NewSchedule(p, "poisson", 2)
	if one.Count() != same.Count() || one.IntendedUs(99) != same.IntendedUs(99) {
		t.Error("the same seed gave other times")
	}
	if one.IntendedUs(99) == other.IntendedUs(99) {
		t.Error("another seed gave the same times")
	}
	// 10,000 expected: five standard deviations are 500. Of exponential gaps 1/e is longer than the mean.
	if n := one.Count(); n < 9_500 || n > 10_500 {
		t.Errorf("%d arrivals, 10,000 expected", n)
	}
	long, previous := 0, int64(0)
	for k := range one.Count() {
		if gap := one.IntendedUs(k) - previous; gap < 0 {
			t.Fatalf("arrival %d before the one before it", k)
		} else if gap > 10_000 {
			long++
		}
		previous = one.IntendedUs(k)
	}
	if share := float64(long) / float64(one.Count()); math.Abs(share-1/math.E) > 0.03 {
		t.Errorf("%.3f of the gaps are longer than the mean, want about %.3f", share, 1/math.E)
	}
	if _, err := NewSchedule(p, "bursty", 1); err == nil {
		t.Error("arrivals bursty were taken")
	}
}

func TestRoomsAndSendersAreEven(t *testing.T) {
	const rooms, members, messages = 20, 5, 100_000
	counts := [rooms][members]int{}
	for k := range messages {
		room, member := Sender(42, k, rooms, func(int) int { return members })
		counts[room][member]++
	}
	for room, row := range counts {
		for member, n := range row {
			// Mean 1,000, standard deviation 31.
			if n < 840 || n > 1160 {
				t.Errorf("room %d member %d sends %d of %d messages", room, member, n, messages)
			}
		}
	}
}
