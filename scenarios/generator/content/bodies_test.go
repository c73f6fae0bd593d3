package content

import (
	"hash/crc32"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestBodiesHaveTheExactSizeAndAChecksumOfTheirOwn(t *testing.T) {
	for _, size := range []int{1, 7, 8, 9, 20, 200, 1000, 10_000} {
		bodies, problems := New(42, size, []string{"ko", "en"})
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		seen := map[string]bool{}
		for k := range 128 {
			text := bodies.Plain(k)
			_, crc := bodies.Append(nil, k)
			if len(text) != size || !utf8.ValidString(text) || crc != crc32.ChecksumIEEE([]byte(text)) {
				t.Fatalf("body %d of %d bytes: %d bytes, crc %08x, %q", k, size, len(text), crc, text)
			}
			seen[text] = true
		}
		if size >= tailBytes && len(seen) != 128 {
			t.Errorf("%d bytes: %d of 128 bodies differ", size, len(seen))
		}
	}
}

func TestLanguagesTakeTurnsAndTheSeedDecides(t *testing.T) {
	one, _ := New(1, 200, []string{"ko", "en"})
	same, _ := New(1, 200, []string{"ko", "en"})
	other, _ := New(2, 200, []string{"ko", "en"})
	escapes := false
	for k := range 200 {
		if korean := strings.ContainsAny(one.Plain(k), "요네"); korean != (k%2 == 0) {
			t.Errorf("body %d: %q", k, one.Plain(k))
		}
		if one.Plain(k) != same.Plain(k) || one.Plain(k) == other.Plain(k) {
			t.Errorf("body %d does not follow the seed", k)
		}
		escapes = escapes || strings.Contains(one.Plain(k), `"`)
	}
	if !escapes {
		t.Error("no body needs an escape")
	}
	if _, problems := New(1, 0, []string{"fr", "ko"}); len(problems) != 2 {
		t.Errorf("got %q, want a problem with the size and one with the language", problems)
	}
}

func BenchmarkAppend(b *testing.B) {
	bodies, _ := New(1, 200, []string{"ko", "en"})
	var out []byte
	for k := 0; b.Loop(); k++ {
		out, _ = bodies.Append(out[:0], k)
	}
}
