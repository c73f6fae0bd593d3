package pacer

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Schedule gives the intended time of message k, 0 <= k < Count, microseconds from the profile's start, never falling.
type Schedule interface {
	Count() int
	IntendedUs(k int) int64
}

type uniform struct{ profile *Profile }

func (u uniform) Count() int             { return u.profile.Count() }
func (u uniform) IntendedUs(k int) int64 { return u.profile.DueAtUs(float64(k)) }

// poisson holds its times: a sum of random gaps has no closed form.
type poisson struct{ dueUs []int64 }

func (p poisson) Count() int             { return len(p.dueUs) }
func (p poisson) IntendedUs(k int) int64 { return p.dueUs[k] }

// newPoisson draws an inhomogeneous Poisson process by time change: unit-rate exponential gaps are summed up and sent
// through the inverse of the profile's integral (Cinlar, Introduction to Stochastic Processes, 1975, theorem 4.7.1).
func newPoisson(profile *Profile, seed uint64) poisson {
	random := rand.New(rand.NewPCG(seed, 0x706f6973736f6e))
	total := profile.Total()
	due := make([]int64, 0, int(total+4*math.Sqrt(total))+1)
	for x := random.ExpFloat64(); x < total; x += random.ExpFloat64() {
		due = append(due, profile.DueAtUs(x))
	}
	return poisson{due}
}

// NewSchedule makes the schedule of `arrivals`: uniform or poisson.
func NewSchedule(profile *Profile, arrivals string, seed uint64) (Schedule, error) {
	switch arrivals {
	case "uniform":
		return uniform{profile}, nil
	case "poisson":
		return newPoisson(profile, seed), nil
	}
	return nil, fmt.Errorf("arrivals %q is neither uniform nor poisson", arrivals)
}
