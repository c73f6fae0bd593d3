package ledger

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
)

func small() *Ledger {
	l := New(3, 5, []int{2, 3})
	for k := range 5 {
		l.Plan(k, k%2)
		l.Send(k, uint32(100+k), 10)
	}
	return l
}

func TestADeliveryCountsOnceAndIsChecked(t *testing.T) {
	l := small()
	if !l.Deliver(1, 2, 7, 101) || l.Deliver(1, 2, 7, 101) {
		t.Error("the first delivery is new, the second is not")
	}
	if l.Deliver(1, 0, 8, 101); !l.Has(1, SeqDisagrees) || l.seq[1].Load() != 7 {
		t.Error("another seq for the same message must show, and not replace the first")
	}
	if l.Deliver(1, 1, 7, 999); !l.Has(1, WrongBody) || l.Counters()[Corrupted].Count != 1 {
		t.Error("a wrong checksum must show")
	}
	if l.Deliveries(1) != 3 || l.Deliveries(3) != 0 {
		t.Errorf("deliveries %d and %d, want 3 and 0", l.Deliveries(1), l.Deliveries(3))
	}
}

func TestGoodputNeedsTheAckAndEveryMember(t *testing.T) {
	l := small()
	l.OnTime(0)
	l.OnTime(0)
	if l.Good(0) {
		t.Error("good without an ack")
	}
	if !l.Ack(0, 5) || l.Ack(0, 6) {
		t.Error("the first ack is new, the second is not")
	}
	if !l.Good(0) || l.Good(1) {
		t.Error("acked and with both members on time: good; anything less: not")
	}
}

func TestExamplesAreKeptButBounded(t *testing.T) {
	l := small()
	for range 9 {
		l.Fault(Reordered, 4)
	}
	c := l.Counters()[Reordered]
	if c.Count != 9 || len(c.Examples) != examplesKept || c.Examples[0] != (Example{3, 0, 4}) {
		t.Errorf("got %+v", c)
	}
}

// Many goroutines against a map under one lock.
func TestConcurrentWritersLoseNothing(t *testing.T) {
	const n, members = 500, 7
	sizes := []int{members}
	l := New(0, n, sizes)
	var mu sync.Mutex
	first := map[[2]int]int{}
	var group sync.WaitGroup
	for w := range 8 {
		group.Go(func() {
			random := rand.New(rand.NewPCG(uint64(w), 1))
			for range 5000 {
				k, m := random.IntN(n), random.IntN(members)
				l.Ack(k, 1)
				if l.Deliver(k, m, int64(k+1), 0) {
					mu.Lock()
					first[[2]int{k, m}]++
					mu.Unlock()
				}
			}
		})
	}
	group.Wait()
	total := 0
	for k := range n {
		total += l.Deliveries(k)
	}
	if total != len(first) {
		t.Errorf("%d bits set, %d first deliveries reported", total, len(first))
	}
	for pair, times := range first {
		if times != 1 {
			t.Errorf("%v was new %d times", pair, times)
		}
	}
}

func TestTheFileIsReadBackByItsHeader(t *testing.T) {
	l := small()
	l.Deliver(4, 1, 1<<40+9, 104)
	l.Ack(4, 1)
	excuses := l.NewExcuses()
	excuses.Excuse(3, 2)
	var out bytes.Buffer
	if err := l.Write(&out, excuses); err != nil {
		t.Fatal(err)
	}
	data := out.Bytes()
	size := binary.LittleEndian.Uint32(data[8:])
	var h header
	if err := json.Unmarshal(data[12:12+size], &h); err != nil || string(data[:8]) != magic {
		t.Fatalf("%s: %v", data[:12+size], err)
	}
	base := 12 + int(size)
	if base%8 != 0 || h.Messages != 5 || h.MaxMembers != 3 || h.Rooms != 2 || h.Generator != 3 {
		t.Errorf("columns start at %d, header %+v", base, h)
	}
	at := func(name string) []byte { return data[base+h.Columns[name].Offset:] }
	got := fmt.Sprint(binary.LittleEndian.Uint64(at("seq")[32:]), binary.LittleEndian.Uint32(at("crc")[16:]),
		binary.LittleEndian.Uint16(at("room")[6:]), at("flags")[4], at("flags")[0], bit(at("delivered"), 4*3+1), bit(at("delivered"), 4*3), bit(at("excused"), 3*3+2))
	if want := fmt.Sprint(uint64(1<<40+9), 104, 1, Sent|Acked, Sent, 1, 0, 1); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	out.Reset()
	if err := l.Write(&out, l.NewExcuses()); err != nil || bytes.Contains(out.Bytes(), []byte("excused")) {
		t.Error("an empty column of excuses must be left out")
	}
}

func bit(bits []byte, i int) byte { return bits[i/8] >> (i % 8) & 1 }
