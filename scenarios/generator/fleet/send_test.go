package fleet

import (
	"bytes"
	"fmt"
	"testing"
)

// 400 messages in 2 s: one is due every 5 ms, so every other one is the first of its 10 ms.
func TestOneMessageInTenMillisecondsTellsWhenItWasDue(t *testing.T) {
	r := offline(t, 3, 3, 400).run.Load()
	r.startUnixMs = 1_700_000_000_000
	marked := 0
	for k := range r.ledger.Messages() {
		wire, _ := r.render(k, &scratch{})
		_, body, _ := bytes.Cut(unmask(wire), []byte("\n\n"))
		want := fmt.Sprintf(`"sentAt":%d}`, r.startUnixMs+r.schedule.IntendedUs(k)/1000)
		if bytes.Contains(body, []byte(want)) {
			marked++
		} else if bytes.Contains(body, []byte("sentAt")) {
			t.Errorf("message %d: %s", k, body)
		}
	}
	expect(t, "marked", marked, 200)
}

// unmask undoes what a client's WebSocket frame of 126 to 65,535 bytes does to its payload.
func unmask(wire []byte) []byte {
	key, text := wire[4:8], bytes.Clone(wire[8:])
	for i := range text {
		text[i] ^= key[i%4]
	}
	return text
}
