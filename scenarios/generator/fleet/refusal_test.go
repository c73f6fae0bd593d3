package fleet

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestRefusalsAreRetriedOrCountedByCode(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	p.refuse = func(id string, attempt int) string {
		switch {
		case strings.HasSuffix(id, "-10"):
			return "MSG-413"
		case strings.HasSuffix(id, "-20") && attempt < 3:
			return "SYS-503"
		case strings.HasSuffix(id, "-30"):
			return "SYS-504"
		case strings.HasSuffix(id, "-40"):
			return "-"
		}
		return ""
	}
	summary, r := loaded(t, p, short)
	expect(t, "acked", summary.Acked, 97)
	expect(t, "refused", fmt.Sprint(r.Phases[0].Refused), "map[MSG-413:1]")
	expect(t, "indeterminate: unknown effect and no answer", summary.Indeterminate, 2)
	expect(t, "retries", r.Retries, 2)
}

func TestClientsThatCannotLogInAreCountedWithTheReason(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	p.login = func(user int) string {
		if user < 2 {
			return "AUTH-401 token expired"
		}
		return ""
	}
	_, err := connectTo(t, p)
	if err == nil || !strings.Contains(err.Error(), "2 of 6 clients could not connect") || !strings.Contains(err.Error(), "2 x ERROR AUTH-401 token expired") {
		t.Errorf("got %v", err)
	}
}

func TestAnInterruptedRunLeavesItsFiles(t *testing.T) {
	t.Parallel()
	f, err := connectTo(t, newPeer(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 400*time.Millisecond)
	defer cancel()
	if err := f.Run(ctx, oneSecond); err != nil {
		t.Fatal(err)
	}
	r := readReport(t, f)
	expect(t, "reason", r.EndReason, Interrupted)
	expect(t, "intended", r.Phases[0].Intended, 100)
	if r.Phases[0].Sent == 0 || r.Phases[0].Sent == 100 {
		t.Errorf("sent %d of 100 in 0.4 of 1 s", r.Phases[0].Sent)
	}
	for _, name := range []string{"ledger.bin", "latency.hlog"} {
		if info, err := os.Stat(filepath.Join(f.config.OutDir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	expect(t, "last line", lastLine(t, f)["type"], any("end"))
}

func lastLine(t *testing.T, f *Fleet) (line map[string]any) {
	t.Helper()
	file, err := os.Open(filepath.Join(f.config.OutDir, "timeline.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line = nil
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
	}
	return line
}
