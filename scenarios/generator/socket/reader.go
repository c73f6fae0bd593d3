// Package socket is the client's side of WebSocket (RFC 6455), cut to what a load generator needs: no allocation per
// frame on the way in, one system call per frame on the way out, no extensions.
package socket

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Opcode of a frame, RFC 6455 section 5.2.
type Opcode byte

const (
	Continuation Opcode = 0
	Text         Opcode = 1
	Binary       Opcode = 2
	Close        Opcode = 8
	Ping         Opcode = 9
	Pong         Opcode = 10
)

// MaxMessageBytes bounds what one message may make this process hold: a body of 100 KiB with every byte escaped as
// six, and room for headers.
const MaxMessageBytes = 1 << 20

const bufferBytes = 4096

var errMasked = errors.New("the server sent a masked frame (RFC 6455, 5.1: a client must close)")

// Reader takes messages off a stream. Not for use by several goroutines.
type Reader struct {
	stream *bufio.Reader
	// peeked bytes belong to the message handed out last and are dropped by the next call.
	peeked  int
	scratch []byte
	// message collects fragments; kind is its opcode while it is open, else 0.
	message []byte
	kind    Opcode
}

// NewReader reads from stream, whose buffered bytes come first.
func NewReader(stream *bufio.Reader) *Reader { return &Reader{stream: stream} }

// Next returns the next whole message or control frame. The payload is valid until the next call.
func (r *Reader) Next() (Opcode, []byte, error) {
	for {
		if r.peeked > 0 {
			// Cannot fail: these bytes are in the buffer.
			_, _ = r.stream.Discard(r.peeked)
			r.peeked = 0
		}
		final, opcode, size, err := r.header()
		if err != nil {
			return 0, nil, err
		}
		payload, err := r.payload(size)
		if err != nil {
			return 0, nil, err
		}
		if opcode >= Close || (final && opcode != Continuation && r.kind == 0) {
			return opcode, payload, nil
		}
		if done, err := r.fragment(final, opcode, payload); err != nil {
			return 0, nil, err
		} else if done {
			kind := r.kind
			r.kind = 0
			return kind, r.message, nil
		}
	}
}

func (r *Reader) header() (final bool, opcode Opcode, size int, err error) {
	head, err := r.stream.Peek(2)
	if err != nil {
		return false, 0, 0, cut(err, len(head))
	}
	final, opcode = head[0]&0x80 != 0, Opcode(head[0]&0x0f)
	if head[0]&0x70 != 0 || (opcode > Binary && opcode < Close) || opcode > Pong {
		return false, 0, 0, fmt.Errorf("frame with reserved bits or opcode: first byte 0x%02x", head[0])
	}
	if head[1]&0x80 != 0 {
		return false, 0, 0, errMasked
	}
	length := uint64(head[1])
	if opcode >= Close && (!final || length > 125) {
		return false, 0, 0, fmt.Errorf("control frame 0x%x is fragmented or longer than 125 bytes", opcode)
	}
	skip := 2
	switch length {
	case 126:
		skip = 4
	case 127:
		skip = 10
	}
	if skip > 2 {
		if head, err = r.stream.Peek(skip); err != nil {
			return false, 0, 0, cut(err, len(head))
		}
		if skip == 4 {
			length = uint64(binary.BigEndian.Uint16(head[2:]))
		} else {
			length = binary.BigEndian.Uint64(head[2:])
		}
	}
	if length+uint64(len(r.message)) > MaxMessageBytes || length > MaxMessageBytes {
		return false, 0, 0, fmt.Errorf("message of %d bytes or more, limit %d", length, MaxMessageBytes)
	}
	_, _ = r.stream.Discard(skip)
	return final, opcode, int(length), nil
}

// payload is a view into the stream's buffer where it fits, else a copy in scratch.
func (r *Reader) payload(size int) ([]byte, error) {
	if size <= r.stream.Size() {
		view, err := r.stream.Peek(size)
		if err != nil {
			return nil, cut(err, 1)
		}
		r.peeked = size
		return view, nil
	}
	if cap(r.scratch) < size {
		r.scratch = make([]byte, size)
	}
	if _, err := io.ReadFull(r.stream, r.scratch[:size]); err != nil {
		return nil, cut(err, 1)
	}
	return r.scratch[:size], nil
}

func (r *Reader) fragment(final bool, opcode Opcode, payload []byte) (done bool, err error) {
	switch {
	case opcode == Continuation && r.kind == 0:
		return false, errors.New("continuation frame without a message to continue")
	case opcode != Continuation && r.kind != 0:
		return false, errors.New("new message inside a fragmented one")
	case opcode != Continuation:
		r.kind, r.message = opcode, r.message[:0]
	}
	r.message = append(r.message, payload...)
	return final, nil
}

// cut turns the end of the stream inside a frame into ErrUnexpectedEOF.
func cut(err error, read int) error {
	if read > 0 && errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// CloseCode is the status of a close frame's payload, 1005 (none) when it has none.
func CloseCode(payload []byte) int {
	if len(payload) < 2 {
		return 1005
	}
	return int(binary.BigEndian.Uint16(payload))
}
