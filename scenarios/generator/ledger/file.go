package ledger

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"io"
	"sync/atomic"
)

const magic = "LABLEDG1"

type column struct {
	Offset int    `json:"offset"`
	Type   string `json:"type"`
}

type header struct {
	Generator  int               `json:"generator"`
	Messages   int               `json:"messages"`
	MaxMembers int               `json:"maxMembers"`
	Rooms      int               `json:"rooms"`
	Columns    map[string]column `json:"columns"`
}

// Excuses are the deliveries that cannot be asked of the system, in the shape of the delivered bitmap.
type Excuses struct {
	bits   bitmap
	widest int
	count  int
}

// NewExcuses is empty and fits this ledger.
func (l *Ledger) NewExcuses() *Excuses {
	return &Excuses{bits: newBitmap(l.Messages() * l.widest), widest: l.widest}
}

// Excuse the delivery of message k to a member.
func (e *Excuses) Excuse(k, member int) {
	if e.bits.set(k*e.widest + member) {
		e.count++
	}
}

// Count is the number of deliveries excused.
func (e *Excuses) Count() int { return e.count }

// Write puts the whole ledger as OUTPUT.md describes `ledger.bin`. Nothing may change it meanwhile.
func (l *Ledger) Write(w io.Writer, excuses *Excuses) error {
	n := l.Messages()
	bitBytes := (n*l.widest + 7) / 8
	columns, end := map[string]column{}, 0
	place := func(name, kind string, size int) {
		columns[name] = column{end, kind}
		end += (size + 7) &^ 7
	}
	place("seq", "u64", 8*n)
	place("crc", "u32", 4*n)
	place("room", "u16", 2*n)
	place("flags", "u8", n)
	place("delivered", "bits", bitBytes)
	if excuses.count > 0 {
		place("excused", "bits", bitBytes)
	}
	out := bufio.NewWriterSize(w, 1<<16)
	if err := writeHeader(out, header{l.generator, n, l.widest, len(l.members), columns}); err != nil {
		return err
	}
	p := padded{out: out}
	for k := range l.seq {
		p.bytes(binary.LittleEndian.AppendUint64(nil, l.seq[k].Load()))
	}
	for _, crc := range l.crc {
		p.bytes(binary.LittleEndian.AppendUint32(nil, crc))
	}
	p.pad()
	for _, room := range l.room {
		p.bytes(binary.LittleEndian.AppendUint16(nil, room))
	}
	p.pad()
	p.words(l.flags, n)
	p.words(l.bits, bitBytes)
	if excuses.count > 0 {
		p.words(excuses.bits, bitBytes)
	}
	return out.Flush()
}

func writeHeader(out *bufio.Writer, h header) error {
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	for (len(magic)+4+len(text))%8 != 0 {
		text = append(text, ' ')
	}
	_, _ = out.WriteString(magic)
	_, _ = out.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(text))))
	_, err = out.Write(text)
	return err
}

// padded writes columns, each filled up to a multiple of 8 bytes. Errors stay in the bufio.Writer until its Flush.
type padded struct {
	out     *bufio.Writer
	written int
}

func (p *padded) bytes(b []byte) {
	p.written += len(b)
	_, _ = p.out.Write(b)
}

func (p *padded) pad() {
	for p.written%8 != 0 {
		p.bytes([]byte{0})
	}
}

// words writes the first `size` bytes of packed 32-bit words: byte i is bits 8i..8i+7, lowest first.
func (p *padded) words(words []atomic.Uint32, size int) {
	for i := range words {
		word := binary.LittleEndian.AppendUint32(nil, words[i].Load())
		p.bytes(word[:min(4, size-4*i)])
	}
	p.pad()
}
