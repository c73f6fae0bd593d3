package socket

import (
	"encoding/binary"
	"errors"
	"net"
	"sync"
	"syscall"
)

// AppendFrame adds one final, masked frame to dst.
func AppendFrame(dst []byte, opcode Opcode, payload []byte, mask uint32) []byte {
	dst = append(dst, 0x80|byte(opcode))
	switch size := len(payload); {
	case size < 126:
		dst = append(dst, 0x80|byte(size))
	case size < 1<<16:
		dst = append(dst, 0x80|126)
		dst = binary.BigEndian.AppendUint16(dst, uint16(size))
	default:
		dst = append(dst, 0x80|127)
		dst = binary.BigEndian.AppendUint64(dst, uint64(size))
	}
	dst = binary.LittleEndian.AppendUint32(dst, mask)
	wide := uint64(mask)<<32 | uint64(mask)
	for len(payload) >= 8 {
		dst = binary.LittleEndian.AppendUint64(dst, binary.LittleEndian.Uint64(payload)^wide)
		payload = payload[8:]
	}
	for i, b := range payload {
		dst = append(dst, b^byte(mask>>(8*i&31)))
	}
	return dst
}

// Writer hands frames to the kernel without ever waiting for the peer: what does not fit into the socket's buffer is
// queued and sent on, in order, by a goroutine that lives as long as the queue does. A pacer can thus serve many
// sockets, and one that is blocked delays no other.
type Writer struct {
	conn *net.TCPConn
	raw  syscall.RawConn

	mu       sync.Mutex
	queue    []byte
	flushing bool
	failed   error
}

func newWriter(conn *net.TCPConn) (*Writer, error) {
	raw, err := conn.SyscallConn()
	return &Writer{conn: conn, raw: raw}, err
}

// Write takes the frame over; the caller may reuse its memory. Queued tells that the kernel did not take all of it.
func (w *Writer) Write(frame []byte) (queued bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failed != nil {
		return false, w.failed
	}
	if !w.flushing {
		n, err := w.attempt(frame)
		if err != nil {
			w.failed = err
			return false, err
		}
		if frame = frame[n:]; len(frame) == 0 {
			return false, nil
		}
		w.flushing = true
		go w.flush()
	}
	w.queue = append(w.queue, frame...)
	return true, nil
}

// attempt makes one non-blocking write.
func (w *Writer) attempt(frame []byte) (n int, err error) {
	outer := w.raw.Write(func(fd uintptr) bool {
		n, err = syscall.Write(int(fd), frame)
		return true
	})
	if outer != nil {
		return 0, outer
	}
	if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR) {
		return 0, nil
	}
	return max(n, 0), err
}

func (w *Writer) flush() {
	for {
		w.mu.Lock()
		pending := w.queue
		w.queue = nil
		if len(pending) == 0 || w.failed != nil {
			w.flushing = false
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		if _, err := w.conn.Write(pending); err != nil {
			w.mu.Lock()
			w.failed = err
			w.mu.Unlock()
		}
	}
}
