package histogram

import (
	"bufio"
	"fmt"
	"io"
	"sync/atomic"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// Kinds in the order in which they are written.
const (
	Delivery = iota
	Ack
	Lateness
	DeliveryService
	AckService
	kindCount
)

// KindNames are the tags of the log and the keys of the overflow counts.
var KindNames = [kindCount]string{"delivery", "ack", "lateness", "deliveryService", "ackService"}

// Log holds one histogram a second of due time and kind.
type Log struct {
	seconds  [kindCount][]Counts
	overflow [kindCount]atomic.Int64
}

// NewLog makes room for due times of 0..seconds-1.
func NewLog(seconds int) *Log {
	log := &Log{}
	for kind := range log.seconds {
		log.seconds[kind] = make([]Counts, seconds)
	}
	return log
}

// Add counts one latency under the second in which its message was due.
func (l *Log) Add(kind int, dueUs, us int64) {
	if !l.seconds[kind][dueUs/1_000_000].Add(us) {
		l.overflow[kind].Add(1)
	}
}

// Overflow is the number of values out of range, by kind.
func (l *Log) Overflow() map[string]int64 {
	counts := make(map[string]int64, kindCount)
	for kind, name := range KindNames {
		counts[name] = l.overflow[kind].Load()
	}
	return counts
}

// Write puts the interval log, ordered by second and then by kind. No start time is given, so readers take the
// intervals' own times: seconds of the profile. The library's own log writer mixes milliseconds and seconds, hence the
// lines are put together here.
func (l *Log) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, "#[Latencies in microseconds by second of due time]")
	fmt.Fprintln(out, "#[Histogram log format version 1.3]")
	fmt.Fprintln(out, `"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"`)
	for second := range l.seconds[0] {
		for kind, name := range KindNames {
			h := l.seconds[kind][second].Export()
			if h.TotalCount() == 0 {
				continue
			}
			encoded, err := h.Encode(hdr.V2CompressedEncodingCookieBase)
			if err != nil {
				return fmt.Errorf("encode %s of second %d: %w", name, second, err)
			}
			fmt.Fprintf(out, "Tag=%s,%d.000,1.000,%.3f,%s\n", name, second, float64(h.Max())/1000, encoded)
		}
	}
	return out.Flush()
}
