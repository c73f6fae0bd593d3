package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"chatlab/generator/ledger"
	"chatlab/generator/pacer"
)

const testUsers, testRoomSize = 6, 3

// connectTo opens a fleet of two rooms with three members each.
func connectTo(t *testing.T, p *peer) (*Fleet, error) {
	t.Helper()
	return connectBeating(t, p, 10_000)
}

func connectBeating(t *testing.T, p *peer, heartbeatMs int64) (*Fleet, error) {
	t.Helper()
	folder := t.TempDir()
	users, rooms := []string{}, []string{}
	for i := range testUsers {
		users = append(users, fmt.Sprintf(`{"id":"u%d","token":"token-%d"}`, i, i))
	}
	for i := range testUsers / testRoomSize {
		rooms = append(rooms, fmt.Sprintf(`{"id":"room%d","members":[%d,%d,%d]}`, i, 3*i, 3*i+1, 3*i+2))
	}
	fleetFile := filepath.Join(folder, "fleet.json")
	text := fmt.Sprintf(`{"users":[%s],"rooms":[%s]}`, strings.Join(users, ","), strings.Join(rooms, ","))
	if err := os.WriteFile(fleetFile, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Connect(context.Background(), ConnectConfig{
		Generator: 0, Seed: 7, Gateways: []string{"ws" + strings.TrimPrefix(p.server.URL, "http") + "/ws"},
		API: p.server.URL, FleetFile: fleetFile, OutDir: filepath.Join(folder, "out"),
		Concurrency: 4, TimeoutMs: 1500, HeartbeatMs: heartbeatMs,
		jitter: [2]time.Duration{20 * time.Millisecond, 200 * time.Millisecond},
	})
}

var oneSecond = RunConfig{
	Profile:  []pacer.Segment{{Phase: "hold", DurationMs: 1000, FromRate: 100, ToRate: 100}},
	Arrivals: "uniform", Body: BodyConfig{Bytes: 200, Languages: []string{"ko", "en"}}, GoodputBoundUs: 1_000_000,
}

var short = DrainConfig{QuietMs: 700, MaxMs: 8000}

// loaded runs a second of load through the peer and returns the summary and the report.
func loaded(t *testing.T, p *peer, drain DrainConfig) (Summary, report) {
	t.Helper()
	f, err := connectTo(t, p)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Run(context.Background(), oneSecond); err != nil {
		t.Fatal(err)
	}
	summary, err := f.Drain(context.Background(), drain)
	if err != nil {
		t.Fatal(err)
	}
	return summary, readReport(t, f)
}

func readReport(t *testing.T, f *Fleet) (r report) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(f.config.OutDir, "generator.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func expect[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func counts(r report) string {
	return fmt.Sprintf("dup %d, reordered %d, corrupted %d", r.Counters[ledger.DuplicateDeliveries].Count,
		r.Counters[ledger.Reordered].Count, r.Counters[ledger.Corrupted].Count)
}

func TestEveryMessageIsAckedAndReachesEveryMember(t *testing.T) {
	t.Parallel()
	summary, r := loaded(t, newPeer(t), short)
	expect(t, "summary", summary, Summary{EndReason: Drained, Intended: 100, Sent: 100, Acked: 100, Delivered: 300})
	expect(t, "counters", counts(r), "dup 0, reordered 0, corrupted 0")
	expect(t, "goodput", r.Phases[0].Goodput, 100)
	expect(t, "expected", r.Phases[0].ExpectedDeliveries, 300)
	expect(t, "strays", r.UnknownFrames+r.ForeignMessages+r.Gaps+r.Disconnects, 0)
}

// planted makes user 1 get other copies of the room's nth message.
func planted(n int64, copies func(row historyRow) []historyRow) func(string, int, historyRow) []historyRow {
	return func(_ string, user int, row historyRow) []historyRow {
		if user == 1 && row.Seq == 3*n {
			return copies(row)
		}
		return []historyRow{row}
	}
}

func TestADuplicateIsCountedWithItsIdentity(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	p.copies = planted(5, func(row historyRow) []historyRow { return []historyRow{row, row} })
	_, r := loaded(t, p, short)
	expect(t, "counters", counts(r), "dup 1, reordered 0, corrupted 0")
	example := r.Counters[ledger.DuplicateDeliveries].Examples[0]
	expect(t, "stored under its name", p.stored(fmt.Sprintf("0-%d-%d", example.Room, example.K)), 1)
}

func TestAChangedBodyIsCorrupted(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	p.copies = planted(5, func(row historyRow) []historyRow { row.Body += "!"; return []historyRow{row} })
	_, r := loaded(t, p, short)
	expect(t, "counters", counts(r), "dup 0, reordered 0, corrupted 1")
}

func TestSwappedMessagesAreReordered(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	var held historyRow
	p.copies = func(_ string, user int, row historyRow) []historyRow {
		switch {
		case user == 1 && row.Seq == 15:
			held = row
			return nil
		case user == 1 && row.Seq == 18:
			return []historyRow{row, held}
		}
		return []historyRow{row}
	}
	_, r := loaded(t, p, short)
	expect(t, "counters", counts(r), "dup 0, reordered 1, corrupted 0")
	expect(t, "gaps", r.Gaps, 1)
	expect(t, "resumed or overlapping", r.Resumed+r.Overlaps, 0)
}

func TestALossAtTheEndStaysUndelivered(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	// Nothing reaches the second members any more, so no later message can show them the gap.
	gone, lost := false, 0
	p.copies = func(id string, user int, row historyRow) []historyRow {
		gone = gone || strings.HasSuffix(id, "-95")
		if gone && user%testRoomSize == 1 {
			lost++
			return nil
		}
		return []historyRow{row}
	}
	summary, _ := loaded(t, p, short)
	expect(t, "end", summary.EndReason, DrainTimeout)
	expect(t, "undelivered", summary.Undelivered, lost)
	expect(t, "the loss was planted", lost > 0, true)
}
