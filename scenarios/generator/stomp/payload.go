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
// Escapes are resolved in place: data is the caller's no more.
func ParsePayload(data []byte) (Payload, bool) {
	payload, quoted, ok := scan(data)
	if !ok {
		return decode(data)
	}
	if quoted.id != nil {
		payload.ClientID, ok = plain(quoted.id)
	}
	if quoted.body != nil && ok {
		payload.Body, ok = plain(quoted.body)
	}
	return payload, ok
}

// quotes are the strings, quotation marks included, that hold escapes and must be resolved once the scan is through.
type quotes struct{ id, body []byte }

// plain resolves the escapes of a JSON string. Escapes by number are rare and left to encoding/json.
func plain(quoted []byte) ([]byte, bool) {
	if bytes.Contains(quoted, []byte(`\u`)) {
		var text string
		err := json.Unmarshal(quoted, &text)
		return []byte(text), err == nil
	}
	raw := quoted[1 : len(quoted)-1]
	to := bytes.IndexByte(raw, '\\')
	for at := to; at < len(raw); at++ {
		c := raw[at]
		if c == '\\' {
			at++
			if c = unescaped[raw[at]]; c == 0 {
				return nil, false
			}
		}
		raw[to] = c
		to++
	}
	return raw[:to], true
}

var unescaped = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func scan(data []byte) (p Payload, q quotes, ok bool) {
	at := space(data, 0)
	if at >= len(data) || data[at] != '{' {
		return p, q, false
	}
	for {
		at = space(data, at+1)
		key, escaped, next := text(data, at)
		if next < 0 || escaped {
			return p, q, false
		}
		at = space(data, next)
		if at >= len(data) || data[at] != ':' {
			return p, q, false
		}
		if at = p.value(&q, data, space(data, at+1), key); at < 0 {
			return p, q, false
		}
		at = space(data, at)
		if at >= len(data) {
			return p, q, false
		}
		if data[at] == '}' {
			return p, q, space(data, at+1) == len(data)
		}
		if data[at] != ',' {
			return p, q, false
		}
	}
}

// value takes one value in and returns the place after it, -1 when it is nothing for the quick way.
func (p *Payload) value(q *quotes, data []byte, at int, key []byte) int {
	if at >= len(data) {
		return -1
	}
	if data[at] == '"' {
		value, escaped, next := text(data, at)
		if next < 0 {
			return -1
		}
		var quoted []byte
		if escaped {
			quoted = data[at:next]
		}
		switch string(key) {
		case "clientMessageId":
			p.ClientID, q.id = value, quoted
		case "body":
			p.Body, q.body = value, quoted
		case "event":
			p.Signal = true
		case "seq", "prevSeq":
			return -1
		}
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
