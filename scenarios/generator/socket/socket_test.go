package socket

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// frame is a server's frame.
func frame(first byte, payload string) []byte {
	out := []byte{first}
	switch n := len(payload); {
	case n < 126:
		out = append(out, byte(n))
	case n < 1<<16:
		out = binary.BigEndian.AppendUint16(append(out, 126), uint16(n))
	default:
		out = binary.BigEndian.AppendUint64(append(out, 127), uint64(n))
	}
	return append(out, payload...)
}

func reader(parts ...[]byte) *Reader {
	return NewReader(bufio.NewReaderSize(bytes.NewReader(bytes.Join(parts, nil)), bufferBytes))
}

func TestMessagesOfEverySize(t *testing.T) {
	sizes := []int{0, 1, 125, 126, 4095, 4096, 4097, 65535, 65536, 200_000, 3}
	var stream [][]byte
	for _, n := range sizes {
		stream = append(stream, frame(0x81, strings.Repeat("x", n)))
	}
	r := reader(stream...)
	for _, n := range sizes {
		if opcode, payload, err := r.Next(); err != nil || opcode != Text || len(payload) != n {
			t.Fatalf("%d bytes: got opcode %d, %d bytes, %v", n, opcode, len(payload), err)
		}
	}
	if _, _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

func TestFragmentsJoinAroundAPing(t *testing.T) {
	r := reader(frame(0x02, "ab"), frame(0x89, "?"), frame(0x00, strings.Repeat("c", 5000)), frame(0x80, "d"), frame(0x81, "e"))
	for _, want := range []struct {
		opcode Opcode
		text   string
	}{{Ping, "?"}, {Binary, "ab" + strings.Repeat("c", 5000) + "d"}, {Text, "e"}} {
		if opcode, payload, err := r.Next(); err != nil || opcode != want.opcode || string(payload) != want.text {
			t.Fatalf("got %d %.10q... of %d bytes, %v; want %d of %d bytes", opcode, payload, len(payload), err, want.opcode, len(want.text))
		}
	}
}

func TestBrokenStreamsAreErrors(t *testing.T) {
	for what, stream := range map[string][]byte{
		"a masked frame":                    append([]byte{0x81, 0x81, 1, 2, 3, 4, 5}, make([]byte, 200)...),
		"reserved bits":                     frame(0xc1, "x"),
		"an unknown opcode":                 frame(0x83, "x"),
		"a fragmented ping":                 frame(0x09, "x"),
		"a long ping":                       frame(0x89, strings.Repeat("x", 126)),
		"a continuation of nothing":         frame(0x80, "x"),
		"a message inside another":          append(frame(0x01, "x"), frame(0x81, "y")...),
		"a message over the limit":          {0x81, 127, 0, 0, 0, 0, 0x10, 0, 0, 1},
		"a length of 2^64-1":                {0x81, 127, 255, 255, 255, 255, 255, 255, 255, 255},
		"an end inside the header":          {0x81},
		"an end inside the length":          {0x81, 126, 1},
		"an end inside the payload":         frame(0x81, "xyz")[:3],
		"an end inside a long payload":      frame(0x81, strings.Repeat("x", 9000))[:5000],
		"fragments over the limit together": append(frame(0x01, strings.Repeat("x", MaxMessageBytes)), frame(0x80, "y")...),
	} {
		r := reader(stream)
		_, _, err := r.Next()
		if err == nil || err == io.EOF {
			t.Errorf("%s: got %v, want an error that is no clean end", what, err)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add(frame(0x81, "MESSAGE\n\n\x00"))
	f.Add(append(frame(0x02, "ab"), frame(0x80, "c")...))
	f.Add(frame(0x82, strings.Repeat("x", 70_000)))
	f.Add([]byte{0x88, 2, 3, 0xe8})
	f.Fuzz(func(t *testing.T, data []byte) {
		whole, chopped := reader(data), NewReader(bufio.NewReaderSize(iotest{bytes.NewReader(data)}, bufferBytes))
		for {
			opcode1, payload1, err1 := whole.Next()
			opcode2, payload2, err2 := chopped.Next()
			if opcode1 != opcode2 || !bytes.Equal(payload1, payload2) || (err1 == nil) != (err2 == nil) {
				t.Fatalf("in one piece: %d %q %v; byte by byte: %d %q %v", opcode1, payload1, err1, opcode2, payload2, err2)
			}
			if err1 != nil {
				return
			}
			if len(payload1) > MaxMessageBytes {
				t.Fatalf("%d bytes", len(payload1))
			}
		}
	})
}

// iotest hands out a byte a read.
type iotest struct{ r io.Reader }

func (i iotest) Read(p []byte) (int, error) { return i.r.Read(p[:min(1, len(p))]) }

func TestFramesAreMaskedSoThatUnmaskingGivesThemBack(t *testing.T) {
	for _, n := range []int{0, 1, 7, 8, 9, 125, 126, 300, 65535, 65536} {
		payload := bytes.Repeat([]byte("abcdefg"), n/7+1)[:n]
		wire := AppendFrame(nil, Text, payload, 0x1badcafe)
		body := wire[len(wire)-n:]
		mask := wire[len(wire)-n-4 : len(wire)-n]
		plain := make([]byte, n)
		for i := range body {
			plain[i] = body[i] ^ mask[i%4]
		}
		head := append([]byte{0x81}, frame(0x81, string(payload))[1:len(wire)-n-4]...)
		head[1] |= 0x80
		if !bytes.Equal(plain, payload) || !bytes.Equal(wire[:len(wire)-n-4], head) {
			t.Errorf("%d bytes: header % x, want % x", n, wire[:len(wire)-n-4], head)
		}
	}
}

// A peer that does not read must neither block the writer nor cost a byte or the order.
func TestAWriterNeverWaitsAndKeepsOrder(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	w, err := newWriter(client.(*net.TCPConn))
	if err != nil {
		t.Fatal(err)
	}
	block, queued := make([]byte, 10_000), false
	const blocks = 2000
	for i := range blocks {
		binary.LittleEndian.PutUint32(block, uint32(i))
		q, err := w.Write(block)
		if err != nil {
			t.Fatal(err)
		}
		queued = queued || q
	}
	if !queued {
		t.Fatal("20 MB went into the socket's buffer: the test shows nothing")
	}
	_ = server.SetDeadline(time.Now().Add(10 * time.Second))
	for i := range blocks {
		if _, err := io.ReadFull(server, block); err != nil || binary.LittleEndian.Uint32(block) != uint32(i) {
			t.Fatalf("block %d: got %d, %v", i, binary.LittleEndian.Uint32(block), err)
		}
	}
	_ = server.Close()
	for i := 0; ; i++ {
		if _, err := w.Write(block); err != nil {
			return
		}
		if i > 10_000 {
			t.Fatal("writing to a closed socket never fails")
		}
	}
}
