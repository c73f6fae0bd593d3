// Package stomp writes the client's STOMP 1.2 frames and reads the server's, touching as few bytes as it can.
package stomp

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
)

// Frame is a view into the bytes it was parsed from. Header values are as on the wire, escapes included.
type Frame struct {
	Command []byte
	headers []byte
	Body    []byte
}

// ErrIncomplete: the bytes end before the frame does.
var ErrIncomplete = errors.New("frame without its end")

// Parse takes the first frame off data and returns the rest. End-of-lines between frames are heart-beats and skipped;
// rest empty and Command nil mean that there was nothing else.
func Parse(data []byte) (frame Frame, rest []byte, err error) {
	for len(data) > 0 && (data[0] == '\n' || data[0] == '\r') {
		data = data[1:]
	}
	if len(data) == 0 {
		return Frame{}, nil, nil
	}
	line := bytes.IndexByte(data, '\n')
	if line < 0 {
		return Frame{}, data, ErrIncomplete
	}
	frame.Command = trimCR(data[:line])
	headers, length := data[line+1:], -1
	for at := 0; ; {
		end := bytes.IndexByte(headers[at:], '\n')
		if end < 0 {
			return Frame{}, data, ErrIncomplete
		}
		header := trimCR(headers[at : at+end])
		if len(header) == 0 {
			frame.headers, rest = headers[:at], headers[at+end+1:]
			break
		}
		// The first of a repeated header counts (STOMP 1.2, repeated header entries).
		if value, ok := bytes.CutPrefix(header, []byte("content-length:")); ok && length < 0 {
			if length, err = strconv.Atoi(string(value)); err != nil || length < 0 {
				return Frame{}, data, errors.New("content-length is no number")
			}
		}
		at += end + 1
	}
	if length < 0 {
		if length = bytes.IndexByte(rest, 0); length < 0 {
			return Frame{}, data, ErrIncomplete
		}
	}
	if len(rest) <= length {
		return Frame{}, data, ErrIncomplete
	}
	if rest[length] != 0 {
		return Frame{}, data, errors.New("no NUL after content-length bytes")
	}
	frame.Body = rest[:length]
	return frame, rest[length+1:], nil
}

// Header returns the first value of a header, nil without one.
func (f Frame) Header(name string) []byte {
	headers := f.headers
	for len(headers) > 0 {
		end := bytes.IndexByte(headers, '\n')
		if end > len(name) && headers[len(name)] == ':' && string(headers[:len(name)]) == name {
			return trimCR(headers[len(name)+1 : end])
		}
		headers = headers[end+1:]
	}
	return nil
}

func trimCR(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		return line[:n-1]
	}
	return line
}

// Number reads a whole number of digits only.
func Number(digits []byte) (n int64, ok bool) {
	if len(digits) == 0 || len(digits) > 18 {
		return 0, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

var escaper = strings.NewReplacer("\\", "\\\\", "\r", "\\r", "\n", "\\n", ":", "\\c")

// Append adds a frame with headers given as name, value, name, value ...
func Append(dst []byte, command string, headers ...string) []byte {
	dst = append(append(dst, command...), '\n')
	for i := 0; i+1 < len(headers); i += 2 {
		// CONNECT does not escape (STOMP 1.2, value encoding), and what goes into it here has nothing to escape.
		value := headers[i+1]
		if command != "CONNECT" {
			value = escaper.Replace(value)
		}
		dst = append(append(append(append(dst, headers[i]...), ':'), value...), '\n')
	}
	return append(dst, '\n', 0)
}
