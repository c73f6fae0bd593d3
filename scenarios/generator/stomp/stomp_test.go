package stomp

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFramesOfAServer(t *testing.T) {
	for _, row := range []struct {
		what, data, command, header, body, rest string
		err                                     error
	}{
		{"a receipt", "RECEIPT\nreceipt-id:7\n\n\x00", "RECEIPT", "receipt-id=7", "", "", nil},
		{"carriage returns", "RECEIPT\r\nreceipt-id:7\r\n\r\n\x00\r\n", "RECEIPT", "receipt-id=7", "", "\r\n", nil},
		{"heart-beats before it", "\n\r\n\nRECEIPT\nreceipt-id:7\n\n\x00", "RECEIPT", "receipt-id=7", "", "", nil},
		{"two frames", "A\nx:1\n\nab\x00B\n\n\x00", "A", "x=1", "ab", "B\n\n\x00", nil},
		{"NUL inside content-length", "A\ncontent-length:3\n\na\x00b\x00", "A", "content-length=3", "a\x00b", "", nil},
		{"a repeated header", "A\nx:1\nx:2\n\n\x00", "A", "x=1", "", "", nil},
		{"a header whose name begins another", "A\nxy:1\nx:2\n\n\x00", "A", "x=2", "", "", nil},
		{"nothing but heart-beats", "\n\n", "", "", "", "", nil},
		{"half a header", "A\nx:1", "", "", "", "A\nx:1", ErrIncomplete},
		{"half a body", "A\n\nab", "", "", "", "A\n\nab", ErrIncomplete},
		{"body without its NUL", "A\ncontent-length:2\n\nab", "", "", "", "A\ncontent-length:2\n\nab", ErrIncomplete},
	} {
		frame, rest, err := Parse([]byte(row.data))
		if string(frame.Command) != row.command || string(frame.Body) != row.body || string(rest) != row.rest || !errors.Is(err, row.err) {
			t.Errorf("%s: got %q body %q rest %q error %v", row.what, frame.Command, frame.Body, rest, err)
		}
		name, value, _ := strings.Cut(row.header, "=")
		if got := string(frame.Header(name)); got != value {
			t.Errorf("%s: header %s is %q, want %q", row.what, name, got, value)
		}
	}
	for _, bad := range []string{"A\ncontent-length:x\n\n\x00", "A\ncontent-length:-1\n\n\x00", "A\ncontent-length:1\n\nab\x00"} {
		if _, _, err := Parse([]byte(bad)); err == nil || errors.Is(err, ErrIncomplete) {
			t.Errorf("%q: got %v, want an error", bad, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("MESSAGE\nsubscription:r1\ncontent-length:2\n\n{}\x00\nRECEIPT\nreceipt-id:1\n\n\x00"))
	f.Add([]byte("\r\nERROR\r\nmessage:no\r\n\r\ntext\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for len(data) > 0 {
			frame, rest, err := Parse(data)
			if err != nil || len(rest) >= len(data) {
				if err == nil {
					t.Fatalf("no progress on %q", data)
				}
				return
			}
			frame.Header("subscription")
			data = rest
		}
	})
}

func TestPayloads(t *testing.T) {
	for what, text := range map[string]string{
		"the usual":                   `{"id":"01H","seq":12,"prevSeq":9,"clientMessageId":"0-1-2","body":"hi","fileId":null,"ok":true}`,
		"a quote in the body":         `{"body":"say \"seq\":7, \\","seq":12,"clientMessageId":"x"}`,
		"a body that looks like JSON": `{"seq":1,"body":"\",\"seq\":99,\"body\":\"","clientMessageId":"a"}`,
		"unicode escapes":             `{"body":"\ud83c\udf89 \uc548\n","seq":3}`,
		"keys after the body":         `{"body":"}","clientMessageId":"1-2-3","prevSeq":0,"seq":5}`,
		"white space":                 " {\n \"seq\" : 4 ,\t\"body\" : \"b\" } \n",
		"a nested object first":       `{"meta":{"seq":9,"body":"no"},"list":[1,"}"],"seq":4,"body":"yes"}`,
		"an escaped key":              `{"s\u0065q":8,"body":"b"}`,
		"an event":                    `{"event":"MEMBER","roomId":"r"}`,
		"nulls":                       `{"seq":2,"body":null,"clientMessageId":null,"event":null}`,
		"nothing":                     `{}`,
	} {
		got, ok := ParsePayload([]byte(text))
		want, valid := decode([]byte(text))
		if !ok || !valid || !reflect.DeepEqual(normal(got), normal(want)) {
			t.Errorf("%s: got %+v, want %+v", what, got, want)
		}
	}
	sample := []byte(`{"body":"say \"hi\" \\","seq":12,"prevSeq":9,"clientMessageId":"0-1-2"}`)
	_, _, quick := scan(sample)
	got, _ := ParsePayload(sample)
	if !quick || string(got.Body) != `say "hi" \` || got.Seq != 12 || got.PrevSeq != 9 || !got.HasPrev || string(got.ClientID) != "0-1-2" {
		t.Errorf("got %+v", got)
	}
	for _, bad := range []string{``, `[]`, `{"seq":"1"}`, `{"seq":1.5}`, `{"body":7}`, `{"seq":1`, `{"body":"\`, `null`} {
		if p, ok := ParsePayload([]byte(bad)); ok {
			t.Errorf("%s was taken as %+v", bad, p)
		}
	}
}

func normal(p Payload) Payload {
	p.Body, p.ClientID = append([]byte{}, p.Body...), append([]byte{}, p.ClientID...)
	return p
}

// The quick way must agree with encoding/json on everything that is JSON, whatever stands in the body.
func FuzzPayload(f *testing.F) {
	f.Add([]byte(`{"seq":1,"body":"a\"b","clientMessageId":"0-0-0","prevSeq":0}`), "plain")
	f.Add([]byte(`{"x":[{}],"body":"\\"}`), `quote " back \ end \"`)
	f.Add([]byte(`{"body":"\/\b\f\n\r\t\"\\"}`), "\b\f/")
	f.Add([]byte(`{"seq":1e3}`), "\x00\u2028\U0001f389")
	f.Fuzz(func(t *testing.T, data []byte, body string) {
		// Bytes that are no UTF-8 cannot come in a text frame; encoding/json would replace them.
		if json.Valid(data) && utf8.Valid(data) {
			slow, valid := decode(data)
			quick, ok := ParsePayload(slices.Clone(data))
			if ok != valid || ok && !reflect.DeepEqual(normal(quick), normal(slow)) {
				t.Fatalf("%q: %+v %t, encoding/json %+v %t", data, quick, ok, slow, valid)
			}
		} else {
			ParsePayload(slices.Clone(data))
		}
		text, _ := json.Marshal(map[string]any{"body": body, "seq": 5})
		var plain struct{ Body string }
		_ = json.Unmarshal(text, &plain)
		if p, ok := ParsePayload(slices.Clone(text)); !ok || string(p.Body) != plain.Body || p.Seq != 5 {
			t.Fatalf("%q: got %+v", text, p)
		}
	})
}

func TestWrittenFramesAreEscapedButForConnect(t *testing.T) {
	got := Append(nil, "SUBSCRIBE", "destination", "/topic/a:b\\c")
	if !bytes.Equal(got, []byte("SUBSCRIBE\ndestination:/topic/a\\cb\\\\c\n\n\x00")) {
		t.Errorf("got %q", got)
	}
	if got := Append(nil, "CONNECT", "host", "a:1"); !bytes.Equal(got, []byte("CONNECT\nhost:a:1\n\n\x00")) {
		t.Errorf("got %q", got)
	}
}
