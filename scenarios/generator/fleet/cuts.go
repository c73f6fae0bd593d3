package fleet

import "sync"

// cut is one socket that broke, or was closed by the server, while the load ran. Times are microseconds from the
// profile's start; -1 = it has not happened.
type cut struct {
	atUs int64
	code int
	// silentUs is how long nothing had come from a server that the client took for lost, -1 = the socket broke by itself.
	silentUs    int64
	connectedUs int64
	resumedUs   int64
}

// cuts is the book of every socket lost, in the order in which the clients noticed.
type cuts struct {
	mu   sync.Mutex
	list []cut
}

// add returns the place of a new entry.
func (b *cuts) add(atUs int64, code int, silentUs int64) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list = append(b.list, cut{atUs, code, silentUs, -1, -1})
	return len(b.list) - 1
}

// connected notes when the client's next socket was subscribed; of several only the first counts.
func (b *cuts) connected(places []int, atUs int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, i := range places {
		if b.list[i].connectedUs < 0 {
			b.list[i].connectedUs = atUs
		}
	}
}

// resumed notes when the client had everything that passed while it was away.
func (b *cuts) resumed(places []int, atUs int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, i := range places {
		b.list[i].resumedUs = atUs
	}
}

// cutColumns is the book as it is written: times after the cut are null where it has not happened.
type cutColumns struct {
	AtUs             []int64  `json:"atUs"`
	Code             []int    `json:"code"`
	SilentUs         []*int64 `json:"silentUs"`
	ConnectedAfterUs []*int64 `json:"connectedAfterUs"`
	ResumedAfterUs   []*int64 `json:"resumedAfterUs"`
}

func (b *cuts) columns() cutColumns {
	b.mu.Lock()
	defer b.mu.Unlock()
	columns := cutColumns{[]int64{}, []int{}, []*int64{}, []*int64{}, []*int64{}}
	for _, cut := range b.list {
		columns.AtUs = append(columns.AtUs, cut.atUs)
		columns.Code = append(columns.Code, cut.code)
		columns.SilentUs = append(columns.SilentUs, since(0, cut.silentUs))
		columns.ConnectedAfterUs = append(columns.ConnectedAfterUs, since(cut.atUs, cut.connectedUs))
		columns.ResumedAfterUs = append(columns.ResumedAfterUs, since(cut.atUs, cut.resumedUs))
	}
	return columns
}

func since(fromUs, toUs int64) *int64 {
	if toUs < 0 {
		return nil
	}
	after := toUs - fromUs
	return &after
}
