// Package fleet runs the clients of one generator: it connects them, sends what the pacer says is due, reads what
// arrives, reconnects and resumes as a good client does, and leaves the files of OUTPUT.md behind.
package fleet

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"chatlab/generator/pacer"
)

// ConnectConfig says who connects where. Field names are those of the JavaScript call.
type ConnectConfig struct {
	Generator   int      `json:"generator"`
	Seed        int64    `json:"seed"`
	Gateways    []string `json:"gateways"`
	API         string   `json:"api"`
	FleetFile   string   `json:"fleetFile"`
	OutDir      string   `json:"outDir"`
	Concurrency int      `json:"concurrency"`
	TimeoutMs   int64    `json:"timeoutMs"`
	HeartbeatMs int64    `json:"heartbeatMs"`

	// jitter is the shortest and the longest wait before a reconnect; tests shorten it.
	jitter [2]time.Duration
}

// beatTickUs is how often sockets are looked at for heart-beats.
func (c *ConnectConfig) beatTickUs() int64 { return c.HeartbeatMs * 1000 / 16 }

// RunConfig says what is sent and when.
type RunConfig struct {
	Profile        []pacer.Segment `json:"profile"`
	Arrivals       string          `json:"arrivals"`
	Body           BodyConfig      `json:"body"`
	GoodputBoundUs int64           `json:"goodputBoundUs"`
}

// BodyConfig describes a message's text.
type BodyConfig struct {
	Bytes     int      `json:"bytes"`
	Languages []string `json:"languages"`
}

// DrainConfig bounds the wait for what is still on its way.
type DrainConfig struct {
	QuietMs int64 `json:"quietMs"`
	MaxMs   int64 `json:"maxMs"`
}

type population struct {
	Users []struct {
		ID    string `json:"id"`
		Token string `json:"token"`
	} `json:"users"`
	Rooms []struct {
		ID      string `json:"id"`
		Members []int  `json:"members"`
		// HistorySeq is the room's last seq before the run; everybody knows the room up to there.
		HistorySeq int64 `json:"historySeq"`
	} `json:"rooms"`
}

// maxRooms: the ledger's room column has 16 bits.
const maxRooms = 1 << 16

func loadPopulation(path string) (*population, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("fleetFile: %w", err)
	}
	var p population
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, fmt.Errorf("fleetFile %s: %w", path, err)
	}
	return &p, problemList("fleetFile "+path, p.problems())
}

func (p *population) problems() (problems []string) {
	if len(p.Users) == 0 || len(p.Rooms) == 0 || len(p.Rooms) > maxRooms {
		problems = append(problems, fmt.Sprintf("%d users and %d rooms: needs at least one of each and at most %d rooms",
			len(p.Users), len(p.Rooms), maxRooms))
	}
	for i, room := range p.Rooms {
		seen := map[int]bool{}
		for _, member := range room.Members {
			if member < 0 || member >= len(p.Users) || seen[member] {
				problems = append(problems, fmt.Sprintf("room %d: member %d is repeated or no user", i, member))
			}
			seen[member] = true
		}
		if len(room.Members) == 0 {
			problems = append(problems, fmt.Sprintf("room %d has no member", i))
		}
	}
	return problems
}

func (c *ConnectConfig) validate() error {
	var problems []string
	check := func(ok bool, text string) {
		if !ok {
			problems = append(problems, text)
		}
	}
	check(len(c.Gateways) > 0, "gateways is empty")
	for _, gateway := range c.Gateways {
		check(address(gateway, "ws"), fmt.Sprintf("gateway %q is not of the form ws://host:port/path", gateway))
	}
	check(address(c.API, "http"), fmt.Sprintf("api %q is not of the form http://host:port", c.API))
	check(c.OutDir != "", "outDir is empty")
	check(c.FleetFile != "", "fleetFile is empty")
	check(c.Generator >= 0, "generator is negative")
	check(c.Concurrency > 0, "concurrency is not above 0")
	check(c.TimeoutMs > 0, "timeoutMs is not above 0")
	check(c.HeartbeatMs >= 0, "heartbeatMs is negative")
	return problemList("connect", problems)
}

func address(text, scheme string) bool {
	target, err := url.Parse(text)
	return err == nil && target.Scheme == scheme && target.Port() != ""
}

func problemList(where string, problems []string) error {
	if len(problems) == 0 {
		return nil
	}
	return errors.New(where + ": " + strings.Join(problems, "; "))
}
