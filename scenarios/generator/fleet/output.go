package fleet

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"

	"chatlab/generator/ledger"
)

type phaseSums struct {
	Phase              string         `json:"phase"`
	StartMs            int64          `json:"startMs"`
	EndMs              int64          `json:"endMs"`
	Intended           int            `json:"intended"`
	Sent               int            `json:"sent"`
	Acked              int            `json:"acked"`
	Delivered          int            `json:"delivered"`
	Refused            map[string]int `json:"refused"`
	Indeterminate      int            `json:"indeterminate"`
	Goodput            int            `json:"goodput"`
	ExpectedDeliveries int            `json:"expectedDeliveries"`
}

type secondSums struct {
	S          []int `json:"s"`
	Intended   []int `json:"intended"`
	SentByDue  []int `json:"sentByDue"`
	AckedByDue []int `json:"ackedByDue"`
	Goodput    []int `json:"goodput"`
}

type report struct {
	Schema          string                    `json:"schema"`
	Generator       int                       `json:"generator"`
	StartUnixMs     int64                     `json:"startUnixMs"`
	EndReason       string                    `json:"endReason"`
	Phases          []phaseSums               `json:"phases"`
	Seconds         secondSums                `json:"seconds"`
	Counters        map[string]ledger.Counter `json:"counters"`
	Overflow        map[string]int64          `json:"overflow"`
	UnknownFrames   int64                     `json:"unknownFrames"`
	ForeignMessages int64                     `json:"foreignMessages"`
	Gaps            int64                     `json:"gaps"`
	Resumed         int64                     `json:"resumed"`
	Overlaps        int64                     `json:"overlaps"`
	Deferred        int64                     `json:"deferred"`
	Retries         int64                     `json:"retries"`
	BlockedWrites   int64                     `json:"blockedWrites"`
	Reconnects      int64                     `json:"reconnects"`
	Disconnects     int64                     `json:"disconnects"`
	CloseCodes      map[int]int               `json:"closeCodes"`
	Cuts            cutColumns                `json:"cuts"`
	ConnectFailures int64                     `json:"connectFailures"`
	ErrorFrames     int64                     `json:"errorFrames"`
	EventsOmitted   int                       `json:"eventsOmitted"`
}

// finish ends every client and writes the outputs, once; later calls return what the first one found.
func (f *Fleet) finish(reason string) (Summary, error) {
	f.finished.Do(func() {
		endUs := f.nowUs()
		f.stop()
		run := f.run.Load()
		if run == nil {
			f.failure = f.timeline.close(endUs, reason)
			return
		}
		report := run.report(reason)
		f.summary = run.summarise(report)
		f.failure = errors.Join(
			f.timeline.close(endUs, reason),
			f.save("latency.hlog", run.log.Write),
			f.save("ledger.bin", func(w io.Writer) error { return run.ledger.Write(w, run.excuses()) }),
			f.save("generator.json", func(w io.Writer) error { return json.NewEncoder(w).Encode(report) }),
		)
	})
	return f.summary, f.failure
}

// save writes beside the name first, so that a file is there whole or not at all.
func (f *Fleet) save(name string, write func(io.Writer) error) error {
	path := filepath.Join(f.config.OutDir, name)
	file, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	out := bufio.NewWriter(file)
	if err := errors.Join(write(out), out.Flush(), file.Close()); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

func (r *run) report(reason string) report {
	t := &r.fleet.totals
	phases, seconds := r.sums()
	return report{
		Schema: "lab.generator/1", Generator: r.fleet.config.Generator, StartUnixMs: r.startUnixMs, EndReason: reason,
		Phases: phases, Seconds: seconds, Counters: r.ledger.Counters(), Overflow: r.log.Overflow(),
		UnknownFrames: t.unknownFrames.Load(), ForeignMessages: t.foreign.Load(), Gaps: t.gaps.Load(),
		Resumed: t.resumed.Load(), Overlaps: t.overlaps.Load(), Deferred: t.deferred.Load(), Retries: t.retries.Load(),
		BlockedWrites: t.blockedWrites.Load(), Reconnects: t.reconnects.Load(), Disconnects: t.disconnects.Load(),
		CloseCodes: t.closeCodes, Cuts: r.fleet.cuts.columns(), ConnectFailures: t.connectFailures.Load(), ErrorFrames: t.errorFrames.Load(),
		EventsOmitted: r.fleet.timeline.omitted,
	}
}

// sums goes once over the ledger; due times never fall, so phases and seconds come in order.
func (r *run) sums() ([]phaseSums, secondSums) {
	var phases []phaseSums
	for _, span := range r.profile.Phases() {
		phases = append(phases, phaseSums{Phase: span.Phase, StartMs: span.StartMs, EndMs: span.EndMs, Refused: map[string]int{}})
	}
	length := int((r.profile.DurationMs() + 999) / 1000)
	column := func() []int { return make([]int, length) }
	seconds := secondSums{column(), column(), column(), column(), column()}
	for s := range seconds.S {
		seconds.S[s] = s
	}
	at := 0
	for k := range r.ledger.Messages() {
		dueMs := r.schedule.IntendedUs(k) / 1000
		for at < len(phases)-1 && dueMs >= phases[at].EndMs {
			at++
		}
		r.add(&phases[at], &seconds, min(int(dueMs/1000), length-1), k)
	}
	return phases, seconds
}

func (r *run) add(phase *phaseSums, seconds *secondSums, s, k int) {
	one := func(flags uint32) int {
		if r.ledger.Has(k, flags) {
			return 1
		}
		return 0
	}
	sent, acked, refused := one(ledger.Sent), one(ledger.Acked), one(ledger.Refused)
	phase.Intended++
	seconds.Intended[s]++
	phase.Sent += sent
	seconds.SentByDue[s] += sent
	phase.Acked += acked
	seconds.AckedByDue[s] += acked
	phase.Delivered += r.ledger.Deliveries(k)
	phase.ExpectedDeliveries += acked * r.ledger.Members(k)
	if refused == 1 && acked == 0 {
		phase.Refused[r.ledger.RefusedBy(k)]++
	}
	if sent == 1 && acked == 0 && refused == 0 {
		phase.Indeterminate++
	}
	if r.ledger.Good(k) {
		phase.Goodput++
		seconds.Goodput[s]++
	}
}

func (r *run) summarise(report report) Summary {
	t := &r.fleet.totals
	s := Summary{EndReason: report.EndReason, Intended: r.ledger.Messages(), Sent: t.sent.Load(), Acked: t.acked.Load(),
		Refused: t.refused.Load(), Delivered: t.delivered.Load() + t.resumed.Load()}
	for _, phase := range report.Phases {
		s.Indeterminate += phase.Indeterminate
	}
	r.eachMissing(func(*client, int, int) { s.Undelivered++ })
	return s
}
