package ledger

import "sync"

// Names of the counters that the generator alone can judge (measuring.md 4).
const (
	DuplicateDeliveries = "duplicate_deliveries"
	Reordered           = "reordered"
	Corrupted           = "corrupted"
)

var faultNames = []string{DuplicateDeliveries, Reordered, Corrupted}

const examplesKept = 5

// Example names one message that broke an invariant.
type Example struct {
	Generator int `json:"generator"`
	Room      int `json:"room"`
	K         int `json:"k"`
}

// Counter is one invariant's count with its first examples.
type Counter struct {
	Count    int       `json:"count"`
	Examples []Example `json:"examples"`
}

type fault struct {
	mu sync.Mutex
	Counter
}

// Fault counts one breach of an invariant by message k.
func (l *Ledger) Fault(name string, k int) {
	f := l.faults[name]
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Count++
	if len(f.Examples) < examplesKept {
		f.Examples = append(f.Examples, Example{l.generator, int(l.room[k]), k})
	}
}

// Counters returns a copy of every counter by name.
func (l *Ledger) Counters() map[string]Counter {
	counters := make(map[string]Counter, len(l.faults))
	for name, f := range l.faults {
		f.mu.Lock()
		counters[name] = Counter{f.Count, append([]Example{}, f.Examples...)}
		f.mu.Unlock()
	}
	return counters
}

// RefusedBy returns the code with which message k was refused.
func (l *Ledger) RefusedBy(k int) string {
	l.refusals.Lock()
	defer l.refusals.Unlock()
	return l.refused[k]
}
