package histogram

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

func TestTheLayoutIsHdrHistograms(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var counts Counts
	oracle := hdr.New(1, MaxUs, 3)
	values := []int64{0, 1, 2, 2047, 2048, 2049, 4095, 4096, MaxUs - 1, MaxUs}
	for range 20_000 {
		values = append(values, int64(math.Exp(random.Float64()*math.Log(MaxUs))))
	}
	for _, v := range values {
		if !counts.Add(v) {
			t.Fatalf("%d us refused", v)
		}
		if err := oracle.RecordValue(v); err != nil {
			t.Fatal(err)
		}
	}
	if !counts.Export().Equals(oracle) {
		t.Error("the exported histogram differs from one recorded directly")
	}
}

func TestValuesOutOfRangeAreCountedNotClamped(t *testing.T) {
	log := NewLog(1)
	for _, us := range []int64{-1, MaxUs + 1, math.MaxInt64, 5} {
		log.Add(Delivery, 0, us)
	}
	if got := log.Overflow()["delivery"]; got != 3 {
		t.Errorf("overflow %d, want 3", got)
	}
	if got := log.seconds[Delivery][0].Export().TotalCount(); got != 1 {
		t.Errorf("counted %d, want 1", got)
	}
}

func TestQuantilesAreThoseOfTheSortedSamples(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{1, 2, 99, 100, 101, 1000, 5000} {
		var counts Counts
		values := make([]int64, n)
		for i := range values {
			values[i] = int64(math.Exp(random.Float64() * 18))
			counts.Add(values[i])
		}
		slices.Sort(values)
		quantiles := []float64{0, 0.5, 0.9, 0.99, 0.999, 1}
		for i, got := range counts.Quantiles(quantiles...) {
			exact := values[max(0, int(math.Ceil(quantiles[i]*float64(n)-1e-9))-1)]
			if want := lowestOf(cellOf(exact)+1) - 1; got != want || float64(got-exact) > 0.001*float64(exact) {
				t.Errorf("%v of %d samples: %d us, exactly %d", quantiles[i], n, got, exact)
			}
		}
	}
	if new(Counts).Quantiles(0.5) != nil {
		t.Error("a quantile of nothing")
	}
}

func TestNoSampleIsLostBetweenGoroutines(t *testing.T) {
	var counts Counts
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range int64(20_000) {
				counts.Add(i)
			}
		})
	}
	group.Wait()
	if got := counts.Export().TotalCount(); got != 160_000 {
		t.Errorf("counted %d, want 160,000", got)
	}
}

var update = flag.Bool("update", false, "rewrite the fixtures")

type expected struct {
	Tag       string           `json:"tag"`
	Second    int              `json:"second"`
	Count     int64            `json:"count"`
	Max       int64            `json:"max"`
	Quantiles map[string]int64 `json:"quantiles"`
}

// The fixture is read with hdr-histogram-js in test/unit/scenarios, which must find the same quantiles.
func TestInterchangeFixture(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	log := NewLog(4)
	for kind := range KindNames {
		for range 500 {
			log.Add(kind, int64(random.IntN(3))*1_000_000, int64(math.Exp(random.NormFloat64()*1.5+8)))
		}
	}
	log.Add(Delivery, 0, 1)
	log.Add(Delivery, 0, MaxUs)
	var written bytes.Buffer
	if err := log.Write(&written); err != nil {
		t.Fatal(err)
	}
	var want []expected
	for second := range 4 {
		for kind, name := range KindNames {
			counts := &log.seconds[kind][second]
			q := counts.Quantiles(0.5, 0.9, 0.99, 0.999, 1)
			if q == nil {
				continue
			}
			want = append(want, expected{name, second, counts.Export().TotalCount(), q[4],
				map[string]int64{"0.5": q[0], "0.9": q[1], "0.99": q[2], "0.999": q[3], "1": q[4]}})
		}
	}
	text, _ := json.Marshal(want)
	if *update {
		_ = os.WriteFile("../testdata/latency.hlog", written.Bytes(), 0o644)
		_ = os.WriteFile("../testdata/latency.json", append(text, '\n'), 0o644)
	}
	fixture, err := os.ReadFile("../testdata/latency.json")
	if err != nil {
		t.Fatal(err)
	}
	var fixed []expected
	if err := json.Unmarshal(fixture, &fixed); err != nil || !reflect.DeepEqual(fixed, want) {
		t.Errorf("latency.json is not what this code writes: run go test ./histogram -update and look at the difference (%v)", err)
	}
	compareLogs(t, "../testdata/latency.hlog", written.Bytes())
}

// compareLogs compares contents, not bytes: another version of the compressor may pack them otherwise.
func compareLogs(t *testing.T, path string, written []byte) {
	t.Helper()
	fixture, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	a, b := strings.Split(string(fixture), "\n"), strings.Split(string(written), "\n")
	if len(a) != len(b) {
		t.Fatalf("%d lines in the fixture, %d written", len(a), len(b))
	}
	for i := range a {
		if !strings.HasPrefix(a[i], "Tag=") {
			continue
		}
		cutA, cutB := strings.LastIndexByte(a[i], ',')+1, strings.LastIndexByte(b[i], ',')+1
		one, err1 := hdr.Decode([]byte(a[i][cutA:]))
		two, err2 := hdr.Decode([]byte(b[i][cutB:]))
		if err1 != nil || err2 != nil || a[i][:cutA] != b[i][:cutB] || !one.Equals(two) {
			t.Errorf("line %d differs: %s and %s (%v, %v)", i+1, a[i][:cutA], b[i][:cutB], err1, err2)
		}
	}
}
