package socket

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Conn is an open WebSocket: read with In from one goroutine, write with Out from any.
type Conn struct {
	In  *Reader
	Out *Writer
	tcp *net.TCPConn
}

// Close ends the connection at once, without the closing handshake.
func (c *Conn) Close() { _ = c.tcp.Close() }

// Dial opens `ws://host:port/path` with the given subprotocol, which the server must accept.
func Dial(ctx context.Context, address, protocol string) (*Conn, error) {
	target, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if target.Scheme != "ws" || target.Port() == "" {
		return nil, fmt.Errorf("%q is not of the form ws://host:port/path", address)
	}
	var dialer net.Dialer
	stream, err := dialer.DialContext(ctx, "tcp", target.Host)
	if err != nil {
		return nil, err
	}
	tcp := stream.(*net.TCPConn)
	if deadline, ok := ctx.Deadline(); ok {
		_ = tcp.SetDeadline(deadline)
	}
	stop := context.AfterFunc(ctx, func() { _ = tcp.Close() })
	conn, err := upgrade(tcp, target, protocol)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		_ = tcp.Close()
		return nil, err
	}
	_ = tcp.SetDeadline(time.Time{})
	return conn, nil
}

func upgrade(tcp *net.TCPConn, target *url.URL, protocol string) (*Conn, error) {
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce)
	key := base64.StdEncoding.EncodeToString(nonce)
	request := &http.Request{Method: http.MethodGet, URL: target, Host: target.Host, Header: http.Header{
		"Upgrade":                {"websocket"},
		"Connection":             {"Upgrade"},
		"Sec-Websocket-Key":      {key},
		"Sec-Websocket-Version":  {"13"},
		"Sec-Websocket-Protocol": {protocol},
	}}
	if err := request.Write(tcp); err != nil {
		return nil, err
	}
	stream := bufio.NewReaderSize(tcp, bufferBytes)
	response, err := http.ReadResponse(stream, request)
	if err != nil {
		return nil, fmt.Errorf("handshake: %w", err)
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 200))
		return nil, fmt.Errorf("handshake refused: %s %s", response.Status, strings.TrimSpace(string(text)))
	}
	digest := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	if response.Header.Get("Sec-Websocket-Accept") != base64.StdEncoding.EncodeToString(digest[:]) {
		return nil, fmt.Errorf("handshake: wrong Sec-WebSocket-Accept")
	}
	if got := response.Header.Get("Sec-Websocket-Protocol"); got != protocol {
		return nil, fmt.Errorf("handshake: subprotocol %q instead of %q", got, protocol)
	}
	out, err := newWriter(tcp)
	if err != nil {
		return nil, err
	}
	return &Conn{In: NewReader(stream), Out: out, tcp: tcp}, nil
}
