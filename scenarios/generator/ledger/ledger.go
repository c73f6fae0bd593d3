// Package ledger keeps what is known of every message: arrays and bitmaps, written by many goroutines without locks.
package ledger

import (
	"sync"
	"sync/atomic"
)

// Flags of a message, the bits of the `flags` column.
const (
	Sent           = 1
	Acked          = 2
	Refused        = 4
	WrongBody      = 8
	SeqDisagrees   = 16
	bitsPerFlagSet = 8
)

// Ledger of messages 0..N-1. Room sizes are known from the start, what happens to a message comes in by the methods.
type Ledger struct {
	generator int
	members   []int
	widest    int

	seq   []atomic.Uint64
	crc   []uint32
	room  []uint16
	flags []atomic.Uint32
	bits  bitmap

	// lateUs and ackUs, from the intended time, live only while the run does: they give service times and excuses.
	lateUs []atomic.Uint32
	ackUs  []atomic.Uint32
	// onTime counts deliveries within the bound, and the ack as one more.
	onTime []atomic.Uint32

	faults   map[string]*fault
	refusals sync.Mutex
	refused  map[int]string
}

// New makes an empty ledger of `messages` messages over rooms with the given numbers of members.
func New(generator, messages int, members []int) *Ledger {
	widest := 0
	for _, n := range members {
		widest = max(widest, n)
	}
	l := &Ledger{
		generator: generator,
		members:   members,
		widest:    widest,
		seq:       make([]atomic.Uint64, messages),
		crc:       make([]uint32, messages),
		room:      make([]uint16, messages),
		flags:     make([]atomic.Uint32, (messages+3)/4),
		bits:      newBitmap(messages * widest),
		lateUs:    make([]atomic.Uint32, messages),
		ackUs:     make([]atomic.Uint32, messages),
		onTime:    make([]atomic.Uint32, messages),
		refused:   map[int]string{},
		faults:    map[string]*fault{},
	}
	for _, name := range faultNames {
		l.faults[name] = &fault{}
	}
	return l
}

// Messages is N.
func (l *Ledger) Messages() int { return len(l.seq) }

// Members of message k's room.
func (l *Ledger) Members(k int) int { return l.members[l.room[k]] }

// Room of message k, as set by Plan.
func (l *Ledger) Room(k int) int { return int(l.room[k]) }

// Plan notes the room of message k before anything is sent.
func (l *Ledger) Plan(k, room int) { l.room[k] = uint16(room) }

// Send notes the first write of message k: its body's CRC-32 and how late it was.
func (l *Ledger) Send(k int, crc uint32, lateUs int64) {
	l.crc[k] = crc
	l.lateUs[k].Store(uint32(min(max(lateUs, 0), 1<<32-1)))
	l.set(k, Sent)
}

// LateUs is t1 - t0 of message k.
func (l *Ledger) LateUs(k int) int64 { return int64(l.lateUs[k].Load()) }

// AckUs is the ack latency of message k, from t0.
func (l *Ledger) AckUs(k int) int64 { return int64(l.ackUs[k].Load()) }

// Ack notes the receipt of message k and tells whether it is the first.
func (l *Ledger) Ack(k int, latencyUs int64) (first bool) {
	l.ackUs[k].Store(uint32(min(max(latencyUs, 0), 1<<32-1)))
	if l.set(k, Acked)&Acked != 0 {
		return false
	}
	l.onTime[k].Add(1)
	return true
}

// Refuse notes a definite refusal of message k, which ends its story.
func (l *Ledger) Refuse(k int, code string) {
	l.refusals.Lock()
	l.refused[k] = code
	l.refusals.Unlock()
	l.set(k, Refused)
}

// Has tells whether all the given flags are set.
func (l *Ledger) Has(k int, flags uint32) bool {
	return l.flags[k>>2].Load()>>(k&3*bitsPerFlagSet)&flags == flags
}

// Good tells whether message k was acked and reached every member within the bound.
func (l *Ledger) Good(k int) bool {
	return l.Has(k, Acked) && int(l.onTime[k].Load()) == l.Members(k)+1
}

// Delivered tells whether the member at the given position has message k.
func (l *Ledger) Delivered(k, member int) bool { return l.bits.has(k*l.widest + member) }

// Deliveries counts the members who have message k.
func (l *Ledger) Deliveries(k int) (n int) {
	for member := range l.Members(k) {
		if l.Delivered(k, member) {
			n++
		}
	}
	return n
}

// Deliver notes that a member has message k with this seq and body and tells whether it is the first time. A second
// time changes nothing; what it means is the caller's to say.
func (l *Ledger) Deliver(k, member int, seq int64, crc uint32) (first bool) {
	if !l.bits.set(k*l.widest + member) {
		return false
	}
	if !l.seq[k].CompareAndSwap(0, uint64(seq)) && l.seq[k].Load() != uint64(seq) {
		l.set(k, SeqDisagrees)
	}
	if l.crc[k] != crc {
		l.set(k, WrongBody)
		l.Fault(Corrupted, k)
	}
	return true
}

// OnTime notes one delivery of message k within the bound.
func (l *Ledger) OnTime(k int) { l.onTime[k].Add(1) }

func (l *Ledger) set(k int, flag uint32) (before uint32) {
	shift := k & 3 * bitsPerFlagSet
	return l.flags[k>>2].Or(flag<<shift) >> shift & 0xff
}

type bitmap []atomic.Uint32

func newBitmap(size int) bitmap { return make(bitmap, (size+31)/32) }

// set tells whether the bit was clear.
func (b bitmap) set(i int) bool { return b[i>>5].Or(1<<(i&31))>>(i&31)&1 == 0 }
func (b bitmap) has(i int) bool { return b[i>>5].Load()>>(i&31)&1 == 1 }
