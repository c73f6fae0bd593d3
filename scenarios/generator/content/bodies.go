// Package content makes message bodies: Korean and English text of an exact size, the same for the same seed and index.
package content

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strings"
	"unicode/utf8"
)

var words = map[string][]string{
	"ko": strings.Fields(`안녕하세요 오늘 저녁에 만날까요 네 좋아요 지금 어디예요 회의는 세시에 시작합니다 사진 보내 주세요 감사합니다
		ㅋㅋㅋ 정말요 내일 봐요 약속 점심 먹었어요 비가 와요 조심히 들어가세요 축하해요 🎉 늦을 것 같아요 괜찮아요`),
	"en": strings.Fields(`hello are you coming tonight yes please the meeting starts at three could you send the photo thanks
		lol really see you tomorrow promise lunch was great it rains take care congratulations 🎉 running late`),
}

// escapeWords need escapes in JSON: what a chat must carry unchanged. One text in eight has some of them.
var escapeWords = []string{`"quote"`, `\o/`, `c:\temp`, "a\nb", `\"`}

const (
	variants  = 64
	tailBytes = 8
	digits    = "0123456789abcdefghijklmnopqrstuvwxyz"
)

type variant struct {
	escaped string
	crc     uint32
}

// Bodies renders bodies from a stock of texts, each ended by the message's index, so that no two are equal.
type Bodies struct {
	seed  uint64
	tail  int
	stock [][]variant
}

// New prepares the stock: `variants` texts of each language, used in turn.
func New(seed uint64, size int, languages []string) (*Bodies, []string) {
	var problems []string
	if size < 1 || size > 102_400 {
		problems = append(problems, fmt.Sprintf("body.bytes %d is not within 1..102400", size))
	}
	if len(languages) == 0 {
		problems = append(problems, "body.languages is empty")
	}
	b := &Bodies{seed: seed, tail: min(tailBytes, size)}
	random := rand.New(rand.NewPCG(seed, 0x626f6469))
	for _, language := range languages {
		if words[language] == nil {
			problems = append(problems, fmt.Sprintf("body.languages: %q is neither ko nor en", language))
		}
		if len(problems) > 0 {
			continue
		}
		texts := make([]variant, variants)
		for i := range texts {
			from := words[language]
			if i%8 == 0 {
				from = append(escapeWords, from...)
			}
			text := compose(random, from, size-b.tail)
			texts[i] = variant{escape(text), crc32.ChecksumIEEE([]byte(text))}
		}
		b.stock = append(b.stock, texts)
	}
	return b, problems
}

// compose puts words together to exactly size bytes; what a last word would leave over is filled with dots.
func compose(random *rand.Rand, from []string, size int) string {
	var text strings.Builder
	for {
		word := from[random.IntN(len(from))]
		if text.Len()+len(word)+1 > size {
			break
		}
		text.WriteString(word)
		text.WriteByte(' ')
	}
	text.WriteString(strings.Repeat(".", size-text.Len()))
	return text.String()
}

func escape(text string) string {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	// A string of valid UTF-8 always encodes.
	_ = encoder.Encode(text)
	return out.String()[1 : out.Len()-2]
}

// Append adds the body of message k as the inside of a JSON string and returns its CRC-32 (IEEE) as plain text.
func (b *Bodies) Append(dst []byte, k int) ([]byte, uint32) {
	texts := b.stock[k%len(b.stock)]
	v := texts[(uint64(k)/uint64(len(b.stock))+b.seed)%variants]
	dst = append(dst, v.escaped...)
	start := len(dst)
	var tail [tailBytes]byte
	for i, n := tailBytes-1, k; i >= 0; i, n = i-1, n/36 {
		tail[i] = digits[n%36]
	}
	dst = append(dst, tail[tailBytes-b.tail:]...)
	return dst, crc32.Update(v.crc, crc32.IEEETable, dst[start:])
}

// Plain is the body of message k as text.
func (b *Bodies) Plain(k int) string {
	raw, _ := b.Append([]byte{'"'}, k)
	var text string
	if err := json.Unmarshal(append(raw, '"'), &text); err != nil || !utf8.ValidString(text) {
		panic(fmt.Sprintf("body %d is no JSON text: %v", k, err))
	}
	return text
}
