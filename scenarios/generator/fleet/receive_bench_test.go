package fleet

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"chatlab/generator/content"
	"chatlab/generator/pacer"
	"chatlab/generator/socket"
)

// The bench sends every socket 25 frames a second, as the default spike does: each frame then wakes its goroutine, and
// most of the cost is the kernel's. The source is a process of its own, so that its CPU is not counted.
const (
	benchSockets, benchRoomSize = 500, 5
	benchMessages               = 5_000
	benchFrames                 = benchMessages * benchRoomSize
	sourceRole                  = "CHATLAB_BENCH_SOURCE"
)

func TestMain(m *testing.M) {
	if os.Getenv(sourceRole) != "" {
		if err := source(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// source takes benchSockets connections, writes all frames to them at 12,500 a second, and starts over for the next side.
func source() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	bodies, _ := content.New(1, 200, []string{"ko", "en"})
	for {
		conns := make([]net.Conn, benchSockets)
		for i := range conns {
			if conns[i], err = welcome(listener); err != nil {
				return err
			}
		}
		begun := time.Now()
		for k := range benchMessages {
			// Five frames every 400 us, caught up after a late wake-up.
			time.Sleep(time.Until(begun.Add(time.Duration(k) * 400 * time.Microsecond)))
			room := k % (benchSockets / benchRoomSize)
			wire := serverFrame(benchMessage(bodies, k, room))
			for member := range benchRoomSize {
				if _, err := conns[room*benchRoomSize+member].Write(wire); err != nil {
					return err
				}
			}
		}
	}
}

// welcome waits until the reader's side is ready; a handshake would measure nothing.
func welcome(listener net.Listener) (net.Conn, error) {
	conn, err := listener.Accept()
	if err != nil {
		return nil, err
	}
	_, err = bufio.NewReader(conn).ReadString('\n')
	return conn, err
}

func benchMessage(bodies *content.Bodies, k, room int) []byte {
	payload := []byte(fmt.Sprintf(`{"id":"01JBENCH%018d","roomId":"01JBENCHROOM%014d","seq":%d,"prevSeq":%d,"clientMessageId":"0-%d-%d",`+
		`"senderId":"01JBENCHUSER%014d","nickname":"user-1","type":"TALK","acceptedAt":1760000000000,"body":"`,
		k, room, k+1, max(0, k+1-benchSockets/benchRoomSize), room, k, room))
	payload, _ = bodies.Append(payload, k)
	payload = append(payload, `"}`...)
	return append([]byte(fmt.Sprintf("MESSAGE\nsubscription:r%d\nmessage-id:%d\ndestination:/topic/rooms/01JBENCHROOM%014d\n"+
		"content-type:application/json\ncontent-length:%d\n\n%s", room, k, room, len(payload), payload)), 0)
}

func serverFrame(payload []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0x81, 126}, uint16(len(payload))), payload...)
}

// BenchmarkReceive reports CPU microseconds a frame, kernel included, of the generator's reader and of a bare one.
func BenchmarkReceive(b *testing.B) {
	address := startSource(b)
	var floor, client []float64
	for range b.N {
		for range 2 {
			floor = append(floor, measure(b, address, bareReader))
			for range 2 {
				read, check := clientReader(b)
				client = append(client, measure(b, address, read))
				check()
			}
			floor = append(floor, measure(b, address, bareReader))
		}
	}
	// The least disturbed round of each: what else runs on the machine can only add.
	b.ReportMetric(slices.Min(floor), "floor-us/frame")
	b.ReportMetric(slices.Min(client), "client-us/frame")
}

func startSource(b *testing.B) string {
	b.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), sourceRole+"=1")
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil || command.Start() != nil {
		b.Fatal("the source does not start")
	}
	b.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(address)
}

// measure connects, lets read take in each socket's frames in a goroutine, and divides the CPU time by the frames.
func measure(b *testing.B, address string, read func(user int, conn net.Conn)) float64 {
	b.Helper()
	var group sync.WaitGroup
	conns := make([]net.Conn, benchSockets)
	for i := range conns {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			b.Fatal(err)
		}
		conns[i] = conn
	}
	for i, conn := range conns {
		group.Go(func() { defer conn.Close(); read(i, conn) })
	}
	before := cpuUs()
	for _, conn := range conns {
		_, _ = conn.Write([]byte{'\n'})
	}
	group.Wait()
	return float64(cpuUs()-before) / benchFrames
}

func cpuUs() int64 {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return usage.Utime.Nano()/1000 + usage.Stime.Nano()/1000
}

const framesPerSocket = benchFrames / benchSockets

// bareReader is the floor: it finds where frames end and does nothing with them.
func bareReader(_ int, conn net.Conn) {
	in := bufio.NewReaderSize(conn, 4096)
	for range framesPerSocket {
		head, err := in.Peek(4)
		if err != nil {
			return
		}
		if _, err := in.Discard(4 + int(binary.BigEndian.Uint16(head[2:]))); err != nil {
			return
		}
	}
}

// clientReader is the generator's own path: frames, payload, ledger, histograms. The check fails the bench when it did
// not take in every frame.
func clientReader(b *testing.B) (read func(user int, conn net.Conn), check func()) {
	f := offline(b, benchSockets, benchRoomSize, benchMessages)
	r := f.run.Load()
	bodies, _ := content.New(1, 200, []string{"ko", "en"})
	for k := range benchMessages {
		_, crc := bodies.Append(nil, k)
		r.ledger.Plan(k, k%len(f.people.Rooms))
		r.ledger.Send(k, crc, 0)
	}
	read = func(user int, conn net.Conn) {
		left := framesPerSocket
		_ = f.clients[user].read(&socket.Conn{In: socket.NewReader(bufio.NewReaderSize(conn, 4096))}, func() bool { left--; return left < 0 })
	}
	return read, func() {
		if got := f.totals.delivered.Load(); got != benchFrames || len(r.ledger.Counters()["corrupted"].Examples) > 0 {
			b.Fatalf("%d of %d frames delivered, %v", got, benchFrames, r.ledger.Counters())
		}
	}
}

// offline is a fleet in the middle of a run, without a socket.
func offline(tb testing.TB, users, roomSize, messages int) *Fleet {
	tb.Helper()
	f := &Fleet{people: &population{}, base: time.Now().Add(-100 * time.Second), timeline: &timeline{}}
	f.life, f.end = context.WithCancel(context.Background())
	tb.Cleanup(f.end)
	f.originUs.Store(1)
	f.people.Users = slices.Grow(f.people.Users, users)[:users]
	f.people.Rooms = slices.Grow(f.people.Rooms, users)[:users/roomSize]
	for user := range f.people.Users {
		room := &f.people.Rooms[user/roomSize]
		room.ID, room.Members = strconv.Itoa(user/roomSize), append(room.Members, user)
	}
	f.recruit()
	rate := float64(messages) / 2
	r, err := newRun(f, RunConfig{Arrivals: "uniform", GoodputBoundUs: 1e8, Body: BodyConfig{200, []string{"ko"}},
		Profile: []pacer.Segment{{Phase: "hold", DurationMs: 2000, FromRate: rate, ToRate: rate}}})
	if err != nil {
		tb.Fatal(err)
	}
	f.run.Store(r)
	return f
}

// The bench must compare like with like: what the bare reader skips is what the client takes in.
func TestBenchFramesAreWhatTheClientReads(t *testing.T) {
	bodies, _ := content.New(1, 200, []string{"ko", "en"})
	wire := serverFrame(benchMessage(bodies, 7, 7))
	opcode, payload, err := socket.NewReader(bufio.NewReader(bytes.NewReader(wire))).Next()
	if err != nil || opcode != socket.Text || len(payload)+4 != len(wire) {
		t.Errorf("opcode %d, %d of %d bytes, %v", opcode, len(payload), len(wire), err)
	}
}
