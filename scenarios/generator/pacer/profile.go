// Package pacer says when each message is due. Nothing in it reads a clock except Lane, whose clock is injected.
package pacer

import (
	"fmt"
	"math"
)

// Segment is one linear piece of offered load; field names are those of the plan.
type Segment struct {
	Phase      string  `json:"phase"`
	DurationMs int64   `json:"durationMs"`
	FromRate   float64 `json:"fromRate"`
	ToRate     float64 `json:"toRate"`
}

// Profile is the offered load with its integral at the start of every segment.
type Profile struct {
	segments []Segment
	// startMs[i] and before[i]: time and messages before segment i; one entry more than segments.
	startMs []int64
	before  []float64
}

// NewProfile checks every segment and lists all problems at once.
func NewProfile(segments []Segment) (*Profile, []string) {
	p := &Profile{segments: segments, startMs: []int64{0}, before: []float64{0}}
	var problems []string
	if len(segments) == 0 {
		problems = append(problems, "the profile has no segment")
	}
	for i, s := range segments {
		if s.Phase == "" {
			problems = append(problems, fmt.Sprintf("segment %d has no phase", i))
		}
		if s.DurationMs <= 0 || s.DurationMs%1000 != 0 {
			problems = append(problems, fmt.Sprintf("segment %d: durationMs %d is not a whole number of seconds above 0", i, s.DurationMs))
		}
		if !rate(s.FromRate) || !rate(s.ToRate) {
			problems = append(problems, fmt.Sprintf("segment %d: rates %v to %v are not finite numbers from 0 up", i, s.FromRate, s.ToRate))
		}
		p.startMs = append(p.startMs, p.startMs[i]+s.DurationMs)
		p.before = append(p.before, p.before[i]+(s.FromRate+s.ToRate)/2*float64(s.DurationMs)/1000)
	}
	return p, problems
}

func rate(v float64) bool { return v >= 0 && !math.IsInf(v, 0) && !math.IsNaN(v) }

// DurationMs is the length of the whole profile.
func (p *Profile) DurationMs() int64 { return p.startMs[len(p.startMs)-1] }

// Total is the integral of the rate over the whole profile.
func (p *Profile) Total() float64 { return p.before[len(p.before)-1] }

// Count is the number of messages due: those k >= 0 with k < Total. The guard absorbs the rounding of sums.
func (p *Profile) Count() int { return int(math.Ceil(p.Total() - 1e-6)) }

// IntegralAt is the number of messages (a real number) that fall due before tMs.
func (p *Profile) IntegralAt(tMs float64) float64 {
	for i, s := range p.segments {
		if tMs < float64(p.startMs[i+1]) {
			t := (tMs - float64(p.startMs[i])) / 1000
			slope := (s.ToRate - s.FromRate) / (float64(s.DurationMs) / 1000)
			return p.before[i] + s.FromRate*t + slope*t*t/2
		}
	}
	return p.Total()
}

// DueAtUs is the inverse of the integral: the latest time at which no more than x messages have fallen due, so that
// nothing is due inside a pause. Within a segment with start rate r, slope a and m = x - before, the positive root of
// r t + a t^2 / 2 = m is taken in the form that stays exact for a -> 0: t = 2 m / (r + sqrt(r^2 + 2 a m)).
func (p *Profile) DueAtUs(x float64) int64 {
	i := 0
	for i < len(p.segments)-1 && x >= p.before[i+1] {
		i++
	}
	s := p.segments[i]
	m := x - p.before[i]
	if m <= 0 {
		return p.startMs[i] * 1000
	}
	slope := (s.ToRate - s.FromRate) / (float64(s.DurationMs) / 1000)
	root := math.Sqrt(math.Max(0, s.FromRate*s.FromRate+2*slope*m))
	t := 2 * m / (s.FromRate + root)
	return p.startMs[i]*1000 + int64(math.Round(math.Min(t*1e6, float64(s.DurationMs)*1000)))
}

// PhaseSpan is one phase with neighbouring segments of the same phase put together.
type PhaseSpan struct {
	Phase   string
	StartMs int64
	EndMs   int64
}

// Phases lists the phases in order.
func (p *Profile) Phases() []PhaseSpan {
	var spans []PhaseSpan
	for i, s := range p.segments {
		if n := len(spans); n > 0 && spans[n-1].Phase == s.Phase {
			spans[n-1].EndMs = p.startMs[i+1]
			continue
		}
		spans = append(spans, PhaseSpan{s.Phase, p.startMs[i], p.startMs[i+1]})
	}
	return spans
}
