// Package histogram counts latencies from many goroutines at once in the layout of HdrHistogram (1 us to 120 s, three
// significant digits) and writes them as an HdrHistogram V2 interval log.
package histogram

import (
	"math"
	"math/bits"
	"sync/atomic"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

const (
	// MaxUs is the highest latency counted; beyond it a value is out of range.
	MaxUs = 120_000_000
	// subBits: 2^11 = 2048 linear cells keep three digits (HdrHistogram's subBucketCount), half of them per power of two.
	subBits  = 11
	half     = 1 << (subBits - 1)
	cells    = (bitsOfMax - subBits + 2) * half
	pageSize = 128
	pages    = cells / pageSize
	// bitsOfMax: 120,000,000 < 2^27.
	bitsOfMax = 27
)

type page [pageSize]atomic.Uint32

// Counts is one histogram. Pages appear when first touched, because a second of one kind uses a few hundred of the
// 18,432 cells; the zero value is ready to use.
type Counts struct {
	pages [pages]atomic.Pointer[page]
}

// cellOf is HdrHistogram's countsArrayIndex for unit magnitude 0.
func cellOf(us int64) int {
	bucket := bits.Len64(uint64(us)|(2*half-1)) - subBits
	return bucket<<(subBits-1) + int(us>>bucket)
}

// lowestOf is the smallest value that falls into a cell: the inverse of cellOf.
func lowestOf(cell int) int64 {
	bucket := cell>>(subBits-1) - 1
	if bucket < 0 {
		return int64(cell)
	}
	return int64(cell-bucket<<(subBits-1)) << bucket
}

// Add counts one value and tells whether it was in range.
func (c *Counts) Add(us int64) bool {
	if us < 0 || us > MaxUs {
		return false
	}
	cell := cellOf(us)
	slot := &c.pages[cell/pageSize]
	p := slot.Load()
	if p == nil {
		slot.CompareAndSwap(nil, new(page))
		p = slot.Load()
	}
	p[cell%pageSize].Add(1)
	return true
}

// Export gives the same counts as an HdrHistogram.
func (c *Counts) Export() *hdr.Histogram {
	h := hdr.New(1, MaxUs, 3)
	// In range by construction: Add refused everything else.
	c.each(func(cell int, n uint32) { _ = h.RecordValues(lowestOf(cell), int64(n)) })
	return h
}

// Quantiles returns the highest value of the cell in which each quantile (0..1, rising) lies, nil without samples. The
// rank is rounded up, as HdrHistogram's reference and hdr-histogram-js do; the Go library rounds to the nearest, which
// with few samples is another value.
func (c *Counts) Quantiles(quantiles ...float64) []int64 {
	total := uint64(0)
	c.each(func(_ int, n uint32) { total += uint64(n) })
	if total == 0 {
		return nil
	}
	values, sum := make([]int64, 0, len(quantiles)), uint64(0)
	c.each(func(cell int, n uint32) {
		sum += uint64(n)
		for len(values) < len(quantiles) && float64(sum) >= rank(quantiles[len(values)], total) {
			values = append(values, lowestOf(cell+1)-1)
		}
	})
	return values
}

// rank forgives the last bits of the product: 0.99 of 100 samples is the 99th.
func rank(quantile float64, total uint64) float64 {
	return math.Max(1, math.Ceil(quantile*float64(total)*(1-1e-12)))
}

func (c *Counts) each(do func(cell int, n uint32)) {
	for i := range c.pages {
		if p := c.pages[i].Load(); p != nil {
			for j := range p {
				if n := p[j].Load(); n > 0 {
					do(i*pageSize+j, n)
				}
			}
		}
	}
}
