package stomp

import (
	"bytes"
	"encoding/json"
)

// Payload holds what the generator needs of a room's MESSAGE. ClientID and Body are views into the frame where the text
// has no escape, else copies.
type Payload struct {
	ClientID []byte
	Body     []byte
	Seq      int64
	PrevSeq  int64
	// HasPrev: the message carried prevSeq.
	HasPrev bool
	// Signal: the payload is an event of the room (member, receipt, typing), no message.
	Signal bool
}

// ParsePayload reads a MESSAGE's JSON: one pass over the top level for the usual flat object, encoding/json for
// anything else. It reports false for what is no JSON object with the right types.
func ParsePayload(data []byte) (Payload, bool) {
	if payload, ok := scan(data); ok {
		return payload, true
	}
	return decode(data)
}

func scan(data []byte) (p Payload, ok bool) {
	at := space(data, 0)
	if at >= len(data) || data[at] != '{' {
		return p, false
	}
	for {
		at = space(data, at+1)
		key, escaped, next := text(data, at)
		if next < 0 || escaped {
			return p, false
		}
		at = space(data, next)
		if at >= len(data) || data[at] != ':' {
			return p, false
		}
		if at = p.value(data, space(data, at+1), key); at < 0 {
			return p, false
		}
		at = space(data, at)
		if at >= len(data) {
			return p, false
		}
		if data[at] == '}' {
			return p, space(data, at+1) == len(data)
		}
		if data[at] != ',' {
			return p, false
		}
	}
}

// value takes one value in and returns the place after it, -1 when it is nothing for the quick way.
func (p *Payload) value(data []byte, at int, key []byte) int {
	if at >= len(data) {
		return -1
	}
	if data[at] == '"' {
		value, escaped, next := text(data, at)
		if next < 0 {
			return -1
		}
		var target *[]byte
		switch string(key) {
		case "clientMessageId":
			target = &p.ClientID
		case "body":
			target = &p.Body
		case "event":
			p.Signal = true
			return next
		case "seq", "prevSeq":
			return -1
		default:
			return next
		}
		if escaped {
			var plain string
			if json.Unmarshal(data[at:next], &plain) != nil {
				return -1
			}
			value = []byte(plain)
		}
		*target = value
		return next
	}
	end := literal(data, at)
	if end < 0 {
		return -1
	}
	switch string(key) {
	case "seq", "prevSeq":
		n, ok := Number(data[at:end])
		if !ok {
			return -1
		}
		if len(key) == 3 {
			p.Seq = n
		} else {
			p.PrevSeq, p.HasPrev = n, true
		}
	case "clientMessageId", "body", "event":
		return -1
	}
	return end
}

// literal is the place after a number, true, false or null; -1 for an array or an object.
func literal(data []byte, at int) int {
	for ; at < len(data); at++ {
		switch data[at] {
		case ',', '}', ' ', '\t', '\r', '\n':
			return at
		case '{', '[', ']', '"':
			return -1
		}
	}
	return at
}

// text reads a JSON string at data[at]: its raw inside, whether it has escapes, and the place after it, -1 for none.
func text(data []byte, at int) (raw []byte, escaped bool, next int) {
	if at >= len(data) || data[at] != '"' {
		return nil, false, -1
	}
	start := at + 1
	for at = start; ; {
		quote := bytes.IndexByte(data[at:], '"')
		if quote < 0 {
			return nil, false, -1
		}
		if back := bytes.IndexByte(data[at:at+quote], '\\'); back >= 0 {
			// Step over the escaped character, which may be the quote just found.
			escaped = true
			at += back + 2
			if at > len(data) {
				return nil, false, -1
			}
			continue
		}
		at += quote
		return data[start:at], escaped, at + 1
	}
}

func space(data []byte, at int) int {
	for at < len(data) && (data[at] == ' ' || data[at] == '\t' || data[at] == '\n' || data[at] == '\r') {
		at++
	}
	return at
}

func decode(data []byte) (p Payload, ok bool) {
	var object map[string]json.RawMessage
	if json.Unmarshal(data, &object) != nil || object == nil {
		return p, false
	}
	present := func(key string, into any) bool {
		value, there := object[key]
		if !there || string(value) == "null" {
			return false
		}
		ok = ok && json.Unmarshal(value, into) == nil
		return true
	}
	ok = true
	var id, body, event string
	if present("clientMessageId", &id) {
		p.ClientID = []byte(id)
	}
	if present("body", &body) {
		p.Body = []byte(body)
	}
	p.Signal = present("event", &event)
	present("seq", &p.Seq)
	p.HasPrev = present("prevSeq", &p.PrevSeq)
	return p, ok
}
